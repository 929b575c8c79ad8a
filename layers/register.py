"""Describe a register kept on the map: who keeps its rows, their life, their records and their alarms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from layers.declaration import Field, FieldType, Layer, Words
from layers.errors import DeclarationError
from layers.repetition import Repetition
from layers.workflow import Guard, Party, Workflow


@dataclass(frozen=True)
class Records:
    """Dated records below a row: inspections of a facility, patrols of an area.

    Parameters
    ----------
    id : str
        Name within the register; the table is ``<register>_<id>``.
    words : Words
    fields : tuple of Field
    date_field : str
        The field that dates a record.
    carries : tuple of (str, str)
        Pairs (field of the record, field of the row): the newest record sets the row's field.
    next_field : str or None
        Date field of the row that the newest record sets `next_days` ahead of its own date.
    next_days : int
    interval_field : str or None
        Whole-number field of the row that goes before `next_days`, where it is filled in.

    Raises
    ------
    DeclarationError
        When a field repeats, or the dating field is no date.
    """

    id: str
    words: Words
    fields: tuple[Field, ...]
    date_field: str
    carries: tuple[tuple[str, str], ...] = ()
    next_field: str | None = None
    next_days: int = 30
    interval_field: str | None = None

    def __post_init__(self) -> None:
        names = [f.name for f in self.fields]
        if len(set(names)) != len(names):
            raise DeclarationError(f"records {self.id}: a field name repeats")
        if self.field(self.date_field).type not in (FieldType.DATE, FieldType.INSTANT):
            raise DeclarationError(f"records {self.id}: {self.date_field} is no date")

    def field(self, name: str) -> Field:
        """Find a field by name.

        Parameters
        ----------
        name : str

        Returns
        -------
        Field

        Raises
        ------
        DeclarationError
            When the records have none of that name.
        """
        for candidate in self.fields:
            if candidate.name == name:
                return candidate
        raise DeclarationError(f"records {self.id} have no field {name!r}")


@dataclass(frozen=True)
class Alarm:
    """A warning that comes before a date of a row, and another when it has passed.

    Parameters
    ----------
    field : str
        Date or instant field.
    words : Words
        What is about to end or to be owed.
    days_before : int
        First warning this many days before.
    level_before, level_after : str
        Levels of the two warnings, "1" (highest) to "4".
    stages : tuple of str
        Which of the two are given; a deadline of the workflow warns by itself when its date has passed.
    """

    field: str
    words: Words
    days_before: int = 30
    level_before: str = "4"
    level_after: str = "3"
    stages: tuple[str, ...] = ("before", "after")


@dataclass(frozen=True)
class Watch:
    """A warning that stands for as long as a row is so: declared too late, a figure over its limit.

    Parameters
    ----------
    id : str
    words : Words
    all_of : tuple of (str, str, object)
        Field, one of ``=``, ``<>``, ``>=``, ``<``, and what it is compared with: all of them hold.
    level : str
        "1" (highest) to "4".
    limit_of : str or None
        Number field whose limit administrators set; the one in `all_of` holds until they do.
    limit_between : (float, float)
        What they may set it to, both included.

    Raises
    ------
    DeclarationError
        When a comparison is none, or nothing compares the field of the limit with a number.
    """

    id: str
    words: Words
    all_of: tuple[tuple[str, str, str | float], ...]
    level: str = "3"
    limit_of: str | None = None
    limit_between: tuple[float, float] = (0.0, 1e9)

    def __post_init__(self) -> None:
        for name, operator, _ in self.all_of:
            if operator not in ("=", "<>", ">=", "<"):
                raise DeclarationError(f"watch {self.id}: {name} cannot be compared by {operator!r}")
        if self.limit_of is not None and not isinstance(
            next((v for name, _, v in self.all_of if name == self.limit_of), None), float
        ):
            raise DeclarationError(f"watch {self.id}: {self.limit_of} has no limit")


@dataclass(frozen=True)
class FileKind:
    """One kind of file that is attached to rows: photographs before, after.

    Parameters
    ----------
    id : str
    words : Words
    states : frozenset of str or None
        States in which such files are attached; None: until the row's life has ended.
    pictures_only : bool
    given_by : callable or None
        (row, party, now) → why this side gives no such file to the row; None: whoever keeps the register does.
    """

    id: str
    words: Words
    states: frozenset[str] | None = None
    pictures_only: bool = False
    given_by: Guard | None = None


@dataclass(frozen=True)
class LeadsTo:
    """Rows of another register that come of a row: hidden dangers that an inspection found.

    Parameters
    ----------
    register : str
        Id of the other register.
    words : Words
        Heading of the list.
    add_words : Words
        What the button says.
    takes : tuple of (str, str)
        Pairs (field of the new row, field of this one) that the new row begins with.
    link : str or None
        Field of the other register that holds this row's code; without one nothing is listed.
    states : frozenset of str or None
        States in which rows are added; None: in all.
    needed_by : (str, str) or None
        Field and value that ask for at least one: a move that sets it is refused without.
    """

    register: str
    words: Words
    add_words: Words
    takes: tuple[tuple[str, str], ...] = ()
    link: str | None = None
    states: frozenset[str] | None = None
    needed_by: tuple[str, str] | None = None


@dataclass(frozen=True)
class Ticks:
    """Check items of the row's enterprise that are ticked on it: an inspection. The ticks are among the register's records.

    Parameters
    ----------
    link : str
        Field of hidden dangers that holds this row's code.
    states : frozenset of str
        States in which items are ticked.
    settled_by : tuple of str
        Moves that are refused while an item that does not conform has no hidden danger.
    nothing_found : (str, str) or None
        Field and value that cannot be said while an item does not conform.
    """

    link: str
    states: frozenset[str]
    settled_by: tuple[str, ...]
    nothing_found: tuple[str, str] | None = None


_LATER, _EARLIER = Words("晚 {n}", "{n} later"), Words("早 {n}", "{n} earlier")


@dataclass(frozen=True)
class Compared:
    """What was planned and what became of it, shown beside each other with the difference.

    Parameters
    ----------
    words : Words
    planned, actual : str
        Number fields of the row, of one unit.
    more, less : Words
        What a difference upward and downward is called, ``{n}`` for the amount with its unit.
    """

    words: Words
    planned: str
    actual: str
    more: Words = _LATER
    less: Words = _EARLIER

    def difference(self, row: Mapping[str, Any]) -> float | None:
        """Give the actual less the planned, in the unit of the fields; None where one of them is not known.

        Parameters
        ----------
        row : mapping

        Returns
        -------
        float or None
            Rounded to a thousandth.

        Examples
        --------
        >>> Compared(Words("到场", "On site"), "planned_min", "actual_min").difference({"planned_min": 12.0, "actual_min": 14.1})
        2.1
        """
        planned, actual = row.get(self.planned), row.get(self.actual)
        return None if planned is None or actual is None else round(float(actual) - float(planned), 3)


def _nothing(_row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {}


def _no_faults(
    _row: Mapping[str, Any], _before: Mapping[str, Any] | None, _party: Party, _now: dt.datetime
) -> tuple[tuple[str, Words], ...]:
    return ()


@dataclass(frozen=True)
class RowRules:
    """What rows must keep beyond their fields, as pure functions of the row, the side and the time.

    Parameters
    ----------
    system_fields : frozenset of str
        Fields that nobody fills in: the system sets them.
    fills : callable
        (values, party, now) → fields that a new row takes where nothing was filled in, and all system fields.
    faults : callable
        (row, row before or None, party, now) → (field, what is wrong) of a row that is added or changed.
    keeps : callable or None
        (row, party, now) → why this side may neither change nor remove the row; None when it may.
    compares : tuple of str
        Fields of the row before that `faults`, `keeps` and `derives` look at.
    derives : callable
        row → fields that follow from others, whenever a row is added, changed or imported.
    derived : frozenset of str
        Their names.
    """

    system_fields: frozenset[str] = frozenset()
    fills: Callable[[Mapping[str, Any], Party, dt.datetime], Mapping[str, Any]] = lambda _v, _p, _n: {}
    faults: Callable[
        [Mapping[str, Any], Mapping[str, Any] | None, Party, dt.datetime], tuple[tuple[str, Words], ...]
    ] = _no_faults
    keeps: Guard | None = None
    compares: tuple[str, ...] = ()
    derives: Callable[[Mapping[str, Any]], Mapping[str, Any]] = _nothing
    derived: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Register:
    """A register: a layer whose rows people keep.

    Parameters
    ----------
    layer : Layer
        Fields, geometry, symbols, jurisdiction: all that stands on the map.
    group : Words
        Heading under which the registers are listed.
    kept_by : frozenset of Party
        Who adds and changes rows.
    owner_field : str or None
        Field that holds the code of the enterprise a row belongs to.
    owner_through : str or None
        Field that holds the code of a row whose enterprise a row belongs to that names none itself.
    place_field : str or None
        Field that holds the code of the row a row is kept at: it stands there where it has no position of its own.
    code_prefix : str or None
        Rows without a code get this and a number; None: the code must be given.
    workflow : Workflow or None
    records : tuple of Records
    alarms : tuple of Alarm
    note : Words or None
        One sentence above the list: what belongs here.
    order : int
        Place in its group.
    files : tuple of FileKind
        Kinds of files that are told apart among a row's attachments.
    rules : RowRules or None
    watches : tuple of Watch
    enterprise_carries : tuple of (str, str)
        Pairs (field of the row, field of its enterprise): a row that comes into the state `carried_from` sets them.
    carried_from : str or None
    calendar : (str, str) or None
        Date fields of the first and the last day a row stands for: it is shown in a calendar of months.
    repeats : Repetition or None
        Rows may be plans from which the clock makes rows.
    leads_to : tuple of LeadsTo
    compared : tuple of Compared
    ticks : Ticks or None

    Raises
    ------
    DeclarationError
        When it names fields or states that the layer does not have.

    Examples
    --------
    >>> from layers.registry import register_by_id
    >>> register_by_id("fire_facility").kept_by == frozenset({Party.OWNER})
    True
    """

    layer: Layer
    group: Words
    kept_by: frozenset[Party] = frozenset({Party.OWNER, Party.AUTHORITY})
    owner_field: str | None = None
    owner_through: str | None = None
    place_field: str | None = None
    code_prefix: str | None = None
    workflow: Workflow | None = None
    records: tuple[Records, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    note: Words | None = None
    order: int = 50
    files: tuple[FileKind, ...] = ()
    rules: RowRules | None = None
    watches: tuple[Watch, ...] = ()
    enterprise_carries: tuple[tuple[str, str], ...] = ()
    carried_from: str | None = None
    calendar: tuple[str, str] | None = None
    repeats: Repetition | None = None
    leads_to: tuple[LeadsTo, ...] = ()
    compared: tuple[Compared, ...] = ()
    ticks: Ticks | None = None
    words: Words = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", self.layer.words)
        if self.owner_field is not None and self.layer.field(self.owner_field).references != "enterprise":
            raise DeclarationError(f"register {self.id}: {self.owner_field} does not refer to enterprises")
        if self.place_field is not None and self.layer.field(self.place_field).references is None:
            raise DeclarationError(
                f"register {self.id}: {self.place_field} refers to nothing that has a place"
            )
        if self.owner_through is not None and self.layer.field(self.owner_through).references is None:
            raise DeclarationError(
                f"register {self.id}: {self.owner_through} refers to nothing of an enterprise"
            )
        if Party.OWNER in self.kept_by and self.owner_field is None:
            raise DeclarationError(f"register {self.id}: owners keep rows that name their enterprise")
        if self.code_prefix is not None and not re.fullmatch(r"[A-Z]{1,6}", self.code_prefix):
            raise DeclarationError(f"register {self.id}: code_prefix takes one to six capitals")
        for alarm in self.alarms:
            if self.layer.field(alarm.field).type not in (FieldType.DATE, FieldType.INSTANT):
                raise DeclarationError(f"register {self.id}: {alarm.field} is no date")
        for name in self.calendar or ():
            if self.layer.field(name).type is not FieldType.DATE:
                raise DeclarationError(f"register {self.id}: {name} is no day of a calendar")
        for records in self.records:
            for theirs, ours in records.carries:
                records.field(theirs), self.layer.field(ours)
            if records.next_field is not None:
                self.layer.field(records.next_field)
        for watch in self.watches:
            for name, _, _ in watch.all_of:
                self.layer.field(name)
        if self.ticks is not None and (
            self.workflow is None or self.owner_field is None or self.records_by_id("ticks") is None
        ):
            raise DeclarationError(f"register {self.id}: items are ticked on inspections of an enterprise")
        for pair in self.compared:
            if self.layer.field(pair.planned).unit != self.layer.field(pair.actual).unit:
                raise DeclarationError(f"register {self.id}: {pair.planned} and {pair.actual} differ in unit")
        for leads in self.leads_to:
            for _, ours in leads.takes:
                self.layer.field(ours)
        if self.repeats is not None:
            for name in self.repeats.own_fields:
                self.layer.field(name)
            if self.workflow is None or not {self.repeats.active, self.repeats.ended} <= self.workflow.closed:
                raise DeclarationError(f"register {self.id}: nothing is owed by a plan itself")
        self._check_workflow()

    def _check_workflow(self) -> None:
        if self.workflow is None:
            return
        known = {c.value for c in self.layer.field(self.workflow.field).choices}
        strangers = self.workflow.states() - known
        if strangers:
            raise DeclarationError(f"register {self.id}: no choice for the states {sorted(strangers)}")
        for move in self.workflow.moves:
            for name in move.asks:
                self.layer.field(name)
            for kind, _ in move.asks_files:
                if self.file_kind(kind) is None:
                    raise DeclarationError(
                        f"register {self.id}: the move {move.id} asks for files {kind!r} of no kind"
                    )

    @property
    def id(self) -> str:
        """Give the layer's id: table, address and API name."""
        return self.layer.id

    @property
    def form_fields(self) -> tuple[Field, ...]:
        """Give the fields that a person fills in: all but what the system sets."""
        own = {self.workflow.field} if self.workflow else set()
        return tuple(
            f for f in self.layer.all_fields if f.name not in own | self.system_fields | {"authority_code"}
        )

    @property
    def system_fields(self) -> frozenset[str]:
        """Give the fields that the system sets, beside the state."""
        return self.rules.system_fields if self.rules else frozenset()

    def state_of(self, row: Mapping[str, Any]) -> str | None:
        """Give the state of a row; None where the register has no workflow.

        Parameters
        ----------
        row : mapping

        Returns
        -------
        str or None
        """
        return str(row[self.workflow.field]) if self.workflow else None

    def initial_state(self, row: Mapping[str, Any]) -> str | None:
        """Give the state of a new row; None where the register has no workflow.

        Parameters
        ----------
        row : mapping

        Returns
        -------
        str or None
        """
        if self.workflow is None:
            return None
        initial = self.workflow.initial
        return self.repeats.initial_state(row, initial) if self.repeats else initial

    def file_kind(self, kind_id: str) -> FileKind | None:
        """Find a kind of file; None when there is none of that id.

        Parameters
        ----------
        kind_id : str

        Returns
        -------
        FileKind or None
        """
        return next((kind for kind in self.files if kind.id == kind_id), None)

    def is_locked(self, state: str | None) -> bool:
        """Say whether a row in a state can neither be changed nor removed.

        Parameters
        ----------
        state : str or None

        Returns
        -------
        bool
        """
        return self.workflow is not None and state in self.workflow.locked

    def records_by_id(self, records_id: str) -> Records | None:
        """Find records of the register; None when it keeps none of that id.

        Parameters
        ----------
        records_id : str

        Returns
        -------
        Records or None
        """
        return next((r for r in self.records if r.id == records_id), None)
