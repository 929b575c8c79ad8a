"""Declare the table of vehicle tracks of hazardous transport; corridors and violations are declared layers."""

from __future__ import annotations

import sqlalchemy as sa
from geoalchemy2 import Geometry

from data.tables.house import METADATA
from data.tables.located import code_type

transport_trip = sa.Table(
    "transport_trip",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("code", code_type(), nullable=False, unique=True),
    sa.Column("plate", sa.Text, nullable=False),
    sa.Column("substance_class", sa.Text, nullable=False),
    sa.Column("enterprise_code", code_type(), sa.ForeignKey("enterprise.code", deferrable=True)),
    sa.Column("division_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("geom", Geometry("LINESTRING", 4326, spatial_index=False), nullable=False),
    sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("length_m", sa.Double, nullable=False),
    sa.Column("position_count", sa.Integer, nullable=False),
    sa.Column("gap_s", sa.Double, nullable=False),
    sa.Column("outside_m", sa.Double, nullable=False),
    sa.Column("outside_s", sa.Double, nullable=False),
    sa.Column("closed_m", sa.Double, nullable=False),
    sa.Column("closed_s", sa.Double, nullable=False),
    sa.Column("violation_count", sa.Integer, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("length(plate) BETWEEN 7 AND 8", "transport_trip_plate_check"),
    sa.CheckConstraint("substance_class ~ '^[1-9]$'", "transport_trip_class_check"),
    sa.CheckConstraint("started_at <= ended_at", "transport_trip_times_check"),
    sa.CheckConstraint("NOT is_public", "transport_trip_public_check"),
    sa.Index("transport_trip_authority_idx", "authority_code"),
    sa.Index("transport_trip_plate_idx", "plate", "started_at"),
)
