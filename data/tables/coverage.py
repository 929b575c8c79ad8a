"""Declare the tables of coverage scenarios: what a planner tries out, and what is shared by a link."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA
from data.tables.located import code_type

coverage_scenario = sa.Table(
    "coverage_scenario",
    METADATA,
    sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("question", pg.JSONB, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("length(name) BETWEEN 1 AND 80", "coverage_scenario_name_check"),
    sa.CheckConstraint("version >= 1", "coverage_scenario_version_check"),
    sa.Index("coverage_scenario_changed_idx", sa.text("changed_at DESC")),
)

coverage_share = sa.Table(
    "coverage_share",
    METADATA,
    sa.Column("secret_hash", pg.BYTEA, primary_key=True),
    sa.Column(
        "scenario_id", pg.UUID(as_uuid=True), sa.ForeignKey("coverage_scenario.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("question", pg.JSONB, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("scenario_id", name="coverage_share_scenario_key"),
)  # fmt: skip
