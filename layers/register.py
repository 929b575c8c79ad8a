"""Describe a register kept on the map: who keeps its rows, their life, their records and their alarms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from layers.declaration import Field, FieldType, Layer, Words
from layers.errors import DeclarationError
from layers.workflow import Party, Workflow


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
    """

    field: str
    words: Words
    days_before: int = 30
    level_before: str = "4"
    level_after: str = "3"


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
    code_prefix : str or None
        Rows without a code get this and a number; None: the code must be given.
    workflow : Workflow or None
    records : tuple of Records
    alarms : tuple of Alarm
    note : Words or None
        One sentence above the list: what belongs here.
    order : int
        Place in its group.

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
    code_prefix: str | None = None
    workflow: Workflow | None = None
    records: tuple[Records, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    note: Words | None = None
    order: int = 50
    words: Words = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", self.layer.words)
        if self.owner_field is not None and self.layer.field(self.owner_field).references != "enterprise":
            raise DeclarationError(f"register {self.id}: {self.owner_field} does not refer to enterprises")
        if Party.OWNER in self.kept_by and self.owner_field is None:
            raise DeclarationError(f"register {self.id}: owners keep rows that name their enterprise")
        if self.code_prefix is not None and not re.fullmatch(r"[A-Z]{1,6}", self.code_prefix):
            raise DeclarationError(f"register {self.id}: code_prefix takes one to six capitals")
        for alarm in self.alarms:
            if self.layer.field(alarm.field).type not in (FieldType.DATE, FieldType.INSTANT):
                raise DeclarationError(f"register {self.id}: {alarm.field} is no date")
        for records in self.records:
            for theirs, ours in records.carries:
                records.field(theirs), self.layer.field(ours)
            if records.next_field is not None:
                self.layer.field(records.next_field)
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

    @property
    def id(self) -> str:
        """Give the layer's id: table, address and API name."""
        return self.layer.id

    @property
    def form_fields(self) -> tuple[Field, ...]:
        """Give the fields that a person fills in: all but what the system sets."""
        own = {self.workflow.field} if self.workflow else set()
        return tuple(f for f in self.layer.all_fields if f.name not in own | {"authority_code"})

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
