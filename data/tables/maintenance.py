"""Declare the tables of the maintenance company's side: safety managers, fault-analysis reports, inspection requests.

The company's own row, `maintenance_company`, stands with the tables of dispatch, which telephones its emergency lead.
"""

from __future__ import annotations

import sqlalchemy as sa

from data.tables.house import METADATA, one_of
from data.tables.located import code_type
from layers.themes.incident import CAUSES

#: A mobile number as text messages reach it.
MOBILE = "^1[3-9][0-9]{9}$"


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


safety_manager = sa.Table(
    "safety_manager",
    METADATA,
    _id(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("mobile", code_type()),
    sa.Column("unit_code", code_type()),
    sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id"), nullable=False),
    sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    _instant("updated_at"),
    sa.CheckConstraint("length(name) BETWEEN 1 AND 60", "safety_manager_name_check"),
    sa.CheckConstraint(f"mobile IS NULL OR mobile ~ '{MOBILE}'", "safety_manager_mobile_check"),
    sa.CheckConstraint("unit_code IS NULL OR length(unit_code) BETWEEN 1 AND 40", "safety_manager_unit_code_check"),
    sa.Index("safety_manager_owner_idx", "owner_id"),
)  # fmt: skip

elevator_safety_manager = sa.Table(
    "elevator_safety_manager",
    METADATA,
    sa.Column("elevator_code", code_type(), sa.ForeignKey("elevator.code", ondelete="CASCADE"), primary_key=True),
    sa.Column("manager_id", sa.BigInteger, sa.ForeignKey("safety_manager.id", ondelete="CASCADE"), nullable=False),
    sa.Index("elevator_safety_manager_manager_idx", "manager_id"),
)  # fmt: skip

fault_report = sa.Table(
    "fault_report",
    METADATA,
    _id(),
    sa.Column("incident_code", code_type(), sa.ForeignKey("incident.code", ondelete="CASCADE"), nullable=False),
    sa.Column("number", sa.SmallInteger, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("measures", sa.Text, nullable=False),
    sa.Column("parts", sa.Text, nullable=False, server_default=""),
    sa.Column("why", sa.Text),
    sa.Column("actor", sa.Text, nullable=False),
    _instant("at"),
    sa.CheckConstraint("number >= 1", "fault_report_number_check"),
    sa.CheckConstraint("(number = 1) = (why IS NULL)", "fault_report_why_check"),
    sa.CheckConstraint(one_of("cause", tuple(c.value for c in CAUSES)), "fault_report_cause_check"),
    sa.UniqueConstraint("incident_code", "number", name="fault_report_number_key"),
)  # fmt: skip

inspection_request = sa.Table(
    "inspection_request",
    METADATA,
    _id(),
    sa.Column("elevator_code", code_type(), sa.ForeignKey("elevator.code", ondelete="CASCADE"), nullable=False),
    sa.Column("due_on", sa.Date, nullable=False),
    sa.Column("contact_name", sa.Text, nullable=False),
    sa.Column("contact_phone", code_type(), nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("is_late", sa.Boolean, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    _instant("requested_at"),
    _instant("withdrawn_at", nullable=True),
    sa.CheckConstraint(f"contact_phone ~ '{MOBILE}'", "inspection_request_phone_check"),
    sa.Index(
        "inspection_request_standing_idx", "elevator_code", "due_on", unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    ),
)  # fmt: skip
