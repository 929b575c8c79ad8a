"""Keep patrol routes along lines and points, the tracks that were walked, and what of a route a track left out (L14, G9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
import shapely

from data import audit, incidents, patrol_duty, registers
from data.errors import ConflictError, FormError, NotFoundError, RefusedError
from data.loading.rows import index_row
from data.register_forms import Actor
from data.scope import Connection, require_write
from data.track_files import TrackFile
from layers.display import LOCAL_ZONE
from layers.patrol_completeness import is_made
from layers.registry import layer_by_id
from layers.workflow import Party

MOST_ROUTES, MOST_TRACKS, MOST_FINDINGS = 2000, 5000, 500
#: A track farther than this from its route belongs to another.
FARTHEST_M = 1000.0
#: A track is thinned to half a metre before it is widened, degrees.
_THIN_DEG = 4.5e-6
#: The surroundings of a track (alias ``t``: geom, tolerance_m) that count as walked.
NEAR = f"ST_Buffer(ST_Simplify(t.geom, {_THIN_DEG}, true)::geography, t.tolerance_m)::geometry"


@dataclass(frozen=True)
class NewRoute:
    """What was said of a route, and its file."""

    name: str
    kind: str
    tolerance_m: float
    every_days: int | None
    file: TrackFile


@dataclass(frozen=True)
class NewTrack:
    """Who walked when, and where."""

    patroller: str
    started_at: dt.datetime | None
    file: TrackFile


def add_route(connection: Connection, route: NewRoute, *, actor: Actor) -> int:
    """Keep a route with its stops; its id.

    Raises
    ------
    FormError
        When name, kind, tolerance or days will not do, or it lies in no division.
    RefusedError
        When the user may not keep it.
    """
    require_write(actor.scope)
    check_route(route)
    owner = _owner(connection, route, actor)
    layer = layer_by_id("patrol_route")
    line = shapely.MultiLineString(route.file.lines) if route.file.lines else None
    try:
        row = connection.execute(
            "INSERT INTO patrol_route (code, name, kind, enterprise_code, division_code, authority_code, owner_id, tolerance_m, every_days,"
            " geom, source_crs, position_quality, created_at, updated_at) VALUES ('PR' || lpad(nextval('register_number')::text, 7, '0'), %s, %s, %s, %s,"
            " %s, %s, %s, %s, ST_GeomFromWKB(%s, 4326), %s, %s, %s, %s) RETURNING id, code",
            [
                route.name, route.kind, owner["code"], owner["division_code"], owner["authority_code"], owner["owner_id"],
                route.tolerance_m, route.every_days, None if line is None else shapely.to_wkb(line), route.file.crs, "none" if line is None else "given",
                actor.now, actor.now,
            ],
        ).fetchone()  # fmt: skip
    except psycopg.errors.InsufficientPrivilege as error:
        raise RefusedError("不在您的管辖范围内。 That lies outside your jurisdiction.") from error
    if row is None:
        raise RefusedError("没有保存。 Nothing was kept.")
    write_stops(connection, row["code"], route.file.points, now=actor.now)
    index_row(connection, layer, row["code"])
    _note(connection, actor, "patrol.route_add", row["code"])
    return int(row["id"])


def write_stops(
    connection: Connection, route_code: str, points: Sequence[tuple[str, float, float]], *, now: dt.datetime
) -> None:
    """Write the stops of a route that has none, in their order: (name, lon, lat), degrees EPSG:4326."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO patrol_stop (code, name, division_code, authority_code, owner_id, geom, source_crs, created_at, updated_at, route_code, stop_order)"
            " SELECT r.code || '-' || %(at)s::int, %(name)s, r.division_code, r.authority_code, r.owner_id,"
            " ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326), r.source_crs, %(now)s, %(now)s, r.code, %(at)s FROM patrol_route r WHERE r.code = %(code)s",
            [
                {"code": route_code, "at": at, "name": name or f"点 {at}", "lon": lon, "lat": lat, "now": now}
                for at, (name, lon, lat) in enumerate(points, start=1)
            ],
        )  # fmt: skip


def check_route(route: NewRoute) -> None:
    """Refuse a route whose name, kind, tolerance, days or lines will not do.

    Raises
    ------
    FormError
    """
    faults = []
    if not 1 <= len(route.name) <= 100:
        faults.append(("name", "路线名称应为 1–100 个字。 A name of 1 to 100 characters was expected."))
    if layer_by_id("patrol_route").field("kind").choice(route.kind) is None:
        faults.append(("kind", "请选择路线类别。 Choose the kind of route."))
    if not 1 <= route.tolerance_m <= 500:
        faults.append(
            (
                "tolerance_m",
                f"容差应在 1–500 米之间，收到 {route.tolerance_m:g}。 The tolerance lies between 1 and 500 m, not {route.tolerance_m:g}.",
            )
        )
    if route.every_days is not None and not 1 <= route.every_days <= 400:
        faults.append(("every_days", "巡查周期应在 1–400 天之间。 A patrol is due every 1 to 400 days."))
    if any(len(set(line)) < 2 for line in route.file.lines):
        faults.append(("file", "有一条线的位置全都相同。 All positions of a line are the same."))
    if faults:
        raise FormError(tuple(faults))


def _owner(connection: Connection, route: NewRoute, actor: Actor) -> dict[str, Any]:
    """Say whose a route is: the enterprise that keeps it, else the authority where it begins."""
    if actor.party is Party.OWNER:
        own = registers.own_enterprises(connection, actor)
        row = (
            own
            and connection.execute(
                "SELECT code, division_code, authority_code, owner_id FROM enterprise WHERE code = %s",
                [own[0]["code"]],
            ).fetchone()
        )
        if not row:
            raise RefusedError("您的账号没有企业。 Your account has no enterprise.")
        return dict(row)
    lon, lat = route.file.lines[0][0] if route.file.lines else route.file.points[0][1:]
    found = incidents.division_at(connection, lon, lat)
    if not found:
        raise FormError(
            (
                (
                    "file",
                    "路线不在任何区划内，请核对坐标。 The route lies in no division: check its positions.",
                ),
            )
        )
    return {"code": None, "owner_id": None, **found}


def _note(connection: Connection, actor: Actor, action: str, code: str) -> None:
    audit.append(connection, at=actor.now, username=actor.username, action=action, subject=f"patrol/{code}")


def routes(connection: Connection, *, now: dt.datetime) -> list[dict[str, Any]]:
    """List the routes that the scope sees with their last track: how much it left out, and whether the next is owed."""
    rows = connection.execute(
        "SELECT r.id, r.code, r.name, r.kind, r.tolerance_m, r.every_days, r.created_at, e.name AS enterprise_name, d.name AS authority_name,"
        " COALESCE(ST_Length(r.geom::geography), 0) AS route_m, (SELECT count(*) FROM patrol_stop s WHERE s.route_code = r.code) AS stops,"
        " l.id AS track_id, l.ended_at, l.patroller, l.route_m AS track_route_m, l.missed_m, l.stop_count, l.missed_stop_count,"
        f" (SELECT max(t.ended_at) FROM patrol_track t WHERE t.route_code = r.code AND {is_made('t')}) AS made_at, {is_made('l')} AS is_made"
        " FROM patrol_route r LEFT JOIN enterprise e ON e.code = r.enterprise_code JOIN division d ON d.code = r.authority_code"
        " LEFT JOIN LATERAL (SELECT * FROM patrol_track t WHERE t.route_code = r.code ORDER BY t.ended_at DESC, t.id DESC LIMIT 1) l ON true"
        f" ORDER BY r.id DESC LIMIT {MOST_ROUTES}".encode(),
        {"least": patrol_duty.least_percent(connection)},
    ).fetchall()
    today = now.astimezone(LOCAL_ZONE).date()
    return [
        {**row, "due_on": (due := _due(row)), "is_overdue": due is not None and due < today} for row in rows
    ]


def _due(row: Mapping[str, Any]) -> dt.date | None:
    """Give the day by which the next patrol is owed, counted from the last that was made, or from when the route was kept; None where none is."""
    if row["every_days"] is None:
        return None
    last: dt.date = (row["made_at"] or row["created_at"]).astimezone(LOCAL_ZONE).date()
    return last + dt.timedelta(days=row["every_days"])


def read_route(connection: Connection, route_id: int) -> dict[str, Any]:
    """Read a route with its line, stops and tracks.

    Raises
    ------
    NotFoundError
        When there is none of that id that the scope may see.
    """
    row = connection.execute(
        "SELECT r.id, r.code, r.name, r.kind, r.tolerance_m, r.every_days, r.version, r.enterprise_code, ST_AsGeoJSON(r.geom, 7)::text AS geojson,"
        " COALESCE(ST_Length(r.geom::geography), 0) AS route_m, (SELECT house.scope_may_write()) AND (r.owner_id = (SELECT house.scope_owner())"
        " OR r.authority_code <@ (SELECT house.scope_ranges())) AS may_change FROM patrol_route r WHERE r.id = %s",
        [route_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"没有编号为 {route_id} 的巡查路线，或您无权查看。 There is no patrol route {route_id} that you may see."
        )
    stops = connection.execute(
        "SELECT id, name, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM patrol_stop WHERE route_code = %s ORDER BY stop_order",
        [row["code"]],
    ).fetchall()
    tracks = connection.execute(
        "SELECT id, patroller, started_at, ended_at, length_m, route_m, missed_m, stop_count, missed_stop_count, shape_id,"
        f" {is_made('t')} AS is_made FROM patrol_track t WHERE route_code = %(code)s ORDER BY ended_at DESC, id DESC LIMIT 200".encode(),
        {"code": row["code"], "least": patrol_duty.least_percent(connection)},
    ).fetchall()
    return {**row, "stops": stops, "tracks": tracks, "findings": findings(connection, row["code"])}


def findings(connection: Connection, route_code: str) -> list[dict[str, Any]]:
    """List the hidden dangers that were found on a route, the newest first, each with the walk that ended last before it was registered."""
    return connection.execute(
        "SELECT h.id, h.code, h.name, h.grade, h.state, h.registered_at, h.due_at, e.name AS enterprise_name, ST_X(h.geom) AS lon,"
        " ST_Y(h.geom) AS lat, t.id AS track_id, t.ended_at AS walked_at FROM hidden_danger h"
        " LEFT JOIN enterprise e ON e.code = h.enterprise_code LEFT JOIN LATERAL (SELECT t.id, t.ended_at FROM patrol_track t"
        " WHERE t.route_code = h.route_code AND t.ended_at <= h.registered_at ORDER BY t.ended_at DESC, t.id DESC LIMIT 1) t ON true"
        f" WHERE h.route_code = %s ORDER BY h.registered_at DESC, h.id DESC LIMIT {MOST_FINDINGS}".encode(),
        [route_code],
    ).fetchall()


def remove_route(connection: Connection, route_id: int, *, actor: Actor) -> None:
    """Remove a route with its stops and tracks.

    Raises
    ------
    NotFoundError, RefusedError
    ConflictError
        When hidden dangers were found on it.
    """
    require_write(actor.scope)
    route = changeable(connection, route_id)
    patrol_duty.forget(connection, route_id, now=actor.now)
    connection.execute("DELETE FROM patrol_stop WHERE route_code = %s", [route["code"]])
    try:
        connection.execute("DELETE FROM patrol_route WHERE id = %s", [route_id])
    except psycopg.errors.ForeignKeyViolation as error:
        raise ConflictError(
            "有隐患是在这条路线上查出的，路线不能删除。 Hidden dangers were found on this route: it cannot be removed."
        ) from error
    _note(connection, actor, "patrol.route_remove", route["code"])


def changeable(connection: Connection, route_id: int) -> dict[str, Any]:
    """Read a route that the user may change.

    Raises
    ------
    NotFoundError, RefusedError
    """
    route = read_route(connection, route_id)
    if not route["may_change"]:
        raise RefusedError("您只能查看这条路线。 You may only look at this route.")
    return route


def add_track(connection: Connection, route_id: int, track: NewTrack, *, actor: Actor) -> int:
    """Keep a track and what it left out of its route; its id.

    Raises
    ------
    NotFoundError, RefusedError
        When the route is not there, or not the user's.
    FormError
        When it names nobody, has no line, lies farther than `FARTHEST_M` from the route, or no time is known or one lies ahead.
    """
    require_write(actor.scope)
    route = changeable(connection, route_id)
    begins, ends = _check_track(track, actor.now)
    # Whoever draws the route anew meanwhile waits: a track is judged by the route as it is.
    connection.execute("SELECT 1 FROM patrol_route WHERE id = %s FOR SHARE", [route_id])
    total = connection.execute(
        "SELECT count(*) AS n FROM patrol_track WHERE route_code = %s", [route["code"]]
    ).fetchone()
    if total is not None and total["n"] >= MOST_TRACKS:
        raise ConflictError(
            f"一条路线最多 {MOST_TRACKS:,} 条轨迹。 A route keeps at most {MOST_TRACKS:,} tracks."
        )
    row = connection.execute(
        "WITH t AS (SELECT ST_GeomFromWKB(%(wkb)s, 4326) AS geom, %(tolerance_m)s::float8 AS tolerance_m),"
        f" n AS (SELECT t.geom, {NEAR} AS near FROM t),"
        " w AS (SELECT n.geom, COALESCE(ST_Length(r.geom::geography), 0) AS route_m,"
        " COALESCE(ST_Length(ST_Difference(r.geom, n.near)::geography), 0) AS missed_m,"
        " (SELECT count(*) FROM patrol_stop s WHERE s.route_code = r.code) AS stops,"
        " (SELECT count(*) FROM patrol_stop s WHERE s.route_code = r.code"
        " AND NOT ST_DWithin(s.geom::geography, n.geom::geography, %(tolerance_m)s)) AS missed"
        " FROM patrol_route r, n WHERE r.id = %(route)s)"
        " INSERT INTO patrol_track (route_code, patroller, started_at, ended_at, tolerance_m, geom, length_m, route_m, missed_m,"
        " stop_count, missed_stop_count, created_by, created_at) SELECT %(code)s, %(patroller)s, %(begins)s, %(ends)s, %(tolerance_m)s,"
        " w.geom, ST_Length(w.geom::geography), w.route_m, LEAST(w.missed_m, w.route_m), w.stops, w.missed, %(username)s, %(now)s"
        " FROM w RETURNING id".encode(),
        {
            "wkb": shapely.to_wkb(shapely.MultiLineString(track.file.lines)), "tolerance_m": route["tolerance_m"], "route": route_id,
            "code": route["code"], "patroller": track.patroller, "begins": begins, "ends": ends, "username": actor.username, "now": actor.now,
        },
    ).fetchone()  # fmt: skip
    if row is None:
        return 0
    _require_near(connection, int(row["id"]))
    _note(connection, actor, "patrol.track_add", route["code"])
    return int(row["id"])


def _require_near(connection: Connection, track_id: int) -> None:
    """Refuse a track that is nowhere near its route: another one's file, or another datum."""
    row = connection.execute(
        "SELECT LEAST(ST_Distance(r.geom::geography, t.geom::geography),"
        " (SELECT min(ST_Distance(s.geom::geography, t.geom::geography)) FROM patrol_stop s WHERE s.route_code = r.code)) AS away_m"
        " FROM patrol_track t JOIN patrol_route r ON r.code = t.route_code WHERE t.id = %s",
        [track_id],
    ).fetchone()
    if row is not None and row["away_m"] is not None and row["away_m"] > FARTHEST_M:
        km = row["away_m"] / 1000
        raise FormError(
            (("file", f"轨迹离这条路线最近也有 {km:.1f} 公里：请核对文件、坐标系和路线。 The track comes no nearer to this route than {km:.1f} km: check file, datum and route."),)
        )  # fmt: skip


def _check_track(track: NewTrack, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    faults = []
    if not 1 <= len(track.patroller) <= 60:
        faults.append(("patroller", "请填写巡查人（最多 60 字）。 Say who walked, in up to 60 characters."))
    if not track.file.lines:
        faults.append(("file", "文件里没有轨迹线。 The file holds no track."))
    begins, ends = track.file.times or (track.started_at, track.started_at)
    if begins is None or ends is None:
        faults.append(
            ("started_at", "文件里没有时间，请填写巡查时间。 The file names no time: say when it was walked.")
        )
    elif ends > now + dt.timedelta(minutes=5):
        faults.append(
            (
                "started_at",
                "巡查时间在将来，请核对设备的时钟。 The time lies ahead: check the device's clock.",
            )
        )
    if faults or begins is None or ends is None:
        raise FormError(tuple(faults))
    return begins, ends


def read_track(connection: Connection, track_id: int) -> dict[str, Any]:
    """Read a track with the stretches and stops that it left out.

    Raises
    ------
    NotFoundError
        When there is none of that id that the scope may see.
    """
    row = connection.execute(
        "SELECT t.id, t.route_code, r.id AS route_id, t.patroller, t.started_at, t.ended_at, t.tolerance_m, t.length_m, t.route_m, t.missed_m,"
        " t.stop_count, t.missed_stop_count, t.shape_id, p.until_at, ST_AsGeoJSON(t.geom, 7)::text AS geojson,"
        f" ST_AsGeoJSON(ST_Difference(q.line, {NEAR}), 7)::text AS missed_geojson,"
        " CASE WHEN p.id IS NOT NULL THEN ST_AsGeoJSON(p.geom, 7)::text END AS old_geojson"
        " FROM patrol_track t JOIN patrol_route r ON r.code = t.route_code LEFT JOIN patrol_route_shape p ON p.id = t.shape_id,"
        " LATERAL (SELECT CASE WHEN t.shape_id IS NULL THEN r.geom ELSE p.geom END AS line) q WHERE t.id = %s".encode(),
        [track_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"没有编号为 {track_id} 的轨迹，或您无权查看。 There is no track {track_id} that you may see."
        )
    missed = connection.execute(
        "SELECT s.at AS n, s.name, s.lon, s.lat FROM patrol_track t, LATERAL (SELECT s.stop_order AS at, s.name, ST_X(s.geom) AS lon,"
        " ST_Y(s.geom) AS lat FROM patrol_stop s WHERE t.shape_id IS NULL AND s.route_code = t.route_code"
        " UNION ALL SELECT o.at, o.stop->>'name', (o.stop->>'lon')::float8, (o.stop->>'lat')::float8 FROM patrol_route_shape p,"
        " jsonb_array_elements(p.stops) WITH ORDINALITY AS o(stop, at) WHERE p.id = t.shape_id) s WHERE t.id = %s"
        " AND NOT ST_DWithin(ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326)::geography, t.geom::geography, t.tolerance_m) ORDER BY s.at",
        [track_id],
    ).fetchall()
    old = connection.execute(
        "SELECT p.stops FROM patrol_track t JOIN patrol_route_shape p ON p.id = t.shape_id WHERE t.id = %s",
        [track_id],
    ).fetchone()
    return {**row, "missed_stops": missed, "old_stops": old["stops"] if old else None}


def remove_track(connection: Connection, track_id: int, *, actor: Actor) -> None:
    """Remove a track that was kept by mistake.

    Raises
    ------
    NotFoundError, RefusedError
    """
    require_write(actor.scope)
    track = read_track(connection, track_id)
    changeable(connection, track["route_id"])
    connection.execute("DELETE FROM patrol_track WHERE id = %s", [track_id])
    _note(connection, actor, "patrol.track_remove", track["route_code"])
