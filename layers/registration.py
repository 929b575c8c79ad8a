"""Define the life of an enterprise's registration (企业注册): its states, who moves it, and what may be corrected."""

from __future__ import annotations

from enum import StrEnum

from layers.declaration import Words


class RegistrationState(StrEnum):
    """Where a registration stands."""

    DRAFT = "draft"
    PENDING = "pending"
    RETURNED = "returned"
    APPROVED = "approved"


class Move(StrEnum):
    """What is done to a registration."""

    SAVE = "save"
    SUBMIT = "submit"
    CORRECT = "correct"
    APPROVE = "approve"
    RETURN = "return"


STATE_WORDS = {
    RegistrationState.DRAFT: Words("草稿", "Draft"),
    RegistrationState.PENDING: Words("待审核", "Waiting for review"),
    RegistrationState.RETURNED: Words("已退回", "Returned"),
    RegistrationState.APPROVED: Words("已通过", "Approved"),
}

#: (state, move) → state after it. What is not here is refused: a review is not reviewed again.
_MOVES = {
    (RegistrationState.DRAFT, Move.SAVE): RegistrationState.DRAFT,
    (RegistrationState.DRAFT, Move.SUBMIT): RegistrationState.PENDING,
    (RegistrationState.RETURNED, Move.SAVE): RegistrationState.RETURNED,
    (RegistrationState.RETURNED, Move.SUBMIT): RegistrationState.PENDING,
    (RegistrationState.PENDING, Move.CORRECT): RegistrationState.PENDING,
    (RegistrationState.PENDING, Move.APPROVE): RegistrationState.APPROVED,
    (RegistrationState.PENDING, Move.RETURN): RegistrationState.RETURNED,
}

#: What a reviewer may correct, with its words; everything else is the applicant's own.
CORRECTABLE = {
    "authority_code": Words("归属机构", "Supervising authority"),
    "region_code": Words("所在地区", "Region"),
    "position": Words("地图位置", "Position"),
    "industry": Words("行业类别", "Industry class"),
}

#: Whom an enterprise names beside its contact, as columns of a registration begin (``legal_name``, ``legal_mobile``).
PEOPLE = {
    "legal": Words("法定代表人", "Legal representative"),
    "principal": Words("主要负责人", "Principal"),
    "safety": Words("安全负责人", "Safety lead"),
}

#: Levels of divisions that supervise enterprises.
AUTHORITY_LEVELS = ("city", "county", "street", "zone")


def state_after(state: RegistrationState, move: Move) -> RegistrationState | None:
    """Give the state after a move.

    Parameters
    ----------
    state : RegistrationState
    move : Move

    Returns
    -------
    RegistrationState or None
        None when the move is not allowed in that state.

    Examples
    --------
    >>> state_after(RegistrationState.PENDING, Move.APPROVE).value
    'approved'
    >>> state_after(RegistrationState.APPROVED, Move.RETURN) is None
    True
    """
    return _MOVES.get((state, move))
