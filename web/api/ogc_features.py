"""Serve every layer as OGC API Features: Core, GeoJSON, OpenAPI 3, CRS, Filtering (CQL2)."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, g, render_template, request

from data import cql, features
from data.errors import FilterError, NotFoundError
from layers.declaration import FieldType, Geometry, Layer
from layers.display import plain
from layers.registry import layer_by_id
from web import identity, ogc_crs, openapi
from web.api.layers import parse_int
from web.permissions import layers_for
from web.respond import json_response

blueprint = Blueprint("ogc_features", __name__, url_prefix="/ogc")

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/filter",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/features-filter",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-text",
    "http://www.opengis.net/spec/cql2/1.0/conf/cql2-json",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2",
    "http://www.opengis.net/spec/cql2/1.0/conf/advanced-comparison-operators",
    "http://www.opengis.net/spec/cql2/1.0/conf/basic-spatial-functions",
    "http://www.opengis.net/spec/cql2/1.0/conf/spatial-functions",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
)
_OWN_PARAMETERS = frozenset(
    {
        "limit",
        "bbox",
        "bbox-crs",
        "crs",
        "datetime",
        "filter",
        "filter-lang",
        "filter-crs",
        "after",
        "f",
        "lang",
    }
)


def base() -> str:
    """Give the address of the API's landing page, without a slash."""
    return request.host_url.rstrip("/") + "/ogc"


def link(path: str, rel: str, title: str, kind: str = "application/json") -> dict[str, str]:
    """Make a link of the API."""
    return {"href": base() + path, "rel": rel, "type": kind, "title": title}


def _city_lon() -> float | None:
    found = identity.city()
    box = found["bbox"] if found else None
    return (box[0] + box[2]) / 2 if box else None


def _as_page(body: dict[str, Any], title: str) -> Any:
    """Answer as a small page for a person's browser, as JSON otherwise."""
    wished = request.args.get("f")
    if wished not in (None, "json", "html"):
        raise FilterError("f 应为 json 或 html。 One of json and html was expected for f.")
    best = request.accept_mimetypes.best_match(["application/json", "text/html"], "application/json")
    if wished == "html" or (wished is None and best == "text/html"):
        text = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
        return render_template("ogc.html", title=title, links=body.get("links", []), text=text, body=body)
    return json_response(body)


@blueprint.get("")
@blueprint.get("/")
def landing() -> Any:
    """Give the landing page."""
    body = {
        "title": "一张图 OneMap",
        "description": "安全生产与应急调度的图层。 Layers for work safety and emergency dispatch.",
        "links": [
            link("/", "self", "This document"),
            link("/api", "service-desc", "OpenAPI", "application/vnd.oai.openapi+json;version=3.0"),
            link("/api?f=html", "service-doc", "OpenAPI as a page", "text/html"),
            link("/conformance", "conformance", "Conformance classes"),
            link("/collections", "data", "Collections"),
            link(
                "/tileMatrixSets", "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", "Tile matrix sets"
            ),
        ],
    }
    return _as_page(body, "OneMap")


@blueprint.get("/conformance")
def conformance() -> Any:
    """List the conformance classes."""
    return _as_page({"conformsTo": list(CONFORMANCE)}, "Conformance")


@blueprint.get("/api")
def api() -> Any:
    """Give the OpenAPI document."""
    body = openapi.document(
        layers_for(identity.require_user()),
        server=base(),
        crs=list(ogc_crs.offered(_city_lon())),
        language=g.language,
    )
    if request.args.get("f") == "html":
        return _as_page(body, "OpenAPI")
    return json_response(body, content_type="application/vnd.oai.openapi+json;version=3.0")


def _collection(layer: Layer) -> dict[str, Any]:
    found = identity.city()
    path = f"/collections/{layer.id}"
    body: dict[str, Any] = {
        "id": layer.id,
        "title": layer.words.in_language(g.language),
        "description": layer.group.in_language(g.language),
        "itemType": "feature",
        "crs": list(ogc_crs.offered(_city_lon())),
        "storageCrs": ogc_crs.CRS84,
        "links": [
            link(path, "self", "This document"),
            link(f"{path}/items", "items", "Features", "application/geo+json"),
            link(
                f"{path}/queryables",
                "http://www.opengis.net/def/rel/ogc/1.0/queryables",
                "Queryables",
                "application/schema+json",
            ),
            link(f"{path}/schema", "describedby", "Schema", "application/schema+json"),
            link(f"{path}/tiles", "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector", "Vector tiles"),
        ],
    }
    if found and found["bbox"]:
        body["extent"] = {"spatial": {"bbox": [list(found["bbox"])], "crs": ogc_crs.CRS84}}
    return body


@blueprint.get("/collections")
def collections() -> Any:
    """List the collections."""
    body = {
        "links": [link("/collections", "self", "This document")],
        "crs": list(ogc_crs.offered(_city_lon())),
        "collections": [_collection(layer) for layer in layers_for(identity.require_user())],
    }
    return _as_page(body, "Collections")


@blueprint.get("/collections/<layer_id>")
def collection(layer_id: str) -> Any:
    """Describe one collection."""
    layer = layer_by_id(layer_id)
    return _as_page(_collection(layer), layer.words.in_language(g.language))


def _schema(layer: Layer, name: str) -> dict[str, Any]:
    shape = {Geometry.POINT: "geometry-point", Geometry.LINE: "geometry-multilinestring"}
    sees = identity.scope().sees_sensitive
    properties: dict[str, Any] = {
        "geom": {
            "title": "geom",
            "x-ogc-role": "primary-geometry",
            "format": shape.get(layer.geometry, "geometry-multipolygon"),
        }
    }
    for f in layer.all_fields:
        if name == "schema" or sees or not f.is_sensitive:
            properties[f.name] = openapi.field_schema(f, g.language)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{base()}/collections/{layer.id}/{name}",
        "type": "object",
        "title": layer.words.in_language(g.language),
        "properties": properties,
        "additionalProperties": False,
    }


@blueprint.get("/collections/<layer_id>/queryables")
def queryables(layer_id: str) -> Any:
    """List what can be filtered."""
    return json_response(_schema(layer_by_id(layer_id), "queryables"), content_type="application/schema+json")


@blueprint.get("/collections/<layer_id>/schema")
def schema(layer_id: str) -> Any:
    """Give the schema of the features."""
    return json_response(_schema(layer_by_id(layer_id), "schema"), content_type="application/schema+json")


@blueprint.get("/collections/<layer_id>/items")
def items(layer_id: str) -> Any:
    """Give features of a collection, a page at a time."""
    layer, scope = layer_by_id(layer_id), identity.scope()
    system = ogc_crs.find(request.args.get("crs"), _city_lon())
    query = _query(layer)
    with identity.transaction() as connection:
        rows = features.read_items(connection, layer, query, scope=scope)
        matched, is_exact = (0, False)
        if query.after_id is None:
            matched, is_exact = features.count(connection, layer, query, scope=scope)
    has_more = len(rows) > query.limit
    rows = rows[: query.limit]
    path = f"/collections/{layer.id}/items"
    links = [{**link(path, "self", "This page", "application/geo+json"), "href": request.url}]
    if has_more:
        following = [(k, v) for k, v in request.args.items(multi=True) if k != "after"] + [
            ("after", rows[-1]["id"])
        ]
        links.append(link(f"{path}?{urlencode(following)}", "next", "Next page", "application/geo+json"))
    links.append(link(f"/collections/{layer.id}", "collection", layer.words.in_language(g.language)))
    body: dict[str, Any] = {
        "type": "FeatureCollection",
        "timeStamp": identity.settings().clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "numberReturned": len(rows),
        "features": [_feature(layer, row, system, sees_sensitive=scope.sees_sensitive) for row in rows],
        "links": links,
    }
    if is_exact:
        body["numberMatched"] = matched
    return _geojson(body, system)


@blueprint.get("/collections/<layer_id>/items/<int:feature_id>")
def item(layer_id: str, feature_id: int) -> Any:
    """Give one feature."""
    layer, scope = layer_by_id(layer_id), identity.scope()
    system = ogc_crs.find(request.args.get("crs"), _city_lon())
    _check_names(layer, {"crs", "f", "lang"})
    if feature_id > 2**63 - 1:
        raise NotFoundError("没有这个要素。 There is no such feature.")
    with identity.transaction() as connection:
        row = features.read_one(connection, layer, feature_id)
    body = _feature(layer, row, system, sees_sensitive=scope.sees_sensitive)
    path = f"/collections/{layer.id}"
    body["links"] = [
        link(f"{path}/items/{feature_id}", "self", "This feature", "application/geo+json"),
        link(path, "collection", layer.words.in_language(g.language)),
    ]
    return _geojson(body, system)


def _feature(
    layer: Layer, row: dict[str, Any], system: ogc_crs.OfferedCrs, *, sees_sensitive: bool
) -> dict[str, Any]:
    geometry: Any
    if row["geojson"] is None:
        geometry = None
    elif system.uri == ogc_crs.CRS84:
        geometry = orjson.Fragment(row["geojson"].encode())
    else:
        geometry = ogc_crs.geometry_in(row["geojson"], system)
    return {
        "type": "Feature",
        "id": row["id"],
        "geometry": geometry,
        "properties": {
            f.name: plain(f, row[f.name], sees_sensitive=sees_sensitive) for f in layer.all_fields
        },
    }


def _geojson(body: dict[str, Any], system: ogc_crs.OfferedCrs) -> Response:
    response = json_response(body, content_type="application/geo+json")
    response.headers["Content-Crs"] = f"<{system.uri}>"
    return response


def _check_names(layer: Layer, known: frozenset[str] | set[str]) -> None:
    for name, values in request.args.lists():
        if name not in known:
            names = ", ".join(sorted(known))
            raise FilterError(
                f"图层 {layer.id} 不认识参数 {name[:60]}。 Parameter {name[:60]} is not known here; known: {names}"
            )
        if len(values) > 1:
            raise FilterError(f"参数 {name} 只能给一次。 Parameter {name} may be given once.")


def _query(layer: Layer) -> features.Query:
    names = {f.name for f in layer.all_fields if f.type is not FieldType.CODE_LIST}
    _check_names(layer, _OWN_PARAMETERS | names)
    if request.args.get("f") not in (None, "json"):
        raise FilterError("要素以 GeoJSON 提供，f 应为 json。 Features come as GeoJSON: f must be json.")
    language = request.args.get("filter-lang", "cql2-text")
    if language not in ("cql2-text", "cql2-json"):
        raise FilterError(
            "filter-lang 应为 cql2-text 或 cql2-json。 One of cql2-text and cql2-json was expected."
        )
    if request.args.get("filter-crs") not in (None, ogc_crs.CRS84):
        raise FilterError("过滤条件中的几何应为 CRS84。 Geometries in a filter must be in CRS84.")
    text = request.args.get("filter")
    return features.Query(
        bbox=parse_bbox(),
        properties={k: v for k, v in request.args.items() if k in names},
        filter_tree=cql.parse(text) if text else None,
        interval=parse_interval(request.args.get("datetime")),
        limit=_limit(),
        after_id=parse_int("after", 0, low=0, high=2**62) or None,
    )


def _limit() -> int:
    """Read limit; the standard asks that one too large be cut, not refused."""
    return min(parse_int("limit", 10, low=1, high=10**9), features.MAX_PAGE_SIZE)


def parse_bbox() -> tuple[float, float, float, float] | None:
    """Read the request's box, in the system that it names.

    Raises
    ------
    FilterError
    """
    text = request.args.get("bbox")
    system = ogc_crs.find(request.args.get("bbox-crs"), _city_lon())
    if text is None:
        return None
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise FilterError(f"bbox 不是数字：{text[:60]}。 Numbers were expected in bbox.") from error
    if not all(math.isfinite(v) for v in values):
        raise FilterError("bbox 应为有限的数。 Finite numbers were expected in bbox.")
    return features.check_bbox(ogc_crs.bbox_from(values, system))


def parse_interval(text: str | None) -> tuple[dt.datetime | None, dt.datetime | None] | None:
    """Parse an instant, or an interval with ``/`` and ``..`` (or nothing) for an open end (RFC 3339).

    A date without a time covers its whole day in UTC.

    Raises
    ------
    FilterError
    """
    if not text:
        return None
    parts = text.split("/")
    if len(parts) > 2:
        raise FilterError("datetime 最多一个 / 。 One slash at most was expected in datetime.")
    if len(parts) == 1:
        return _moment(parts[0], is_end=False), _moment(parts[0], is_end=True)
    start, end = (None if p in ("", "..") else p for p in parts)
    first = _moment(start, is_end=False) if start else None
    last = _moment(end, is_end=True) if end else None
    if first is not None and last is not None and first > last:
        raise FilterError("datetime 的起点晚于终点。 The start lies behind the end in datetime.")
    return first, last


def _moment(text: str, *, is_end: bool) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise FilterError(
            f"读不懂时间 {text[:40]}，应为 RFC 3339 形式，如 2026-11-22T08:00:00Z。 An RFC 3339 time was expected, like 2026-11-22T08:00:00Z."
        ) from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=dt.UTC)
    if is_end and len(text) == 10:
        found += dt.timedelta(days=1) - dt.timedelta(microseconds=1)
    return found
