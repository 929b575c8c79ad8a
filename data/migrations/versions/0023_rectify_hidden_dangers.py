"""Rectify hidden dangers: rounds, the one extension, listed supervision; kinds of attachments."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"
branch_labels = None
depends_on = None

_COLUMNS: tuple[tuple[str, sa.types.TypeEngine[Any]], ...] = (
    ("category", sa.Text()),
    ("place", sa.Text()),
    ("finder_name", sa.Text()),
    ("basis", sa.Text()),
    ("responsible_name", sa.Text()),
    ("measures", sa.Text()),
    ("cost_yuan", sa.Double()),
    ("rectification", sa.Text()),
    ("rectified_at", sa.DateTime(timezone=True)),
    ("completed_at", sa.DateTime(timezone=True)),
    ("rounds", sa.Integer()),
    ("first_due_at", sa.DateTime(timezone=True)),
    ("extension", sa.Text()),
    ("extension_reason", sa.Text()),
    ("extended_to", sa.DateTime(timezone=True)),
    ("is_listed", sa.Boolean()),
    ("listed_at", sa.DateTime(timezone=True)),
)
_CHECKS = {
    "category": "category IN ('management', 'equipment', 'fire', 'electric', 'chemical', 'work', 'environment', 'other')",
    "place": "length(place) BETWEEN 1 AND 100",
    "finder_name": "length(finder_name) BETWEEN 1 AND 60",
    "basis": "length(basis) BETWEEN 1 AND 300",
    "responsible_name": "length(responsible_name) BETWEEN 1 AND 60",
    "measures": "length(measures) BETWEEN 1 AND 500",
    "cost_yuan": "cost_yuan >= 0 AND cost_yuan <= 1e+10",
    "rectification": "length(rectification) BETWEEN 1 AND 500",
    "rounds": "rounds >= 1",
    "extension": "extension IN ('none', 'asked', 'granted', 'refused')",
    "extension_reason": "length(extension_reason) BETWEEN 1 AND 500",
}


def upgrade() -> None:
    """Apply."""
    op.add_column("attachment", sa.Column("kind", sa.Text(collation="C"), nullable=True))
    op.create_check_constraint("attachment_kind_check", "attachment", "length(kind) BETWEEN 1 AND 40")
    for name, kind in _COLUMNS:
        op.add_column("hidden_danger", sa.Column(name, kind, nullable=True))
    for name, condition in _CHECKS.items():
        op.create_check_constraint(f"hidden_danger_{name}_check", "hidden_danger", condition)
    op.execute(
        "SELECT set_config('onemap.ranges', '{[\"\",\"~\")}', true), set_config('onemap.may_write', 'true', true)"
    )
    # What was kept before has its first deadline, one round, and no extension but the one that is being asked for.
    op.execute(
        "UPDATE hidden_danger SET first_due_at = due_at, rounds = 1, is_listed = false,"
        " extension = CASE WHEN state = 'extension' THEN 'asked' ELSE 'none' END,"
        " completed_at = CASE WHEN state = 'done' THEN LEAST(due_at, updated_at) END,"
        " rectified_at = CASE WHEN state IN ('done', 'in_review') THEN LEAST(due_at, updated_at) END"
    )
    op.execute("SELECT set_config('onemap.ranges', '', true), set_config('onemap.may_write', '', true)")
