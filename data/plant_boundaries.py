"""Keep the boundaries of plants drawn as polygons, shared by the major hazards inside them (row L8)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
import shapely
from shapely.geometry.base import BaseGeometry

from data import audit, hazard_sites, incidents, registers
from data.errors import ConflictError, FormError, RefusedError
from data.hazard_exposure import boundary_shape
from data.loading.rows import index_row
from data.loading.shapes import invalid_words
from data.register_forms import Actor
from data.scope import Connection
from geo.crs import HOUSE_CRS
from geo.measure import geodesic_area_m2
from layers.register import Register
from layers.registry import layer_by_id
from layers.workflow import Party

#: No plant is smaller or larger than this, square metres.
LEAST_M2, MOST_M2 = 100.0, 50e6
MOST_CORNERS = 5000
_CHINA = (72.0, 0.8, 138.1, 55.9)


@dataclass(frozen=True)
class DrawnBoundary:
    """A boundary somebody gives: one or several polygons in degrees EPSG:4326, and whether drawn on the map or given by data."""

    shape: BaseGeometry
    basis: str


def of_site(connection: Connection, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Read the boundary of a site, with the other sites that share it; None where none is drawn.

    `outside_m` is how far the site's point lies outside, 0 for one inside, None for a site without a position.
    """
    if row["boundary_code"] is None:
        return None
    found = connection.execute(
        "SELECT b.code, b.name, b.basis, ST_AsGeoJSON(b.geom, 7)::text AS geojson,"
        " (SELECT ST_Distance(s.geom::geography, b.geom::geography) FROM hazard_site s WHERE s.id = %s) AS outside_m"
        " FROM plant_boundary b WHERE b.code = %s AND b.geom IS NOT NULL",
        [row["id"], row["boundary_code"]],
    ).fetchone()
    if found is None:
        return None
    geometry = json.loads(found.pop("geojson"))
    others = connection.execute(
        "SELECT id, code, name, state FROM hazard_site WHERE boundary_code = %s AND id <> %s ORDER BY code",
        [found["code"], row["id"]],
    ).fetchall()
    area_m2 = geodesic_area_m2(shapely.geometry.shape(geometry))
    return {**found, "geometry": geometry, "area_m2": area_m2, "shared_with": others}


def choices(connection: Connection, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the boundaries of a site's enterprise that the site may take: those its point lies in."""
    return connection.execute(
        "SELECT b.code, b.name FROM plant_boundary b JOIN hazard_site s ON s.id = %s WHERE b.enterprise_code = s.enterprise_code"
        " AND b.geom IS NOT NULL AND (s.geom IS NULL OR ST_Covers(b.geom, s.geom)) ORDER BY b.code LIMIT 50",
        [row["id"]],
    ).fetchall()


def put(
    connection: Connection,
    register: Register,
    row_id: int,
    drawn: DrawnBoundary,
    *,
    version: int,
    actor: Actor,
) -> dict[str, Any]:
    """Draw the boundary of a site's plant, or draw it anew; every site inside that is not declared is counted anew. The row then.

    Raises
    ------
    NotFoundError, RefusedError
        When the site is not there, is another's, or the boundary lies outside the jurisdiction.
    ConflictError
        When the site was changed meanwhile or is locked, or a declared site was counted from this boundary.
    FormError
        When the shape is no plant's: crossing itself, absurdly small or large, off the site or off every division.
    """
    row = hazard_sites.open_site(connection, register, row_id, version, actor)
    area_m2 = _check_shape(connection, row, drawn.shape)
    placed = _placed(connection, drawn.shape, actor)
    others = [s for s in _sites_of(connection, row["boundary_code"]) if s["id"] != row_id]
    _refuse_locked(register, others)
    faults = [fault for site in others for fault in _off_site(connection, site, drawn.shape)]
    if faults:
        raise FormError(tuple(faults))
    before = boundary_shape(connection, row["boundary_code"])
    code = _write(connection, row, drawn, placed, actor)
    if before is None:
        note = f"画厂区边界 boundary drawn: {area_m2:,.0f} m²"
    else:
        note = f"重画厂区边界 boundary redrawn: {geodesic_area_m2(before):,.0f} → {area_m2:,.0f} m²"
    for site in [row, *others]:
        _count_anew(connection, register, site, code, note, actor)
    _note(connection, actor, "boundary.draw", code)
    return registers.read(connection, register, row_id)


def take(
    connection: Connection, register: Register, row_id: int, code: str, *, version: int, actor: Actor
) -> dict[str, Any]:
    """Let a site be counted from a boundary of its enterprise that is drawn already; the row then.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        As for `put`.
    FormError
        When its enterprise has no such boundary, or the site's point lies outside of it.
    """
    row = hazard_sites.open_site(connection, register, row_id, version, actor)
    found = connection.execute(
        "SELECT name FROM plant_boundary WHERE code = %s AND enterprise_code = %s AND geom IS NOT NULL FOR SHARE",
        [code, row["enterprise_code"]],
    ).fetchone()
    shape = boundary_shape(connection, code) if found else None
    if found is None or shape is None:
        raise FormError(
            (("code", f"这家企业没有边界 {code[:40]}。 The enterprise has no boundary {code[:40]}."),)
        )
    faults = _off_site(connection, row, shape)
    if faults:
        raise FormError((("code", faults[0][1]),))
    note = f"采用厂区边界 boundary taken: {found['name']}"
    _count_anew(connection, register, row, code, note, actor)
    _drop_unused(connection, row["boundary_code"], actor)
    return registers.read(connection, register, row_id)


def remove(
    connection: Connection, register: Register, row_id: int, *, version: int, actor: Actor
) -> dict[str, Any]:
    """Count a site from its point again; a boundary that no site is counted from any more goes. The row then.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        As for `put`.
    """
    row = hazard_sites.open_site(connection, register, row_id, version, actor)
    _count_anew(connection, register, row, None, "取消厂区边界 boundary taken off", actor)
    _drop_unused(connection, row["boundary_code"], actor)
    return registers.read(connection, register, row_id)


def _check_shape(connection: Connection, row: Mapping[str, Any], shape: BaseGeometry) -> float:
    """Refuse what is no plant's boundary; its area otherwise, square metres."""
    corners = int(shapely.get_num_coordinates(shape))
    if corners > MOST_CORNERS:
        raise _fault(
            f"边界有 {corners:,} 个点，最多 {MOST_CORNERS:,} 个。 The boundary has {corners:,} corners, at most {MOST_CORNERS:,}."
        )
    west, south, east, north = shape.bounds
    if not (_CHINA[0] <= west and _CHINA[1] <= south and east <= _CHINA[2] and north <= _CHINA[3]):
        raise _fault(
            "边界不在中国范围内，请核对坐标（经度在前）和坐标系。 The boundary lies outside China: longitude comes first; check the datum."
        )
    if not shape.is_valid:
        raise _fault(invalid_words(shapely.is_valid_reason(shape), HOUSE_CRS))
    area_m2 = geodesic_area_m2(shape)
    if not LEAST_M2 <= area_m2 <= MOST_M2:
        raise _fault(
            f"边界围成 {area_m2:,.0f} 平方米，厂区应在 {LEAST_M2:,.0f} 平方米与 {MOST_M2 / 1e6:,.0f} 平方公里之间，请核对坐标。 "
            f"The boundary encloses {area_m2:,.0f} m²; a plant has {LEAST_M2:,.0f} m² to {MOST_M2 / 1e6:,.0f} km²: check the corners."
        )
    faults = _off_site(connection, row, shape)
    if faults:
        raise FormError(tuple(faults))
    return area_m2


def _fault(message: str) -> FormError:
    return FormError((("geometry", message),))


def _off_site(connection: Connection, row: Mapping[str, Any], shape: BaseGeometry) -> list[tuple[str, str]]:
    """Say how far a site's point lies outside a boundary."""
    if row["lon"] is None:
        return []
    found = connection.execute(
        "SELECT ST_Distance(ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, ST_GeomFromWKB(%s, 4326)::geography) AS m",
        [row["lon"], row["lat"], shapely.to_wkb(shape)],
    ).fetchone()
    off_m = float(found["m"]) if found else 0.0
    if off_m <= 0:
        return []
    return [
        (
            "geometry",
            (
                f"危险源“{row['name']}”的点位在边界外 {max(1, round(off_m)):,} 米：请重画边界，或先在台账里改正点位。 "
                f"The point of {row['name']} lies {max(1, round(off_m)):,} m outside the boundary: draw it anew, or correct the point first."
            ),
        )
    ]


def _placed(connection: Connection, shape: BaseGeometry, actor: Actor) -> str:
    """Give the division a boundary lies in; every corner must lie in some, and the middle where the actor supervises."""
    lonlat = shapely.get_coordinates(shape)
    outside = connection.execute(
        "SELECT c.n, ST_X(c.at) AS lon, ST_Y(c.at) AS lat FROM (SELECT n, ST_SetSRID(ST_MakePoint(x, y), 4326) AS at"
        " FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS u (x, y, n)) c WHERE NOT EXISTS (SELECT 1 FROM division d"
        " WHERE d.level <> 'zone' AND d.geom_m && ST_Transform(c.at, 3857) AND ST_Covers(d.geom, c.at)) ORDER BY c.n LIMIT 1",
        [lonlat[:, 0].tolist(), lonlat[:, 1].tolist()],
    ).fetchone()
    if outside is not None:
        where = f"{outside['lon']:.6f}, {outside['lat']:.6f}"
        raise _fault(
            f"第 {outside['n']} 个点（{where}）不在任何区划内，请核对坐标和坐标系。 "
            f"Corner {outside['n']} ({where}) lies in no division: check it and its datum."
        )
    middle = shapely.point_on_surface(shape)
    found = incidents.division_at(connection, middle.x, middle.y)
    if not found:
        raise _fault("边界不在任何区划内。 The boundary lies in no division.")
    if actor.party is Party.AUTHORITY:
        allowed = connection.execute(
            "SELECT %s <@ (SELECT house.scope_ranges()) AS is_ours", [found["authority_code"]]
        ).fetchone()
        if not (allowed and allowed["is_ours"]):
            raise RefusedError("边界不在您的管辖范围内。 The boundary lies outside your jurisdiction.")
    return str(found["division_code"])


def _sites_of(connection: Connection, code: str | None) -> list[dict[str, Any]]:
    """Hold the sites that are counted from a boundary, so that none is declared meanwhile."""
    if code is None:
        return []
    connection.execute("SELECT id FROM hazard_site WHERE boundary_code = %s ORDER BY id FOR UPDATE", [code])
    return connection.execute(
        "SELECT *, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM hazard_site WHERE boundary_code = %s ORDER BY id",
        [code],
    ).fetchall()


def _refuse_locked(register: Register, sites: list[dict[str, Any]]) -> None:
    locked = "、".join(f"{s['name']}（{s['code']}）" for s in sites if register.is_locked(s["state"]))
    if locked:
        raise ConflictError(
            f"已申报的 {locked} 按这条边界统计人数，边界不能改；请先取消边界，再为这个危险源另画一条。 "
            f"Declared sites were counted from this boundary ({locked}): it cannot change. Take it off this site and draw another."
        )


def _write(
    connection: Connection,
    row: Mapping[str, Any],
    drawn: DrawnBoundary,
    division_code: str,
    actor: Actor,
) -> str:
    parts = [p for p in shapely.get_parts(drawn.shape) if isinstance(p, shapely.Polygon)]
    values = {
        "wkb": shapely.to_wkb(shapely.MultiPolygon(parts)),
        "basis": drawn.basis,
        "division_code": division_code,
        "now": actor.now,
        "code": row["boundary_code"],
        "name": f"{row['name'][:190]} 厂区",
        "enterprise_code": row["enterprise_code"],
        "authority_code": row["authority_code"],
        "site_id": row["id"],
    }
    try:
        if row["boundary_code"] is not None:
            done = connection.execute(
                "UPDATE plant_boundary SET geom = ST_GeomFromWKB(%(wkb)s, 4326), basis = %(basis)s, division_code = %(division_code)s,"
                " version = version + 1, updated_at = %(now)s WHERE code = %(code)s RETURNING code",
                values,
            ).fetchone()
        else:
            done = connection.execute(
                "INSERT INTO plant_boundary (code, name, enterprise_code, basis, division_code, authority_code, owner_id, geom,"
                " created_at, updated_at) VALUES ('PB' || lpad(nextval('register_number')::text, 7, '0'), %(name)s, %(enterprise_code)s,"
                " %(basis)s, %(division_code)s, %(authority_code)s, (SELECT owner_id FROM hazard_site WHERE id = %(site_id)s), ST_GeomFromWKB(%(wkb)s, 4326), %(now)s, %(now)s)"
                " RETURNING code",
                values,
            ).fetchone()
    except psycopg.errors.InsufficientPrivilege as error:
        raise RefusedError("不在您的管辖范围内。 That lies outside your jurisdiction.") from error
    if done is None:
        raise RefusedError("您只能查看这条边界。 You may only look at this boundary.")
    index_row(connection, layer_by_id("plant_boundary"), done["code"])
    return str(done["code"])


def _count_anew(
    connection: Connection,
    register: Register,
    site: dict[str, Any],
    code: str | None,
    note: str,
    actor: Actor,
) -> None:
    """Let a site be counted from a boundary, or from its point; what follows is worked out anew where it was identified."""
    changed: dict[str, Any] = {"boundary_code": code}
    if site["ratio_sum"] is not None:
        inventory, _ = hazard_sites.inventory_of(connection, site)
        changed |= hazard_sites.figures_of(connection, {**site, **changed}, inventory, actor)
    hazard_sites.write_figures(connection, register, site, changed, actor, note=note)


def _drop_unused(connection: Connection, code: str | None, actor: Actor) -> None:
    """Remove a boundary that no site is counted from; one that others keep stays."""
    if code is None:
        return
    gone = connection.execute(
        "DELETE FROM plant_boundary b WHERE code = %s AND NOT EXISTS (SELECT 1 FROM hazard_site s WHERE s.boundary_code = b.code)"
        " RETURNING id",
        [code],
    ).fetchone()
    if gone is not None:
        connection.execute(
            "DELETE FROM search_entry WHERE layer = 'plant_boundary' AND row_id = %s", [gone["id"]]
        )
        _note(connection, actor, "boundary.remove", code)


def _note(connection: Connection, actor: Actor, action: str, code: str) -> None:
    audit.append(
        connection, at=actor.now, username=actor.username, action=action, subject=f"plant_boundary/{code}"
    )
