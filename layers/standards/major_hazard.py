"""Identify and grade major hazard installations (重大危险源) by GB 18218, both editions, each number with its source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from layers.declaration import Words
from layers.errors import StandardError
from layers.standards.gb18218 import Entry, find_entry

#: People within this distance of the plant boundary are counted, metres.
EXPOSED_M = 500.0
_ALPHA = (
    (100, Fraction(2)),
    (50, Fraction(3, 2)),
    (30, Fraction(6, 5)),
    (1, Fraction(1)),
    (0, Fraction(1, 2)),
)
_GRADES = ((100, "1"), (50, "2"), (10, "3"))


@dataclass(frozen=True)
class Holding:
    """A quantity of one entry in a unit: the design maximum, tonnes; β by another class where one is chosen."""

    entry: Entry
    quantity_t: Fraction
    beta_symbol: str | None = None


@dataclass(frozen=True)
class Term:
    """What one holding adds: q/Q to the sum, and β·q/Q to R before α."""

    holding: Holding
    ratio: Fraction
    beta: Fraction
    beta_source: Words


@dataclass(frozen=True)
class Assessment:
    """The outcome for one unit.

    Attributes
    ----------
    terms : tuple of Term
        One for each holding, in their order.
    ratio_sum : Fraction
        Σq/Q.
    is_major : bool
        Σq/Q ≥ 1.
    people : int
    alpha : Fraction
    r : Fraction or None
        α·Σ(β·q/Q); None for a unit that is not a major hazard.
    grade : str or None
        "1" (highest) to "4"; None for a unit that is not a major hazard.
    """

    terms: tuple[Term, ...]
    ratio_sum: Fraction
    is_major: bool
    people: int
    alpha: Fraction
    r: Fraction | None
    grade: str | None


def alpha_of(people: int) -> Fraction:
    """Give α for the people living within 500 m outside the plant boundary.

    Parameters
    ----------
    people : int
        0 or more.

    Returns
    -------
    Fraction

    Raises
    ------
    StandardError
        For a negative number.

    Notes
    -----
    Order 40, annex 1; GB 18218-2018, Table 5: 0, 1–29, 30–49, 50–99, 100 and more.

    Examples
    --------
    >>> [float(alpha_of(n)) for n in (0, 1, 29, 30, 49, 50, 99, 100)]
    [0.5, 1.0, 1.0, 1.2, 1.2, 1.5, 1.5, 2.0]
    """
    if people < 0:
        raise StandardError(
            f"人数不能是负数：{people}。 People cannot be negative: {people}.", field="people_declared"
        )
    return next(alpha for least, alpha in _ALPHA if people >= least)


def grade_of(r: Fraction) -> str:
    """Give the grade of an R: on a threshold, the higher grade.

    Parameters
    ----------
    r : Fraction

    Returns
    -------
    str
        "1" (R ≥ 100) to "4" (R < 10).

    Examples
    --------
    >>> [grade_of(Fraction(n)) for n in (100, 50, 10, 9)]
    ['1', '2', '3', '4']
    """
    return next((grade for least, grade in _GRADES if r >= least), "4")


def exact(number: float | str) -> Fraction:
    """Read a quantity as the decimal number that was typed, so that sums on a threshold are on it.

    Parameters
    ----------
    number : float or str

    Returns
    -------
    Fraction

    Examples
    --------
    >>> exact(0.1) * 10 == 1
    True
    """
    return Fraction(str(number))


def assess(holdings: Sequence[Holding], people: int) -> Assessment:
    """Identify and grade a unit.

    Parameters
    ----------
    holdings : sequence of Holding
        All of one edition.
    people : int
        Resident population within 500 m of the plant boundary.

    Returns
    -------
    Assessment

    Raises
    ------
    StandardError
        When a quantity is negative, editions are mixed, or a class for β is unknown; it names the holding.

    Notes
    -----
    GB 18218-2018 4.2 and 4.3; GB 18218-2009 with order 40, annex 1. Exact arithmetic: R is computed from unrounded terms.

    Examples
    --------
    >>> from layers.standards.gb18218 import Edition, entry_of
    >>> found = assess([Holding(entry_of(Edition.GB2018, 1, "1"), exact(40))], 60)
    >>> float(found.ratio_sum), float(found.r), found.grade
    (4.0, 12.0, '3')
    """
    if len({holding.entry.edition for holding in holdings}) > 1:
        raise StandardError(
            "一个单元只能按一个版本计算。 One unit is computed by one edition.", field="standard"
        )
    terms = tuple(_term(i, holding) for i, holding in enumerate(holdings, start=1))
    total = sum((term.ratio for term in terms), Fraction(0))
    alpha = alpha_of(people)
    is_major = total >= 1
    r = alpha * sum((term.beta * term.ratio for term in terms), Fraction(0)) if is_major else None
    return Assessment(terms, total, is_major, people, alpha, r, None if r is None else grade_of(r))


def _term(number: int, holding: Holding) -> Term:
    if holding.quantity_t < 0:
        raise StandardError(
            f"第 {number} 行 {holding.entry.words.zh}：存量不能是负数，应为 0 或以上的吨数。 "
            f"Row {number}, {holding.entry.words.en}: the quantity cannot be negative; tonnes of 0 or more were expected.",
            field="quantity_t", row=number,
        )  # fmt: skip
    beta, source = holding.entry.beta, holding.entry.beta_source
    chosen = holding.beta_symbol
    if chosen and holding.entry.beta_symbol and chosen != holding.entry.beta_symbol:
        other = find_entry(holding.entry.edition, 2, chosen)
        if other is None:
            raise StandardError(
                f"第 {number} 行：没有类别 {chosen}。 Row {number}: there is no class {chosen}.",
                field="beta_symbol",
                row=number,
            )
        beta, source = other.beta, other.beta_source
    return Term(holding, holding.quantity_t / holding.entry.critical_t, beta, source)
