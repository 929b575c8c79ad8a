"""Declare tracks walked along patrol routes, and what routes were like before; routes and their stops are declared layers."""

from __future__ import annotations

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA
from data.tables.located import code_type

#: A route as it was until it was drawn anew; stops are a list of {name, lon, lat}.
patrol_route_shape = sa.Table(
    "patrol_route_shape",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "route_code", code_type(), sa.ForeignKey("patrol_route.code", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("geom", Geometry("MULTILINESTRING", 4326, spatial_index=False)),
    sa.Column("stops", pg.JSONB, nullable=False, server_default="[]"),
    sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Index("patrol_route_shape_route_idx", "route_code", "id"),
)

patrol_track = sa.Table(
    "patrol_track",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "route_code", code_type(), sa.ForeignKey("patrol_route.code", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("patroller", sa.Text, nullable=False),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("tolerance_m", sa.Double, nullable=False),
    sa.Column("geom", Geometry("MULTILINESTRING", 4326, spatial_index=False), nullable=False),
    sa.Column("length_m", sa.Double, nullable=False),
    sa.Column("route_m", sa.Double, nullable=False),
    sa.Column("missed_m", sa.Double, nullable=False),
    sa.Column("stop_count", sa.Integer, nullable=False),
    sa.Column("missed_stop_count", sa.Integer, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    # The route as it was when the track was judged, where it was drawn anew since.
    sa.Column("shape_id", sa.BigInteger, sa.ForeignKey("patrol_route_shape.id", ondelete="CASCADE")),
    sa.CheckConstraint("length(patroller) BETWEEN 1 AND 60", "patrol_track_patroller_check"),
    sa.CheckConstraint("started_at <= ended_at", "patrol_track_times_check"),
    sa.CheckConstraint("missed_m >= 0 AND missed_m <= route_m", "patrol_track_missed_check"),
    sa.Index("patrol_track_route_idx", "route_code", "started_at"),
    sa.Index("patrol_track_shape_idx", "shape_id", postgresql_where=sa.text("shape_id IS NOT NULL")),
)
