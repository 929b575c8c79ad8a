"""Serve vector tiles of the basemap and of every layer, cached by scope and data version."""

from __future__ import annotations

import threading
import time
from typing import Any

from flask import Blueprint, current_app

from data import layer_versions, tiles
from data.tile_cache import TileCache
from layers.registry import layer_by_id
from web import identity
from web.respond import tile_response

blueprint = Blueprint("tiles", __name__)

_BASEMAP = ("division", "road", "water")


class _Versions:
    """Read the layers' versions at most every second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = -1e9
        self._found: dict[str, int] = {}
        self.store_id = ""

    def get(self) -> dict[str, int]:
        with self._lock:
            if time.monotonic() - self._read_at > 1:
                with identity.store().unscoped() as connection:
                    self._found = layer_versions.versions(connection)
                    self.store_id = self.store_id or layer_versions.store_id(connection)
                self._read_at = time.monotonic()
            return self._found


def versions() -> dict[str, int]:
    """Give the version of every layer, at most a second old."""
    kept: _Versions = current_app.extensions.setdefault("layer_versions", _Versions())
    return kept.get()


def store_id() -> str:
    """Name the database by more than its name: one made anew under the same name has other tiles."""
    versions()
    kept: _Versions = current_app.extensions["layer_versions"]
    return kept.store_id


def tile_cache() -> TileCache:
    """Give the folder of packed tiles."""
    folder = identity.settings().state_dir / "cache" / "tiles"
    found: TileCache = current_app.extensions.setdefault("tile_cache", TileCache(folder))
    return found


@blueprint.get("/tiles/basemap/<int:z>/<int:x>/<int:y>.mvt")
def basemap(z: int, x: int, y: int) -> Any:
    """Serve a tile of roads, water and divisions, to everybody: an enterprise that registers has no account yet."""
    tiles.check_tile(z, x, y)
    found = versions()
    key = (store_id(), "basemap", tuple(found.get(n, 0) for n in _BASEMAP), z, x, y)

    def cut() -> bytes:
        with identity.store().unscoped() as connection:
            return tiles.basemap_tile(connection, z, x, y)

    return tile_response(tile_cache().get(key, cut), key)


@blueprint.get("/tiles/<layer_id>/<int:z>/<int:x>/<int:y>.mvt")
def layer(layer_id: str, z: int, x: int, y: int) -> Any:
    """Serve a tile of one layer, as the user may see it."""
    declared = layer_by_id(layer_id)
    tiles.check_tile(z, x, y)
    scope = identity.scope()
    version = versions().get(layer_id, 0)
    database = store_id()
    key = None if scope.cache_key is None else (database, layer_id, scope.cache_key, version, z, x, y)

    def cut() -> bytes:
        with identity.transaction() as connection:
            return tiles.layer_tile(connection, declared, z, x, y, scope=scope)

    etag = (database, layer_id, scope.ranges, scope.owner_id, version, z, x, y)
    return tile_response(tile_cache().get(key, cut), etag)
