"""Keep patrol routes with their stops, and the tracks that were walked."""

from alembic import op

from data.migrations import steps

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_ROUTE = """
CREATE TABLE patrol_route (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    enterprise_code TEXT COLLATE "C",
    authority_code TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT,
    is_public BOOLEAN DEFAULT false NOT NULL,
    tolerance_m DOUBLE PRECISION NOT NULL,
    every_days INTEGER,
    geom geometry(MULTILINESTRING,4326),
    version INTEGER DEFAULT '1' NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT patrol_route_pkey PRIMARY KEY (id),
    CONSTRAINT patrol_route_name_check CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT patrol_route_kind_check CHECK (kind IN ('pipeline', 'station', 'household', 'area', 'transport')),
    CONSTRAINT patrol_route_tolerance_check CHECK (tolerance_m BETWEEN 1 AND 500),
    CONSTRAINT patrol_route_every_check CHECK (every_days BETWEEN 1 AND 400),
    CONSTRAINT patrol_route_public_check CHECK (NOT is_public),
    CONSTRAINT patrol_route_code_key UNIQUE (code),
    CONSTRAINT patrol_route_enterprise_code_fkey FOREIGN KEY(enterprise_code) REFERENCES enterprise (code),
    CONSTRAINT patrol_route_authority_code_fkey FOREIGN KEY(authority_code) REFERENCES division (code),
    CONSTRAINT patrol_route_owner_id_fkey FOREIGN KEY(owner_id) REFERENCES unit (id)
)
"""
_ROUTE_INDEX = "CREATE INDEX patrol_route_authority_idx ON patrol_route (authority_code)"

_STOP = """
CREATE TABLE patrol_stop (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    route_code TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    geom geometry(POINT,4326) NOT NULL,
    CONSTRAINT patrol_stop_pkey PRIMARY KEY (id),
    CONSTRAINT patrol_stop_name_check CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT patrol_stop_route_code_fkey FOREIGN KEY(route_code) REFERENCES patrol_route (code) ON DELETE CASCADE
)
"""
_STOP_INDEX = "CREATE INDEX patrol_stop_route_idx ON patrol_stop (route_code, position)"

_TRACK = """
CREATE TABLE patrol_track (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    route_code TEXT COLLATE "C" NOT NULL,
    patroller TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tolerance_m DOUBLE PRECISION NOT NULL,
    geom geometry(MULTILINESTRING,4326) NOT NULL,
    length_m DOUBLE PRECISION NOT NULL,
    route_m DOUBLE PRECISION NOT NULL,
    missed_m DOUBLE PRECISION NOT NULL,
    stop_count INTEGER NOT NULL,
    missed_stop_count INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT patrol_track_pkey PRIMARY KEY (id),
    CONSTRAINT patrol_track_patroller_check CHECK (length(patroller) BETWEEN 1 AND 60),
    CONSTRAINT patrol_track_times_check CHECK (started_at <= ended_at),
    CONSTRAINT patrol_track_missed_check CHECK (missed_m >= 0 AND missed_m <= route_m),
    CONSTRAINT patrol_track_route_code_fkey FOREIGN KEY(route_code) REFERENCES patrol_route (code) ON DELETE CASCADE
)
"""
_TRACK_INDEX = "CREATE INDEX patrol_track_route_idx ON patrol_track (route_code, started_at)"


def upgrade() -> None:
    """Apply."""
    for statement in (_ROUTE, _ROUTE_INDEX, _STOP, _STOP_INDEX, _TRACK, _TRACK_INDEX):
        op.execute(statement)
    for statement in (
        *steps.secure("patrol_route"),
        *steps.secure_child("patrol_stop", "patrol_route", "route_code"),
        *steps.secure_child("patrol_track", "patrol_route", "route_code"),
    ):
        op.execute(statement)
