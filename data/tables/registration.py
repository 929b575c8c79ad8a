"""Declare the tables of registration: applications, drafts, changes, rate windows, and the codes that are sent."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry as GeometryType
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA, one_of
from data.tables.located import code_type
from layers.registration import CORRECTABLE, RegistrationState

STATES = tuple(s.value for s in RegistrationState)
#: Columns that an application has once it is submitted.
SUBMITTED = (
    "company_name", "credit_code", "region_code", "address", "industry_class", "industry_branch", "contact_name",
    "contact_mobile", "legal_name", "principal_name", "principal_mobile", "safety_name", "safety_mobile", "username",
    "geom", "division_code", "submitted_at",
)  # fmt: skip


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _code(table: str) -> tuple[sa.Column[Any] | sa.CheckConstraint, ...]:
    """Give what every table of codes sent to a mobile has: data/message_codes.py."""
    return (
        sa.Column("code_hash", sa.Text, nullable=False),
        _instant("created_at"),
        _instant("expires_at"),
        sa.Column("guesses", sa.SmallInteger, nullable=False, server_default="0"),
        _instant("used_at", nullable=True),
        sa.CheckConstraint("expires_at > created_at", f"{table}_expires_check"),
        sa.CheckConstraint("guesses BETWEEN 0 AND 5", f"{table}_guesses_check"),
    )


def _division(name: str, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, code_type(), sa.ForeignKey("division.code"), nullable=nullable)


registration = sa.Table(
    "registration",
    METADATA,
    _id(),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False, server_default="draft"),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("form", pg.JSONB, nullable=False, server_default="{}"),
    _division("authority_code", nullable=False),
    _division("declared_authority_code"),
    _division("region_code"),
    _division("division_code"),
    sa.Column("company_name", sa.Text),
    sa.Column("company_pinyin", sa.Text),
    sa.Column("credit_code", code_type()),
    sa.Column("address", sa.Text),
    sa.Column("industry_class", sa.Text),
    sa.Column("industry_branch", sa.Text),
    sa.Column("employee_count", sa.Integer),
    sa.Column("contact_name", sa.Text),
    sa.Column("contact_mobile", code_type()),
    sa.Column("legal_name", sa.Text),
    sa.Column("legal_mobile", code_type()),
    sa.Column("principal_name", sa.Text),
    sa.Column("principal_mobile", code_type()),
    sa.Column("safety_name", sa.Text),
    sa.Column("safety_mobile", code_type()),
    sa.Column("username", code_type()),
    sa.Column("password_hash", sa.Text),
    sa.Column("geom", GeometryType("POINT", 4326, spatial_index=False)),
    sa.Column("source_crs", sa.Text),
    sa.Column("source_position", sa.Text),
    _instant("created_at"),
    _instant("updated_at"),
    _instant("submitted_at", nullable=True),
    _instant("decided_at", nullable=True),
    sa.Column("decided_by", sa.Text),
    sa.Column("reason", sa.Text),
    sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.CheckConstraint(one_of("state", STATES), "registration_state_check"),
    sa.CheckConstraint(
        "state = 'draft' OR (" + " AND ".join(f"{name} IS NOT NULL" for name in SUBMITTED) + ")",
        "registration_submitted_check",
    ),
    sa.CheckConstraint("(state = 'approved') = (unit_id IS NOT NULL)", "registration_unit_check"),
    sa.CheckConstraint("state <> 'pending' OR password_hash IS NOT NULL", "registration_password_check"),
    sa.CheckConstraint("state <> 'returned' OR reason IS NOT NULL", "registration_reason_check"),
    sa.CheckConstraint(
        "state NOT IN ('approved', 'returned') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
        "registration_decided_check",
    ),
    sa.Index(
        "registration_standing_code_idx", "credit_code", unique=True, postgresql_where=sa.text("state = 'pending'")
    ),
    sa.Index(
        "registration_standing_username_idx", "username", unique=True, postgresql_where=sa.text("state = 'pending'")
    ),
    sa.Index("registration_approved_code_idx", "credit_code", postgresql_where=sa.text("state = 'approved'")),
    sa.Index("registration_name_idx", "company_name"),
    sa.Index("registration_queue_idx", "authority_code", "state", "submitted_at"),
)  # fmt: skip

registration_change = sa.Table(
    "registration_change",
    METADATA,
    _id(),
    sa.Column(
        "registration_id",
        sa.BigInteger,
        sa.ForeignKey("registration.id", ondelete="CASCADE"),
        nullable=False,
    ),
    _instant("at"),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.CheckConstraint(one_of("field", (*CORRECTABLE, "state")), "registration_change_field_check"),
    sa.Index("registration_change_of_idx", "registration_id"),
)

rate_window = sa.Table(
    "rate_window",
    METADATA,
    sa.Column("kind", code_type(), primary_key=True),
    sa.Column("key_hash", sa.LargeBinary, primary_key=True),
    _instant("started_at"),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Index("rate_window_started_idx", "started_at"),
)

password_reset = sa.Table(
    "password_reset",
    METADATA,
    _id(),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("app_user.id", ondelete="CASCADE"), nullable=False),
    *_code("password_reset"),
    sa.Index("password_reset_user_idx", "user_id"),
)

registration_recovery = sa.Table(
    "registration_recovery",
    METADATA,
    _id(),
    sa.Column(
        "registration_id",
        sa.BigInteger,
        sa.ForeignKey("registration.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("mobile", code_type(), nullable=False),
    *_code("registration_recovery"),
    sa.Index("registration_recovery_mobile_idx", "mobile"),
    sa.Index("registration_recovery_of_idx", "registration_id"),
)

sign_in_code = sa.Table(
    "sign_in_code",
    METADATA,
    _id(),
    sa.Column("name", code_type(), nullable=False),
    sa.Column("mobile", code_type(), nullable=False),
    *_code("sign_in_code"),
    sa.Index("sign_in_code_name_idx", "name"),
    sa.Index("sign_in_code_expires_idx", "expires_at"),
)

app_sign_in = sa.Table(
    "app_sign_in",
    METADATA,
    _id(),
    sa.Column("ticket_hash", sa.LargeBinary, nullable=False, unique=True),
    _instant("created_at"),
    _instant("expires_at"),
    sa.Column("mobile", code_type()),
    _instant("confirmed_at", nullable=True),
    _instant("used_at", nullable=True),
    sa.CheckConstraint("expires_at > created_at", "app_sign_in_expires_check"),
    sa.CheckConstraint("(mobile IS NULL) = (confirmed_at IS NULL)", "app_sign_in_confirmed_check"),
    sa.Index("app_sign_in_expires_idx", "expires_at"),
)
