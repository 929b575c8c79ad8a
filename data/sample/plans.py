"""Draw a plant plan for the enterprise that signs in to the sample city, tie it to the ground, and place points on it."""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data import plant_plans
from data.sample.own_enterprise import OWN_FIRST
from data.scope import SYSTEM, Connection
from geo.local_plane import lonlat_from_plane

_WIDTH, _HEIGHT, _SCALE_M = 1200, 800, 0.35
_GROUND, _ROAD, _WALL, _HALL, _TANK, _GREEN = (
    (244, 244, 238), (216, 218, 220), (92, 100, 108), (205, 216, 226), (228, 214, 186), (206, 226, 204),
)  # fmt: skip
#: Kind, name, across, down.
_POINTS = (
    ("camera", "大门摄像头", 600, 770),
    ("camera", "罐区摄像头", 960, 180),
    ("monitor", "罐区可燃气体探测器", 1010, 240),
    ("facility", "室外消火栓", 560, 430),
    ("dangerous_work", "检修动火区", 300, 560),
    ("assembly", "紧急集合点", 120, 720),
)
#: Where rows of the enterprise are placed, by kind, pixels.
_ROW_PLACES = {
    "hidden_danger": ((240.0, 560.0), (460.0, 180.0), (700.0, 560.0)),
    "hazard_site": ((890.0, 230.0),),
    "risk_point": ((160.0, 180.0), (1020.0, 330.0), (460.0, 620.0)),
    "dangerous_work": ((800.0, 620.0),),
    "facility": ((600.0, 600.0),),
}


def write_missing(connection: Connection, *, folder: Path, now: dt.datetime) -> int:
    """Give the sample enterprise two plans where there are none at all; how many were written."""
    row = connection.execute(
        "SELECT e.id, e.code, ST_X(e.geom) AS lon, ST_Y(e.geom) AS lat FROM enterprise e WHERE e.geom IS NOT NULL AND e.owner_id IN"
        " (SELECT unit_id FROM app_user WHERE role = 'enterprise') AND NOT EXISTS (SELECT 1 FROM plant_plan)"
        f" ORDER BY {OWN_FIRST}, e.code LIMIT 1".encode()
    ).fetchone()
    if row is None:
        return 0
    content = png(draw())
    ids = [
        plant_plans.add(
            connection, row["id"], plant_plans.NewPlan(name, kind, None, position, f"{name}.png", content),
            folder=folder, scope=SYSTEM, now=now,
        )
        for position, (name, kind) in enumerate((("厂区总平面图（样）", "site"), ("应急疏散图（样）", "evacuation")), start=1)
    ]  # fmt: skip
    ties: dict[str, float] = {}
    for tie, (x, y) in (("a", (60, 60)), ("b", (1140, 740))):
        right, down = (x - _WIDTH / 2) * _SCALE_M, (y - _HEIGHT / 2) * _SCALE_M
        lon, lat = lonlat_from_plane([[right, -down]], (row["lon"], row["lat"]))[0].tolist()
        ties |= {f"{tie}_x_px": float(x), f"{tie}_y_px": float(y), f"{tie}_lon": lon, f"{tie}_lat": lat}
    plant_plans.change(connection, ids[0], {**ties, "north_deg": 0.0}, version=1, scope=SYSTEM, now=now)
    plant_plans.change(connection, ids[1], {"parent_id": ids[0]}, version=1, scope=SYSTEM, now=now)
    for kind, name, x, y in _POINTS:
        values = {"kind": kind, "name": name, "x_px": float(x), "y_px": float(y)}
        plant_plans.add_point(connection, ids[0], values, scope=SYSTEM, now=now)
    _place_rows(connection, ids[0], now)
    return len(ids)


def _place_rows(connection: Connection, plan_id: int, now: dt.datetime) -> None:
    """Place rows that the enterprise keeps on its plan: each point then tells how it stands with its row."""
    kept = plant_plans.placeable(connection, plant_plans.read(connection, plan_id))
    for kind, places in _ROW_PLACES.items():
        for (x, y), row in zip(places, kept[kind], strict=False):
            values = {"kind": kind, "name": "", "of_code": row["code"], "x_px": x, "y_px": y}
            plant_plans.add_point(connection, plan_id, values, scope=SYSTEM, now=now)


def draw() -> NDArray[np.uint8]:
    """Draw a plant from above: a wall with a gate, roads, halls, tanks and a lawn; array of shape (height, width, 3)."""
    picture = np.full((_HEIGHT, _WIDTH, 3), _GROUND, np.uint8)
    y, x = np.mgrid[0:_HEIGHT, 0:_WIDTH]

    def box(left: int, top: int, right: int, bottom: int, colour: tuple[int, int, int]) -> None:
        picture[top:bottom, left:right] = _WALL
        picture[top + 3 : bottom - 3, left + 3 : right - 3] = colour

    box(50, 50, 1150, 750, _GROUND)
    picture[400:450, 55:1145] = picture[100:745, 580:630] = _ROAD
    picture[744:752, 575:635] = _GROUND
    for left, top, right, bottom in (
        (100, 100, 540, 360),
        (100, 490, 340, 660),
        (380, 490, 540, 660),
        (680, 490, 1100, 700),
    ):
        box(left, top, right, bottom, _HALL)
    box(680, 100, 1100, 360, _GROUND)
    for middle in (760, 890, 1020):
        for height in (165, 295):
            away = np.hypot(x - middle, y - height)
            picture[away <= 46] = _WALL
            picture[away <= 43] = _TANK
    picture[690:740, 70:170] = _GREEN
    return picture


def png(picture: NDArray[np.uint8]) -> bytes:
    """Write a picture as PNG (RGB, 8 bits)."""
    height, width, _ = picture.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), picture.reshape(height, width * 3)], axis=1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))
        + chunk(b"IEND", b"")
    )
