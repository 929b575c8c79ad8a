"""Declare the table of resource types: the list that administrators keep and rescue resources choose from."""

from __future__ import annotations

import sqlalchemy as sa

from data.tables.house import METADATA
from data.tables.located import code_type

resource_type = sa.Table(
    "resource_type",
    METADATA,
    sa.Column("code", code_type(), primary_key=True),
    sa.Column("family", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False, server_default="0"),
    sa.Column("is_offered", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.CheckConstraint("length(code) BETWEEN 1 AND 40 AND code = btrim(code)", "resource_type_code_check"),
    sa.CheckConstraint("length(family) BETWEEN 1 AND 40", "resource_type_family_check"),
)
