"""Declare the table of courses: how a drill's simulation goes on, kept with the drill. Nothing live refers to it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA
from data.tables.located import code_type

drill_course = sa.Table(
    "drill_course",
    METADATA,
    sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column(
        "drill_id",
        pg.UUID(as_uuid=True),
        sa.ForeignKey("drill_simulation.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("question", pg.JSONB, nullable=False),
    sa.Column("answer", pg.JSONB, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("is_in_report", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("drill_course_report_key", "drill_id", unique=True, postgresql_where=sa.text("is_in_report")),
    sa.Index("drill_course_drill_idx", "drill_id", sa.text("created_at DESC")),
)
