"""Probe what travel-time answers give away: candidates, the left out, covered objects and their field."""

from __future__ import annotations

import json
import struct
from typing import Any

from layers.declaration import Geometry
from layers.registry import all_layers
from tests.web.probe import Probe, Seen

_AT = {"lon": 114.0579, "lat": 22.5431}


def nearest(client: Any, seen: Seen) -> None:
    """Ask for the nearest of every layer of points: candidates and counts are the user's own rows."""
    for layer in all_layers():
        if layer.geometry is not Geometry.POINT:
            continue
        response = client.get(
            "/api/nearest", query_string={**_AT, "kind": layer.id, "k": 100, "at_time": "2026-11-23T18:00"}
        )
        if response.status_code == 422:  # the middle of the city lies off the small city's roads
            raise AssertionError(response.get_json())
        body = response.get_json()
        seen.some_rows(layer.id, {c["code"] for c in body["candidates"]})
        seen.count(layer.id, len(body["candidates"]) + sum(g["count"] for g in body["left_out"]))


def coverage(client: Any, seen: Seen) -> None:
    """Add up coverage: the total counts every row the user may see, and the lines add up to it."""
    for layer in ("elevator", "enterprise"):
        body = client.get("/api/coverage", query_string={"of": layer, "within": "1,5"}).get_json()
        seen.count(layer, body["total"]["count"])
        assert sum(d["count"] for d in body["divisions"]) == body["total"]["count"]
        seen.some_rows(layer, {row["code"] for row in body["uncovered"]["first"]})


def coverage_field(client: Any, seen: Seen) -> None:
    """Read the field: exactly the ids of the user's rows."""
    for layer in ("elevator", "hazard_site"):
        body = client.get("/api/coverage/field", query_string={"of": layer}).get_json()
        seen.rows(layer, {seen.codes_by_id[layer][int(i)] for i in body["seconds"]})


def coverage_positions(client: Any, seen: Seen) -> None:
    """Read the positions: exactly the ids of the user's rows."""
    for layer in ("elevator", "hazard_site"):
        content = client.get("/api/coverage/positions", query_string={"of": layer}).get_data()
        (length,) = struct.unpack_from("<I", content)
        count = json.loads(content[4 : 4 + length])["count"]
        ids = struct.unpack_from(f"<{count}I", content, 4 + length)
        assert len(content) == 4 + length + 12 * count
        seen.rows(layer, {seen.codes_by_id[layer][i] for i in ids})


PROBES = (
    Probe("nearest.nearest", nearest),
    Probe("coverage.coverage", coverage),
    Probe("coverage.field", coverage_field),
    Probe("coverage.positions", coverage_positions),
)
