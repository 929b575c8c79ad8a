"""Describe the life of a register's rows: states, moves between them, who may make them, and deadlines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from layers.declaration import Words
from layers.errors import DeclarationError, WorkflowError


class Party(Enum):
    """Who acts: the owner of a row (an enterprise), the authority that supervises it, or the clock."""

    OWNER = "owner"
    AUTHORITY = "authority"
    CLOCK = "clock"


@dataclass(frozen=True)
class Move:
    """One step a person may take.

    Parameters
    ----------
    id : str
    words : Words
        What the button says.
    sources : tuple of str
        States it starts from.
    target : str
        State it leads to.
    by : frozenset of Party
    asks : tuple of str
        Fields that must be filled in for it.
    needs_note : bool
        A reason in words is required.
    """

    id: str
    words: Words
    sources: tuple[str, ...]
    target: str
    by: frozenset[Party] = frozenset({Party.OWNER, Party.AUTHORITY})
    asks: tuple[str, ...] = ()
    needs_note: bool = False


@dataclass(frozen=True)
class Deadline:
    """What the clock does to rows that are still in some states when their due field has passed.

    Parameters
    ----------
    states : tuple of str
    target : str or None
        State the system sets; None only warns.
    level : str
        Level of the warning, "1" (highest) to "4".
    words : Words
        What the warning says.
    """

    states: tuple[str, ...]
    target: str | None
    words: Words
    level: str = "3"


@dataclass(frozen=True)
class Workflow:
    """The life of a register's rows.

    Parameters
    ----------
    field : str
        The choice field that holds the state.
    initial : str
        State of a new row.
    moves : tuple of Move
    locked : frozenset of str
        States in which a row can neither be changed nor removed.
    closed : frozenset of str
        States in which nothing is owed any more.
    due_field : str or None
        Date or instant by which the row must leave the states of its deadlines.
    deadlines : tuple of Deadline

    Raises
    ------
    DeclarationError
        When moves repeat, or deadlines have no due field.
    """

    field: str
    initial: str
    moves: tuple[Move, ...]
    locked: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    due_field: str | None = None
    deadlines: tuple[Deadline, ...] = ()

    def __post_init__(self) -> None:
        ids = [move.id for move in self.moves]
        if len(set(ids)) != len(ids):
            raise DeclarationError("a move of the workflow repeats")
        if self.deadlines and self.due_field is None:
            raise DeclarationError("deadlines need a due_field")

    def states(self) -> frozenset[str]:
        """Give every state that the workflow names.

        Returns
        -------
        frozenset of str
        """
        found = {self.initial, *self.locked, *self.closed}
        for move in self.moves:
            found |= {*move.sources, move.target}
        for deadline in self.deadlines:
            found |= {*deadline.states, *({deadline.target} if deadline.target else ())}
        return frozenset(found)

    def moves_from(self, state: str, party: Party) -> tuple[Move, ...]:
        """Give the moves that a party may make from a state, in the order of their declaration.

        Parameters
        ----------
        state : str
        party : Party

        Returns
        -------
        tuple of Move
        """
        return tuple(m for m in self.moves if state in m.sources and party in m.by)

    def move(self, move_id: str) -> Move | None:
        """Find a move by its id; None when there is none.

        Parameters
        ----------
        move_id : str

        Returns
        -------
        Move or None
        """
        return next((m for m in self.moves if m.id == move_id), None)


def check_move(
    workflow: Workflow,
    row: Mapping[str, Any],
    move_id: str,
    *,
    party: Party,
    note: str,
    words: Mapping[str, Words],
) -> Move:
    """Check that a party may make a move on a row.

    Parameters
    ----------
    workflow : Workflow
    row : mapping
        Field name → value, with what was filled in for the move.
    move_id : str
    party : Party
    note : str
        The reason given, or empty.
    words : mapping of str to Words
        Labels of the fields, and of the states by their values.

    Returns
    -------
    Move

    Raises
    ------
    WorkflowError
        When there is no such move, it does not start from the row's state, is another party's, or lacks its note or a
        field; the message says which.
    """
    state = str(row[workflow.field])
    move = workflow.move(move_id)
    if move is None:
        raise WorkflowError(
            f"没有“{move_id}”这一步。 There is no step {move_id!r}.", state=state, move=move_id
        )
    if state not in move.sources:
        shown = words.get(state, Words(state, state))
        raise WorkflowError(
            f"当前状态是“{shown.zh}”，不能{move.words.zh}。请刷新后再看。 "
            f"Its state is {shown.en}: {move.words.en} does not start from there. Reload and look again.",
            state=state, move=move_id,
        )  # fmt: skip
    if party not in move.by:
        who = "监管部门" if Party.AUTHORITY in move.by else "企业"
        who_en = "the authority" if Party.AUTHORITY in move.by else "the enterprise"
        raise WorkflowError(
            f"“{move.words.zh}”应由{who}办理。 Only {who_en} may do this: {move.words.en}.",
            state=state,
            move=move_id,
        )
    missing = next((name for name in move.asks if row.get(name) in (None, "")), None)
    if missing is not None:
        label = words.get(missing, Words(missing, missing))
        raise WorkflowError(
            f"{move.words.zh}前请填写{label.zh}。 Fill in {label.en} first.",
            state=state,
            move=move_id,
            field=missing,
        )
    if move.needs_note and not note.strip():
        raise WorkflowError(
            f"{move.words.zh}时请写明理由。 Give the reason in words.",
            state=state,
            move=move_id,
            field="note",
        )
    return move
