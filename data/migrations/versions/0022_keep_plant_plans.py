"""Keep plant plans, and the points placed on them."""

from alembic import op

from data.migrations import steps

revision = "0022"
down_revision = "0027"
branch_labels = None
depends_on = None

_PLAN = """
CREATE TABLE plant_plan (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT COLLATE "C" NOT NULL,
    enterprise_code TEXT COLLATE "C" NOT NULL,
    parent_id BIGINT,
    position INTEGER DEFAULT '0' NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    attachment_id BIGINT NOT NULL,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    north_deg DOUBLE PRECISION,
    a_x_px DOUBLE PRECISION,
    a_y_px DOUBLE PRECISION,
    a_lon DOUBLE PRECISION,
    a_lat DOUBLE PRECISION,
    b_x_px DOUBLE PRECISION,
    b_y_px DOUBLE PRECISION,
    b_lon DOUBLE PRECISION,
    b_lat DOUBLE PRECISION,
    version INTEGER DEFAULT '1' NOT NULL,
    created_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT plant_plan_pkey PRIMARY KEY (id),
    CONSTRAINT plant_plan_name_check CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT plant_plan_kind_check CHECK (kind IN ('site', 'fire', 'evacuation', 'process', 'underground', 'floor', 'other')),
    CONSTRAINT plant_plan_parent_check CHECK (parent_id <> id),
    CONSTRAINT plant_plan_size_check CHECK (width_px > 0 AND height_px > 0),
    CONSTRAINT plant_plan_north_check CHECK (north_deg >= 0 AND north_deg < 360),
    CONSTRAINT plant_plan_ties_check CHECK (num_nulls(a_x_px, a_y_px, a_lon, a_lat, b_x_px, b_y_px, b_lon, b_lat) IN (0, 8)),
    CONSTRAINT plant_plan_code_key UNIQUE (code),
    CONSTRAINT plant_plan_enterprise_code_fkey FOREIGN KEY(enterprise_code) REFERENCES enterprise (code),
    CONSTRAINT plant_plan_parent_id_fkey FOREIGN KEY(parent_id) REFERENCES plant_plan (id),
    CONSTRAINT plant_plan_attachment_id_fkey FOREIGN KEY(attachment_id) REFERENCES attachment (id)
)
"""
_PLAN_INDEXES = ("CREATE INDEX plant_plan_enterprise_idx ON plant_plan (enterprise_code, position, id)",)

_POINT = """
CREATE TABLE plan_point (
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
    kind TEXT NOT NULL,
    enterprise_code TEXT COLLATE "C",
    plan_code TEXT COLLATE "C",
    x_px DOUBLE PRECISION,
    y_px DOUBLE PRECISION,
    of_layer TEXT,
    of_code TEXT,
    CONSTRAINT plan_point_pkey PRIMARY KEY (id),
    CONSTRAINT plan_point_code_key UNIQUE (code),
    CONSTRAINT plan_point_valid_check CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to),
    CONSTRAINT plan_point_position_quality_check CHECK (position_quality IN ('given', 'matched', 'guess', 'none')),
    CONSTRAINT plan_point_position_confidence_check CHECK (position_confidence IS NULL OR position_confidence BETWEEN 0 AND 1),
    CONSTRAINT plan_point_geom_check CHECK (geom IS NULL OR (st_isvalid(geom) AND st_xmin(geom) >= 72 AND st_xmax(geom) <= 138.1 AND st_ymin(geom) >= 0.8 AND st_ymax(geom) <= 55.9)),
    CONSTRAINT plan_point_position_check CHECK ((geom IS NULL) = (position_quality = 'none')),
    CONSTRAINT plan_point_code_check CHECK (length(code) BETWEEN 1 AND 40),
    CONSTRAINT plan_point_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT plan_point_address_check CHECK (length(address) BETWEEN 1 AND 300),
    CONSTRAINT plan_point_kind_check CHECK (kind IN ('hidden_danger', 'hazard_site', 'risk_point', 'dangerous_work', 'camera', 'monitor', 'facility', 'assembly')),
    CONSTRAINT plan_point_enterprise_code_check CHECK (length(enterprise_code) BETWEEN 1 AND 40),
    CONSTRAINT plan_point_plan_code_check CHECK (length(plan_code) BETWEEN 1 AND 40),
    CONSTRAINT plan_point_x_px_check CHECK (x_px >= 0 AND x_px <= 30000),
    CONSTRAINT plan_point_y_px_check CHECK (y_px >= 0 AND y_px <= 30000),
    CONSTRAINT plan_point_of_layer_check CHECK (length(of_layer) BETWEEN 1 AND 40),
    CONSTRAINT plan_point_of_code_check CHECK (length(of_code) BETWEEN 1 AND 40),
    CONSTRAINT plan_point_division_code_fkey FOREIGN KEY(division_code) REFERENCES division (code),
    CONSTRAINT plan_point_authority_code_fkey FOREIGN KEY(authority_code) REFERENCES division (code),
    CONSTRAINT plan_point_owner_id_fkey FOREIGN KEY(owner_id) REFERENCES unit (id),
    CONSTRAINT plan_point_enterprise_code_fkey FOREIGN KEY(enterprise_code) REFERENCES enterprise (code) DEFERRABLE,
    CONSTRAINT plan_point_plan_code_fkey FOREIGN KEY(plan_code) REFERENCES plant_plan (code) DEFERRABLE
)
"""
_POINT_INDEXES = (
    "CREATE INDEX plan_point_authority_idx ON plan_point (authority_code)",
    "CREATE INDEX plan_point_division_idx ON plan_point (division_code)",
    "CREATE INDEX plan_point_enterprise_code_idx ON plan_point (enterprise_code)",
    "CREATE INDEX plan_point_geom_m_idx ON plan_point USING gist (geom_m)",
    "CREATE INDEX plan_point_owner_idx ON plan_point (owner_id) WHERE owner_id IS NOT NULL",
)


def upgrade() -> None:
    """Apply."""
    for statement in (_PLAN, *_PLAN_INDEXES, _POINT, *_POINT_INDEXES):
        op.execute(statement)
    for statement in (
        *steps.secure_child("plant_plan", "enterprise", "enterprise_code"),
        *steps.secure_located("plan_point", "kind"),
    ):
        op.execute(statement)
