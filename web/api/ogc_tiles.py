"""Serve the layers' vector tiles as OGC API Tiles."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from layers.registry import layer_by_id
from web.api import tiles
from web.api.ogc_features import base, link
from web.respond import json_response

blueprint = Blueprint("ogc_tiles", __name__, url_prefix="/ogc")

_SCHEME = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_CRS = "http://www.opengis.net/def/crs/EPSG/0/3857"
_WORLD_M = 20037508.342789244
_MAX_ZOOM = 18


def _tileset(layer_id: str) -> dict[str, Any]:
    layer = layer_by_id(layer_id)
    path = f"/collections/{layer_id}/tiles/WebMercatorQuad"
    template = f"{base()}{path}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    return {
        "title": layer.words.en,
        "dataType": "vector",
        "crs": _CRS,
        "tileMatrixSetURI": _SCHEME,
        "links": [
            link(path, "self", "This tile set"),
            link(
                "/tileMatrixSets/WebMercatorQuad",
                "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
                "Tiling scheme",
            ),
            {
                "href": template,
                "rel": "item",
                "type": "application/vnd.mapbox-vector-tile",
                "title": "Tiles",
                "templated": True,
            },
        ],
    }


@blueprint.get("/collections/<layer_id>/tiles")
def tilesets(layer_id: str) -> Any:
    """List the tile sets of a collection."""
    found = _tileset(layer_id)
    return json_response(
        {"links": [link(f"/collections/{layer_id}/tiles", "self", "This document")], "tilesets": [found]}
    )


@blueprint.get("/collections/<layer_id>/tiles/WebMercatorQuad")
def tileset(layer_id: str) -> Any:
    """Describe the tile set of a collection."""
    return json_response(_tileset(layer_id))


@blueprint.get("/collections/<layer_id>/tiles/WebMercatorQuad/<int:z>/<int:row>/<int:col>")
def tile(layer_id: str, z: int, row: int, col: int) -> Any:
    """Serve one tile."""
    return tiles.layer(layer_id, z, col, row)


@blueprint.get("/tileMatrixSets")
def matrix_sets() -> Any:
    """List the tile matrix sets."""
    return json_response(
        {
            "tileMatrixSets": [
                {
                    "id": "WebMercatorQuad",
                    "title": "Google Maps Compatible for the World",
                    "uri": _SCHEME,
                    "links": [link("/tileMatrixSets/WebMercatorQuad", "self", "Definition")],
                }
            ]
        }
    )


@blueprint.get("/tileMatrixSets/WebMercatorQuad")
def matrix_set() -> Any:
    """Define WebMercatorQuad."""
    size_m = 2 * _WORLD_M / 256
    return json_response(
        {
            "id": "WebMercatorQuad",
            "title": "Google Maps Compatible for the World",
            "uri": _SCHEME,
            "crs": _CRS,
            "orderedAxes": ["X", "Y"],
            "tileMatrices": [
                {
                    "id": str(z),
                    "scaleDenominator": size_m / (1 << z) / 0.00028,
                    "cellSize": size_m / (1 << z),
                    "pointOfOrigin": [-_WORLD_M, _WORLD_M],
                    "tileWidth": 256,
                    "tileHeight": 256,
                    "matrixWidth": 1 << z,
                    "matrixHeight": 1 << z,
                }
                for z in range(_MAX_ZOOM + 1)
            ],
        }
    )
