"""Let an approved enterprise change: what it told beside its layer's columns, every change, and codes that may be corrected."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from data.migrations import steps

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_ROLES = ("legal", "principal", "safety")


def _code(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _of_enterprise(table: str, **options: Any) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["enterprise_code"], ["enterprise.code"], name=f"{table}_enterprise_code_fkey", **options
    )


def upgrade() -> None:
    """Apply."""
    people = [
        column
        for role in _ROLES
        for column in (
            sa.Column(f"{role}_name", sa.Text(), nullable=True),
            _code(f"{role}_mobile", nullable=True),
        )
    ]
    op.create_table(
        "enterprise_profile",
        _code("enterprise_code"),
        sa.Column("industry_class", sa.Text(), nullable=True),
        sa.Column("industry_branch", sa.Text(), nullable=True),
        *people,
        sa.CheckConstraint(
            "(industry_class IS NULL) = (industry_branch IS NULL)", name="enterprise_profile_industry_check"
        ),
        _of_enterprise("enterprise_profile", onupdate="CASCADE"),
        sa.PrimaryKeyConstraint("enterprise_code", name="enterprise_profile_pkey"),
    )
    _create_changes()
    _let_codes_be_corrected()
    statements = [
        *steps.secure_child("enterprise_profile", "enterprise", "enterprise_code"),
        *steps.secure("enterprise_change"),
        # What was changed stays on record.
        "REVOKE DELETE ON enterprise_change FROM onemap_app",
    ]
    for statement in statements:
        op.execute(statement)
    _take_from_registrations()


def _let_codes_be_corrected() -> None:
    """Have what names an enterprise checked at the end of a transaction, or follow its code where it is seen by it alone."""
    op.execute(
        "ALTER TABLE transport_trip ALTER CONSTRAINT transport_trip_enterprise_code_fkey DEFERRABLE INITIALLY IMMEDIATE"
    )
    op.drop_constraint("plant_plan_enterprise_code_fkey", "plant_plan")
    op.create_foreign_key(
        "plant_plan_enterprise_code_fkey",
        "plant_plan",
        "enterprise",
        ["enterprise_code"],
        ["code"],
        onupdate="CASCADE",
    )


def _create_changes() -> None:
    op.create_table(
        "enterprise_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _code("enterprise_code"),
        _code("authority_code"),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by_owner", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("before", pg.JSONB(), nullable=False),
        sa.Column("after", pg.JSONB(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'applied', 'returned', 'withdrawn')", name="enterprise_change_state_check"
        ),
        sa.CheckConstraint("NOT is_public", name="enterprise_change_public_check"),
        sa.CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="enterprise_change_decided_check",
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR reason IS NOT NULL", name="enterprise_change_reason_check"
        ),
        sa.CheckConstraint("after <> '{}'", name="enterprise_change_after_check"),
        _of_enterprise("enterprise_change", deferrable=True),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["division.code"], name="enterprise_change_authority_code_fkey"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="enterprise_change_owner_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="enterprise_change_pkey"),
    )
    op.create_index(
        "enterprise_change_waiting_idx", "enterprise_change", ["enterprise_code"], unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )  # fmt: skip
    op.create_index("enterprise_change_of_idx", "enterprise_change", ["enterprise_code", "id"])
    op.create_index(
        "enterprise_change_queue_idx", "enterprise_change", ["authority_code", "state", "asked_at"]
    )


def _take_from_registrations() -> None:
    columns = ", ".join(
        ["industry_class", "industry_branch", *(f"{r}_{x}" for r in _ROLES for x in ("name", "mobile"))]
    )
    op.execute(steps.SEE_ALL)
    op.execute(
        f"INSERT INTO enterprise_profile (enterprise_code, {columns})"
        f" SELECT DISTINCT ON (r.credit_code) r.credit_code, {columns} FROM registration r JOIN enterprise e ON e.code = r.credit_code"
        " WHERE r.state = 'approved' ORDER BY r.credit_code, r.decided_at DESC, r.id DESC"
    )
    op.execute(steps.SEE_NONE)
