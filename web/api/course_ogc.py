"""Serve the course of a drill as layers in time over OGC API Features, at an address apart from live layers."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, request

from data import course_features, courses
from data.errors import FilterError, NotFoundError
from layers.course_layers import TIME_LAYERS, TimeLayer, time_layer
from layers.declaration import Geometry
from layers.errors import DeclarationError
from web import identity, ogc_crs, openapi
from web.api import ogc_features
from web.api.drill import drill_key
from web.api.layers import parse_int
from web.drill_answers import WATERMARK
from web.respond import json_response
from web.studio_access import studio_transaction

blueprint = Blueprint("course_ogc", __name__, url_prefix="/ogc/drills/<course_id>")

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
)
_PARAMETERS = frozenset({"limit", "after", "bbox", "datetime", "f", "lang"})
_MOST, _USUAL = 10_000, 1000
_SHAPES = {
    Geometry.POINT: "geometry-point",
    Geometry.LINE: "geometry-linestring",
    Geometry.POLYGON: "geometry-any",
}


@blueprint.get("")
@blueprint.get("/")
def landing(course_id: str) -> Any:
    """Give the landing page of a course."""
    row = _course(course_id)
    body = {
        "title": f"{WATERMARK} {row['name']}",
        "description": "演练推演，不是实况。 The course of a drill, not a live situation.",
        "links": [
            _link(course_id, "", "self", "This document"),
            _link(
                course_id, "/api", "service-desc", "OpenAPI", "application/vnd.oai.openapi+json;version=3.0"
            ),
            _link(course_id, "/conformance", "conformance", "Conformance classes"),
            _link(course_id, "/collections", "data", "Collections"),
        ],
    }
    return json_response(body)


@blueprint.get("/conformance")
def conformance(course_id: str) -> Any:
    """List the conformance classes."""
    _course(course_id)
    return json_response({"conformsTo": list(CONFORMANCE)})


@blueprint.get("/api")
def api(course_id: str) -> Any:
    """Give the OpenAPI document."""
    _course(course_id)
    body = openapi.course_document(TIME_LAYERS, server=_root(course_id))
    return json_response(body, content_type="application/vnd.oai.openapi+json;version=3.0")


@blueprint.get("/collections")
def collections(course_id: str) -> Any:
    """List the time-enabled layers of a course."""
    row = _course(course_id)
    found = [_collection(course_id, row, layer) for layer in TIME_LAYERS]
    return json_response(
        {"links": [_link(course_id, "/collections", "self", "This document")], "collections": found}
    )


@blueprint.get("/collections/<layer_id>")
def collection(course_id: str, layer_id: str) -> Any:
    """Describe one of them, with its box and its span of time."""
    row = _course(course_id)
    return json_response(_collection(course_id, row, _layer(layer_id)))


@blueprint.get("/collections/<layer_id>/schema")
def schema(course_id: str, layer_id: str) -> Any:
    """Give the schema of its features."""
    _course(course_id)
    layer = _layer(layer_id)
    properties: dict[str, Any] = {
        "geom": {"title": "geom", "x-ogc-role": "primary-geometry", "format": _SHAPES[layer.geometry]}
    }
    for f in layer.all_fields:
        properties[f.name] = openapi.field_schema(f, g.language)
    properties["start"]["x-ogc-role"] = "primary-interval-start"
    properties["end"]["x-ogc-role"] = "primary-interval-end"
    body = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{_root(course_id)}/collections/{layer.id}/schema",
        "type": "object",
        "title": _title(layer),
        "properties": properties,
    }
    return json_response(body, content_type="application/schema+json")


@blueprint.get("/collections/<layer_id>/items")
def items(course_id: str, layer_id: str) -> Any:
    """Give features that last at an instant, or at any of an interval."""
    row, layer = _course(course_id), _layer(layer_id)
    _check_parameters()
    limit = min(parse_int("limit", _USUAL, low=1, high=10**9), _MOST)
    after = parse_int("after", 0, low=0, high=2**31)
    found = course_features.features(
        row, layer.id, interval=ogc_features.parse_interval(request.args.get("datetime")), bbox=_bbox()
    )
    page = [one for one in found if one["id"] > after][: limit + 1]
    path = f"/collections/{layer.id}/items"
    links = [{**_link(course_id, path, "self", "This page", "application/geo+json"), "href": request.url}]
    if len(page) > limit:
        page = page[:limit]
        following = [(k, v) for k, v in request.args.items(multi=True) if k != "after"]
        following.append(("after", str(page[-1]["id"])))
        links.append(
            _link(course_id, f"{path}?{urlencode(following)}", "next", "Next page", "application/geo+json")
        )
    links.append(_link(course_id, f"/collections/{layer.id}", "collection", _title(layer)))
    body = {
        "type": "FeatureCollection",
        "drill": WATERMARK,
        "timeStamp": identity.settings().clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "numberMatched": len(found),
        "numberReturned": len(page),
        "features": [_feature(layer, one) for one in page],
        "links": links,
    }
    return _geojson(body)


@blueprint.get("/collections/<layer_id>/items/<int:feature_id>")
def item(course_id: str, layer_id: str, feature_id: int) -> Any:
    """Give one feature."""
    row, layer = _course(course_id), _layer(layer_id)
    found = next((one for one in course_features.features(row, layer.id) if one["id"] == feature_id), None)
    if found is None:
        raise NotFoundError("没有这个要素。 There is no such feature.")
    body = _feature(layer, found)
    path = f"/collections/{layer.id}"
    body["links"] = [
        _link(course_id, f"{path}/items/{feature_id}", "self", "This feature", "application/geo+json"),
        _link(course_id, path, "collection", _title(layer)),
    ]
    return _geojson(body)


def _course(course_id: str) -> dict[str, Any]:
    with studio_transaction() as connection:
        return courses.read(connection, drill_key(course_id))


def _layer(layer_id: str) -> TimeLayer:
    try:
        return time_layer(layer_id)
    except DeclarationError as error:
        known = ", ".join(layer.id for layer in TIME_LAYERS)
        raise NotFoundError(
            f"没有图层 {layer_id[:40]}，现有：{known}。 There is no layer {layer_id[:40]}; known: {known}."
        ) from error


def _root(course_id: str) -> str:
    return f"{ogc_features.base()}/drills/{course_id}"


def _link(course_id: str, path: str, rel: str, title: str, kind: str = "application/json") -> dict[str, str]:
    return {"href": _root(course_id) + path, "rel": rel, "type": kind, "title": title}


def _title(layer: TimeLayer) -> str:
    return f"{WATERMARK} {layer.words.in_language(g.language)}"


def _collection(course_id: str, row: dict[str, Any], layer: TimeLayer) -> dict[str, Any]:
    path = f"/collections/{layer.id}"
    first, last = course_features.span(row)
    return {
        "id": layer.id,
        "title": _title(layer),
        "description": row["name"],
        "itemType": "feature",
        "crs": [ogc_crs.CRS84],
        "storageCrs": ogc_crs.CRS84,
        "extent": {
            "spatial": {"bbox": [list(course_features.extent(row))], "crs": ogc_crs.CRS84},
            "temporal": {"interval": [[_instant(first), _instant(last)]]},
        },
        "links": [
            _link(course_id, path, "self", "This document"),
            _link(course_id, f"{path}/items", "items", "Features", "application/geo+json"),
            _link(course_id, f"{path}/schema", "describedby", "Schema", "application/schema+json"),
        ],
    }


def _feature(layer: TimeLayer, one: dict[str, Any]) -> dict[str, Any]:
    facts = {f.name: one.get(f.name) for f in layer.fields}
    ends = None if one["end"] is None else _instant(one["end"])
    return {
        "type": "Feature",
        "id": one["id"],
        "geometry": one["geometry"],
        "properties": {"drill": WATERMARK, "start": _instant(one["start"]), "end": ends, **facts},
    }


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _geojson(body: dict[str, Any]) -> Any:
    response = json_response(body, content_type="application/geo+json")
    response.headers["Content-Crs"] = f"<{ogc_crs.CRS84}>"
    return response


def _check_parameters() -> None:
    for name, values in request.args.lists():
        if name not in _PARAMETERS:
            known = ", ".join(sorted(_PARAMETERS))
            raise FilterError(
                f"不认识参数 {name[:60]}。 Parameter {name[:60]} is not known here; known: {known}"
            )
        if len(values) > 1:
            raise FilterError(f"参数 {name} 只能给一次。 Parameter {name} may be given once.")
    if request.args.get("f") not in (None, "json"):
        raise FilterError("要素以 GeoJSON 提供，f 应为 json。 Features come as GeoJSON: f must be json.")


def _bbox() -> tuple[float, float, float, float] | None:
    return ogc_features.parse_bbox() if "bbox" in request.args else None
