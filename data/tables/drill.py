"""Declare the table of drill simulations: what was asked, and what the simulation found. Nothing live refers to it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA
from data.tables.located import code_type

drill_simulation = sa.Table(
    "drill_simulation",
    METADATA,
    sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("question", pg.JSONB, nullable=False),
    sa.Column("answer", pg.JSONB, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("length(name) BETWEEN 1 AND 80", "drill_simulation_name_check"),
    sa.Index("drill_simulation_created_idx", sa.text("created_at DESC")),
)
