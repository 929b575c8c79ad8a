"""Keep the boundaries of plants as polygons; what sites say of them is declared with their register."""

from alembic import op

from data.migrations import steps

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_PLANT_BOUNDARY = """
CREATE TABLE plant_boundary (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    code TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    division_code TEXT COLLATE "C" NOT NULL,
    authority_code TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT,
    is_public BOOLEAN DEFAULT false NOT NULL,
    address TEXT,
    geom geometry(MULTIPOLYGON,4326),
    geom_m geometry(MULTIPOLYGON,3857) GENERATED ALWAYS AS (st_transform(geom, 3857)) STORED,
    source_crs TEXT DEFAULT 'EPSG:4326' NOT NULL,
    source_position TEXT,
    position_quality TEXT DEFAULT 'given' NOT NULL,
    position_confidence REAL,
    valid_from DATE,
    valid_to DATE,
    version INTEGER DEFAULT '1' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    enterprise_code TEXT COLLATE "C",
    basis TEXT NOT NULL,
    CONSTRAINT plant_boundary_pkey PRIMARY KEY (id),
    CONSTRAINT plant_boundary_code_key UNIQUE (code),
    CONSTRAINT plant_boundary_valid_check CHECK (valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to),
    CONSTRAINT plant_boundary_position_quality_check CHECK (position_quality IN ('given', 'matched', 'guess', 'none')),
    CONSTRAINT plant_boundary_position_confidence_check CHECK (position_confidence IS NULL OR position_confidence BETWEEN 0 AND 1),
    CONSTRAINT plant_boundary_geom_check CHECK (geom IS NULL OR (st_isvalid(geom) AND st_xmin(geom) >= 72 AND st_xmax(geom) <= 138.1 AND st_ymin(geom) >= 0.8 AND st_ymax(geom) <= 55.9)),
    CONSTRAINT plant_boundary_position_check CHECK ((geom IS NULL) = (position_quality = 'none')),
    CONSTRAINT plant_boundary_code_check CHECK (length(code) BETWEEN 1 AND 40),
    CONSTRAINT plant_boundary_name_check CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT plant_boundary_address_check CHECK (length(address) BETWEEN 1 AND 300),
    CONSTRAINT plant_boundary_enterprise_code_check CHECK (length(enterprise_code) BETWEEN 1 AND 40),
    CONSTRAINT plant_boundary_basis_check CHECK (basis IN ('drawn', 'given')),
    CONSTRAINT plant_boundary_division_code_fkey FOREIGN KEY(division_code) REFERENCES division (code),
    CONSTRAINT plant_boundary_authority_code_fkey FOREIGN KEY(authority_code) REFERENCES division (code),
    CONSTRAINT plant_boundary_owner_id_fkey FOREIGN KEY(owner_id) REFERENCES unit (id),
    CONSTRAINT plant_boundary_enterprise_code_fkey FOREIGN KEY(enterprise_code) REFERENCES enterprise (code) DEFERRABLE
)
"""
_INDEXES = (
    "CREATE INDEX plant_boundary_authority_idx ON plant_boundary (authority_code)",
    "CREATE INDEX plant_boundary_division_idx ON plant_boundary (division_code)",
    "CREATE INDEX plant_boundary_enterprise_code_idx ON plant_boundary (enterprise_code)",
    "CREATE INDEX plant_boundary_geom_m_idx ON plant_boundary USING gist (geom_m)",
    "CREATE INDEX plant_boundary_owner_idx ON plant_boundary (owner_id) WHERE owner_id IS NOT NULL",
)


def upgrade() -> None:
    """Apply."""
    for statement in (_PLANT_BOUNDARY, *_INDEXES, *steps.secure_located("plant_boundary", None)):
        op.execute(statement)
