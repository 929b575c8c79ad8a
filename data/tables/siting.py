"""Declare the table of siting studies: what was asked, and the answer with its bound."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA
from data.tables.located import code_type

STATUSES = ("optimal", "within_gap", "stopped", "open", "infeasible")

siting_study = sa.Table(
    "siting_study",
    METADATA,
    sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("question", pg.JSONB, nullable=False),
    sa.Column("answer", pg.JSONB, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("rehearsal", pg.JSONB),
    sa.CheckConstraint("length(name) BETWEEN 1 AND 80", "siting_study_name_check"),
    sa.CheckConstraint(
        "status IN (" + ", ".join(f"'{s}'" for s in STATUSES) + ")", "siting_study_status_check"
    ),
    sa.Index("siting_study_created_idx", sa.text("created_at DESC")),
)
