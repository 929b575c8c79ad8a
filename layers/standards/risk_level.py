"""Grade risk points (风险点) by the LEC product and the LS matrix: 1 (major, red) to 4 (low, blue)."""

from __future__ import annotations

from dataclasses import dataclass

from layers.declaration import Words
from layers.errors import StandardError


@dataclass(frozen=True)
class Step:
    """One value of a factor, with what it means."""

    value: float
    words: Words


@dataclass(frozen=True)
class Method:
    """A way of grading: its factors with their steps, and from which product on each level counts.

    Attributes
    ----------
    factors : tuple of (str, Words, tuple of Step)
        Name, what it is, and its steps, the worst first.
    cuts : tuple of (float, str)
        Least product and level, the highest level first; below the last it is level 4.
    """

    factors: tuple[tuple[str, Words, tuple[Step, ...]], ...]
    cuts: tuple[tuple[float, str], ...]

    def level_of(self, product: float) -> str:
        """Give the level of a product; one on a cut belongs to the higher level.

        Parameters
        ----------
        product : float

        Returns
        -------
        str
            "1" (highest) to "4".
        """
        return next((level for least, level in self.cuts if product >= least), "4")

    def product(self, values: dict[str, float]) -> float:
        """Multiply the factors.

        Parameters
        ----------
        values : dict of str to float
            One value for each factor.

        Returns
        -------
        float

        Raises
        ------
        StandardError
            When a factor is missing or its value is none of its steps.
        """
        found = 1.0
        for name, words, steps in self.factors:
            value = values.get(name)
            if value not in [step.value for step in steps]:
                allowed = "、".join(f"{step.value:g}" for step in steps)
                raise StandardError(
                    f"{words.zh}应为 {allowed} 之一。 {words.en} should be one of {allowed}.", field=name
                )
            found *= float(value or 0)
        # Tenths of the lists leave no more than this behind.
        return round(found, 6)


def _steps(*rows: tuple[float, str, str]) -> tuple[Step, ...]:
    return tuple(Step(value, Words(zh, en)) for value, zh, en in rows)


#: D = L × E × C; the three lists and the cuts 320, 160 and 70 as several public systems have them.
LEC = Method(
    (
        (
            "lec_l", Words("可能性 L", "Likelihood L"),
            _steps(
                (10, "完全可以预料", "Fully expected"), (6, "相当可能", "Quite possible"), (3, "可能但不经常", "Possible, not often"),
                (1, "可能性小", "Unlikely"), (0.5, "很不可能", "Very unlikely"), (0.2, "极不可能", "Extremely unlikely"),
                (0.1, "实际不可能", "Practically impossible"),
            ),
        ),
        (
            "lec_e", Words("暴露频度 E", "Exposure E"),
            _steps(
                (10, "连续暴露", "Continuous"), (6, "每天工作时间", "Daily in working hours"), (3, "每周或偶然", "Weekly or occasional"),
                (2, "每月一次", "Monthly"), (1, "每年几次", "A few times a year"), (0.5, "非常罕见", "Very rare"),
            ),
        ),
        (
            "lec_c", Words("后果 C", "Consequence C"),
            _steps(
                (100, "大灾难，许多人死亡", "Disaster, many deaths"), (40, "灾难，数人死亡", "Several deaths"),
                (15, "非常严重，一人死亡", "One death"), (7, "严重，重伤", "Serious injury"), (3, "重大，致残", "Disabling"),
                (1, "引人注意", "Noticeable"),
            ),
        ),
    ),
    ((320, "1"), (160, "2"), (70, "3")),
)  # fmt: skip

_FIVE = (("极高", "Very high"), ("高", "High"), ("中等", "Middling"), ("低", "Low"), ("极低", "Very low"))
_FIVE_STEPS = tuple(Step(5 - i, Words(zh, en)) for i, (zh, en) in enumerate(_FIVE))
#: R = L × S, both 1 to 5; cuts 20, 15 and 9.
LS = Method(
    (
        ("ls_l", Words("可能性 L", "Likelihood L"), _FIVE_STEPS),
        ("ls_s", Words("严重性 S", "Severity S"), _FIVE_STEPS),
    ),
    ((20, "1"), (15, "2"), (9, "3")),
)
METHODS = {"lec": LEC, "ls": LS}


def grade(method: str, values: dict[str, float]) -> tuple[float, str]:
    """Give product and level by a method.

    Parameters
    ----------
    method : str
        ``lec`` or ``ls``.
    values : dict of str to float

    Returns
    -------
    (float, str)

    Raises
    ------
    StandardError
        When a factor is missing or none of its steps.

    Notes
    -----
    Sources: the lists and cuts are those of several public dual-prevention systems (双重预防机制); provinces vary them.

    Examples
    --------
    >>> grade("lec", {"lec_l": 1, "lec_e": 10, "lec_c": 7})
    (70.0, '3')
    >>> grade("ls", {"ls_l": 5, "ls_s": 3})
    (15.0, '2')
    """
    found = METHODS[method]
    product = found.product(values)
    return product, found.level_of(product)
