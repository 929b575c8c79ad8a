"""Say how many safety managers (安全管理人员) an enterprise must have, by its danger and its staff."""

from __future__ import annotations

from dataclasses import dataclass

#: Choices of the enterprise layer's field ``industry`` that count as high hazard.
HIGH_HAZARD_INDUSTRIES = frozenset(
    {
        "hazardous_chemicals",
        "non_coal_mine",
        "metallurgy",
        "nonferrous",
        "construction",
        "transport",
        "town_gas",
    }
)


@dataclass(frozen=True)
class ManagerNeed:
    """How many managers are needed, and whether a department of their own is.

    Attributes
    ----------
    count : int
    is_full_time : bool
        Part-time managers do not count.
    needs_department : bool
    """

    count: int
    is_full_time: bool
    needs_department: bool


@dataclass(frozen=True)
class ManagerFinding:
    """What is needed beside what there is.

    Attributes
    ----------
    need : ManagerNeed
    missing_count : int
        Managers that are lacking; 0 when there are enough.
    lacks_department : bool
    """

    need: ManagerNeed
    missing_count: int
    lacks_department: bool

    @property
    def is_met(self) -> bool:
        """Say whether nothing is lacking."""
        return self.missing_count == 0 and not self.lacks_department


def needed_managers(staff_count: int, *, is_high_hazard: bool) -> ManagerNeed:
    """Give the safety managers that a unit needs.

    Parameters
    ----------
    staff_count : int
        People who work there, 0 or more.
    is_high_hazard : bool
        Mines, metal smelting, construction, road and water transport, dangerous goods, users of chemicals in
        major-hazard quantity, crowded workplaces.

    Returns
    -------
    ManagerNeed

    Notes
    -----
    Source: the Sichuan rule as quoted in the registration manual. Shares (1 % of a high-hazard staff of 300 or more,
    4 ‰ of another staff of 500 or more) are rounded up. Independent units count separately.

    Examples
    --------
    >>> needed_managers(301, is_high_hazard=True)
    ManagerNeed(count=4, is_full_time=True, needs_department=True)
    >>> needed_managers(99, is_high_hazard=False).is_full_time
    False
    """
    if is_high_hazard:
        if staff_count >= 300:
            return ManagerNeed(-(-staff_count // 100), is_full_time=True, needs_department=True)
        count = 3 if staff_count >= 100 else 2 if staff_count >= 50 else 1
        return ManagerNeed(count, is_full_time=True, needs_department=staff_count >= 50)
    if staff_count >= 500:
        return ManagerNeed(-(-staff_count * 4 // 1000), is_full_time=True, needs_department=True)
    return ManagerNeed(
        2 if staff_count >= 100 else 1, is_full_time=staff_count >= 100, needs_department=staff_count >= 100
    )


def check_managers(
    need: ManagerNeed, *, full_time_count: int, part_time_count: int, has_department: bool
) -> ManagerFinding:
    """Compare what a unit has with what it needs.

    Parameters
    ----------
    need : ManagerNeed
    full_time_count, part_time_count : int
    has_department : bool

    Returns
    -------
    ManagerFinding

    Examples
    --------
    >>> need = needed_managers(60, is_high_hazard=True)
    >>> check_managers(need, full_time_count=1, part_time_count=5, has_department=True).missing_count
    1
    """
    there = full_time_count + (0 if need.is_full_time else part_time_count)
    return ManagerFinding(need, max(0, need.count - there), need.needs_department and not has_department)
