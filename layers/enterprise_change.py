"""Say what of an approved enterprise may be changed, by whom at once and by whom on request (企业信息变更)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from layers.declaration import Words
from layers.registration import CORRECTABLE, PEOPLE


class ChangeState(StrEnum):
    """Where a change stands."""

    WAITING = "waiting"
    APPLIED = "applied"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


CHANGE_STATE_WORDS = {
    ChangeState.WAITING: Words("待审核", "Waiting for review"),
    ChangeState.APPLIED: Words("已生效", "In effect"),
    ChangeState.RETURNED: Words("已退回", "Returned"),
    ChangeState.WITHDRAWN: Words("已撤回", "Withdrawn"),
}


@dataclass(frozen=True)
class Changeable:
    """One thing of an enterprise that may be changed.

    Attributes
    ----------
    name : str
    words : Words
    is_answered_for : bool
        The authority answers for it: the enterprise itself asks, and does not change it at once.
    is_personal : bool
        A name or a telephone number of a person, masked for those who do not see such.
    """

    name: str
    words: Words
    is_answered_for: bool = True
    is_personal: bool = False


def _person(name: str, zh: str, en: str) -> Changeable:
    return Changeable(name, Words(zh, en), is_answered_for=False, is_personal=True)


_PEOPLE = tuple(
    one
    for role, words in PEOPLE.items()
    for one in (
        _person(f"{role}_name", words.zh, words.en),
        _person(f"{role}_mobile", f"{words.zh}手机", f"{words.en}'s mobile"),
    )
)

#: By name, in the order they are shown.
CHANGEABLE = {
    one.name: one
    for one in (
        Changeable("name", Words("企业名称", "Enterprise name")),
        Changeable("code", Words("统一社会信用代码", "Unified social credit code")),
        Changeable("region_code", CORRECTABLE["region_code"]),
        Changeable("address", Words("地址", "Address")),
        Changeable("position", CORRECTABLE["position"]),
        Changeable("industry", CORRECTABLE["industry"]),
        Changeable("authority_code", CORRECTABLE["authority_code"]),
        Changeable("employee_count", Words("从业人数", "Employees"), is_answered_for=False),
        _person("contact_name", "联系人", "Contact"),
        _person("contact_phone", "联系电话", "Contact phone"),
        *_PEOPLE,
    )
}


def split_change(names: set[str], *, by_owner: bool) -> tuple[frozenset[str], frozenset[str]]:
    """Say which changes take effect at once, and which wait for the authority.

    Parameters
    ----------
    names : set of str
        Of `CHANGEABLE`.
    by_owner : bool
        The enterprise itself changes them; else its authority, which answers for all of them.

    Returns
    -------
    tuple of (frozenset of str, frozenset of str)
        At once, on request.

    Examples
    --------
    >>> split_change({"address"}, by_owner=True)
    (frozenset(), frozenset({'address'}))
    >>> split_change({"address"}, by_owner=False)
    (frozenset({'address'}), frozenset())
    """
    asked = frozenset(n for n in names if by_owner and CHANGEABLE[n].is_answered_for)
    return frozenset(names) - asked, asked
