"""Read Tables 1 and 2 of GB 18218, both editions, and find what is named in them, by name, alias or CAS number."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from importlib import resources

from layers.declaration import Words
from layers.errors import StandardError

#: Order 40 annex 1, explosives, flammable gases, toxic gases that are not named, all others.
_BETA_2009 = {"爆炸品": "2", "易燃气体": "1.5", "毒性气体": "2"}
_BETA_VERY_TOXIC = "4"


class Edition(Enum):
    """An edition of GB 18218; the older one is graded by order 40, annex 1."""

    GB2009 = "gb18218_2009"
    GB2018 = "gb18218_2018"


@dataclass(frozen=True)
class Entry:
    """One row of Table 1 (a named substance) or Table 2 (a class).

    Attributes
    ----------
    edition : Edition
    table : int
        1 or 2.
    key : str
        Number in Table 1, symbol in Table 2.
    words : Words
    aliases : tuple of str
    cas : tuple of str
    critical_t : Fraction
        Critical quantity, tonnes.
    beta : Fraction
    beta_source : Words
        Where β comes from.
    beta_symbol : str or None
        Class that gives β where it is not named; another can be chosen.
    printed_t : Fraction or None
        What the manual prints where it differs.
    in_manual : bool
        The manual has the row.
    """

    edition: Edition
    table: int
    key: str
    words: Words
    aliases: tuple[str, ...]
    cas: tuple[str, ...]
    critical_t: Fraction
    beta: Fraction
    beta_source: Words
    beta_symbol: str | None = None
    printed_t: Fraction | None = None
    in_manual: bool = True

    @property
    def notes(self) -> tuple[Words, ...]:
        """Say where the manual and the standard differ."""
        if self.printed_t is not None:
            return (
                Words(
                    f"手册印作 {float(self.printed_t):g} t；标准两份独立文本和 2018 版均为 {float(self.critical_t):g} t，按 {float(self.critical_t):g} t 计算。",
                    f"The manual prints {float(self.printed_t):g} t; two independent copies of the standard and its 2018 edition say "
                    f"{float(self.critical_t):g} t, which is used.",
                ),
            )
        if not self.in_manual:
            return (
                Words(
                    "手册的表到第 77 行为止，标准中有这一行（第 78 行）。",
                    "The manual's table stops at row 77; the standard has this one, row 78.",
                ),
            )
        return ()


def find_entry(edition: Edition, table: int, key: str) -> Entry | None:
    """Find a row of a table; None when there is none.

    Parameters
    ----------
    edition : Edition
    table : int
    key : str

    Returns
    -------
    Entry or None
    """
    return _by_key(edition).get((table, key))


def entry_of(edition: Edition, table: int, key: str) -> Entry:
    """Find a row of a table.

    Parameters
    ----------
    edition : Edition
    table : int
        1 or 2.
    key : str
        Number in Table 1, symbol in Table 2.

    Returns
    -------
    Entry

    Raises
    ------
    StandardError
        When there is none.
    """
    found = find_entry(edition, table, key)
    if found is None:
        raise StandardError(
            f"{edition.value} 表 {table} 没有 {key}。 Table {table} of {edition.value} has no {key}.",
            field="entry",
        )
    return found


def find_entries(text: str, edition: Edition) -> tuple[Entry, ...]:
    """Find rows by name, alias or CAS number: those that say exactly this first, then those that contain it.

    Parameters
    ----------
    text : str
    edition : Edition

    Returns
    -------
    tuple of Entry

    Examples
    --------
    >>> [e.words.zh for e in find_entries("光气", Edition.GB2018)]
    ['碳酰氯']
    >>> find_entries("7664-41-7", Edition.GB2009)[0].key
    '18'
    """
    wanted = _fold(text)
    if not wanted:
        return ()
    exactly, partly = [], []
    for entry in all_entries(edition):
        names = _names(entry)
        if wanted in names:
            exactly.append(entry)
        elif any(wanted in name for name in names):
            partly.append(entry)
    return (*exactly, *partly)


def identify(text: str, edition: Edition) -> Entry:
    """Find the one row that a name, alias or CAS number means.

    Parameters
    ----------
    text : str
    edition : Edition

    Returns
    -------
    Entry

    Raises
    ------
    StandardError
        When there is none, or several: it names them.
    """
    wanted = _fold(text)
    found = [e for e in all_entries(edition) if wanted and wanted in _names(e)]
    if len(found) == 1:
        return found[0]
    near = found or list(find_entries(text, edition))[:5]
    listed = "、".join(f"{e.words.zh}（{e.key}）" for e in near)
    if found:
        raise StandardError(
            f"“{text[:40]}”有多条：{listed}，请选定一条。 {text[:40]!r} names several: {listed}. Choose one.",
            field="name",
        )
    hint = f"相近的有 {listed}；" if near else ""
    raise StandardError(
        f"“{text[:40]}”不在表 1 中。{hint}未列名的物质请按表 2 的类别填写。 "
        f"{text[:40]!r} is not in Table 1{f'; near it: {listed}' if near else ''}. Enter what is not named by its class of Table 2.",
        field="name",
    )


def all_entries(edition: Edition) -> tuple[Entry, ...]:
    """Give all rows of Tables 1 and 2 of an edition.

    Parameters
    ----------
    edition : Edition

    Returns
    -------
    tuple of Entry
    """
    return tuple(_by_key(edition).values())


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\s，,、·]+", "", folded)


def _names(entry: Entry) -> frozenset[str]:
    texts = {entry.words.zh, entry.words.en, *entry.aliases, *entry.cas}
    plain = {re.sub(r"[(（\[].*$", "", text) for text in texts}
    return frozenset(_fold(text) for text in texts | plain if text)


def _table(name: str) -> Iterable[dict[str, str]]:
    text = resources.files("layers.standards").joinpath(name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


@cache
def _by_key(edition: Edition) -> dict[tuple[int, str], Entry]:
    classes = {c.key: c for c in _classes(edition)}
    proposed = {
        r["number"]: r["symbol"]
        for r in _table("gb18218_default_classes.csv")
        if r["edition"] == edition.value
    }
    named = _named_betas()
    rows = _table(f"{edition.value}_substances.csv")
    found = [
        (_of_2009(r, named, proposed) if edition is Edition.GB2009 else _of_2018(r, proposed, classes))
        for r in rows
    ]
    return {(e.table, e.key): e for e in (*found, *classes.values())}


@cache
def _named_betas() -> dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Give β of Table 3 by CAS number, with the substance's names: both editions name the same gases."""
    return {
        cas: (row["beta_table3"], (row["name_zh"],), tuple(filter(None, row["alias_zh"].split(";"))))
        for row in _table("gb18218_2018_substances.csv")
        for cas in filter(None, row["cas"].split(";"))
    }


def _of_2018(row: dict[str, str], proposed: dict[str, str], classes: dict[str, Entry]) -> Entry:
    symbol = proposed.get(row["no"])
    if row["beta_table3"]:
        beta, source, symbol = Fraction(row["beta_table3"]), Words("表 3（列名）", "Table 3 (named)"), None
    else:
        given = classes[symbol or "W11"]
        beta, source = given.beta, given.beta_source
    return Entry(
        Edition.GB2018, 1, row["no"], Words(row["name_zh"], row["name_en"]), tuple(filter(None, row["alias_zh"].split(";"))),
        tuple(filter(None, row["cas"].split(";"))), Fraction(row["critical_quantity_t"]), beta, source, symbol,
    )  # fmt: skip


def _of_2009(
    row: dict[str, str],
    named: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]],
    proposed: dict[str, str],
) -> Entry:
    cas = row["cas"]
    value, names, aliases = named.get(cas, ("", (), ()))
    # A number that several rows of the newer edition share says nothing of a name.
    more = (*names, *aliases) if cas not in ("9004-70-0", "6484-52-2") else ()
    if value:
        beta, source = (
            Fraction(value),
            Words("40 号令附件 1（列名毒性气体）", "Order 40, annex 1 (named toxic gas)"),
        )
    elif proposed.get(row["no"]) == "G3":
        beta, source = (
            Fraction(_BETA_VERY_TOXIC),
            Words("40 号令附件 1（剧毒气体）", "Order 40, annex 1 (very toxic gas)"),
        )
    else:
        beta = Fraction(_BETA_2009.get(row["class"], "1"))
        source = Words(f"40 号令附件 1（{row['class']}）", f"Order 40, annex 1 ({row['class_en']})")
    critical, printed = Fraction(row["critical_quantity_t"]), row["seed_quantity_t"]
    return Entry(
        Edition.GB2009, 1, row["no"], Words(row["name_zh"], row["name_en"]), tuple(n for n in more if n != row["name_zh"]),
        (cas,) if cas else (), critical, beta, source, None,
        Fraction(printed) if printed and Fraction(printed) != critical else None, row["in_seed"] == "yes",
    )  # fmt: skip


def _classes(edition: Edition) -> list[Entry]:
    if edition is Edition.GB2018:
        return [
            Entry(
                edition, 2, r["symbol"], Words(f"{r['class']}：{r['description_zh']}", r["description_en"]), (r["symbol"],), (),
                Fraction(r["critical_quantity_t"]), Fraction(r["beta_table4"]),
                Words(f"表 4（{r['symbol']}）", f"Table 4 ({r['symbol']})"), r["symbol"],
            )
            for r in _table("gb18218_2018_classes.csv")
        ]  # fmt: skip
    betas = {"EX1": "2", "EX2": "2", "EX3": "2", "G1": "1.5", "G3": "4", "G4": "2"}
    return [
        Entry(
            edition, 2, r["key"], Words(f"{r['class']}：{r['description_zh']}", r["description_en"]), (r["key"],), (),
            Fraction(r["critical_quantity_t"]), Fraction(betas.get(r["key"], "1")),
            Words("40 号令附件 1（按类别）", "Order 40, annex 1 (by class)"), r["key"],
        )
        for r in _table("gb18218_2009_classes.csv")
    ]  # fmt: skip
