"""Change patrol routes and draw them anew; tracks that were walked stay judged by the route as it was (L14, G9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
import shapely

from data import audit, incidents
from data.errors import ConflictError, FormError, RefusedError
from data.loading.rows import index_row
from data.patrols import NewRoute, changeable, check_route, write_stops
from data.register_forms import Actor
from data.scope import Connection, require_write
from data.track_files import TrackFile
from layers.registry import layer_by_id

_MOST_POSITIONS, _MOST_STOPS = 20_000, 1000


def drawn(lines: Any, stops: Any) -> TrackFile:
    """Read what was drawn: lines of [lon, lat] and stops {name, lon, lat}, degrees WGS-84.

    Raises
    ------
    FormError
        When it is none of that, lies off the earth, or is too much.
    """
    try:
        found = TrackFile(
            [[_position(at) for at in line] for line in _listed(lines)],
            [
                (str(stop.get("name") or "")[:100], *_position((stop["lon"], stop["lat"])))
                for stop in _listed(stops)
            ],
        )
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise FormError(
            (
                (
                    "lines",
                    "线应为 [[经度, 纬度], …] 的列表，点应为 {name, lon, lat}。 Lines of [lon, lat] and stops {name, lon, lat} were expected.",
                ),
            )
        ) from error
    if any(len(line) < 2 for line in found.lines):
        raise FormError((("lines", "每条线至少两个位置。 A line has two positions or more."),))
    if not found.lines and not found.points:
        raise FormError((("lines", "路线至少要有一条线或一个点。 A route has a line or a stop at least."),))
    if sum(map(len, found.lines)) > _MOST_POSITIONS or len(found.points) > _MOST_STOPS:
        most = f"{_MOST_POSITIONS:,}", f"{_MOST_STOPS:,}"
        words = f"一条路线最多 {most[0]} 个位置、{most[1]} 个点。 A route has at most {most[0]} positions and {most[1]} stops."
        raise FormError((("lines", words),))
    return found


def _listed(given: Any) -> Sequence[Any]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise TypeError(given)
    return given


def _position(at: Any) -> tuple[float, float]:
    lon, lat = (float(v) for v in at)
    if not (-180 <= lon <= 180 and -85 <= lat <= 85):
        raise ValueError(at)
    return lon, lat


def change_route(
    connection: Connection, route_id: int, route: NewRoute, *, is_redrawn: bool, version: int, actor: Actor
) -> None:
    """Change a route; with `is_redrawn` its lines and stops become those of `route.file`, and what they were is kept for its tracks.

    Raises
    ------
    NotFoundError, RefusedError
        When it is not there, or not the user's.
    ConflictError
        When somebody changed it meanwhile.
    FormError
        As for `data.patrols.add_route`.
    """
    require_write(actor.scope)
    found = changeable(connection, route_id)
    held = connection.execute(
        "SELECT version FROM patrol_route WHERE id = %s FOR UPDATE", [route_id]
    ).fetchone()
    if held is None or held["version"] != version:
        raise ConflictError(
            "这条路线刚被别人修改过，请刷新后再改。 Somebody else changed this route meanwhile: reload, then change it."
        )
    check_route(route)
    code = found["code"]
    if is_redrawn:
        _keep_shape(connection, found, actor)
        _draw(connection, found, route.file, actor)
    connection.execute(
        "UPDATE patrol_route SET name = %s, kind = %s, tolerance_m = %s, every_days = %s, version = version + 1, updated_at = %s WHERE id = %s",
        [route.name, route.kind, route.tolerance_m, route.every_days, actor.now, route_id],
    )
    index_row(connection, layer_by_id("patrol_route"), code)
    audit.append(
        connection, at=actor.now, username=actor.username, action="patrol.route_change", subject=f"patrol/{code}",
        detail={"is_redrawn": is_redrawn},
    )  # fmt: skip


def _keep_shape(connection: Connection, route: Mapping[str, Any], actor: Actor) -> None:
    """Keep what the route is like, and have the tracks that were judged by it say so."""
    connection.execute(
        "WITH kept AS (INSERT INTO patrol_route_shape (route_code, geom, stops, until_at, changed_by)"
        " SELECT r.code, r.geom, COALESCE((SELECT jsonb_agg(jsonb_build_object('name', s.name, 'lon', ST_X(s.geom), 'lat', ST_Y(s.geom))"
        " ORDER BY s.stop_order) FROM patrol_stop s WHERE s.route_code = r.code), '[]'), %(now)s, %(by)s FROM patrol_route r"
        " WHERE r.id = %(id)s RETURNING id)"
        " UPDATE patrol_track t SET shape_id = kept.id FROM kept WHERE t.route_code = %(code)s AND t.shape_id IS NULL",
        {"now": actor.now, "by": actor.username, "id": route["id"], "code": route["code"]},
    )


def _draw(connection: Connection, route: Mapping[str, Any], file: TrackFile, actor: Actor) -> None:
    line = shapely.MultiLineString(file.lines) if file.lines else None
    place: dict[str, Any] = {}
    if route["enterprise_code"] is None:
        lon, lat = file.lines[0][0] if file.lines else file.points[0][1:]
        place = incidents.division_at(connection, lon, lat)
        if not place:
            raise FormError(
                (
                    (
                        "lines",
                        "路线不在任何区划内，请核对坐标。 The route lies in no division: check its positions.",
                    ),
                )
            )
    try:
        connection.execute(
            "UPDATE patrol_route SET geom = ST_GeomFromWKB(%(wkb)s, 4326), source_crs = %(crs)s, position_quality = %(quality)s,"
            " division_code = COALESCE(%(division)s, division_code) WHERE id = %(id)s",
            {
                "wkb": None if line is None else shapely.to_wkb(line), "crs": file.crs, "id": route["id"],
                "quality": "none" if line is None else "given", "division": place.get("division_code"),
            },
        )  # fmt: skip
    except psycopg.errors.InsufficientPrivilege as error:
        raise RefusedError("不在您的管辖范围内。 That lies outside your jurisdiction.") from error
    connection.execute("DELETE FROM patrol_stop WHERE route_code = %s", [route["code"]])
    write_stops(connection, route["code"], file.points, now=actor.now)
