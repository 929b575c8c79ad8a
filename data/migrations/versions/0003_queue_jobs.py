"""Queue jobs: the queue's own tables, and what people see of a job."""

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    # A DBAPI cursor: the schema is full of characters that SQLAlchemy takes for binds.
    cursor = op.get_bind().connection.cursor()
    cursor.execute(SchemaManager.get_schema().encode())
    cursor.execute(
        b"""
        DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate\\_%' LOOP
                EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO onemap_app', name);
            END LOOP;
            FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND sequencename LIKE 'procrastinate\\_%' LOOP
                EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %I TO onemap_app', name);
            END LOOP;
        END $$
        """
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("arguments", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("progress", sa.REAL(), server_default="0", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("result_path", sa.Text(), nullable=True),
        sa.Column("result_name", sa.Text(), nullable=True),
        sa.Column("result_type", sa.Text(), nullable=True),
        sa.Column("is_cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="job_state_check"
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name="job_progress_check"),
        sa.PrimaryKeyConstraint("id", name="job_pkey"),
    )
    op.create_index("job_user_idx", "job", ["username", "created_at"])
    op.create_index(
        "job_open_idx", "job", ["created_at"], postgresql_where=sa.text("state IN ('waiting', 'running')")
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON job TO onemap_app")
