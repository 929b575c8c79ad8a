"""Declare the tables of dispatch: events and assignments of orders, rankings, links of crews, rules of districts.

The order itself is a located thing of its own layer (`layers/themes/incident.py`): what its events have made of it.
"""

from __future__ import annotations

import sqlalchemy as sa
from geoalchemy2 import Geometry as GeometryType
from sqlalchemy.dialects import postgresql as pg

from data.tables.house import METADATA, one_of
from data.tables.located import code_type
from dispatch.incident import AssignmentState, EventKind


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _order() -> sa.Column[str]:
    return sa.Column(
        "incident_code", code_type(), sa.ForeignKey("incident.code", ondelete="CASCADE"), nullable=False
    )


maintenance_company = sa.Table(
    "maintenance_company",
    METADATA,
    sa.Column("unit_id", sa.BigInteger, sa.ForeignKey("unit.id"), primary_key=True, autoincrement=False),
    sa.Column("address", sa.Text),
    sa.Column("emergency_lead_name", sa.Text),
    sa.Column("emergency_lead_phone", sa.Text),
    sa.Column("duty_phone", sa.Text),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id"), nullable=False),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    _instant("updated_at"),
    sa.CheckConstraint("owner_id = unit_id", "maintenance_company_owner_check"),
    sa.CheckConstraint(
        "emergency_lead_phone IS NULL OR emergency_lead_phone ~ '^[0-9+() -]{5,24}$'",
        "maintenance_company_lead_phone_check",
    ),
    sa.CheckConstraint(
        "duty_phone IS NULL OR duty_phone ~ '^[0-9+() -]{5,24}$'", "maintenance_company_duty_phone_check"
    ),
)

incident_event = sa.Table(
    "incident_event",
    METADATA,
    _id(),
    _order(),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    _instant("at"),
    _instant("recorded_at"),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("facts", pg.JSONB, nullable=False),
    sa.Column("request_key", code_type()),
    sa.CheckConstraint(one_of("kind", tuple(k.value for k in EventKind)), "incident_event_kind_check"),
    sa.CheckConstraint("seq >= 1", "incident_event_seq_check"),
    sa.UniqueConstraint("incident_code", "seq", name="incident_event_seq_key"),
    sa.UniqueConstraint("request_key", name="incident_event_request_key"),
)

incident_assignment = sa.Table(
    "incident_assignment",
    METADATA,
    _id(),
    _order(),
    sa.Column("number", sa.SmallInteger, nullable=False),
    sa.Column("station_code", code_type(), nullable=False),
    sa.Column("level", sa.SmallInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("responder", sa.Text),
    _instant("notified_at"),
    _instant("accepted_at", nullable=True),
    _instant("en_route_at", nullable=True),
    _instant("arrived_at", nullable=True),
    _instant("freed_at", nullable=True),
    _instant("ended_at", nullable=True),
    _instant("first_eta_at", nullable=True),
    _instant("eta_at", nullable=True),
    sa.Column("place_name", sa.Text),
    sa.Column("place_address", sa.Text),
    sa.Column("place_division_code", code_type()),
    sa.CheckConstraint(
        one_of("state", tuple(s.value for s in AssignmentState)), "incident_assignment_state_check"
    ),
    sa.CheckConstraint("level BETWEEN 1 AND 2", "incident_assignment_level_check"),
    sa.UniqueConstraint("incident_code", "number", name="incident_assignment_number_key"),
    sa.Index(
        "incident_assignment_running_idx",
        "station_code",
        postgresql_where=sa.text("state IN ('notified', 'accepted', 'en_route', 'on_scene')"),
    ),
    sa.Index("incident_assignment_station_idx", "station_code", "notified_at"),
)

dispatch_ranking = sa.Table(
    "dispatch_ranking",
    METADATA,
    _id(),
    _order(),
    _instant("at"),
    sa.Column("network_version", code_type(), nullable=False),
    sa.Column("hour_of_week", sa.SmallInteger, nullable=False),
    sa.Column("inputs", sa.LargeBinary, nullable=False),
    sa.Column("result", pg.JSONB, nullable=False),
    sa.CheckConstraint("hour_of_week BETWEEN 0 AND 167", "dispatch_ranking_hour_check"),
    sa.Index("dispatch_ranking_order_idx", "incident_code", "id"),
)

dispatch_plan = sa.Table(
    "dispatch_plan",
    METADATA,
    _id(),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("username", sa.Text, nullable=False),
    _instant("at"),
    sa.Column("network_version", code_type(), nullable=False),
    sa.Column("hour_of_week", sa.SmallInteger, nullable=False),
    sa.Column("inputs", sa.LargeBinary, nullable=False),
    sa.Column("result", pg.JSONB, nullable=False),
    _instant("accepted_at", nullable=True),
    sa.CheckConstraint("NOT is_public", "dispatch_plan_public_check"),
    sa.CheckConstraint("hour_of_week BETWEEN 0 AND 167", "dispatch_plan_hour_check"),
    sa.Index("dispatch_plan_seen_idx", "at", postgresql_where=sa.text("accepted_at IS NULL")),
)

incident_message = sa.Table(
    "incident_message",
    METADATA,
    _id(),
    _order(),
    sa.Column("outbox_key", code_type(), nullable=False, unique=True),
    sa.Column("station_code", code_type()),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("recipient_name", sa.Text, nullable=False, server_default=""),
    sa.Column("template", sa.Text, nullable=False),
    _instant("created_at"),
    sa.CheckConstraint(
        one_of("role", ("station_lead", "maintainer", "emergency_lead", "safety_manager")),
        "incident_message_role_check",
    ),
    sa.Index("incident_message_order_idx", "incident_code", "id"),
)

crew_link = sa.Table(
    "crew_link",
    METADATA,
    _id(),
    _order(),
    sa.Column("station_code", code_type(), nullable=False),
    sa.Column("responder_name", sa.Text, nullable=False),
    sa.Column("code_hash", sa.LargeBinary, nullable=False, unique=True),
    _instant("created_at"),
    _instant("expires_at"),
    sa.Column("outbox_key", code_type()),
    sa.Index("crew_link_order_idx", "incident_code"),
)

crew_session = sa.Table(
    "crew_session",
    METADATA,
    _id(),
    _order(),
    sa.Column("link_id", sa.BigInteger, sa.ForeignKey("crew_link.id", ondelete="CASCADE"), nullable=False),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("device", sa.Text, nullable=False),
    _instant("created_at"),
    _instant("ended_at", nullable=True),
    sa.Index("crew_session_link_idx", "link_id"),
)

crew_position = sa.Table(
    "crew_position",
    METADATA,
    _id(),
    _order(),
    sa.Column("station_code", code_type(), nullable=False),
    _instant("at"),
    sa.Column("geom", GeometryType("POINT", 4326, spatial_index=False), nullable=False),
    sa.Column("accuracy_m", sa.REAL),
    sa.UniqueConstraint("incident_code", "station_code", "at", name="crew_position_at_key"),
)

dispatch_rule = sa.Table(
    "dispatch_rule",
    METADATA,
    sa.Column("division_code", code_type(), sa.ForeignKey("division.code"), primary_key=True),
    sa.Column("answer_limit_s", sa.Integer, nullable=False),
    sa.Column("arrival_limit_s", sa.Integer, nullable=False),
    sa.Column("trapped_limit_s", sa.Integer, nullable=False),
    sa.Column("is_automatic", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("blackout_calls", sa.Integer, nullable=False, server_default="8"),
    sa.Column("blackout_window_s", sa.Integer, nullable=False, server_default="900"),
    sa.CheckConstraint(
        "answer_limit_s > 0 AND answer_limit_s < arrival_limit_s AND arrival_limit_s < trapped_limit_s"
        " AND trapped_limit_s <= 86400",
        "dispatch_rule_limits_check",
    ),
    sa.CheckConstraint("blackout_calls >= 2 AND blackout_window_s > 0", "dispatch_rule_blackout_check"),
)
