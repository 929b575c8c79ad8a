"""Keep corridors for hazardous transport and vehicles' tracks, and hold the tracks against the corridors (G9)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
import shapely

from data import audit, incidents, registers, warnings
from data.errors import ConflictError, FormError, NotFoundError, RefusedError
from data.loading.rows import index_row
from data.register_forms import Actor, read_values, require_values
from data.scope import Connection, require_write
from data.track_files import TrackFile
from geo.corridor import Corridor, Keeping, Stretch, judge_track
from layers.declaration import Words
from layers.registry import layer_by_id
from layers.transport_rules import SUBSTANCE_CLASSES, is_violation, open_spans, takes_class
from layers.workflow import Party

MOST_POSITIONS = 50_000
WARNING = "transport_violation"
WARNING_WORDS = Words(
    "危运车辆驶出通道或非许可时间通行", "Hazardous transport outside its corridors or hours"
)
_CORRIDOR_FIELDS = ("name", "half_width_m", "opens", "closes", "weekdays", "substance_classes")
_PLATE = re.compile(r"[\u4e00-\u9fa5][A-Z][A-Z0-9]{4,5}[A-Z0-9挂学警港澳]")
#: A vehicle that stands still leaves a line of a centimetre: a line has two places.
_CENTIMETRE_DEG = 1e-7


@dataclass(frozen=True)
class NewTrip:
    """Which vehicle carried what for whom, and its track."""

    plate: str
    substance_class: str
    enterprise_code: str | None
    file: TrackFile


def corridors(connection: Connection) -> list[dict[str, Any]]:
    """List the corridors with their lines, and whether the scope may change each."""
    return connection.execute(
        "SELECT c.id, c.code, c.name, c.half_width_m, c.opens, c.closes, c.weekdays, c.substance_classes, d.name AS authority_name,"
        " ST_Length(c.geom::geography) AS length_m, ST_AsGeoJSON(c.geom, 6)::text AS geojson, ST_AsBinary(c.geom) AS wkb,"
        " (SELECT house.scope_may_write()) AND c.authority_code <@ (SELECT house.scope_ranges()) AS may_change"
        " FROM transport_corridor c JOIN division d ON d.code = c.authority_code WHERE c.geom IS NOT NULL ORDER BY c.name, c.id LIMIT 2000"
    ).fetchall()


def add_corridor(connection: Connection, raw: Mapping[str, Any], file: TrackFile, *, actor: Actor) -> int:
    """Keep a corridor along the lines of a file; its id.

    Raises
    ------
    RefusedError
        When the user is no authority, or it begins outside the user's jurisdiction.
    FormError
        With every field at fault.
    """
    require_write(actor.scope)
    if actor.party is not Party.AUTHORITY:
        raise RefusedError("许可通道由监管部门设置。 Corridors are set by authorities.")
    layer = layer_by_id("transport_corridor")
    fields = [layer.field(name) for name in _CORRIDOR_FIELDS]
    values = read_values(fields, {k: v for k, v in raw.items() if v not in (None, "")})
    require_values(fields, values)
    faults = []
    if (values.get("opens") is None) != (values.get("closes") is None):
        missing = "closes" if values.get("closes") is None else "opens"
        faults.append(
            (missing, "开始和停止通行的时刻要一起填，或都不填。 Give both times of day, or neither.")
        )
    if not file.lines:
        faults.append(("file", "文件里没有线。 The file holds no line."))
    if faults:
        raise FormError(tuple(faults))
    placed = _division_of(connection, file.lines[0][0])
    columns = {**values, **placed, "source_crs": file.crs, "created_at": actor.now, "updated_at": actor.now}
    line = shapely.MultiLineString(file.lines)
    try:
        row = connection.execute(
            f"INSERT INTO transport_corridor (code, is_public, geom, {', '.join(columns)}) VALUES"
            f" ('TC' || lpad(nextval('register_number')::text, 7, '0'), true, ST_GeomFromWKB(%(wkb)s, 4326),"
            f" {', '.join(f'%({name})s' for name in columns)}) RETURNING id, code".encode(),
            {**columns, "wkb": shapely.to_wkb(line)},
        ).fetchone()
    except psycopg.errors.InsufficientPrivilege as error:
        raise RefusedError("不在您的管辖范围内。 That lies outside your jurisdiction.") from error
    if row is None:
        raise RefusedError("没有保存。 Nothing was kept.")
    index_row(connection, layer, row["code"])
    _note(connection, actor, "transport.corridor_add", f"transport_corridor/{row['code']}")
    return int(row["id"])


def _division_of(connection: Connection, place: tuple[float, float]) -> dict[str, Any]:
    found = incidents.division_at(connection, *place)
    if not found:
        raise FormError(
            (("file", "起点不在任何区划内，请核对坐标。 It begins in no division: check its positions."),)
        )
    return found


def _note(connection: Connection, actor: Actor, action: str, subject: str) -> None:
    audit.append(connection, at=actor.now, username=actor.username, action=action, subject=subject)


def remove_corridor(connection: Connection, corridor_id: int, *, actor: Actor) -> None:
    """Remove a corridor; tracks that were judged by it keep their judgement.

    Raises
    ------
    NotFoundError
        When there is none of that id that the scope may change.
    """
    require_write(actor.scope)
    row = connection.execute(
        "DELETE FROM transport_corridor WHERE id = %s RETURNING code", [corridor_id]
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"没有编号为 {corridor_id} 的通道，或您无权删除。 There is no corridor {corridor_id} that you may remove."
        )
    _note(connection, actor, "transport.corridor_remove", f"transport_corridor/{row['code']}")


def add_trip(connection: Connection, trip: NewTrip, *, actor: Actor) -> int:
    """Keep a vehicle's track with its violations, and warn of them; its id.

    Raises
    ------
    RefusedError
        When the user may not keep it.
    FormError
        With every field at fault.
    ConflictError
        When a track of the vehicle at that time is there already.
    """
    require_write(actor.scope)
    positions, instants = _check_trip(trip, actor.now)
    carrier = _carrier(connection, trip, positions[0], actor)
    # Two uploads of one vehicle wait for each other: the second then finds the first.
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('transport_trip/' || %s::text, 0))", [trip.plate]
    )
    twin = connection.execute(
        "SELECT code FROM transport_trip WHERE plate = %s AND started_at < %s AND ended_at > %s LIMIT 1",
        [trip.plate, instants[-1], instants[0]],
    ).fetchone()
    if twin is not None:
        raise ConflictError(
            f"{trip.plate} 这段时间的轨迹已上传（{twin['code']}）。 "
            f"A track of {trip.plate} at that time is there already ({twin['code']})."
        )
    ways = [c for c in corridors(connection) if takes_class(c["substance_classes"], trip.substance_class)]
    stretches = judge_track(
        positions,
        [(at - instants[0]).total_seconds() for at in instants],
        [_corridor(c, instants) for c in ways],
    )
    row = _insert_trip(connection, trip, positions, instants, stretches, carrier, actor)
    broken = [s for s in stretches if _is_broken(s)]
    rows = [_insert_violation(connection, trip, row["code"], instants[0], s, carrier, actor) for s in broken]
    if rows:
        _warn(connection, trip, broken, rows, actor.now)
    _note(connection, actor, "transport.trip_add", f"transport_trip/{row['code']}")
    return int(row["id"])


def _check_trip(trip: NewTrip, now: dt.datetime) -> tuple[list[tuple[float, float]], list[dt.datetime]]:
    """Give the positions in the order of time."""
    faults = []
    if not _PLATE.fullmatch(trip.plate):
        faults.append(
            (
                "plate",
                f"车牌 {trip.plate[:12]!r} 不对，应如 粤B12345。 A plate such as 粤B12345 was expected.",
            )
        )
    if trip.substance_class not in SUBSTANCE_CLASSES:
        faults.append(
            ("substance_class", "请选择货物类别（GB 6944 的 1–9 类）。 Choose a class of GB 6944, 1 to 9.")
        )
    timed = [
        (at, place)
        for line, times in zip(trip.file.lines, trip.file.instants, strict=True)
        for place, at in zip(line, times, strict=True)
    ]
    if not timed:
        faults.append(("file", "文件里没有轨迹线。 The file holds no track."))
    elif any(at is None for at, _ in timed):
        faults.append(
            ("file", ("每个位置都要有时间（gpx 的 time，或 csv 的“时间”列），否则无法判断通行时间。 "
             "Every position needs its time (time in gpx, a column in csv): permitted hours cannot be judged without."))
        )  # fmt: skip
    elif len(timed) > MOST_POSITIONS:
        faults.append(
            (
                "file",
                f"一条轨迹最多 {MOST_POSITIONS:,} 个位置。 A track has at most {MOST_POSITIONS:,} positions.",
            )
        )
    ordered = sorted(((at, place) for at, place in timed if at is not None), key=lambda one: one[0])
    if ordered and ordered[-1][0] > now + dt.timedelta(minutes=5):
        faults.append(
            ("file", "轨迹的时间在将来，请核对设备的时钟。 The times lie ahead: check the device's clock.")
        )
    if ordered and ordered[-1][0] - ordered[0][0] > dt.timedelta(days=7):
        faults.append(
            ("file", "一条轨迹最长 7 天，请分开上传。 A track covers at most seven days: split it.")
        )
    if faults:
        raise FormError(tuple(faults))
    return [place for _, place in ordered], [at for at, _ in ordered]


def _carrier(
    connection: Connection, trip: NewTrip, first: tuple[float, float], actor: Actor
) -> dict[str, Any]:
    """Say whose the track is: the named enterprise's, the user's own, else the authority's where it begins."""
    code = trip.enterprise_code
    if actor.party is Party.OWNER:
        own = [e["code"] for e in registers.own_enterprises(connection, actor)]
        if not own:
            raise RefusedError("您的账号没有企业。 Your account has no enterprise.")
        if code is not None and code not in own:
            raise FormError(
                (("enterprise_code", "只能登记本企业的车辆。 Only vehicles of your own enterprise."),)
            )
        code = code or own[0]
    if code is None:
        return {"code": None, "owner_id": None, **_division_of(connection, first)}
    row = connection.execute(
        "SELECT code, division_code, authority_code, owner_id FROM enterprise WHERE code = %s", [code]
    ).fetchone()
    if row is None:
        raise FormError(
            (("enterprise_code", f"没有编码为 {code[:40]} 的企业。 There is no enterprise {code[:40]}."),)
        )
    return dict(row)


def _corridor(row: Mapping[str, Any], instants: Sequence[dt.datetime]) -> Corridor:
    first = instants[0]
    # The last instant itself is judged too: a span's end is not in it.
    spans = open_spans(
        row["opens"], row["closes"], row["weekdays"], first, instants[-1] + dt.timedelta(seconds=1)
    )
    return Corridor(
        shapely.from_wkb(bytes(row["wkb"])), row["half_width_m"],
        tuple(((a - first).total_seconds(), (b - first).total_seconds()) for a, b in spans),
    )  # fmt: skip


def _is_broken(stretch: Stretch) -> bool:
    return stretch.keeping in (Keeping.OUTSIDE, Keeping.CLOSED) and is_violation(
        stretch.length_m, stretch.to_s - stretch.from_s
    )


def _sum(stretches: Sequence[Stretch], keeping: Keeping) -> tuple[float, float]:
    """Give metres and seconds of the violations of one kind."""
    those = [s for s in stretches if s.keeping is keeping and (keeping is Keeping.GAP or _is_broken(s))]
    return sum(s.length_m for s in those), sum(s.to_s - s.from_s for s in those)


def _insert_trip(
    connection: Connection, trip: NewTrip, positions: Sequence[tuple[float, float]], instants: Sequence[dt.datetime],
    stretches: Sequence[Stretch], carrier: Mapping[str, Any], actor: Actor,
) -> dict[str, Any]:  # fmt: skip
    outside, closed = _sum(stretches, Keeping.OUTSIDE), _sum(stretches, Keeping.CLOSED)
    try:
        row = connection.execute(
            "INSERT INTO transport_trip (code, plate, substance_class, enterprise_code, division_code, authority_code, owner_id, geom,"
            " started_at, ended_at, length_m, position_count, gap_s, outside_m, outside_s, closed_m, closed_s, violation_count, created_by,"
            " created_at) VALUES ('TT' || lpad(nextval('register_number')::text, 7, '0'), %s, %s, %s, %s, %s, %s, ST_GeomFromWKB(%s, 4326),"
            " %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id, code",
            [
                trip.plate, trip.substance_class, carrier["code"], carrier["division_code"], carrier["authority_code"],
                carrier["owner_id"], shapely.to_wkb(_line(np.asarray(positions))), instants[0], instants[-1],
                sum(s.length_m for s in stretches), len(positions), _sum(stretches, Keeping.GAP)[1], *outside, *closed,
                sum(map(_is_broken, stretches)), actor.username, actor.now,
            ],
        ).fetchone()  # fmt: skip
    except psycopg.errors.InsufficientPrivilege as error:
        raise RefusedError("不在您的管辖范围内。 That lies outside your jurisdiction.") from error
    if row is None:
        raise RefusedError("没有保存。 Nothing was kept.")
    return dict(row)


def _line(lonlat: Any) -> shapely.LineString:
    if (lonlat == lonlat[0]).all():
        lonlat = lonlat + np.linspace(0, _CENTIMETRE_DEG, len(lonlat))[:, None]
    return shapely.LineString(lonlat)


def _second(first: dt.datetime, after_s: float) -> dt.datetime:
    """Give the whole second: where a track crosses an edge is no surer, and every format of files keeps it."""
    return (first + dt.timedelta(seconds=after_s + 0.5)).replace(microsecond=0)


def _insert_violation(
    connection: Connection, trip: NewTrip, trip_code: str, first: dt.datetime, stretch: Stretch,
    carrier: Mapping[str, Any], actor: Actor,
) -> dict[str, Any]:  # fmt: skip
    lon, lat = map(float, stretch.lonlat[0])
    there = incidents.division_at(connection, lon, lat)
    line = shapely.MultiLineString([_line(stretch.lonlat)])
    row = connection.execute(
        "INSERT INTO transport_violation (code, name, kind, started_at, ended_at, length_m, duration_s, farthest_m, substance_class,"
        " enterprise_code, trip_code, division_code, authority_code, owner_id, geom, created_at, updated_at)"
        " VALUES ('TV' || lpad(nextval('register_number')::text, 7, '0'), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,"
        " ST_GeomFromWKB(%s, 4326), %s, %s) RETURNING id, code, division_code, authority_code, owner_id",
        [
            trip.plate, stretch.keeping.value, _second(first, stretch.from_s), _second(first, stretch.to_s),
            round(stretch.length_m, 1), round(stretch.to_s - stretch.from_s, 1),
            round(stretch.farthest_m, 1) if np.isfinite(stretch.farthest_m) else None, trip.substance_class, carrier["code"], trip_code,
            there.get("division_code", carrier["division_code"]), carrier["authority_code"], carrier["owner_id"],
            shapely.to_wkb(line), actor.now, actor.now,
        ],
    ).fetchone()  # fmt: skip
    if row is None:
        raise RefusedError("没有保存。 Nothing was kept.")
    index_row(connection, layer_by_id("transport_violation"), row["code"])
    return dict(row)


def _warn(
    connection: Connection, trip: NewTrip, broken: Sequence[Stretch], rows: Sequence[dict[str, Any]], now: dt.datetime
) -> None:  # fmt: skip
    """Warn once of a track, at the violation that lasted longest."""
    parts, parts_en = [], []
    for keeping, words, words_en in (
        (Keeping.OUTSIDE, "驶出通道", "Off every corridor"),
        (Keeping.CLOSED, "非许可时间", "Outside the hours"),
    ):
        metres, seconds = _sum(broken, keeping)
        number = sum(s.keeping is keeping for s in broken)
        if number:
            parts.append(f"{words} {number} 处，{metres / 1000:.1f} 公里、{seconds / 60:.0f} 分钟")
            parts_en.append(f"{words_en} {number} ×, {metres / 1000:.1f} km, {seconds / 60:.0f} min")
    worst = max(range(len(broken)), key=lambda at: broken[at].to_s - broken[at].from_s)
    warnings.raise_warning(
        connection, kind=WARNING, level="3", layer="transport_violation", row=rows[worst], now=now,
        title=f"{trip.plate}：{'；'.join(parts)}。 {'; '.join(parts_en)}: {trip.plate}.",
    )  # fmt: skip


def trips(connection: Connection) -> list[dict[str, Any]]:
    """List the tracks that the scope sees, the newest first."""
    return connection.execute(
        "SELECT t.*, e.name AS enterprise_name, d.name AS authority_name FROM (SELECT id, code, plate, substance_class, enterprise_code,"
        " authority_code, started_at, ended_at, length_m, gap_s, outside_m, outside_s, closed_m, closed_s, violation_count FROM transport_trip"
        " ORDER BY started_at DESC, id DESC LIMIT 500) t LEFT JOIN enterprise e ON e.code = t.enterprise_code"
        " JOIN division d ON d.code = t.authority_code ORDER BY t.started_at DESC, t.id DESC"
    ).fetchall()


def read_trip(connection: Connection, trip_id: int) -> dict[str, Any]:
    """Read a track with its violations.

    Raises
    ------
    NotFoundError
        When there is none of that id that the scope may see.
    """
    row = connection.execute(
        "SELECT t.*, e.name AS enterprise_name, d.name AS authority_name, ST_AsGeoJSON(t.geom, 6)::text AS geojson,"
        " ST_AsGeoJSON(COALESCE(ST_Difference(t.geom, (SELECT ST_Buffer(ST_Collect(v.geom), 2e-6) FROM transport_violation v"
        " WHERE v.trip_code = t.code)), t.geom), 6)::text AS kept_geojson,"
        " (SELECT house.scope_may_write()) AND (t.owner_id = (SELECT house.scope_owner())"
        " OR t.authority_code <@ (SELECT house.scope_ranges())) AS may_change FROM transport_trip t"
        " LEFT JOIN enterprise e ON e.code = t.enterprise_code JOIN division d ON d.code = t.authority_code WHERE t.id = %s",
        [trip_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"没有编号为 {trip_id} 的车辆轨迹，或您无权查看。 There is no track {trip_id} that you may see."
        )
    violations = connection.execute(
        "SELECT id, code, kind, started_at, ended_at, length_m, duration_s, farthest_m, ST_AsGeoJSON(geom, 6)::text AS geojson"
        " FROM transport_violation WHERE trip_code = %s ORDER BY started_at, id",
        [row["code"]],
    ).fetchall()
    return {**row, "violations": violations}


def remove_trip(connection: Connection, trip_id: int, *, actor: Actor) -> None:
    """Remove a track that was kept by mistake, with its violations; their warning is settled.

    Raises
    ------
    NotFoundError, RefusedError
    """
    require_write(actor.scope)
    row = read_trip(connection, trip_id)
    if not row["may_change"]:
        raise RefusedError("您只能查看这条轨迹。 You may only look at this track.")
    connection.execute(
        "UPDATE warning SET processed_at = %s, processed_by = %s, note = '轨迹已删除 the track was removed'"
        " WHERE layer = 'transport_violation' AND row_id = ANY(%s) AND processed_at IS NULL",
        [actor.now, actor.username, [v["id"] for v in row["violations"]]],
    )
    connection.execute("DELETE FROM transport_violation WHERE trip_code = %s", [row["code"]])
    connection.execute("DELETE FROM transport_trip WHERE id = %s", [trip_id])
    _note(connection, actor, "transport.trip_remove", f"transport_trip/{row['code']}")
