"""Let accounts be administered in the browser: first passwords, who manages a unit's accounts, and what each role may do."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "app_user", sa.Column("must_change_password", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "app_user", sa.Column("manages_unit", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    # A unit's first account manages those that it adds.
    op.execute(
        "UPDATE app_user SET manages_unit = true WHERE id IN (SELECT min(id) FROM app_user WHERE unit_id IS NOT NULL GROUP BY unit_id)"
    )
    op.create_check_constraint(
        "app_user_manages_check", "app_user", "NOT manages_unit OR unit_id IS NOT NULL"
    )
    op.create_index("app_user_unit_idx", "app_user", ["unit_id"])
    op.create_table(
        "role_permission",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('administrator', 'regulator', 'dispatcher', 'enterprise', 'maintenance_company', 'wall')",
            name="role_permission_role_check",
        ),
        sa.CheckConstraint("level IN ('none', 'read', 'write')", name="role_permission_level_check"),
        sa.PrimaryKeyConstraint("role", "module", name="role_permission_pkey"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON role_permission TO onemap_app")
