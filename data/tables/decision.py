"""Declare the tables of rescue decisions: the decision as it stands, its alternatives, and every version of it.

A decision names its accident by the code and keeps what was known of it: the register's table comes from its declaration, after the
migrations, so no key can lead there, and a decision outlives a row that was struck off.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA
from data.tables.located import code_type


def _scoped() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
        sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
        sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    )


def _of_decision() -> sa.Column[object]:
    key = sa.ForeignKey("rescue_decision.id", ondelete="CASCADE")
    return sa.Column("decision_id", pg.UUID(as_uuid=True), key, nullable=False)


rescue_decision = sa.Table(
    "rescue_decision",
    METADATA,
    sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("accident_code", code_type()),
    sa.Column("facts", pg.JSONB, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content", pg.JSONB, nullable=False),
    *_scoped(),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("length(name) BETWEEN 1 AND 80", "rescue_decision_name_check"),
    sa.CheckConstraint("version >= 1", "rescue_decision_version_check"),
    sa.Index("rescue_decision_accident_idx", "accident_code"),
    sa.Index("rescue_decision_changed_idx", sa.text("changed_at DESC")),
)

rescue_alternative = sa.Table(
    "rescue_alternative",
    METADATA,
    sa.Column("id", pg.UUID(as_uuid=True), primary_key=True),
    _of_decision(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("question", pg.JSONB, nullable=False),
    sa.Column("plan", pg.JSONB, nullable=False),
    sa.Column("answer", pg.JSONB, nullable=False),
    *_scoped(),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("length(name) BETWEEN 1 AND 80", "rescue_alternative_name_check"),
    sa.UniqueConstraint("decision_id", "number", name="rescue_alternative_number_key"),
)

rescue_decision_version = sa.Table(
    "rescue_decision_version",
    METADATA,
    _of_decision(),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("content", pg.JSONB, nullable=False),
    sa.Column("changes", pg.JSONB, nullable=False),
    *_scoped(),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("decision_id", "number"),
)
