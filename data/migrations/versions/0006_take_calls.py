"""Take calls: entrapment orders, their events, assignments, rankings, links of crews and the rules of districts."""

import geoalchemy2
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from data.migrations import steps

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_CHILDREN = (
    "incident_event",
    "incident_assignment",
    "dispatch_ranking",
    "incident_message",
    "crew_link",
    "crew_session",
    "crew_position",
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "dispatch_rule",
        sa.Column("division_code", sa.Text(collation="C"), nullable=False),
        sa.Column("answer_limit_s", sa.Integer(), nullable=False),
        sa.Column("arrival_limit_s", sa.Integer(), nullable=False),
        sa.Column("trapped_limit_s", sa.Integer(), nullable=False),
        sa.Column("is_automatic", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("blackout_calls", sa.Integer(), server_default="8", nullable=False),
        sa.Column("blackout_window_s", sa.Integer(), server_default="900", nullable=False),
        sa.CheckConstraint(
            "answer_limit_s > 0 AND answer_limit_s < arrival_limit_s AND arrival_limit_s < trapped_limit_s AND trapped_limit_s <= 86400",
            name="dispatch_rule_limits_check",
        ),
        sa.CheckConstraint(
            "blackout_calls >= 2 AND blackout_window_s > 0", name="dispatch_rule_blackout_check"
        ),
        sa.ForeignKeyConstraint(
            ["division_code"], ["division.code"], name="dispatch_rule_division_code_fkey"
        ),
        sa.PrimaryKeyConstraint("division_code", name="dispatch_rule_pkey"),
    )
    op.create_table(
        "maintenance_company",
        sa.Column("unit_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("emergency_lead_name", sa.Text(), nullable=True),
        sa.Column("emergency_lead_phone", sa.Text(), nullable=True),
        sa.Column("duty_phone", sa.Text(), nullable=True),
        sa.Column("authority_code", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "duty_phone IS NULL OR duty_phone ~ '^[0-9+() -]{5,24}$'",
            name="maintenance_company_duty_phone_check",
        ),
        sa.CheckConstraint(
            "emergency_lead_phone IS NULL OR emergency_lead_phone ~ '^[0-9+() -]{5,24}$'",
            name="maintenance_company_lead_phone_check",
        ),
        sa.CheckConstraint("owner_id = unit_id", name="maintenance_company_owner_check"),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["division.code"], name="maintenance_company_authority_code_fkey"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="maintenance_company_owner_id_fkey"),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="maintenance_company_unit_id_fkey"),
        sa.PrimaryKeyConstraint("unit_id", name="maintenance_company_pkey"),
    )
    op.create_table(
        "incident",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("division_code", sa.Text(collation="C"), nullable=False),
        sa.Column("authority_code", sa.Text(collation="C"), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column(
            "geom",
            geoalchemy2.types.Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "geom_m",
            geoalchemy2.types.Geometry(
                geometry_type="POINT",
                srid=3857,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
            nullable=True,
        ),
        sa.Column("source_crs", sa.Text(), server_default="EPSG:4326", nullable=False),
        sa.Column("source_position", sa.Text(), nullable=True),
        sa.Column("position_quality", sa.Text(), server_default="given", nullable=False),
        sa.Column("position_confidence", sa.REAL(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("freed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("level", sa.Integer(), nullable=True),
        sa.Column("elevator_code", sa.Text(collation="C"), nullable=True),
        sa.Column("station_code", sa.Text(collation="C"), nullable=True),
        sa.Column("unit_name", sa.Text(), nullable=True),
        sa.Column("company_name", sa.Text(), nullable=True),
        sa.Column("responder_name", sa.Text(), nullable=True),
        sa.Column("caller_phone", sa.Text(), nullable=True),
        sa.Column("caller_words", sa.Text(), nullable=True),
        sa.Column("people_inside", sa.Integer(), nullable=True),
        sa.Column("injured", sa.Integer(), nullable=True),
        sa.Column("is_vulnerable", sa.Boolean(), nullable=True),
        sa.Column("is_danger", sa.Boolean(), nullable=True),
        sa.Column("persons_freed", sa.Integer(), nullable=True),
        sa.Column("first_eta_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("eta_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("place_type", sa.Text(), nullable=True),
        sa.Column("call_count", sa.Integer(), nullable=True),
        sa.Column("event_count", sa.Integer(), nullable=True),
        sa.CheckConstraint("(geom IS NULL) = (position_quality = 'none')", name="incident_position_check"),
        sa.CheckConstraint("caller_phone ~ '^[0-9+() -]{5,24}$'", name="incident_caller_phone_check"),
        sa.CheckConstraint(
            "cause IN ('human', 'external', 'door', 'control', 'safety', 'traction', 'drive', 'guiding', 'car', 'balance', 'management', 'maintenance', 'other')",
            name="incident_cause_check",
        ),
        sa.CheckConstraint(
            "outcome IN ('freed', 'self_released', 'not_entrapment', 'duplicate', 'handed_over')",
            name="incident_outcome_check",
        ),
        sa.CheckConstraint(
            "place_type IN ('housing', 'office', 'shopping', 'hotel', 'hospital', 'school', 'culture_sports', 'transport', 'other')",
            name="incident_place_type_check",
        ),
        sa.CheckConstraint(
            "position_quality IN ('given', 'matched', 'guess', 'none')",
            name="incident_position_quality_check",
        ),
        sa.CheckConstraint(
            "state IN ('received', 'identified', 'notified', 'accepted', 'en_route', 'on_scene', 'freed', 'closed')",
            name="incident_state_check",
        ),
        sa.CheckConstraint("call_count >= 1 AND call_count <= 1000", name="incident_call_count_check"),
        sa.CheckConstraint("event_count >= 0", name="incident_event_count_check"),
        sa.CheckConstraint(
            "geom IS NULL OR (st_isvalid(geom) AND st_xmin(geom) >= 72 AND st_xmax(geom) <= 138.1 AND st_ymin(geom) >= 0.8 AND st_ymax(geom) <= 55.9)",
            name="incident_geom_check",
        ),
        sa.CheckConstraint("injured >= 0 AND injured <= 100", name="incident_injured_check"),
        sa.CheckConstraint("length(address) BETWEEN 1 AND 300", name="incident_address_check"),
        sa.CheckConstraint("length(caller_words) BETWEEN 1 AND 500", name="incident_caller_words_check"),
        sa.CheckConstraint("length(code) BETWEEN 1 AND 40", name="incident_code_check"),
        sa.CheckConstraint("length(company_name) BETWEEN 1 AND 200", name="incident_company_name_check"),
        sa.CheckConstraint("length(elevator_code) BETWEEN 1 AND 40", name="incident_elevator_code_check"),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name="incident_name_check"),
        sa.CheckConstraint("length(responder_name) BETWEEN 1 AND 60", name="incident_responder_name_check"),
        sa.CheckConstraint("length(station_code) BETWEEN 1 AND 40", name="incident_station_code_check"),
        sa.CheckConstraint("length(unit_name) BETWEEN 1 AND 200", name="incident_unit_name_check"),
        sa.CheckConstraint("level >= 1 AND level <= 3", name="incident_level_check"),
        sa.CheckConstraint(
            "people_inside >= 0 AND people_inside <= 100", name="incident_people_inside_check"
        ),
        sa.CheckConstraint(
            "persons_freed >= 0 AND persons_freed <= 1000", name="incident_persons_freed_check"
        ),
        sa.CheckConstraint(
            "position_confidence IS NULL OR position_confidence BETWEEN 0 AND 1",
            name="incident_position_confidence_check",
        ),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to", name="incident_valid_check"
        ),
        sa.ForeignKeyConstraint(["authority_code"], ["division.code"], name="incident_authority_code_fkey"),
        sa.ForeignKeyConstraint(["division_code"], ["division.code"], name="incident_division_code_fkey"),
        sa.ForeignKeyConstraint(
            ["elevator_code"], ["elevator.code"], name="incident_elevator_code_fkey", deferrable=True
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="incident_owner_id_fkey"),
        sa.ForeignKeyConstraint(
            ["station_code"], ["rescue_station.code"], name="incident_station_code_fkey", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name="incident_pkey"),
        sa.UniqueConstraint("code", name="incident_code_key"),
    )
    op.create_index("incident_authority_idx", "incident", ["authority_code"], unique=False)
    op.create_index("incident_division_idx", "incident", ["division_code"], unique=False)
    op.create_index("incident_elevator_code_idx", "incident", ["elevator_code"], unique=False)
    op.create_index("incident_geom_m_idx", "incident", ["geom_m"], unique=False, postgresql_using="gist")
    op.create_index(
        "incident_owner_idx",
        "incident",
        ["owner_id"],
        unique=False,
        postgresql_where=sa.text("owner_id IS NOT NULL"),
    )
    op.create_index("incident_station_code_idx", "incident", ["station_code"], unique=False)
    op.create_table(
        "crew_link",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_code", sa.Text(collation="C"), nullable=False),
        sa.Column("station_code", sa.Text(collation="C"), nullable=False),
        sa.Column("responder_name", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_code"], ["incident.code"], name="crew_link_incident_code_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="crew_link_pkey"),
        sa.UniqueConstraint("code_hash", name="crew_link_code_hash_key"),
    )
    op.create_index("crew_link_order_idx", "crew_link", ["incident_code"], unique=False)
    op.create_table(
        "crew_position",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_code", sa.Text(collation="C"), nullable=False),
        sa.Column("station_code", sa.Text(collation="C"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "geom",
            geoalchemy2.types.Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("accuracy_m", sa.REAL(), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_code"], ["incident.code"], name="crew_position_incident_code_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="crew_position_pkey"),
        sa.UniqueConstraint("incident_code", "station_code", "at", name="crew_position_at_key"),
    )
    op.create_table(
        "dispatch_ranking",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_code", sa.Text(collation="C"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("network_version", sa.Text(collation="C"), nullable=False),
        sa.Column("hour_of_week", sa.SmallInteger(), nullable=False),
        sa.Column("inputs", sa.LargeBinary(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("hour_of_week BETWEEN 0 AND 167", name="dispatch_ranking_hour_check"),
        sa.ForeignKeyConstraint(
            ["incident_code"],
            ["incident.code"],
            name="dispatch_ranking_incident_code_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="dispatch_ranking_pkey"),
    )
    op.create_index("dispatch_ranking_order_idx", "dispatch_ranking", ["incident_code", "id"], unique=False)
    op.create_table(
        "incident_assignment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_code", sa.Text(collation="C"), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("station_code", sa.Text(collation="C"), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("responder", sa.Text(), nullable=True),
        sa.Column("notified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("en_route_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("freed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_eta_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("eta_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('notified', 'accepted', 'en_route', 'on_scene', 'freed', 'refused', 'not_reached', 'stood_down')",
            name="incident_assignment_state_check",
        ),
        sa.CheckConstraint("level BETWEEN 1 AND 2", name="incident_assignment_level_check"),
        sa.ForeignKeyConstraint(
            ["incident_code"],
            ["incident.code"],
            name="incident_assignment_incident_code_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="incident_assignment_pkey"),
        sa.UniqueConstraint("incident_code", "number", name="incident_assignment_number_key"),
    )
    op.create_index(
        "incident_assignment_running_idx",
        "incident_assignment",
        ["station_code"],
        unique=False,
        postgresql_where=sa.text("state IN ('notified', 'accepted', 'en_route', 'on_scene')"),
    )
    op.create_index(
        "incident_assignment_station_idx",
        "incident_assignment",
        ["station_code", "notified_at"],
        unique=False,
    )
    op.create_table(
        "incident_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_code", sa.Text(collation="C"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_key", sa.Text(collation="C"), nullable=True),
        sa.CheckConstraint(
            "kind IN ('received', 'joined', 'identified', 'described', 'notified', 'not_reached', 'accepted', 'refused', 'en_route', 'eta', 'arrived', 'freed', 'stood_down', 'level_due', 'level_raised', 'level_declined', 'fire_called', 'noted', 'corrected', 'reported', 'closed')",
            name="incident_event_kind_check",
        ),
        sa.CheckConstraint("seq >= 1", name="incident_event_seq_check"),
        sa.ForeignKeyConstraint(
            ["incident_code"], ["incident.code"], name="incident_event_incident_code_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="incident_event_pkey"),
        sa.UniqueConstraint("incident_code", "seq", name="incident_event_seq_key"),
        sa.UniqueConstraint("request_key", name="incident_event_request_key"),
    )
    op.create_table(
        "incident_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_code", sa.Text(collation="C"), nullable=False),
        sa.Column("outbox_key", sa.Text(collation="C"), nullable=False),
        sa.Column("station_code", sa.Text(collation="C"), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("recipient_name", sa.Text(), server_default="", nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('station_lead', 'maintainer', 'emergency_lead', 'safety_manager')",
            name="incident_message_role_check",
        ),
        sa.ForeignKeyConstraint(
            ["incident_code"],
            ["incident.code"],
            name="incident_message_incident_code_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="incident_message_pkey"),
        sa.UniqueConstraint("outbox_key", name="incident_message_outbox_key_key"),
    )
    op.create_index("incident_message_order_idx", "incident_message", ["incident_code", "id"], unique=False)
    op.create_table(
        "crew_session",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("incident_code", sa.Text(collation="C"), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_code"], ["incident.code"], name="crew_session_incident_code_fkey", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["crew_link.id"], name="crew_session_link_id_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="crew_session_pkey"),
        sa.UniqueConstraint("token_hash", name="crew_session_token_hash_key"),
    )
    op.create_index("crew_session_link_idx", "crew_session", ["link_id"], unique=False)

    op.add_column("outbox", sa.Column("secret", sa.Text(), nullable=True))
    for statement in (
        *steps.secure_located("incident", "state"),
        *steps.secure("maintenance_company"),
        *(s for table in _CHILDREN for s in steps.secure_child(table, "incident", "incident_code")),
    ):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER incident_event_fixed BEFORE UPDATE OR DELETE ON incident_event"
        " FOR EACH ROW EXECUTE FUNCTION house.refuse_change()"
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON dispatch_rule TO onemap_app")
    op.execute("CREATE SEQUENCE incident_number")
    op.execute("GRANT USAGE, SELECT ON SEQUENCE incident_number TO onemap_app")
