"""Declare the tables of totals as they stood on past days."""

from __future__ import annotations

import sqlalchemy as sa

from data.tables.house import METADATA
from data.tables.located import code_type

kept_day = sa.Table(
    "kept_day",
    METADATA,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
)

layer_total_day = sa.Table(
    "layer_total_day",
    METADATA,
    sa.Column("layer", code_type(), primary_key=True),
    sa.Column("division_code", code_type(), primary_key=True),
    sa.Column("authority_code", code_type(), primary_key=True),
    sa.Column("is_public", sa.Boolean, primary_key=True),
    sa.Column("class", code_type(), primary_key=True),
    sa.Column("from_day", sa.Date, primary_key=True),
    sa.Column("until_day", sa.Date),
    sa.Column("n", sa.Integer, nullable=False),
    sa.CheckConstraint("until_day IS NULL OR from_day < until_day", "layer_total_day_span_check"),
)
