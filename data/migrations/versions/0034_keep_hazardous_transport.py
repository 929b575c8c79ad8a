"""Keep corridors for hazardous transport, the tracks of vehicles, and where these broke the rules."""

from alembic import op

from data.migrations import steps

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_TRANSPORT_CORRIDOR = """
CREATE TABLE transport_corridor (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    division_code TEXT COLLATE "C" NOT NULL,
    authority_code TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT,
    is_public BOOLEAN DEFAULT true NOT NULL,
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
    half_width_m DOUBLE PRECISION NOT NULL,
    opens TEXT,
    closes TEXT,
    weekdays TEXT,
    substance_classes TEXT,
    CONSTRAINT transport_corridor_pkey PRIMARY KEY (id),
    CONSTRAINT transport_corridor_code_key UNIQUE (code),
    CONSTRAINT transport_corridor_valid_check CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to),
    CONSTRAINT transport_corridor_position_quality_check CHECK (position_quality IN ('given', 'matched', 'guess', 'none')),
    CONSTRAINT transport_corridor_position_confidence_check CHECK (position_confidence IS NULL OR position_confidence BETWEEN 0 AND 1),
    CONSTRAINT transport_corridor_geom_check CHECK (geom IS NULL OR (st_isvalid(geom) AND st_xmin(geom) >= 72 AND st_xmax(geom) <= 138.1 AND st_ymin(geom) >= 0.8 AND st_ymax(geom) <= 55.9)),
    CONSTRAINT transport_corridor_position_check CHECK ((geom IS NULL) = (position_quality = 'none')),
    CONSTRAINT transport_corridor_code_check CHECK (length(code) BETWEEN 1 AND 40),
    CONSTRAINT transport_corridor_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT transport_corridor_address_check CHECK (length(address) BETWEEN 1 AND 300),
    CONSTRAINT transport_corridor_half_width_m_check CHECK (half_width_m >= 5 AND half_width_m <= 2000),
    CONSTRAINT transport_corridor_opens_check CHECK (length(opens) BETWEEN 1 AND 5 AND opens ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'),
    CONSTRAINT transport_corridor_closes_check CHECK (length(closes) BETWEEN 1 AND 5 AND closes ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'),
    CONSTRAINT transport_corridor_weekdays_check CHECK (length(weekdays) BETWEEN 1 AND 7 AND weekdays ~ '^(1?2?3?4?5?6?7?)$'),
    CONSTRAINT transport_corridor_substance_classes_check CHECK (length(substance_classes) BETWEEN 1 AND 9 AND substance_classes ~ '^(1?2?3?4?5?6?7?8?9?)$'),
    CONSTRAINT transport_corridor_division_code_fkey FOREIGN KEY(division_code) REFERENCES division (code),
    CONSTRAINT transport_corridor_authority_code_fkey FOREIGN KEY(authority_code) REFERENCES division (code),
    CONSTRAINT transport_corridor_owner_id_fkey FOREIGN KEY(owner_id) REFERENCES unit (id)
)
"""
_TRANSPORT_CORRIDOR_INDEXES = (
    "CREATE INDEX transport_corridor_authority_idx ON transport_corridor (authority_code)",
    "CREATE INDEX transport_corridor_division_idx ON transport_corridor (division_code)",
    "CREATE INDEX transport_corridor_geom_m_idx ON transport_corridor USING gist (geom_m)",
    "CREATE INDEX transport_corridor_owner_idx ON transport_corridor (owner_id) WHERE owner_id IS NOT NULL",
)

_TRANSPORT_VIOLATION = """
CREATE TABLE transport_violation (
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
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
    length_m DOUBLE PRECISION NOT NULL,
    duration_s DOUBLE PRECISION NOT NULL,
    farthest_m DOUBLE PRECISION,
    substance_class TEXT NOT NULL,
    enterprise_code TEXT COLLATE "C",
    trip_code TEXT NOT NULL,
    CONSTRAINT transport_violation_pkey PRIMARY KEY (id),
    CONSTRAINT transport_violation_code_key UNIQUE (code),
    CONSTRAINT transport_violation_valid_check CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to),
    CONSTRAINT transport_violation_position_quality_check CHECK (position_quality IN ('given', 'matched', 'guess', 'none')),
    CONSTRAINT transport_violation_position_confidence_check CHECK (position_confidence IS NULL OR position_confidence BETWEEN 0 AND 1),
    CONSTRAINT transport_violation_geom_check CHECK (geom IS NULL OR (st_isvalid(geom) AND st_xmin(geom) >= 72 AND st_xmax(geom) <= 138.1 AND st_ymin(geom) >= 0.8 AND st_ymax(geom) <= 55.9)),
    CONSTRAINT transport_violation_position_check CHECK ((geom IS NULL) = (position_quality = 'none')),
    CONSTRAINT transport_violation_code_check CHECK (length(code) BETWEEN 1 AND 40),
    CONSTRAINT transport_violation_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT transport_violation_address_check CHECK (length(address) BETWEEN 1 AND 300),
    CONSTRAINT transport_violation_kind_check CHECK (kind IN ('outside', 'closed')),
    CONSTRAINT transport_violation_length_m_check CHECK (length_m >= 0),
    CONSTRAINT transport_violation_duration_s_check CHECK (duration_s >= 0),
    CONSTRAINT transport_violation_farthest_m_check CHECK (farthest_m >= 0),
    CONSTRAINT transport_violation_substance_class_check CHECK (length(substance_class) BETWEEN 1 AND 1 AND substance_class ~ '^([1-9])$'),
    CONSTRAINT transport_violation_enterprise_code_check CHECK (length(enterprise_code) BETWEEN 1 AND 40),
    CONSTRAINT transport_violation_trip_code_check CHECK (length(trip_code) BETWEEN 1 AND 40),
    CONSTRAINT transport_violation_division_code_fkey FOREIGN KEY(division_code) REFERENCES division (code),
    CONSTRAINT transport_violation_authority_code_fkey FOREIGN KEY(authority_code) REFERENCES division (code),
    CONSTRAINT transport_violation_owner_id_fkey FOREIGN KEY(owner_id) REFERENCES unit (id),
    CONSTRAINT transport_violation_enterprise_code_fkey FOREIGN KEY(enterprise_code) REFERENCES enterprise (code) DEFERRABLE
)
"""
_TRANSPORT_VIOLATION_INDEXES = (
    "CREATE INDEX transport_violation_authority_idx ON transport_violation (authority_code)",
    "CREATE INDEX transport_violation_division_idx ON transport_violation (division_code)",
    "CREATE INDEX transport_violation_enterprise_code_idx ON transport_violation (enterprise_code)",
    "CREATE INDEX transport_violation_geom_m_idx ON transport_violation USING gist (geom_m)",
    "CREATE INDEX transport_violation_owner_idx ON transport_violation (owner_id) WHERE owner_id IS NOT NULL",
)

_TRANSPORT_TRIP = """
CREATE TABLE transport_trip (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT COLLATE "C" NOT NULL,
    plate TEXT NOT NULL,
    substance_class TEXT NOT NULL,
    enterprise_code TEXT COLLATE "C",
    division_code TEXT COLLATE "C" NOT NULL,
    authority_code TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT,
    is_public BOOLEAN DEFAULT false NOT NULL,
    geom geometry(LINESTRING,4326) NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
    length_m DOUBLE PRECISION NOT NULL,
    position_count INTEGER NOT NULL,
    gap_s DOUBLE PRECISION NOT NULL,
    outside_m DOUBLE PRECISION NOT NULL,
    outside_s DOUBLE PRECISION NOT NULL,
    closed_m DOUBLE PRECISION NOT NULL,
    closed_s DOUBLE PRECISION NOT NULL,
    violation_count INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT transport_trip_pkey PRIMARY KEY (id),
    CONSTRAINT transport_trip_plate_check CHECK (length(plate) BETWEEN 7 AND 8),
    CONSTRAINT transport_trip_class_check CHECK (substance_class ~ '^[1-9]$'),
    CONSTRAINT transport_trip_times_check CHECK (started_at <= ended_at),
    CONSTRAINT transport_trip_public_check CHECK (NOT is_public),
    CONSTRAINT transport_trip_code_key UNIQUE (code),
    CONSTRAINT transport_trip_enterprise_code_fkey FOREIGN KEY(enterprise_code) REFERENCES enterprise (code),
    CONSTRAINT transport_trip_division_code_fkey FOREIGN KEY(division_code) REFERENCES division (code),
    CONSTRAINT transport_trip_authority_code_fkey FOREIGN KEY(authority_code) REFERENCES division (code),
    CONSTRAINT transport_trip_owner_id_fkey FOREIGN KEY(owner_id) REFERENCES unit (id)
)
"""
_TRANSPORT_TRIP_INDEXES = (
    "CREATE INDEX transport_trip_authority_idx ON transport_trip (authority_code)",
    "CREATE INDEX transport_trip_plate_idx ON transport_trip (plate, started_at)",
)


def upgrade() -> None:
    """Apply."""
    for table, indexes in (
        (_TRANSPORT_CORRIDOR, _TRANSPORT_CORRIDOR_INDEXES),
        (_TRANSPORT_VIOLATION, _TRANSPORT_VIOLATION_INDEXES),
        (_TRANSPORT_TRIP, _TRANSPORT_TRIP_INDEXES),
    ):
        for statement in (table, *indexes):
            op.execute(statement)
    for statement in (
        *steps.secure_located("transport_corridor", None),
        *steps.secure_located("transport_violation", "kind"),
        *steps.secure("transport_trip"),
    ):
        op.execute(statement)
