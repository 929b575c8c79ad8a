"""Declare what registers keep beside their rows: events, alarms that were given, and the records below rows."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA
from data.tables.located import checks_of, code_type, column_of
from layers.register import Records, Register
from layers.registry import all_registers

EVENT_ACTIONS = ("created", "changed", "moved", "removed", "recorded", "record_removed", "imported")
PARTIES = ("owner", "authority", "clock")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(v) for v in values)})"


register_event = sa.Table(
    "register_event",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("register", code_type(), nullable=False),
    sa.Column("row_code", code_type(), nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("party", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("move", sa.Text),
    sa.Column("from_state", sa.Text),
    sa.Column("to_state", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("changes", pg.JSONB, nullable=False, server_default="{}"),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint(_one_of("action", EVENT_ACTIONS), "register_event_action_check"),
    sa.CheckConstraint(_one_of("party", PARTIES), "register_event_party_check"),
    sa.CheckConstraint("length(note) <= 500", "register_event_note_check"),
    sa.Index("register_event_row_idx", "register", "row_code", "id"),
)

register_alarm = sa.Table(
    "register_alarm",
    METADATA,
    sa.Column("register", code_type(), primary_key=True),
    sa.Column("row_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("field", code_type(), primary_key=True),
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("due_at", sa.DateTime(timezone=True), primary_key=True),
    sa.Column("warning_id", sa.BigInteger, nullable=False),
    sa.CheckConstraint("stage IN ('before', 'after')", "register_alarm_stage_check"),
)


def records_table_name(register: Register, records: Records) -> str:
    """Give the name of the table of records below a register's rows.

    >>> from layers.registry import register_by_id
    >>> register = register_by_id("fire_facility")
    >>> records_table_name(register, register.records[0])
    'fire_facility_inspection'
    """
    return f"{register.id}_{records.id}"


def records_table(register: Register, records: Records, metadata: sa.MetaData) -> sa.Table:
    """Compile the table of the records below a register's rows into `metadata` and give it."""
    name = records_table_name(register, records)
    checks = [
        sa.CheckConstraint(" AND ".join(found), f"{name}_{f.name}_check")
        for f in records.fields
        if (found := checks_of(f))
    ]
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column(
            "row_code",
            code_type(),
            sa.ForeignKey(f"{register.id}.code", ondelete="CASCADE", onupdate="CASCADE"),
            nullable=False,
        ),
        *(column_of(f) for f in records.fields),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *checks,
        sa.Index(f"{name}_row_idx", "row_code", records.date_field),
    )


def deadline_index(register: Register, metadata: sa.MetaData) -> None:
    """Index the states and dates that the clock watches, so that a round does not read every row."""
    workflow = register.workflow
    if workflow is not None and workflow.due_field is not None and workflow.deadlines:
        columns = metadata.tables[register.id].c
        sa.Index(f"{register.id}_due_idx", columns[workflow.field], columns[workflow.due_field])


def counted_indexes(register: Register, metadata: sa.MetaData) -> None:
    """Index the fields by which figures find their rows."""
    columns = metadata.tables[register.id].c
    for name in register.layer.counted_by:
        sa.Index(f"{register.id}_{name}_idx", columns[name])


for _register in all_registers():
    deadline_index(_register, METADATA)
    counted_indexes(_register, METADATA)
    for _records in _register.records:
        records_table(_register, _records, METADATA)
