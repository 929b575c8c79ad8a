"""Keep what a patrol route was like before it was drawn anew, so that earlier tracks stay judged by it."""

from alembic import op

from data.migrations import steps

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_SHAPE = """
CREATE TABLE patrol_route_shape (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    route_code TEXT COLLATE "C" NOT NULL,
    geom geometry(MULTILINESTRING,4326),
    stops JSONB DEFAULT '[]' NOT NULL,
    until_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by TEXT NOT NULL,
    CONSTRAINT patrol_route_shape_pkey PRIMARY KEY (id),
    CONSTRAINT patrol_route_shape_route_code_fkey FOREIGN KEY(route_code) REFERENCES patrol_route (code) ON DELETE CASCADE
)
"""


def upgrade() -> None:
    """Apply."""
    op.execute(_SHAPE)
    op.execute("CREATE INDEX patrol_route_shape_route_idx ON patrol_route_shape (route_code, id)")
    for statement in steps.secure_child("patrol_route_shape", "patrol_route", "route_code"):
        op.execute(statement)
    op.execute("ALTER TABLE patrol_track ADD COLUMN shape_id BIGINT")
    op.execute(
        "ALTER TABLE patrol_track ADD CONSTRAINT patrol_track_shape_id_fkey FOREIGN KEY (shape_id)"
        " REFERENCES patrol_route_shape (id) ON DELETE CASCADE"
    )
    op.execute("CREATE INDEX patrol_track_shape_idx ON patrol_track (shape_id) WHERE shape_id IS NOT NULL")
