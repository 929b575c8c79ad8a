"""Keep with a crew's link the message that it went out in, and with a joint proposal all that it rested on."""

import sqlalchemy as sa
from alembic import op

from data.migrations import steps

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE dispatch_plan (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    authority_code TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT,
    is_public BOOLEAN DEFAULT false NOT NULL,
    username TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    network_version TEXT COLLATE "C" NOT NULL,
    hour_of_week SMALLINT NOT NULL,
    inputs BYTEA NOT NULL,
    result JSONB NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT dispatch_plan_pkey PRIMARY KEY (id),
    CONSTRAINT dispatch_plan_public_check CHECK (NOT is_public),
    CONSTRAINT dispatch_plan_hour_check CHECK (hour_of_week BETWEEN 0 AND 167),
    CONSTRAINT dispatch_plan_authority_code_fkey FOREIGN KEY(authority_code) REFERENCES division (code),
    CONSTRAINT dispatch_plan_owner_id_fkey FOREIGN KEY(owner_id) REFERENCES unit (id)
)
"""
_INDEX = "CREATE INDEX dispatch_plan_seen_idx ON dispatch_plan (at) WHERE accepted_at IS NULL"


def upgrade() -> None:
    """Apply."""
    op.add_column("crew_link", sa.Column("outbox_key", sa.Text(collation="C"), nullable=True))
    for statement in (_TABLE, _INDEX, *steps.secure("dispatch_plan")):
        op.execute(statement)
