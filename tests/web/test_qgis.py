"""QGIS itself opens our layers with a district's token: collections, vector tiles and exported files."""

from __future__ import annotations

import base64
import json
import math
import os
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial import cKDTree

from data.scope import SYSTEM
from geo.crs import convert
from layers.registry import layer_by_id
from tests.conftest import LiveServer

pytestmark = pytest.mark.long

LAYERS = ("elevator", "hazard_site", "rescue_resource")
ZOOM = 14
SIDE_PX = 512
_EARTH_M = 20037508.342789244


def tile_of(lon: float, lat: float) -> tuple[int, int, int]:
    n = 1 << ZOOM
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n
    return ZOOM, int((lon + 180) / 360 * n), int(y)


def extent_m(tile: tuple[int, int, int]) -> list[float]:
    z, x, y = tile
    side = 2 * _EARTH_M / (1 << z)
    return [
        -_EARTH_M + x * side,
        _EARTH_M - (y + 1) * side,
        -_EARTH_M + (x + 1) * side,
        _EARTH_M - y * side,
    ]


@pytest.fixture(scope="module")
def seen(live_server: LiveServer) -> dict[str, dict[str, dict[str, Any]]]:
    """What the district's user may see, by layer and code, worked out without the policies."""
    with live_server.store.transaction(SYSTEM) as connection:
        user = connection.execute("SELECT jurisdiction FROM app_user WHERE username = 'district'").fetchone()
        assert user is not None
        (own,) = user["jurisdiction"]
        return {
            layer: {
                row["code"]: dict(row)
                for row in connection.execute(
                    f"SELECT code, name, ST_X(geom) AS lon, ST_Y(geom) AS lat, authority_code, is_public FROM {layer}".encode()
                )
                if row["is_public"] or row["authority_code"].startswith(own)
            }
            for layer in LAYERS
        }


@pytest.fixture(scope="module")
def answer(
    live_server: LiveServer,
    seen: dict[str, dict[str, dict[str, Any]]],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """What QGIS sees through a token of the district."""
    folder = tmp_path_factory.mktemp("qgis")
    token = live_server.token("district", "read", "export")
    files = []
    for ending in ("gpkg", "fgb"):
        request = urllib.request.Request(
            f"{live_server.url}/api/export/hazard_site?format={ending}",
            headers={"Authorization": f"Bearer {token}"},
        )
        files.append(folder / f"hazard_site.{ending}")
        with urllib.request.urlopen(request, timeout=30) as response:
            files[-1].write_bytes(response.read())
    first = next(iter(seen["elevator"].values()))
    tile = tile_of(first["lon"], first["lat"])
    asked = {
        "url": live_server.url, "token": token, "collections": LAYERS, "files": [str(p) for p in files],
        "tiles": ["elevator"], "tile": tile, "extent_m": extent_m(tile), "side_px": SIDE_PX,
    }  # fmt: skip
    done = subprocess.run(
        ["/usr/bin/python3", "-P", str(Path(__file__).with_name("qgis_client.py"))],
        input=json.dumps(asked), capture_output=True, text=True, check=False, timeout=280,
        env={
            "PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen",
            "XDG_RUNTIME_DIR": str(folder), "QGIS_AUTH_DB_DIR_PATH": str(folder),
            **{k: v for k, v in os.environ.items() if k == "no_proxy"},
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.split("ANSWER", 1)[1])
    return {**found, "tile": tile}


@pytest.mark.parametrize("layer", LAYERS)
def test_collections_hold_exactly_the_districts_rows(
    answer: dict[str, Any], seen: dict[str, dict[str, dict[str, Any]]], layer: str
) -> None:
    read, wanted = answer["collections"][layer], seen[layer]
    assert read["rows"].keys() == wanted.keys()
    assert wanted
    for code, row in wanted.items():
        assert read["rows"][code]["name"] == row["name"]
        assert read["rows"][code]["at"] == pytest.approx([row["lon"], row["lat"]], abs=1e-7)
    assert read["crs"] in ("EPSG:4326", "OGC:CRS84")
    # A list of codes comes as a text or not at all: QGIS 3.22 knows no arrays in GeoJSON.
    assert (
        {"code", "name", "address"}
        <= set(read["fields"])
        <= {"id", "geom"} | {f.name for f in layer_by_id(layer).all_fields}
    )


@pytest.mark.parametrize("layer", LAYERS)
def test_a_part_of_the_map_is_asked_of_the_server(
    answer: dict[str, Any], seen: dict[str, dict[str, dict[str, Any]]], layer: str
) -> None:
    read = answer["collections"][layer]
    west, south, east, north = read["box"]
    inside = [
        code
        for code, row in seen[layer].items()
        if west <= row["lon"] <= east and south <= row["lat"] <= north
    ]
    assert read["in_box"] == sorted(inside)


def test_exported_files_open_with_their_fields(
    answer: dict[str, Any], seen: dict[str, dict[str, dict[str, Any]]]
) -> None:
    layer = layer_by_id("hazard_site")
    assert len(answer["files"]) == 2
    for read in answer["files"].values():
        assert read["rows"].keys() == seen["hazard_site"].keys()
        assert set(read["fields"]) - {"fid"} == {f.name for f in layer.all_fields}
        for code, row in seen["hazard_site"].items():
            assert read["rows"][code]["name"] == row["name"]
            assert read["rows"][code]["at"] == pytest.approx([row["lon"], row["lat"]], abs=1e-7)


def test_vector_tiles_are_drawn_in_their_places(
    answer: dict[str, Any], seen: dict[str, dict[str, dict[str, Any]]]
) -> None:
    """Every elevator of the district has its mark on the picture, and there is no mark without one."""
    tiles = answer["tiles"]["elevator"]
    assert tiles["errors"] == []
    drawn = np.frombuffer(base64.b64decode(tiles["drawn"]), dtype=bool).reshape(SIDE_PX, SIDE_PX)
    west, south, east, north = extent_m(answer["tile"])
    place = np.array([(row["lon"], row["lat"]) for row in seen["elevator"].values()])
    metres = convert(place, "EPSG:4326", "EPSG:3857")
    column = (metres[:, 0] - west) / (east - west) * SIDE_PX
    line = (north - metres[:, 1]) / (north - south) * SIDE_PX
    is_inside = (column > 0) & (column < SIDE_PX) & (line > 0) & (line < SIDE_PX)
    assert is_inside.any()
    assert drawn[line[is_inside].astype(int), column[is_inside].astype(int)].all()
    marks = np.argwhere(drawn)
    distance_px, _ = cKDTree(np.column_stack([line, column])).query(marks)
    assert distance_px.max() < 10, "a mark where the district has no elevator"
