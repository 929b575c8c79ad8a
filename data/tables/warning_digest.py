"""Declare the table of those who want a daily digest of open warnings."""

from __future__ import annotations

import sqlalchemy as sa

from data.tables.house import METADATA

warning_digest = sa.Table(
    "warning_digest",
    METADATA,
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("app_user.id"), primary_key=True, autoincrement=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("at_hour", sa.SmallInteger, nullable=False),
    sa.Column("last_day", sa.Date),
    sa.CheckConstraint("phone ~ '^[0-9+() -]{5,24}$'", "warning_digest_phone_check"),
    sa.CheckConstraint("at_hour BETWEEN 0 AND 23", "warning_digest_hour_check"),
)
