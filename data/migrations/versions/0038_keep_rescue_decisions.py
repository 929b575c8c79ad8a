"""Keep rescue decisions: what was worked out, which alternative was chosen and why, and every version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

from data.migrations import steps

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def _scoped(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("authority_code", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["authority_code"], ["division.code"], name=f"{table}_authority_code_fkey"),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name=f"{table}_owner_id_fkey"),
    ]


def _of_decision(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("decision_id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["rescue_decision.id"], name=f"{table}_decision_id_fkey", ondelete="CASCADE"
        ),
    ]


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "rescue_decision",
        sa.Column("id", pg.UUID(as_uuid=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("accident_code", sa.Text(collation="C"), nullable=True),
        sa.Column("facts", pg.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", pg.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        *_scoped("rescue_decision"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name="rescue_decision_name_check"),
        sa.CheckConstraint("version >= 1", name="rescue_decision_version_check"),
        sa.PrimaryKeyConstraint("id", name="rescue_decision_pkey"),
    )
    op.create_index("rescue_decision_accident_idx", "rescue_decision", ["accident_code"])
    op.create_index("rescue_decision_changed_idx", "rescue_decision", [sa.text("changed_at DESC")])
    op.create_table(
        "rescue_alternative",
        sa.Column("id", pg.UUID(as_uuid=True), nullable=False),
        *_of_decision("rescue_alternative"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("question", pg.JSONB(), nullable=False),
        sa.Column("plan", pg.JSONB(), nullable=False),
        sa.Column("answer", pg.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *_scoped("rescue_alternative"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 80", name="rescue_alternative_name_check"),
        sa.UniqueConstraint("decision_id", "number", name="rescue_alternative_number_key"),
        sa.PrimaryKeyConstraint("id", name="rescue_alternative_pkey"),
    )
    op.create_table(
        "rescue_decision_version",
        *_of_decision("rescue_decision_version"),
        sa.Column("content", pg.JSONB(), nullable=False),
        sa.Column("changes", pg.JSONB(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *_scoped("rescue_decision_version"),
        sa.PrimaryKeyConstraint("decision_id", "number", name="rescue_decision_version_pkey"),
    )
    for table in ("rescue_decision", "rescue_alternative", "rescue_decision_version"):
        for statement in steps.secure(table):
            op.execute(statement)
