"""A registration moves only as its table says."""

from __future__ import annotations

from itertools import product

from layers.registration import Move, RegistrationState, state_after


def test_what_is_decided_is_never_decided_again() -> None:
    for state in (RegistrationState.APPROVED, RegistrationState.RETURNED, RegistrationState.DRAFT):
        for move in (Move.APPROVE, Move.RETURN, Move.CORRECT):
            assert state_after(state, move) is None


def test_approval_is_the_end() -> None:
    assert all(state_after(RegistrationState.APPROVED, move) is None for move in Move)


def test_every_way_to_approval_passes_a_review() -> None:
    into = {s for s, m in product(RegistrationState, Move) if state_after(s, m) is RegistrationState.APPROVED}
    assert into == {RegistrationState.PENDING}


def test_a_returned_one_can_be_mended_and_sent_again() -> None:
    assert state_after(RegistrationState.RETURNED, Move.SUBMIT) is RegistrationState.PENDING
