"""Describe the life of a register's rows: states, moves between them, who may make them, and deadlines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
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
class Refusal:
    """Why a step is not taken, in both languages, and the field at fault where it is one's."""

    words: Words
    field: str | None = None


#: Says why a side may not make a move on a row at an instant; None when it may.
Guard = Callable[[Mapping[str, Any], Party, dt.datetime], Refusal | None]
#: Gives the fields that a move sets by itself, from the row with what was filled in, and the instant.
Effect = Callable[[Mapping[str, Any], dt.datetime], Mapping[str, Any]]


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
    target : str or None
        State it leads to; None: the state stays.
    by : frozenset of Party
    asks : tuple of str
        Fields that must be filled in for it.
    needs_note : bool
        A reason in words is required.
    asks_files : tuple of (str, str or None)
        Kinds of files that must be attached, each newer than the instant in the field beside it, where that is set.
    guard : callable or None
        What else must hold: of the row, the side and the time. A move that is refused without what is asked for
        is not offered.
    asked_guard : callable or None
        What must hold of what was filled in.
    effect : callable or None
        Fields that it sets by itself.
    begins_with_row : bool
        Its form begins with what the row holds of the fields it asks for; else they are filled in anew.
    """

    id: str
    words: Words
    sources: tuple[str, ...]
    target: str | None
    by: frozenset[Party] = frozenset({Party.OWNER, Party.AUTHORITY})
    asks: tuple[str, ...] = ()
    needs_note: bool = False
    asks_files: tuple[tuple[str, str | None], ...] = ()
    guard: Guard | None = None
    asked_guard: Guard | None = None
    effect: Effect | None = None
    begins_with_row: bool = False


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
    level_by : tuple of (str, str, str)
        Field, its value, and the level of rows that have it.
    tells_enterprise : bool
        The contact of the row's enterprise gets a message.

    Notes
    -----
    An instant is still in time itself; a date is in time until its last second in Beijing.
    """

    states: tuple[str, ...]
    target: str | None
    words: Words
    level: str = "3"
    level_by: tuple[tuple[str, str, str], ...] = ()
    tells_enterprise: bool = False

    def level_of(self, row: Mapping[str, Any]) -> str:
        """Give the level of a row's warning.

        Parameters
        ----------
        row : mapping

        Returns
        -------
        str
        """
        return next((level for name, value, level in self.level_by if row[name] == value), self.level)


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
            found |= {*move.sources, *({move.target} if move.target else ())}
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

    def open_moves(self, row: Mapping[str, Any], party: Party, now: dt.datetime) -> tuple[Move, ...]:
        """Give the moves that a party may make on a row at an instant: those from its state that their guards let through.

        Parameters
        ----------
        row : mapping
        party : Party
        now : datetime
            Aware.

        Returns
        -------
        tuple of Move
        """
        found = self.moves_from(str(row[self.field]), party)
        return tuple(m for m in found if m.guard is None or m.guard(row, party, now) is None)

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
    now: dt.datetime,
    files: Mapping[str, dt.datetime] | None = None,
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
        Labels of the fields, of the states by their values, and of kinds of files.
    now : datetime
        Aware.
    files : mapping of str to datetime or None
        Kind of file → when the newest of it was attached to the row.

    Returns
    -------
    Move

    Raises
    ------
    WorkflowError
        When there is no such move, it does not start from the row's state, is another party's, its guard refuses, or it
        lacks its note, a field or a file; the message says which.
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
    _heed(move, move.guard, row, party, now)
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
    _heed(move, move.asked_guard, row, party, now)
    _require_files(move, row, words, files or {})
    return move


def _heed(move: Move, guard: Guard | None, row: Mapping[str, Any], party: Party, now: dt.datetime) -> None:
    refusal = guard(row, party, now) if guard is not None else None
    if refusal is not None:
        raise WorkflowError(
            f"{refusal.words.zh} {refusal.words.en}", state="", move=move.id, field=refusal.field
        )


def _require_files(
    move: Move, row: Mapping[str, Any], words: Mapping[str, Words], files: Mapping[str, dt.datetime]
) -> None:
    for kind, since_field in move.asks_files:
        since = row.get(since_field) if since_field else None
        newest = files.get(kind)
        if newest is None or (since is not None and newest <= since):
            label = words.get(kind, Words(kind, kind))
            again = "本轮" if since is not None else ""
            raise WorkflowError(
                f"{move.words.zh}前请上传{again}{label.zh}。 Attach {label.en.lower()}"
                f"{' of this round' if since is not None else ''} first.",
                state=str(row.get("state", "")), move=move.id, field=kind,
            )  # fmt: skip
