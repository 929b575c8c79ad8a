"""Keep the limits of warnings that administrators set for their city, beside those that the registers declare."""

from __future__ import annotations

from dataclasses import dataclass, replace

from data import settings_table
from data.errors import FormError, NotFoundError
from data.scope import Connection
from layers import patrol_completeness, station_scope
from layers.declaration import Field
from layers.register import Register, Watch
from layers.registry import all_registers


@dataclass(frozen=True)
class Limit:
    """One limit: its name in forms and settings, of which warning and field, what is declared, and what holds."""

    id: str
    watch: Watch
    field: Field
    declared: float
    value: float


def _id(of: str, watch: Watch) -> str:
    return f"{of}.{watch.id}"


def _declared(watch: Watch) -> float:
    return next(float(value) for name, _, value in watch.all_of if name == watch.limit_of)


def value_of(connection: Connection, of: str, watch: Watch) -> float:
    """Read the limit that holds for a watch of a register, or of another layer that is watched."""
    return float(settings_table.get(connection, f"warning_limit.{_id(of, watch)}", default=_declared(watch)))


def _limit(connection: Connection, of: str, watch: Watch, field: Field) -> Limit:
    return Limit(_id(of, watch), watch, field, _declared(watch), value_of(connection, of, watch))


def listed(connection: Connection) -> list[Limit]:
    """List the limits that can be set."""
    found = [
        _limit(connection, register.id, watch, register.layer.field(watch.limit_of))
        for register in all_registers()
        for watch in register.watches
        if watch.limit_of is not None
    ]
    return [
        *found,
        _limit(connection, "rescue_station", station_scope.WATCH, station_scope.SHARE),
        _limit(connection, "patrol_route", patrol_completeness.WATCH, patrol_completeness.SHARE),
    ]


def with_limit(connection: Connection, register: Register, watch: Watch) -> Watch:
    """Give a watch as it holds in this city."""
    if watch.limit_of is None:
        return watch
    value = value_of(connection, register.id, watch)
    return replace(
        watch,
        all_of=tuple((n, operator, value if n == watch.limit_of else v) for n, operator, v in watch.all_of),
    )


def put(connection: Connection, limit_id: str, text: str) -> Limit:
    """Set a limit; the worker raises and takes back warnings by it in its next round.

    Raises
    ------
    NotFoundError
        When there is no such limit.
    FormError
        When it is no number, or outside what it may be.
    """
    limit = next((one for one in listed(connection) if one.id == limit_id), None)
    if limit is None:
        raise NotFoundError(f"没有限值 {limit_id[:60]}。 There is no limit {limit_id[:60]}.")
    low, high = limit.watch.limit_between
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        words = limit.field.words
        raise FormError(
            ((limit_id, f"{words.zh}的限值应为 {low:g}–{high:g} 的数，收到 {text[:20]!r}。 The limit of {words.en} is a number from {low:g} to {high:g}, not {text[:20]!r}."),)
        )  # fmt: skip
    settings_table.put(connection, f"warning_limit.{limit_id}", value)
    return replace(limit, value=value)
