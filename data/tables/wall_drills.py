"""Declare the table of walls that show a drill: one row per jurisdiction while its walls are switched."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA
from data.tables.located import code_type

wall_drill = sa.Table(
    "wall_drill",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False, unique=True),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column(
        "drill_id",
        pg.UUID(as_uuid=True),
        sa.ForeignKey("drill_simulation.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("NOT is_public AND owner_id IS NULL", "wall_drill_authority_check"),
)
