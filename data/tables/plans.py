"""Declare the table of plant plans: pictures of an enterprise, their order, north and ties to the ground."""

from __future__ import annotations

import sqlalchemy as sa

from data.tables.house import METADATA
from data.tables.located import code_type

PLAN_KINDS = ("site", "fire", "evacuation", "process", "underground", "floor", "panorama", "model", "other")
#: A page over TLS, or of this server; no user names, no spaces.
LINK_PATTERN = r"^(https://[^\s/?#@\\]+([/?#]\S*)?|/([^\s/\\]\S*)?)$"
_TIES = [f"{tie}_{name}" for tie in ("a", "b") for name in ("x_px", "y_px", "lon", "lat")]

plant_plan = sa.Table(
    "plant_plan",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("code", code_type(), nullable=False, unique=True),
    sa.Column(
        "enterprise_code", code_type(), sa.ForeignKey("enterprise.code", onupdate="CASCADE"), nullable=False
    ),
    sa.Column("parent_id", sa.BigInteger, sa.ForeignKey("plant_plan.id")),
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("attachment_id", sa.BigInteger, sa.ForeignKey("attachment.id"), nullable=False),
    sa.Column("width_px", sa.Integer, nullable=False),
    sa.Column("height_px", sa.Integer, nullable=False),
    sa.Column("north_deg", sa.Double),
    *(sa.Column(name, sa.Double) for name in _TIES),
    sa.Column("link_url", sa.Text),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("length(name) BETWEEN 1 AND 100", "plant_plan_name_check"),
    sa.CheckConstraint("kind IN (" + ", ".join(f"'{k}'" for k in PLAN_KINDS) + ")", "plant_plan_kind_check"),
    sa.CheckConstraint("parent_id <> id", "plant_plan_parent_check"),
    sa.CheckConstraint("width_px > 0 AND height_px > 0", "plant_plan_size_check"),
    sa.CheckConstraint("north_deg >= 0 AND north_deg < 360", "plant_plan_north_check"),
    sa.CheckConstraint(f"link_url ~ '{LINK_PATTERN}' AND length(link_url) <= 500", "plant_plan_link_check"),
    sa.CheckConstraint("num_nulls(" + ", ".join(_TIES) + ") IN (0, 8)", "plant_plan_ties_check"),
    sa.Index("plant_plan_enterprise_idx", "enterprise_code", "position", "id"),
)
