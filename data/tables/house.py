"""Declare the house's own tables: divisions, users, sessions, audit, outbox, warnings and the kept totals."""

from __future__ import annotations

import sqlalchemy as sa
from geoalchemy2 import Geometry as GeometryType
from sqlalchemy.dialects import postgresql as pg

from data.tables.located import code_type, compile_located
from layers.registry import all_layers

METADATA = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_name)s_key",
        "ix": "%(table_name)s_%(column_0_name)s_idx",
        "ck": "%(constraint_name)s",
    }
)

ROLES = ("administrator", "regulator", "dispatcher", "enterprise", "maintenance_company", "wall")
DIVISION_LEVELS = ("province", "city", "county", "street", "community", "zone")
UNIT_KINDS = ("authority", "enterprise", "using_unit", "maintenance_company")
OUTBOX_STATES = ("waiting", "sent", "delivered", "failed")
JOB_STATES = ("waiting", "running", "done", "failed", "cancelled")
WARNING_LEVELS = ("1", "2", "3", "4")
MEND_REASONS = ("no_position", "guessed_position", "outside_division", "outside_city", "in_water")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """Give the condition that a column holds one of some values."""
    return f"{column} IN ({', '.join(repr(v) for v in values)})"


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


division = sa.Table(
    "division",
    METADATA,
    sa.Column("code", code_type(), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("pinyin", sa.Text, nullable=False, server_default=""),
    sa.Column("initials", sa.Text, nullable=False, server_default=""),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column(
        "parent_code", code_type(), sa.ForeignKey("division.code", deferrable=True, initially="DEFERRED")
    ),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("geom", GeometryType("MULTIPOLYGON", 4326, spatial_index=False)),
    sa.Column(
        "geom_m",
        GeometryType("MULTIPOLYGON", 3857, spatial_index=False),
        sa.Computed("st_transform(geom, 3857)", persisted=True),
    ),
    sa.Column("label_point", GeometryType("POINT", 4326, spatial_index=False)),
    sa.Column("source_crs", sa.Text, nullable=False, server_default="EPSG:4490"),
    sa.CheckConstraint(one_of("level", DIVISION_LEVELS), "division_level_check"),
    sa.CheckConstraint(
        "code ~ '^([0-9]{6}|[0-9]{9}|[0-9]{12}|[0-9]{4}[A-Z][0-9]{1,2})$'", "division_code_check"
    ),
    sa.CheckConstraint("year BETWEEN 1980 AND 2100", "division_year_check"),
    sa.CheckConstraint("geom IS NULL OR st_isvalid(geom)", "division_geom_check"),
    sa.Index("division_geom_m_idx", "geom_m", postgresql_using="gist"),
    sa.Index("division_parent_idx", "parent_code"),
)

water = sa.Table(
    "water",
    METADATA,
    _id(),
    sa.Column("name", sa.Text, nullable=False, server_default=""),
    sa.Column("geom", GeometryType("MULTIPOLYGON", 4326, spatial_index=False), nullable=False),
    sa.Column(
        "geom_m",
        GeometryType("MULTIPOLYGON", 3857, spatial_index=False),
        sa.Computed("st_transform(geom, 3857)", persisted=True),
    ),
    sa.CheckConstraint("st_isvalid(geom)", "water_geom_check"),
    sa.Index("water_geom_m_idx", "geom_m", postgresql_using="gist"),
)

road = sa.Table(
    "road",
    METADATA,
    _id(),
    sa.Column("way_id", sa.BigInteger, nullable=False),
    sa.Column("name", code_type(), nullable=False, server_default=""),
    sa.Column("road_class", sa.Text, nullable=False),
    sa.Column("is_oneway", sa.Boolean, nullable=False),
    sa.Column("is_bridge", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("geom", GeometryType("LINESTRING", 4326, spatial_index=False), nullable=False),
    sa.Column(
        "geom_m",
        GeometryType("LINESTRING", 3857, spatial_index=False),
        sa.Computed("st_transform(geom, 3857)", persisted=True),
    ),
    sa.Index("road_geom_m_idx", "geom_m", postgresql_using="gist"),
    sa.Index("road_name_idx", "name"),
)

unit = sa.Table(
    "unit",
    METADATA,
    _id(),
    sa.Column("code", code_type(), nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("division_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.CheckConstraint(one_of("kind", UNIT_KINDS), "unit_kind_check"),
)

app_user = sa.Table(
    "app_user",
    METADATA,
    _id(),
    sa.Column("username", code_type(), nullable=False, unique=True),
    sa.Column("display_name", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("jurisdiction", pg.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("language", sa.Text, nullable=False, server_default="zh"),
    sa.Column("theme", sa.Text, nullable=False, server_default="light"),
    sa.Column("mobile", code_type()),
    sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("must_change_password", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("manages_unit", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("failed_sign_ins", sa.Integer, nullable=False, server_default="0"),
    _instant("locked_until", nullable=True),
    _instant("created_at"),
    sa.CheckConstraint(one_of("role", ROLES), "app_user_role_check"),
    sa.CheckConstraint("username ~ '^[a-z0-9_.-]{2,40}$'", "app_user_username_check"),
    sa.CheckConstraint("language IN ('zh', 'en')", "app_user_language_check"),
    sa.CheckConstraint("theme IN ('light', 'dark')", "app_user_theme_check"),
    sa.CheckConstraint("mobile IS NULL OR mobile ~ '^1[3-9][0-9]{9}$'", "app_user_mobile_check"),
    sa.CheckConstraint("NOT manages_unit OR unit_id IS NOT NULL", "app_user_manages_check"),
    sa.Index("app_user_unit_idx", "unit_id"),
)

role_permission = sa.Table(
    "role_permission",
    METADATA,
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("module", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, nullable=False),
    _instant("changed_at"),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.CheckConstraint(one_of("role", ROLES), "role_permission_role_check"),
    sa.CheckConstraint(one_of("level", ("none", "read", "write")), "role_permission_level_check"),
)

web_session = sa.Table(
    "web_session",
    METADATA,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("app_user.id", ondelete="CASCADE"), nullable=False),
    sa.Column("csrf", sa.Text, nullable=False),
    _instant("created_at"),
    _instant("expires_at"),
    sa.Column("access_token_id", sa.BigInteger, sa.ForeignKey("access_token.id", ondelete="CASCADE")),
    sa.Index("web_session_user_idx", "user_id"),
)

access_token = sa.Table(
    "access_token",
    METADATA,
    _id(),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("app_user.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("scopes", pg.ARRAY(sa.Text), nullable=False),
    _instant("created_at"),
    _instant("expires_at"),
    _instant("revoked_at", nullable=True),
    _instant("last_used_at", nullable=True),
    sa.CheckConstraint("expires_at > created_at", "access_token_expires_check"),
    sa.CheckConstraint("length(name) BETWEEN 1 AND 80", "access_token_name_check"),
    sa.Index("access_token_user_idx", "user_id"),
)

audit = sa.Table(
    "audit",
    METADATA,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    _instant("at"),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("previous_hash", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Index("audit_at_idx", "at"),
)

outbox = sa.Table(
    "outbox",
    METADATA,
    _id(),
    sa.Column("idempotency_key", code_type(), nullable=False, unique=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("secret", sa.Text),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", sa.Text),
    sa.Column("gateway_id", sa.Text),
    _instant("created_at"),
    _instant("next_attempt_at"),
    _instant("sent_at", nullable=True),
    sa.CheckConstraint(one_of("state", OUTBOX_STATES), "outbox_state_check"),
    sa.CheckConstraint("channel IN ('sms')", "outbox_channel_check"),
    sa.Index("outbox_due_idx", "next_attempt_at", postgresql_where=sa.text("state = 'waiting'")),
)

warning = sa.Table(
    "warning",
    METADATA,
    _id(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("layer", sa.Text),
    sa.Column("row_id", sa.BigInteger),
    sa.Column("division_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    _instant("raised_at"),
    _instant("processed_at", nullable=True),
    sa.Column("processed_by", sa.Text),
    sa.Column("note", sa.Text),
    sa.CheckConstraint(one_of("level", WARNING_LEVELS), "warning_level_check"),
    sa.UniqueConstraint("kind", "layer", "row_id", "raised_at", name="warning_subject_key"),
    sa.Index("warning_open_idx", "raised_at", postgresql_where=sa.text("processed_at IS NULL")),
)

attachment = sa.Table(
    "attachment",
    METADATA,
    _id(),
    sa.Column("layer", sa.Text, nullable=False),
    sa.Column("row_id", sa.BigInteger, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("size_bytes", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False),
    sa.Column("kind", code_type()),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_by", sa.Text, nullable=False),
    _instant("created_at"),
    sa.CheckConstraint("size_bytes > 0", "attachment_size_check"),
    sa.CheckConstraint("length(kind) BETWEEN 1 AND 40", "attachment_kind_check"),
    sa.Index("attachment_subject_idx", "layer", "row_id"),
)

to_mend = sa.Table(
    "to_mend",
    METADATA,
    _id(),
    sa.Column("layer", code_type(), nullable=False),
    sa.Column("code", code_type(), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("address", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("confidence", sa.REAL),
    sa.Column("division_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
    sa.CheckConstraint(one_of("reason", MEND_REASONS), "to_mend_reason_check"),
    sa.CheckConstraint("confidence IS NULL OR confidence BETWEEN 0 AND 1", "to_mend_confidence_check"),
    sa.UniqueConstraint("layer", "code", "reason", name="to_mend_subject_key"),
)

setting = sa.Table(
    "setting",
    METADATA,
    sa.Column("key", code_type(), primary_key=True),
    sa.Column("value", pg.JSONB, nullable=False),
)

responder = sa.Table(
    "responder",
    METADATA,
    _id(),
    sa.Column("code", code_type(), nullable=False, unique=True),
    sa.Column(
        "station_code", code_type(), sa.ForeignKey("rescue_station.code", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("remark", sa.Text),
    sa.CheckConstraint("phone ~ '^[0-9+() -]{5,24}$'", "responder_phone_check"),
    sa.Index("responder_station_idx", "station_code"),
)

hazard_substance = sa.Table(
    "hazard_substance",
    METADATA,
    _id(),
    sa.Column(
        "site_code", code_type(), sa.ForeignKey("hazard_site.code", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("cas", sa.Text),
    sa.Column("quantity_t", sa.Double, nullable=False),
    sa.Column("critical_quantity_t", sa.Double, nullable=False),
    sa.Column("vessel", sa.Text, nullable=False, server_default=""),
    sa.Column("entry_table", sa.SmallInteger),
    sa.Column("entry_key", sa.Text),
    sa.Column("beta_symbol", sa.Text),
    sa.CheckConstraint("quantity_t >= 0", "hazard_substance_quantity_check"),
    sa.CheckConstraint("critical_quantity_t > 0", "hazard_substance_critical_check"),
    sa.CheckConstraint("length(vessel) <= 60", "hazard_substance_vessel_check"),
    sa.CheckConstraint("entry_table IN (1, 2)", "hazard_substance_table_check"),
    sa.UniqueConstraint("site_code", "name", "vessel", name="hazard_substance_name_key"),
)

job = sa.Table(
    "job",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("username", sa.Text, nullable=False),
    sa.Column("arguments", pg.JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("progress", sa.REAL, nullable=False, server_default="0"),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("result_path", sa.Text),
    sa.Column("result_name", sa.Text),
    sa.Column("result_type", sa.Text),
    sa.Column("is_cancel_requested", sa.Boolean, nullable=False, server_default=sa.false()),
    _instant("created_at"),
    _instant("started_at", nullable=True),
    _instant("finished_at", nullable=True),
    sa.CheckConstraint(one_of("state", JOB_STATES), "job_state_check"),
    sa.CheckConstraint("progress BETWEEN 0 AND 1", "job_progress_check"),
    sa.Index("job_user_idx", "username", "created_at"),
    sa.Index("job_open_idx", "created_at", postgresql_where=sa.text("state IN ('waiting', 'running')")),
)

network = sa.Table(
    "network",
    METADATA,
    sa.Column("version", code_type(), primary_key=True),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("report", pg.JSONB, nullable=False),
    _instant("built_at"),
    sa.Column("is_current", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("network_current_idx", "is_current", unique=True, postgresql_where=sa.text("is_current")),
)

road_speed = sa.Table(
    "road_speed",
    METADATA,
    sa.Column("road_class", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("hour_of_week", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("speed_kmh", sa.Double, nullable=False),
    sa.CheckConstraint("road_class BETWEEN 0 AND 15", "road_speed_class_check"),
    sa.CheckConstraint("hour_of_week BETWEEN 0 AND 167", "road_speed_hour_check"),
    sa.CheckConstraint("speed_kmh BETWEEN 1 AND 200", "road_speed_speed_check"),
)

# -- kept beside the located tables by triggers -------------------------------------------------------

layer_cell = sa.Table(
    "layer_cell",
    METADATA,
    sa.Column("layer", code_type(), primary_key=True),
    sa.Column("z", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("x", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("y", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("authority_code", code_type(), primary_key=True),
    sa.Column("is_public", sa.Boolean, primary_key=True),
    sa.Column("class", code_type(), primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
    sa.Column("sum_x_m", sa.BigInteger, nullable=False),
    sa.Column("sum_y_m", sa.BigInteger, nullable=False),
)

layer_total = sa.Table(
    "layer_total",
    METADATA,
    sa.Column("layer", code_type(), primary_key=True),
    sa.Column("division_code", code_type(), primary_key=True),
    sa.Column("authority_code", code_type(), primary_key=True),
    sa.Column("is_public", sa.Boolean, primary_key=True),
    sa.Column("class", code_type(), primary_key=True),
    sa.Column("n", sa.Integer, nullable=False),
)

layer_state = sa.Table(
    "layer_state",
    METADATA,
    sa.Column("layer", code_type(), primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
)

change = sa.Table(
    "change",
    METADATA,
    _id(),
    sa.Column("layer", code_type(), nullable=False),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("row_count", sa.Integer, nullable=False),
    sa.Column("row_ids", pg.ARRAY(sa.BigInteger), nullable=False),
    _instant("at"),
)

search_entry = sa.Table(
    "search_entry",
    METADATA,
    sa.Column("layer", code_type(), primary_key=True),
    sa.Column("row_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("terms", pg.TSVECTOR, nullable=False),
    sa.Column("authority_code", code_type(), nullable=False),
    sa.Column("owner_id", sa.BigInteger),
    sa.Column("is_public", sa.Boolean, nullable=False),
)
for _layer in all_layers():
    # One index a layer: a word that fits nothing there costs nothing there, however common it is elsewhere.
    sa.Index(
        f"search_entry_{_layer.id}_idx",
        search_entry.c.terms,
        postgresql_using="gin",
        postgresql_where=sa.text(f"layer = '{_layer.id}'"),
    )

compile_located(METADATA)
