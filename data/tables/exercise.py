"""Declare the table of the times of exercises that go on: who pressed which step of a drill when, and what was taken back."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA
from data.tables.located import code_type

exercise_time = sa.Table(
    "exercise_time",
    METADATA,
    sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("register", code_type(), nullable=False),
    sa.Column("row_code", code_type(), nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("is_corrected", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("undone_at", sa.DateTime(timezone=True)),
    sa.Column("undone_by", sa.Text),
    sa.Column("order_code", code_type()),
    sa.Column("order_node", sa.Text),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", "exercise_time_undone_check"),
    sa.CheckConstraint("(order_code IS NULL) = (order_node IS NULL)", "exercise_time_order_check"),
    sa.Index(
        "exercise_time_step_key", "register", "row_code", "step", unique=True, postgresql_where=sa.text("undone_at IS NULL")
    ),
)  # fmt: skip
