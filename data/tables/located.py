"""Compile a layer's declaration into its table, constraints and indexes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry as GeometryType
from sqlalchemy.dialects import postgresql as pg

from layers.declaration import Field, FieldType, Geometry, Layer
from layers.registry import all_layers

_TYPES: dict[FieldType, sa.types.TypeEngine[Any]] = {
    FieldType.TEXT: sa.Text(),
    FieldType.PHONE: sa.Text(),
    FieldType.CHOICE: sa.Text(),
    FieldType.INTEGER: sa.Integer(),
    FieldType.NUMBER: sa.Double(),
    FieldType.BOOLEAN: sa.Boolean(),
    FieldType.DATE: sa.Date(),
    FieldType.INSTANT: sa.DateTime(timezone=True),
    FieldType.CODE_LIST: pg.ARRAY(sa.Text()),
}
_GEOMETRY = {Geometry.POINT: "POINT", Geometry.LINE: "MULTILINESTRING", Geometry.POLYGON: "MULTIPOLYGON"}

#: How a row came by its position.
POSITION_QUALITIES = ("given", "matched", "guess", "none")


def code_type() -> sa.types.TypeEngine[str]:
    """Give the type of codes: text in C collation, so that ranges of codes are ranges of bytes."""
    return sa.Text(collation="C")


def located_table(layer: Layer, metadata: sa.MetaData) -> sa.Table:
    """Compile the table of one layer into `metadata` and give it."""
    kind = _GEOMETRY[layer.geometry]
    columns: list[sa.schema.SchemaItem] = [
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("code", code_type(), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("division_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
        sa.Column("authority_code", code_type(), sa.ForeignKey("division.code"), nullable=False),
        sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("unit.id")),
        sa.Column(
            "is_public", sa.Boolean, nullable=False, server_default=sa.text(str(layer.is_public).lower())
        ),
        sa.Column("address", sa.Text),
        sa.Column("geom", GeometryType(kind, 4326, spatial_index=False)),
        sa.Column(
            "geom_m",
            GeometryType(kind, 3857, spatial_index=False),
            sa.Computed("st_transform(geom, 3857)", persisted=True),
        ),
        sa.Column("source_crs", sa.Text, nullable=False, server_default="EPSG:4326"),
        sa.Column("source_position", sa.Text),
        sa.Column("position_quality", sa.Text, nullable=False, server_default="given"),
        sa.Column("position_confidence", sa.REAL),
        sa.Column("valid_from", sa.Date),
        sa.Column("valid_to", sa.Date),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()")),
        *(column_of(f) for f in layer.fields),
    ]
    table = sa.Table(layer.id, metadata, *columns, *_constraints(layer))
    sa.Index(f"{layer.id}_geom_m_idx", table.c.geom_m, postgresql_using="gist")
    sa.Index(f"{layer.id}_division_idx", table.c.division_code)
    sa.Index(f"{layer.id}_authority_idx", table.c.authority_code)
    sa.Index(f"{layer.id}_owner_idx", table.c.owner_id, postgresql_where=sa.text("owner_id IS NOT NULL"))
    for f in layer.fields:
        if f.references:
            sa.Index(f"{layer.id}_{f.name}_idx", table.c[f.name])
    return table


def compile_located(metadata: sa.MetaData) -> None:
    """Compile every declared layer into `metadata`."""
    for layer in all_layers():
        located_table(layer, metadata)


def column_of(f: Field) -> sa.Column[object]:
    """Give the column of a declared field."""
    is_key = bool(f.references or f.code_list) or f.unique
    kind = code_type() if is_key and f.type is FieldType.TEXT else _TYPES[f.type]
    target = f.references or f.code_list
    references = (sa.ForeignKey(f"{target}.code", deferrable=True),) if target else ()
    return sa.Column(f.name, kind, *references, nullable=not f.required)


def _constraints(layer: Layer) -> list[sa.schema.SchemaItem]:
    found: list[sa.schema.SchemaItem] = [
        sa.UniqueConstraint("code", name=f"{layer.id}_code_key"),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to", f"{layer.id}_valid_check"
        ),
        sa.CheckConstraint(
            _one_of("position_quality", POSITION_QUALITIES), f"{layer.id}_position_quality_check"
        ),
        sa.CheckConstraint(
            "position_confidence IS NULL OR position_confidence BETWEEN 0 AND 1",
            f"{layer.id}_position_confidence_check",
        ),
        sa.CheckConstraint(
            "geom IS NULL OR (st_isvalid(geom) AND st_xmin(geom) >= 72 AND st_xmax(geom) <= 138.1 "
            "AND st_ymin(geom) >= 0.8 AND st_ymax(geom) <= 55.9)",
            f"{layer.id}_geom_check",
        ),
        sa.CheckConstraint("(geom IS NULL) = (position_quality = 'none')", f"{layer.id}_position_check"),
    ]
    if layer.shared_by:
        found.append(
            sa.CheckConstraint(
                f"NOT is_public OR enterprise_code IS NULL OR {layer.shared_by} IS TRUE",
                f"{layer.id}_is_public_check",
            )
        )
    for f in layer.all_fields:
        checks = checks_of(f)
        if checks:
            found.append(sa.CheckConstraint(" AND ".join(checks), f"{layer.id}_{f.name}_check"))
        if f.unique and f.name != "code":
            found.append(sa.UniqueConstraint(f.name, name=f"{layer.id}_{f.name}_key"))
    return found


def checks_of(f: Field) -> list[str]:
    """Give the conditions that a declared field puts on its column."""
    checks: list[str] = []
    if f.choices:
        checks.append(_one_of(f.name, tuple(c.value for c in f.choices)))
    if f.minimum is not None:
        checks.append(
            f"{f.name} >= {f.minimum:g}" if f.type is FieldType.NUMBER else f"{f.name} >= {int(f.minimum)}"
        )
    if f.maximum is not None:
        checks.append(
            f"{f.name} <= {f.maximum:g}" if f.type is FieldType.NUMBER else f"{f.name} <= {int(f.maximum)}"
        )
    if f.type is FieldType.TEXT and f.name not in ("division_code", "authority_code"):
        checks.append(f"length({f.name}) BETWEEN 1 AND {f.max_length}")
    if f.pattern:
        checks.append(f"{f.name} ~ '^({f.pattern.replace(chr(39), chr(39) * 2)})$'")
    if f.type is FieldType.PHONE:
        checks.append(f"{f.name} ~ '^[0-9+() -]{{5,24}}$'")
    return checks


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(v) for v in values)})"
