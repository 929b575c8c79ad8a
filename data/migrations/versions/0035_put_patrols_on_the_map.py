"""Make patrol routes and their stops layers of the map; what was kept of them stays."""

from alembic import op

from data.migrations import steps

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_PATROL_ROUTE = """
CREATE TABLE patrol_route (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    division_code TEXT COLLATE "C" NOT NULL,
    authority_code TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT,
    is_public BOOLEAN DEFAULT false NOT NULL,
    address TEXT,
    geom geometry(MULTILINESTRING,4326),
    geom_m geometry(MULTILINESTRING,3857) GENERATED ALWAYS AS (st_transform(geom, 3857)) STORED,
    source_crs TEXT DEFAULT 'EPSG:4326' NOT NULL,
    source_position TEXT,
    position_quality TEXT DEFAULT 'given' NOT NULL,
    position_confidence REAL,
    valid_from DATE,
    valid_to DATE,
    version INTEGER DEFAULT '1' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    kind TEXT NOT NULL,
    enterprise_code TEXT COLLATE "C",
    tolerance_m DOUBLE PRECISION NOT NULL,
    every_days INTEGER,
    CONSTRAINT patrol_route_pkey PRIMARY KEY (id),
    CONSTRAINT patrol_route_code_key UNIQUE (code),
    CONSTRAINT patrol_route_valid_check CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to),
    CONSTRAINT patrol_route_position_quality_check CHECK (position_quality IN ('given', 'matched', 'guess', 'none')),
    CONSTRAINT patrol_route_position_confidence_check CHECK (position_confidence IS NULL OR position_confidence BETWEEN 0 AND 1),
    CONSTRAINT patrol_route_geom_check CHECK (geom IS NULL OR (st_isvalid(geom) AND st_xmin(geom) >= 72 AND st_xmax(geom) <= 138.1 AND st_ymin(geom) >= 0.8 AND st_ymax(geom) <= 55.9)),
    CONSTRAINT patrol_route_position_check CHECK ((geom IS NULL) = (position_quality = 'none')),
    CONSTRAINT patrol_route_code_check CHECK (length(code) BETWEEN 1 AND 40),
    CONSTRAINT patrol_route_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT patrol_route_address_check CHECK (length(address) BETWEEN 1 AND 300),
    CONSTRAINT patrol_route_kind_check CHECK (kind IN ('pipeline', 'station', 'household', 'area', 'transport')),
    CONSTRAINT patrol_route_enterprise_code_check CHECK (length(enterprise_code) BETWEEN 1 AND 40),
    CONSTRAINT patrol_route_tolerance_m_check CHECK (tolerance_m >= 1 AND tolerance_m <= 500),
    CONSTRAINT patrol_route_every_days_check CHECK (every_days >= 1 AND every_days <= 400),
    CONSTRAINT patrol_route_division_code_fkey FOREIGN KEY(division_code) REFERENCES division (code),
    CONSTRAINT patrol_route_authority_code_fkey FOREIGN KEY(authority_code) REFERENCES division (code),
    CONSTRAINT patrol_route_owner_id_fkey FOREIGN KEY(owner_id) REFERENCES unit (id),
    CONSTRAINT patrol_route_enterprise_code_fkey FOREIGN KEY(enterprise_code) REFERENCES enterprise (code) DEFERRABLE
)
"""
_PATROL_ROUTE_INDEXES = (
    "CREATE INDEX patrol_route_authority_idx ON patrol_route (authority_code)",
    "CREATE INDEX patrol_route_division_idx ON patrol_route (division_code)",
    "CREATE INDEX patrol_route_enterprise_code_idx ON patrol_route (enterprise_code)",
    "CREATE INDEX patrol_route_geom_m_idx ON patrol_route USING gist (geom_m)",
    "CREATE INDEX patrol_route_owner_idx ON patrol_route (owner_id) WHERE owner_id IS NOT NULL",
)

_PATROL_STOP = """
CREATE TABLE patrol_stop (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    division_code TEXT COLLATE "C" NOT NULL,
    authority_code TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT,
    is_public BOOLEAN DEFAULT false NOT NULL,
    address TEXT,
    geom geometry(POINT,4326),
    geom_m geometry(POINT,3857) GENERATED ALWAYS AS (st_transform(geom, 3857)) STORED,
    source_crs TEXT DEFAULT 'EPSG:4326' NOT NULL,
    source_position TEXT,
    position_quality TEXT DEFAULT 'given' NOT NULL,
    position_confidence REAL,
    valid_from DATE,
    valid_to DATE,
    version INTEGER DEFAULT '1' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    route_code TEXT COLLATE "C" NOT NULL,
    stop_order INTEGER NOT NULL,
    CONSTRAINT patrol_stop_pkey PRIMARY KEY (id),
    CONSTRAINT patrol_stop_code_key UNIQUE (code),
    CONSTRAINT patrol_stop_valid_check CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to),
    CONSTRAINT patrol_stop_position_quality_check CHECK (position_quality IN ('given', 'matched', 'guess', 'none')),
    CONSTRAINT patrol_stop_position_confidence_check CHECK (position_confidence IS NULL OR position_confidence BETWEEN 0 AND 1),
    CONSTRAINT patrol_stop_geom_check CHECK (geom IS NULL OR (st_isvalid(geom) AND st_xmin(geom) >= 72 AND st_xmax(geom) <= 138.1 AND st_ymin(geom) >= 0.8 AND st_ymax(geom) <= 55.9)),
    CONSTRAINT patrol_stop_position_check CHECK ((geom IS NULL) = (position_quality = 'none')),
    CONSTRAINT patrol_stop_code_check CHECK (length(code) BETWEEN 1 AND 40),
    CONSTRAINT patrol_stop_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT patrol_stop_address_check CHECK (length(address) BETWEEN 1 AND 300),
    CONSTRAINT patrol_stop_route_code_check CHECK (length(route_code) BETWEEN 1 AND 40),
    CONSTRAINT patrol_stop_stop_order_check CHECK (stop_order >= 1),
    CONSTRAINT patrol_stop_division_code_fkey FOREIGN KEY(division_code) REFERENCES division (code),
    CONSTRAINT patrol_stop_authority_code_fkey FOREIGN KEY(authority_code) REFERENCES division (code),
    CONSTRAINT patrol_stop_owner_id_fkey FOREIGN KEY(owner_id) REFERENCES unit (id),
    CONSTRAINT patrol_stop_route_code_fkey FOREIGN KEY(route_code) REFERENCES patrol_route (code) DEFERRABLE
)
"""
_PATROL_STOP_INDEXES = (
    "CREATE INDEX patrol_stop_authority_idx ON patrol_stop (authority_code)",
    "CREATE INDEX patrol_stop_division_idx ON patrol_stop (division_code)",
    "CREATE INDEX patrol_stop_geom_m_idx ON patrol_stop USING gist (geom_m)",
    "CREATE INDEX patrol_stop_owner_idx ON patrol_stop (owner_id) WHERE owner_id IS NOT NULL",
    "CREATE INDEX patrol_stop_route_code_idx ON patrol_stop (route_code)",
)

_LAY_ASIDE = (
    (
        "CREATE TEMPORARY TABLE kept_route ON COMMIT DROP AS SELECT r.*, COALESCE(e.division_code, r.authority_code) AS division_code"
        " FROM patrol_route r LEFT JOIN enterprise e ON e.code = r.enterprise_code"
    ),
    (
        "CREATE TEMPORARY TABLE kept_stop ON COMMIT DROP AS SELECT s.*, r.division_code, r.authority_code, r.owner_id, r.created_at"
        " FROM patrol_stop s JOIN kept_route r ON r.code = s.route_code"
    ),
    "DROP POLICY patrol_track_see ON patrol_track",
    "DROP POLICY patrol_track_write ON patrol_track",
    "ALTER TABLE patrol_track DROP CONSTRAINT patrol_track_route_code_fkey",
    "DROP TABLE patrol_stop",
    "DROP TABLE patrol_route",
)
_BRING_BACK = (
    (
        "INSERT INTO patrol_route (id, code, name, division_code, authority_code, owner_id, geom, position_quality, version, created_at,"
        " updated_at, kind, enterprise_code, tolerance_m, every_days) OVERRIDING SYSTEM VALUE SELECT id, code, name, division_code,"
        " authority_code, owner_id, ST_CollectionExtract(ST_MakeValid(geom), 2), CASE WHEN geom IS NULL THEN 'none' ELSE 'given' END,"
        " version, created_at, created_at, kind, enterprise_code, tolerance_m, every_days FROM kept_route"
    ),
    "SELECT setval(pg_get_serial_sequence('patrol_route', 'id'), (SELECT max(id) FROM patrol_route))",
    (
        "INSERT INTO patrol_stop (code, name, division_code, authority_code, owner_id, geom, created_at, updated_at, route_code, stop_order)"
        " SELECT route_code || '-' || position, name, division_code, authority_code, owner_id, geom, created_at, created_at, route_code,"
        " position FROM kept_stop ORDER BY id"
    ),
    (
        "ALTER TABLE patrol_track ADD CONSTRAINT patrol_track_route_code_fkey FOREIGN KEY (route_code) REFERENCES patrol_route (code)"
        " ON DELETE CASCADE"
    ),
)


def upgrade() -> None:
    """Apply."""
    op.execute(steps.SEE_ALL)
    for statement in (
        *_LAY_ASIDE,
        _PATROL_ROUTE,
        *_PATROL_ROUTE_INDEXES,
        _PATROL_STOP,
        *_PATROL_STOP_INDEXES,
    ):
        op.execute(statement)
    for statement in (
        *steps.secure_located("patrol_route", None),
        *steps.secure_located("patrol_stop", None),
        *_BRING_BACK,
        *[
            s
            for s in steps.secure_child("patrol_track", "patrol_route", "route_code")
            if s.startswith("CREATE")
        ],
    ):
        op.execute(statement)
    op.execute(steps.SEE_NONE)
