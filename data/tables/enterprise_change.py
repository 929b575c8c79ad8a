"""Declare what an enterprise told beside its layer's columns (industry class, people), and every change of it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA, one_of
from data.tables.located import code_type
from layers.enterprise_change import ChangeState
from layers.registration import PEOPLE

CHANGE_STATES = tuple(s.value for s in ChangeState)


enterprise_profile = sa.Table(
    "enterprise_profile",
    METADATA,
    sa.Column(
        "enterprise_code", code_type(), sa.ForeignKey("enterprise.code", onupdate="CASCADE"), primary_key=True
    ),
    sa.Column("industry_class", sa.Text),
    sa.Column("industry_branch", sa.Text),
    *(
        column
        for role in PEOPLE
        for column in (sa.Column(f"{role}_name", sa.Text), sa.Column(f"{role}_mobile", code_type()))
    ),
    sa.CheckConstraint(
        "(industry_class IS NULL) = (industry_branch IS NULL)", "enterprise_profile_industry_check"
    ),
)

enterprise_change = sa.Table(
    "enterprise_change",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("enterprise_code", code_type(), sa.ForeignKey("enterprise.code", deferrable=True), nullable=False),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("by_owner", sa.Boolean, nullable=False),
    sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("before", pg.JSONB, nullable=False),
    sa.Column("after", pg.JSONB, nullable=False),
    sa.Column("decided_at", sa.DateTime(timezone=True)),
    sa.Column("decided_by", sa.Text),
    sa.Column("reason", sa.Text),
    sa.CheckConstraint(one_of("state", CHANGE_STATES), "enterprise_change_state_check"),
    sa.CheckConstraint("NOT is_public", "enterprise_change_public_check"),
    sa.CheckConstraint(
        "(state = 'waiting') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
        "enterprise_change_decided_check",
    ),
    sa.CheckConstraint("state <> 'returned' OR reason IS NOT NULL", "enterprise_change_reason_check"),
    sa.CheckConstraint("after <> '{}'", "enterprise_change_after_check"),
    sa.Index(
        "enterprise_change_waiting_idx", "enterprise_code", unique=True, postgresql_where=sa.text("state = 'waiting'")
    ),
    sa.Index("enterprise_change_of_idx", "enterprise_code", "id"),
    sa.Index("enterprise_change_queue_idx", "authority_code", "state", "asked_at"),
)  # fmt: skip
