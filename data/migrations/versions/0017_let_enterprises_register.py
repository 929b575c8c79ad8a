"""Let enterprises register: applications and their changes, rate windows, password resets, mobiles of accounts."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql as pg

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_SUBMITTED = (
    "company_name", "credit_code", "region_code", "address", "industry_class", "industry_branch", "contact_name",
    "contact_mobile", "legal_name", "principal_name", "principal_mobile", "safety_name", "safety_mobile", "username",
    "geom", "division_code", "submitted_at",
)  # fmt: skip

# An applicant reaches the one registration whose secret it holds. Nobody else's draft is seen, except by the operator.
_APPLICANT = "encode(secret_hash, 'hex') = (SELECT house.scope_applicant())"
_SUPERVISED = "authority_code <@ (SELECT house.scope_ranges()) AND (state <> 'draft' OR ''::text <@ (SELECT house.scope_ranges()))"
_SEEN = f"{_APPLICANT} OR ({_SUPERVISED})"
_REVIEWED = f"((SELECT house.scope_may_write()) AND {_SUPERVISED})"
# What waits or is decided an applicant only reads, and it never approves itself.
_OPEN = f"({_APPLICANT} AND state IN ('draft', 'returned')) OR {_REVIEWED}"
_WRITTEN = f"({_APPLICANT} AND state <> 'approved') OR {_REVIEWED}"


def _code(name: str, *references: sa.ForeignKey, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), *references, nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=True)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """Apply."""
    op.add_column("app_user", sa.Column("mobile", sa.Text(collation="C"), nullable=True))
    op.create_check_constraint(
        "app_user_mobile_check", "app_user", "mobile IS NULL OR mobile ~ '^1[3-9][0-9]{9}$'"
    )
    _create_registration()
    op.create_table(
        "registration_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("registration_id", sa.BigInteger(), nullable=False),
        _instant("at"),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "field IN ('authority_code', 'region_code', 'position', 'industry', 'state')",
            name="registration_change_field_check",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name="registration_change_registration_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="registration_change_pkey"),
    )
    op.create_index("registration_change_of_idx", "registration_change", ["registration_id"])
    op.create_table(
        "rate_window",
        _code("kind", nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        _instant("started_at"),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key_hash", name="rate_window_pkey"),
    )
    op.create_index("rate_window_started_idx", "rate_window", ["started_at"])
    op.create_table(
        "password_reset",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        _instant("created_at"),
        _instant("expires_at"),
        sa.Column("guesses", sa.SmallInteger(), server_default="0", nullable=False),
        _instant("used_at", nullable=True),
        sa.CheckConstraint("expires_at > created_at", name="password_reset_expires_check"),
        sa.CheckConstraint("guesses BETWEEN 0 AND 5", name="password_reset_guesses_check"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name="password_reset_user_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="password_reset_pkey"),
    )
    op.create_index("password_reset_user_idx", "password_reset", ["user_id"])
    for statement in _policies():
        op.execute(statement)


def _create_registration() -> None:
    op.create_table(
        "registration",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("form", pg.JSONB(), server_default="{}", nullable=False),
        _code("authority_code", nullable=False),
        *(_code(name) for name in ("declared_authority_code", "region_code", "division_code")),
        _text("company_name"),
        _code("credit_code"),
        *(_text(name) for name in ("address", "industry_class", "industry_branch")),
        sa.Column("employee_count", sa.Integer(), nullable=True),
        *(
            column
            for role in ("contact", "legal", "principal", "safety")
            for column in (_text(f"{role}_name"), _code(f"{role}_mobile"))
        ),
        _code("username"),
        _text("password_hash"),
        sa.Column("geom", Geometry("POINT", 4326, spatial_index=False), nullable=True),
        _text("source_crs"),
        _text("source_position"),
        _instant("created_at"),
        _instant("updated_at"),
        _instant("submitted_at", nullable=True),
        _instant("decided_at", nullable=True),
        _text("decided_by"),
        _text("reason"),
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'pending', 'returned', 'approved')", name="registration_state_check"
        ),
        sa.CheckConstraint(
            "state = 'draft' OR (" + " AND ".join(f"{name} IS NOT NULL" for name in _SUBMITTED) + ")",
            name="registration_submitted_check",
        ),
        sa.CheckConstraint("(state = 'approved') = (unit_id IS NOT NULL)", name="registration_unit_check"),
        sa.CheckConstraint(
            "state <> 'pending' OR password_hash IS NOT NULL", name="registration_password_check"
        ),
        sa.CheckConstraint("state <> 'returned' OR reason IS NOT NULL", name="registration_reason_check"),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'returned') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
            name="registration_decided_check",
        ),
        *(
            sa.ForeignKeyConstraint([name], ["division.code"], name=f"registration_{name}_fkey")
            for name in ("authority_code", "declared_authority_code", "region_code", "division_code")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="registration_unit_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="registration_pkey"),
        sa.UniqueConstraint("secret_hash", name="registration_secret_hash_key"),
    )
    for name, column in (
        ("registration_standing_code_idx", "credit_code"),
        ("registration_standing_username_idx", "username"),
    ):
        op.create_index(
            name, "registration", [column], unique=True, postgresql_where=sa.text("state = 'pending'")
        )
    op.create_index("registration_name_idx", "registration", ["company_name"])
    op.create_index("registration_queue_idx", "registration", ["authority_code", "state", "submitted_at"])


def _policies() -> list[str]:
    own = "EXISTS (SELECT 1 FROM registration r WHERE r.id = registration_change.registration_id)"
    function = (
        "CREATE FUNCTION house.scope_applicant() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS"
        " $$ SELECT NULLIF(current_setting('onemap.applicant', true), '') $$"
    )
    found = [function]
    for table in ("registration", "registration_change"):
        found += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        ]
    return [
        *found,
        f"CREATE POLICY registration_see ON registration FOR SELECT USING ({_SEEN})",
        f"CREATE POLICY registration_add ON registration FOR INSERT WITH CHECK ({_WRITTEN})",
        f"CREATE POLICY registration_change ON registration FOR UPDATE USING ({_OPEN}) WITH CHECK ({_WRITTEN})",
        f"CREATE POLICY registration_remove ON registration FOR DELETE USING ({_OPEN})",
        f"CREATE POLICY registration_change_see ON registration_change FOR SELECT USING ({own})",
        f"CREATE POLICY registration_change_add ON registration_change FOR INSERT WITH CHECK ({own})",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON registration TO onemap_app",
        "GRANT SELECT, INSERT ON registration_change TO onemap_app",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON rate_window, password_reset TO onemap_app",
    ]
