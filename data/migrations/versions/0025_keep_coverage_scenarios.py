"""Keep coverage scenarios, and what of them is shared by a link."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from data.migrations import steps

revision = "0025"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "coverage_scenario",
        sa.Column("id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("authority_code", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("question", pg.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name="coverage_scenario_name_check"),
        sa.CheckConstraint("version >= 1", name="coverage_scenario_version_check"),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["division.code"], name="coverage_scenario_authority_code_fkey"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="coverage_scenario_owner_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="coverage_scenario_pkey"),
    )
    op.create_index("coverage_scenario_changed_idx", "coverage_scenario", [sa.text("changed_at DESC")])
    for statement in steps.secure("coverage_scenario"):
        op.execute(statement)
    op.create_table(
        "coverage_share",
        sa.Column("secret_hash", pg.BYTEA(), nullable=False),
        sa.Column("scenario_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("question", pg.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["scenario_id"],
            ["coverage_scenario.id"],
            name="coverage_share_scenario_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("secret_hash", name="coverage_share_pkey"),
        sa.UniqueConstraint("scenario_id", name="coverage_share_scenario_key"),
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON coverage_share TO onemap_app")
