"""Declare the table of proposals to check bindings: what an authority suggests to a maintenance company."""

from __future__ import annotations

import sqlalchemy as sa

from data.tables.house import METADATA
from data.tables.located import code_type

binding_proposal = sa.Table(
    "binding_proposal",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id"), nullable=False),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("limit_s", sa.Float, nullable=False),
    sa.Column("per_crew", sa.Integer, nullable=False),
    sa.Column("hour_of_week", sa.SmallInteger),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("NOT is_public", "binding_proposal_public_check"),
    sa.CheckConstraint("length(note) <= 200", "binding_proposal_note_check"),
    sa.CheckConstraint("hour_of_week BETWEEN 0 AND 167", "binding_proposal_hour_check"),
    sa.CheckConstraint("limit_s > 0 AND per_crew > 0", "binding_proposal_limit_check"),
    sa.UniqueConstraint("authority_code", "owner_id", name="binding_proposal_authority_owner_key"),
    sa.Index("binding_proposal_owner_idx", "owner_id"),
)
