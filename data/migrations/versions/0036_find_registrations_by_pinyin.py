"""Keep the pinyin of the company of a registration, so that reviewers find it by letters."""

import sqlalchemy as sa
from alembic import op

from data.migrations import steps
from data.search_terms import full_pinyin, initials

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("registration", sa.Column("company_pinyin", sa.Text))
    connection = op.get_bind()
    op.execute(steps.SEE_ALL)
    for number, name in connection.execute(
        sa.text("SELECT id, company_name FROM registration WHERE company_name IS NOT NULL")
    ).fetchall():
        connection.execute(
            sa.text("UPDATE registration SET company_pinyin = :pinyin WHERE id = :id"),
            {"pinyin": f"{initials(name)} {full_pinyin(name)}", "id": number},
        )
    op.execute(steps.SEE_NONE)
