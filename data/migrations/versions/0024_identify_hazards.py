"""Identify and declare major hazards: results, states, and the table rows of their substances."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

_COLUMNS: tuple[tuple[str, sa.types.TypeEngine[Any]], ...] = (
    ("state", sa.Text()),
    ("commissioned_on", sa.Date()),
    ("next_assessment_on", sa.Date()),
    ("keeper_name", sa.Text()),
    ("keeper_phone", sa.Text()),
    ("standard", sa.Text()),
    ("ratio_sum", sa.Double()),
    ("alpha", sa.Double()),
    ("r_value", sa.Double()),
    ("people_declared", sa.Integer()),
    ("people_counted", sa.Integer()),
    ("plant_radius_m", sa.Double()),
    ("assessed_at", sa.DateTime(timezone=True)),
    ("declared_at", sa.DateTime(timezone=True)),
    ("accepted_at", sa.DateTime(timezone=True)),
    ("is_listed", sa.Boolean()),
    ("listed_at", sa.DateTime(timezone=True)),
    ("written_off_at", sa.DateTime(timezone=True)),
)
_CHECKS = {
    "state": "state IN ('draft', 'declared', 'accepted', 'written_off')",
    "keeper_name": "length(keeper_name) BETWEEN 1 AND 60",
    "keeper_phone": "keeper_phone ~ '^[0-9+() -]{5,24}$'",
    "standard": "standard IN ('gb18218_2018', 'gb18218_2009')",
    "ratio_sum": "ratio_sum >= 0",
    "alpha": "alpha >= 0 AND alpha <= 2",
    "r_value": "r_value >= 0",
    "people_declared": "people_declared >= 0",
    "people_counted": "people_counted >= 0",
    "plant_radius_m": "plant_radius_m >= 0 AND plant_radius_m <= 5000",
}


def upgrade() -> None:
    """Apply."""
    op.alter_column("hazard_site", "grade", nullable=True)
    for name, kind in _COLUMNS:
        op.add_column("hazard_site", sa.Column(name, kind, nullable=True))
    for name, condition in _CHECKS.items():
        op.create_check_constraint(f"hazard_site_{name}_check", "hazard_site", condition)
    op.execute(
        "SELECT set_config('onemap.ranges', '{[\"\",\"~\")}', true), set_config('onemap.may_write', 'true', true)"
    )
    # What was kept before came with its grade, as accepted ones do.
    op.execute("UPDATE hazard_site SET state = 'accepted', standard = 'gb18218_2018', is_listed = false")
    op.execute("SELECT set_config('onemap.ranges', '', true), set_config('onemap.may_write', '', true)")
    op.alter_column("hazard_site", "state", nullable=False)
    op.add_column("hazard_substance", sa.Column("vessel", sa.Text(), nullable=False, server_default=""))
    op.add_column("hazard_substance", sa.Column("entry_table", sa.SmallInteger(), nullable=True))
    op.add_column("hazard_substance", sa.Column("entry_key", sa.Text(), nullable=True))
    op.add_column("hazard_substance", sa.Column("beta_symbol", sa.Text(), nullable=True))
    op.create_check_constraint("hazard_substance_vessel_check", "hazard_substance", "length(vessel) <= 60")
    op.create_check_constraint("hazard_substance_table_check", "hazard_substance", "entry_table IN (1, 2)")
    op.drop_constraint("hazard_substance_name_key", "hazard_substance")
    op.create_unique_constraint(
        "hazard_substance_name_key", "hazard_substance", ["site_code", "name", "vessel"]
    )
