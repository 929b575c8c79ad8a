"""Keep what major hazards hold, identify and grade them, and keep the outcome with the site (row L8)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from data.errors import ConflictError, FormError, RefusedError
from data.hazard_exposure import Exposed, exposed_of, people_for_alpha
from data.register_forms import Actor
from data.register_history import note_event, plain_value
from data.registers import locked_row, may_keep, read, update_row
from data.scope import Connection, require_write
from layers.errors import StandardError
from layers.register import Register
from layers.standards.gb18218 import Edition, Entry, entry_of, find_entry, identify
from layers.standards.major_hazard import Assessment, Holding, assess, exact

_TONNES = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")


@dataclass(frozen=True)
class Line:
    """One line of an inventory: an entry of the standard, the vessel, the design maximum in tonnes, a class for β."""

    entry: Entry
    quantity_t: Fraction
    vessel: str = ""
    beta_symbol: str | None = None

    @property
    def holding(self) -> Holding:
        """Give it as the standard counts it."""
        return Holding(self.entry, self.quantity_t, self.beta_symbol)


@dataclass(frozen=True)
class Inventory:
    """What somebody filled in for a site."""

    edition: Edition
    lines: tuple[Line, ...]
    people_declared: int | None
    plant_radius_m: float


def inventory_of(connection: Connection, row: dict[str, Any]) -> tuple[Inventory, list[dict[str, Any]]]:
    """Read a site's inventory, and the lines that no row of its edition can be found for."""
    edition = Edition(row["standard"] or Edition.GB2018.value)
    lines, strange = [], []
    for held in connection.execute(
        "SELECT name, cas, quantity_t, vessel, entry_table, entry_key, beta_symbol FROM hazard_substance WHERE site_code = %s"
        " ORDER BY id",
        [row["code"]],
    ):
        entry = _entry_of(held, edition)
        if entry is None:
            strange.append(dict(held))
        else:
            lines.append(Line(entry, exact(held["quantity_t"]), held["vessel"], held["beta_symbol"]))
    return Inventory(edition, tuple(lines), row["people_declared"], row["plant_radius_m"] or 0.0), strange


def _entry_of(held: dict[str, Any], edition: Edition) -> Entry | None:
    if held["entry_key"] is not None:
        return find_entry(edition, held["entry_table"], held["entry_key"])
    for text in (held["cas"], held["name"]):
        try:
            return identify(text or "", edition)
        except StandardError:
            continue
    return None


def read_lines(raw: Sequence[Any], edition: Edition) -> tuple[Line, ...]:
    """Read the lines that somebody filled in, each with `name` (or `table` and `key`), `quantity_t`, `vessel`, `beta_symbol`.

    Raises
    ------
    FormError
        With every line at fault: ``name.2`` is the name in the second line.
    """
    lines: list[Line] = []
    faults: list[tuple[str, str]] = []
    if len(raw) > 100:
        raise FormError((("lines", "最多 100 行。 At most 100 lines."),))
    for number, values in enumerate(raw, start=1):
        try:
            lines.append(_line(values if isinstance(values, dict) else {}, number, edition))
        except FormError as error:
            faults += error.faults
        except StandardError as error:
            zh, _, en = str(error).partition("。 ")
            faults.append((f"{error.field or 'name'}.{number}", f"第 {number} 行：{zh}。 Row {number}: {en}"))
    seen: set[tuple[str, str]] = set()
    for number, line in enumerate(lines, start=1):
        if (line.entry.words.zh, line.vessel) in seen and not faults:
            faults.append(
                (
                    f"vessel.{number}",
                    (
                        f"第 {number} 行：同一物质的同一设备已经填过，请填写不同的设备名。 "
                        f"Row {number}: this substance and vessel stand there already; give the vessel another name."
                    ),
                )
            )
        seen.add((line.entry.words.zh, line.vessel))
    if faults:
        raise FormError(tuple(faults))
    return tuple(lines)


def _line(values: dict[str, Any], number: int, edition: Edition) -> Line:
    key, name = values.get("key"), str(values.get("name") or "").strip()
    if not key and not name:
        raise FormError(
            (
                (
                    f"name.{number}",
                    f"第 {number} 行：请填写物质名称、别名或 CAS 号。 Row {number}: name the substance.",
                ),
            )
        )
    entry = (
        entry_of(edition, _table(values.get("table"), number), str(key)) if key else identify(name, edition)
    )
    quantity = _quantity(values.get("quantity_t"))
    if quantity is None or not 0 <= quantity <= 10_000_000:
        shown = str(values.get("quantity_t") if values.get("quantity_t") is not None else "")[:20]
        raise FormError(
            (
                (
                    f"quantity_t.{number}",
                    (
                        f"第 {number} 行 {entry.words.zh}：设计最大量“{shown}”应为 0 或以上的吨数。 "
                        f"Row {number}, {entry.words.en}: the quantity {shown!r} should be tonnes, 0 or more."
                    ),
                ),
            )
        )
    vessel = str(values.get("vessel") or "").strip()
    if len(vessel) > 60:
        raise FormError(
            (
                (
                    f"vessel.{number}",
                    f"第 {number} 行：设备名最多 60 字。 Row {number}: at most 60 characters for the vessel.",
                ),
            )
        )
    symbol = values.get("beta_symbol")
    if symbol and find_entry(edition, 2, str(symbol)) is None:
        raise FormError(
            (
                (
                    f"beta_symbol.{number}",
                    f"第 {number} 行：没有类别 {symbol}。 Row {number}: there is no class {symbol}.",
                ),
            )
        )
    return Line(entry, quantity, vessel, str(symbol) if symbol else None)


def _table(value: Any, number: int) -> int:
    if value in (None, "", 1, "1"):
        return 1
    if value in (2, "2"):
        return 2
    raise FormError(
        ((f"table.{number}", f"第 {number} 行：表号应为 1 或 2。 Row {number}: the table is 1 or 2."),)
    )


def _quantity(value: Any) -> Fraction | None:
    """Read tonnes written out in figures; a power of ten is not taken: working one out can take for ever."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, float):
        value = f"{value:.9f}" if abs(value) < 1e12 else ""
    elif isinstance(value, int):
        value = str(value) if abs(value) < 10**12 else ""
    text = value.strip()
    return exact(text) if _TONNES.fullmatch(text) else None


def assess_site(inventory: Inventory, exposed: Exposed) -> tuple[Assessment, str]:
    """Identify and grade an inventory with the people around it; and whence their number comes."""
    people, source = people_for_alpha(exposed, inventory.people_declared)
    return assess([line.holding for line in inventory.lines], people), source


def save(
    connection: Connection, register: Register, row_id: int, inventory: Inventory, *, version: int, actor: Actor
) -> dict[str, Any]:  # fmt: skip
    """Keep an inventory with what follows from it; the row as it is then.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        When it is not there, is another's, was changed meanwhile, or is locked.
    """
    row = open_site(connection, register, row_id, version, actor)
    _replace_lines(connection, row["code"], inventory.lines)
    changed = {
        "standard": inventory.edition.value,
        "people_declared": inventory.people_declared,
        "plant_radius_m": inventory.plant_radius_m,
        **figures_of(connection, row, inventory, actor),
    }
    return write_figures(connection, register, row, changed, actor)


def open_site(
    connection: Connection, register: Register, row_id: int, version: int, actor: Actor
) -> dict[str, Any]:
    """Hold a site whose identification may be changed.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        When it is not there, is another's, was changed meanwhile, or is locked.
    """
    require_write(actor.scope)
    if actor.party not in register.kept_by:
        raise RefusedError("您只能查看这条记录。 You may only look at this row.")
    row = locked_row(connection, register, row_id, version)
    if not may_keep(register, row, actor):
        raise ConflictError(
            "已申报的重大危险源不能修改；如有变更，请先“变更后重新辨识”。 What is declared is locked: start it anew after a change."
        )
    return row


def figures_of(
    connection: Connection, row: dict[str, Any], inventory: Inventory, actor: Actor
) -> dict[str, Any]:
    """Work out what follows from an inventory and from who lives around the site now, as its row keeps it."""
    exposed = exposed_of(connection, row, inventory.plant_radius_m)
    found, _ = assess_site(inventory, exposed)
    return {
        "people_counted": exposed.people if exposed.is_known else None,
        "counted_from": exposed.counted_from,
        "ratio_sum": float(found.ratio_sum),
        "alpha": float(found.alpha),
        "r_value": None if found.r is None else float(found.r),
        "grade": found.grade,
        "assessed_at": actor.now,
    }


def write_figures(
    connection: Connection,
    register: Register,
    row: dict[str, Any],
    changed: dict[str, Any],
    actor: Actor,
    *,
    note: str = "",
) -> dict[str, Any]:
    """Write what follows from an identification to a row that is held; the row as it is then."""
    update_row(connection, register, row["id"], changed, None, actor)
    after = read(connection, register, row["id"])
    shown = {n: [plain_value(row[n]), plain_value(v)] for n, v in changed.items() if row[n] != v}
    note_event(connection, register, after, actor, "changed", note=note, changes=shown)
    return after


def _replace_lines(connection: Connection, code: str, lines: tuple[Line, ...]) -> None:
    connection.execute("DELETE FROM hazard_substance WHERE site_code = %s", [code])
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO hazard_substance (site_code, name, cas, quantity_t, critical_quantity_t, vessel, entry_table, entry_key,"
            " beta_symbol) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    code, one.entry.words.zh, ";".join(one.entry.cas) or None, float(one.quantity_t),
                    float(one.entry.critical_t), one.vessel, one.entry.table, one.entry.key, one.beta_symbol,
                )
                for one in lines
            ],
        )  # fmt: skip
