"""State the life of papers that an enterprise submits and its authority verifies: licences, reports, certificates (L4)."""

from __future__ import annotations

from layers.colors import BROWN, GREEN, SLATE, TEAL
from layers.declaration import Choice, Field, FieldType, Words
from layers.workflow import Move, Party

_AUTHORITY = frozenset({Party.AUTHORITY})


def state_field(*ends: Choice) -> Field:
    """Make the field `state`: draft, submitted, verified, returned, and how such a paper ends.

    Parameters
    ----------
    *ends : Choice

    Returns
    -------
    Field

    Examples
    --------
    >>> [choice.value for choice in state_field(Choice("withdrawn", Words("已注销", "Withdrawn"))).choices]
    ['draft', 'submitted', 'verified', 'returned', 'withdrawn']
    """
    return Field(
        "state", FieldType.CHOICE, Words("核验状态", "State"), required=True,
        choices=(
            Choice("draft", Words("未提交", "Draft"), SLATE),
            Choice("submitted", Words("待核验", "To be verified"), TEAL),
            Choice("verified", Words("已核验", "Verified"), GREEN),
            Choice("returned", Words("已退回", "Returned"), BROWN),
            *ends,
        ),
        aliases=("状态",), example="已核验",
    )  # fmt: skip


def verifying_moves(*, asks_files: tuple[tuple[str, str | None], ...] = ()) -> tuple[Move, ...]:
    """Make the steps of such a paper: submit, verify, return.

    Parameters
    ----------
    asks_files : tuple of (str, str or None)
        Kinds of files that `submit` needs.

    Returns
    -------
    tuple of Move
    """
    return (
        Move("submit", Words("提交核验", "Submit"), ("draft", "returned"), "submitted", asks_files=asks_files),
        Move("verify", Words("核验通过", "Verify"), ("submitted",), "verified", _AUTHORITY),
        Move("return", Words("退回", "Return"), ("submitted", "verified"), "returned", _AUTHORITY, needs_note=True),
    )  # fmt: skip
