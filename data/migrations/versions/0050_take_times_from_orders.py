"""Say of a time of an exercise which node of which dispatch order it was read from."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("exercise_time", sa.Column("order_code", sa.Text(collation="C"), nullable=True))
    op.add_column("exercise_time", sa.Column("order_node", sa.Text(), nullable=True))
    op.create_check_constraint(
        "exercise_time_order_check", "exercise_time", "(order_code IS NULL) = (order_node IS NULL)"
    )
