"""Describe the OGC API of this server as an OpenAPI 3.0 document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from layers.course_layers import TimeLayer
from layers.declaration import Field, FieldType, Layer

_JSON_TYPES: dict[FieldType, dict[str, Any]] = {
    FieldType.TEXT: {"type": "string"},
    FieldType.PHONE: {"type": "string"},
    FieldType.CHOICE: {"type": "string"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.INSTANT: {"type": "string", "format": "date-time"},
    FieldType.CODE_LIST: {"type": "array", "items": {"type": "string"}},
}


def field_schema(f: Field, language: str) -> dict[str, Any]:
    """Describe a field as JSON Schema."""
    schema = {**_JSON_TYPES[f.type], "title": f.words.in_language(language)}
    if f.choices:
        schema["enum"] = [c.value for c in f.choices]
        schema["description"] = "; ".join(f"{c.value}: {c.words.in_language(language)}" for c in f.choices)
    if f.minimum is not None:
        schema["minimum"] = f.minimum
    if f.maximum is not None:
        schema["maximum"] = f.maximum
    return schema


def _parameter(
    name: str, schema: dict[str, Any], words: str, *, place: str = "query", **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "schema": schema,
        "description": words,
        **more,
    }


def _answers(
    *, content: str = "application/json", words: str = "The answer", errors: Iterable[int] = (400, 401, 404)
) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    texts = {
        304: "Not changed",
        400: "A parameter cannot be read",
        401: "Sign in first",
        404: "There is none",
        406: "No such format",
    }
    found: dict[str, Any] = {
        "200": {"description": words, "content": {content: {"schema": _schema_of(content)}}}
    }
    for status in errors:
        found[str(status)] = {"description": texts[status], **({"content": problem} if status >= 400 else {})}
    return found


def _schema_of(content: str) -> dict[str, Any]:
    if content == "application/vnd.mapbox-vector-tile":
        return {"type": "string", "format": "binary"}
    return {"type": "object"}


_BBOX = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}


def document(layers: Iterable[Layer], *, server: str, crs: list[str], language: str) -> dict[str, Any]:
    """Write the whole document."""
    layers = list(layers)
    collection = _parameter(
        "collectionId", {"type": "string", "enum": [layer.id for layer in layers]}, "Collection", place="path"
    )
    paths: dict[str, Any] = {
        "/": {"get": _operation("landing", "Landing page", [], _answers(errors=(401,)))},
        "/conformance": {"get": _operation("conformance", "Conformance classes", [], _answers(errors=(401,)))},
        "/collections": {"get": _operation("collections", "Every collection", [], _answers(errors=(401,)))},
        "/collections/{collectionId}": {"get": _operation("collection", "One collection", [collection], _answers())},
        "/collections/{collectionId}/queryables": {
            "get": _operation("queryables", "What can be filtered", [collection], _answers(content="application/schema+json"))
        },
        "/collections/{collectionId}/schema": {
            "get": _operation("schema", "The schema of its features", [collection], _answers(content="application/schema+json"))
        },
        "/collections/{collectionId}/tiles": {"get": _operation("tilesets", "Tile sets", [collection], _answers())},
        "/collections/{collectionId}/tiles/WebMercatorQuad": {
            "get": _operation("tileset", "The tile set", [collection], _answers())
        },
        "/collections/{collectionId}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}": {
            "get": _operation(
                "tile", "One vector tile",
                [
                    collection,
                    *(_parameter(n, {"type": "integer", "minimum": 0}, n, place="path") for n in ("tileMatrix", "tileRow", "tileCol")),
                ],
                _answers(content="application/vnd.mapbox-vector-tile", errors=(304, 400, 401, 404)),
            )
        },
        "/tileMatrixSets": {"get": _operation("tileMatrixSets", "Tile matrix sets", [], _answers(errors=(401,)))},
        "/tileMatrixSets/WebMercatorQuad": {
            "get": _operation("tileMatrixSet", "WebMercatorQuad", [], _answers(errors=(401,)))
        },
    }  # fmt: skip
    for layer in layers:
        paths[f"/collections/{layer.id}/items"] = {"get": _items(layer, crs, language)}
        paths[f"/collections/{layer.id}/items/{{featureId}}"] = {"get": _item(layer, crs)}
    words = "Layers of the one map for work safety and emergency dispatch. Each user sees their jurisdiction."
    return _whole("OneMap", words, server, paths)


def course_document(layers: Iterable[TimeLayer], *, server: str) -> dict[str, Any]:
    """Write the document of the course of a drill."""
    names = [layer.id for layer in layers]
    collection = _parameter("collectionId", {"type": "string", "enum": names}, "Collection", place="path")
    feature = _parameter("featureId", {"type": "integer"}, "Id of the feature", place="path")
    asked = [
        collection,
        _parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1000},
            "Features in one answer",
        ),
        _parameter("bbox", _BBOX, "west,south,east,north", style="form", explode=False),
        _parameter("datetime", {"type": "string"}, "Instant, or interval with / and .. for open"),
        _parameter(
            "after", {"type": "integer", "minimum": 0}, "Only features with a greater id: the next page"
        ),
    ]
    schema = _answers(content="application/schema+json")
    paths: dict[str, Any] = {
        "/": {"get": _operation("landing", "Landing page", [], _answers(errors=(401, 404)))},
        "/conformance": {"get": _operation("conformance", "Conformance classes", [], _answers(errors=(401, 404)))},
        "/collections": {"get": _operation("collections", "Every collection", [], _answers(errors=(401, 404)))},
        "/collections/{collectionId}": {"get": _operation("collection", "One collection", [collection], _answers())},
        "/collections/{collectionId}/schema": {"get": _operation("schema", "The schema of its features", [collection], schema)},
        "/collections/{collectionId}/items": {
            "get": _operation("items", "Features that last at an instant or in an interval", asked, _answers(content="application/geo+json"))
        },
        "/collections/{collectionId}/items/{featureId}": {
            "get": _operation("item", "One feature", [collection, feature], _answers(content="application/geo+json"))
        },
    }  # fmt: skip
    return _whole("OneMap: DRILL", "The course of a drill in time, not a live situation.", server, paths)


def _whole(title: str, words: str, server: str, paths: dict[str, Any]) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": "0.1.0", "description": words},
        "servers": [{"url": server}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic", "description": "Any user name; a personal access token as password"},
            },
            "schemas": {"Problem": _PROBLEM},
        },
    }  # fmt: skip


_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
    },
}


def _operation(
    name: str, words: str, parameters: list[dict[str, Any]], answers: dict[str, Any]
) -> dict[str, Any]:
    return {"operationId": name, "summary": words, "parameters": parameters, "responses": answers}


def _items(layer: Layer, crs: list[str], language: str) -> dict[str, Any]:
    parameters = [
        _parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": 10000, "default": 10},
            "Features in one answer",
        ),
        _parameter("bbox", _BBOX, "west,south,east,north", style="form", explode=False),
        _parameter("bbox-crs", {"type": "string", "enum": crs}, "System of bbox"),
        _parameter("crs", {"type": "string", "enum": crs}, "System of the answer"),
        _parameter("datetime", {"type": "string"}, "Instant, or interval with / and .. for open"),
        _parameter("filter", {"type": "string"}, "CQL2 condition"),
        _parameter(
            "filter-lang",
            {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"},
            "Its language",
        ),
        _parameter("filter-crs", {"type": "string", "enum": crs[:1]}, "System of its geometries"),
        _parameter(
            "after", {"type": "integer", "minimum": 0}, "Only features with a greater id: the next page"
        ),
    ]
    for f in layer.all_fields:
        if not f.is_sensitive and f.type is not FieldType.CODE_LIST:
            schema = field_schema(f, language)
            text = {"type": "string"} if schema["type"] == "string" else {"type": schema["type"]}
            parameters.append(_parameter(f.name, text, f.words.in_language(language)))
    return _operation(
        f"items_{layer.id}",
        f"Features: {layer.words.en}",
        parameters,
        _answers(content="application/geo+json"),
    )


def _item(layer: Layer, crs: list[str]) -> dict[str, Any]:
    parameters = [
        _parameter("featureId", {"type": "integer"}, "Id of the feature", place="path"),
        _parameter("crs", {"type": "string", "enum": crs}, "System of the answer"),
    ]
    return _operation(
        f"item_{layer.id}",
        f"One feature: {layer.words.en}",
        parameters,
        _answers(content="application/geo+json"),
    )
