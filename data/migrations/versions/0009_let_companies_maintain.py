"""Let companies maintain: safety managers, fault-analysis reports, inspection requests; who may see whom to call."""

import sqlalchemy as sa
from alembic import op

from data.migrations import steps

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOBILE = "^1[3-9][0-9]{9}$"


def _code(name: str, *references: sa.ForeignKey, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), *references, nullable=nullable)


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "maintenance_company", sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    )
    op.add_column("responder", sa.Column("remark", sa.Text(), nullable=True))
    op.add_column("rescue_station", sa.Column("scope_note", sa.Text(), nullable=True))
    op.create_check_constraint(
        "rescue_station_scope_note_check", "rescue_station", "length(scope_note) BETWEEN 1 AND 200"
    )
    op.create_table(
        "safety_manager",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        _code("mobile", nullable=True),
        _code("unit_code", nullable=True),
        _code("authority_code"),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 60", name="safety_manager_name_check"),
        sa.CheckConstraint(f"mobile IS NULL OR mobile ~ '{_MOBILE}'", name="safety_manager_mobile_check"),
        sa.CheckConstraint(
            "unit_code IS NULL OR length(unit_code) BETWEEN 1 AND 40", name="safety_manager_unit_code_check"
        ),
        sa.ForeignKeyConstraint(
            ["authority_code"], ["division.code"], name="safety_manager_authority_code_fkey"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["unit.id"], name="safety_manager_owner_id_fkey"),
        sa.PrimaryKeyConstraint("id", name="safety_manager_pkey"),
    )
    op.create_index("safety_manager_owner_idx", "safety_manager", ["owner_id"])
    op.create_table(
        "elevator_safety_manager",
        _code("elevator_code"),
        sa.Column("manager_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["elevator_code"],
            ["elevator.code"],
            name="elevator_safety_manager_elevator_code_fkey",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["manager_id"],
            ["safety_manager.id"],
            name="elevator_safety_manager_manager_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("elevator_code", name="elevator_safety_manager_pkey"),
    )
    op.create_index("elevator_safety_manager_manager_idx", "elevator_safety_manager", ["manager_id"])
    op.create_table(
        "fault_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _code("incident_code"),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name="fault_report_number_check"),
        sa.CheckConstraint("(number = 1) = (why IS NULL)", name="fault_report_why_check"),
        sa.CheckConstraint(
            "cause IN ('human', 'external', 'door', 'control', 'safety', 'traction', 'drive', 'guiding', 'car', 'balance',"
            " 'management', 'maintenance', 'other')",
            name="fault_report_cause_check",
        ),
        sa.ForeignKeyConstraint(
            ["incident_code"], ["incident.code"], name="fault_report_incident_code_fkey", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="fault_report_pkey"),
        sa.UniqueConstraint("incident_code", "number", name="fault_report_number_key"),
    )
    op.create_table(
        "inspection_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        _code("elevator_code"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=False),
        _code("contact_phone"),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"contact_phone ~ '{_MOBILE}'", name="inspection_request_phone_check"),
        sa.ForeignKeyConstraint(
            ["elevator_code"],
            ["elevator.code"],
            name="inspection_request_elevator_code_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="inspection_request_pkey"),
    )
    op.create_index(
        "inspection_request_standing_idx", "inspection_request", ["elevator_code", "due_on"], unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )  # fmt: skip
    for statement in (
        *steps.secure("safety_manager"),
        *steps.secure_child("elevator_safety_manager", "elevator", "elevator_code"),
        *steps.secure_child("fault_report", "incident", "incident_code"),
        *steps.secure_child("inspection_request", "elevator", "elevator_code"),
    ):
        op.execute(statement)
    # Who may see an elevator may see whom to call about it, however small their jurisdiction.
    op.execute(
        "CREATE POLICY safety_manager_called ON safety_manager FOR SELECT USING"
        " (EXISTS (SELECT 1 FROM elevator_safety_manager m WHERE m.manager_id = safety_manager.id))"
    )
    op.execute(
        "CREATE POLICY maintenance_company_called ON maintenance_company FOR SELECT USING"
        " (EXISTS (SELECT 1 FROM elevator e WHERE e.owner_id = maintenance_company.unit_id))"
    )
    op.execute(
        "CREATE TRIGGER fault_report_fixed BEFORE UPDATE OR DELETE ON fault_report"
        " FOR EACH ROW EXECUTE FUNCTION house.refuse_change()"
    )
