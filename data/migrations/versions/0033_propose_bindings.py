"""Keep what authorities propose to maintenance companies about the bindings of their elevators."""

from alembic import op

from data.migrations import steps

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_TABLE = """
CREATE TABLE binding_proposal (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    authority_code TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT NOT NULL,
    is_public BOOLEAN DEFAULT false NOT NULL,
    username TEXT NOT NULL,
    limit_s DOUBLE PRECISION NOT NULL,
    per_crew INTEGER NOT NULL,
    hour_of_week SMALLINT,
    note TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT binding_proposal_pkey PRIMARY KEY (id),
    CONSTRAINT binding_proposal_public_check CHECK (NOT is_public),
    CONSTRAINT binding_proposal_note_check CHECK (length(note) <= 200),
    CONSTRAINT binding_proposal_hour_check CHECK (hour_of_week BETWEEN 0 AND 167),
    CONSTRAINT binding_proposal_limit_check CHECK (limit_s > 0 AND per_crew > 0),
    CONSTRAINT binding_proposal_authority_owner_key UNIQUE (authority_code, owner_id),
    CONSTRAINT binding_proposal_authority_code_fkey FOREIGN KEY(authority_code) REFERENCES division (code),
    CONSTRAINT binding_proposal_owner_id_fkey FOREIGN KEY(owner_id) REFERENCES unit (id)
)
"""
_INDEX = "CREATE INDEX binding_proposal_owner_idx ON binding_proposal (owner_id)"


def upgrade() -> None:
    """Apply."""
    for statement in (_TABLE, _INDEX, *steps.secure("binding_proposal")):
        op.execute(statement)
