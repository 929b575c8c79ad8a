"""Search everything on the map by name, code, pinyin, address or road, under the scope."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from data.scope import Connection, Scope
from data.search_terms import grams, normalize
from layers.declaration import Layer
from layers.registry import all_layers

_CANDIDATES = 60


@dataclass(frozen=True)
class Hit:
    """One thing found.

    Attributes
    ----------
    kind : "feature", "division" or "road"
    match : "code", "name", "pinyin" or "words": what made it fit
    bbox : (west, south, east, north) for what is no point
    """

    kind: str
    title: str
    subtitle: str
    lon: float | None
    lat: float | None
    match: str
    rank: float
    layer: str | None = None
    id: int | None = None
    code: str | None = None
    bbox: tuple[float, float, float, float] | None = None


def search(
    connection: Connection,
    text: str,
    *,
    scope: Scope,
    limit: int = 10,
    near: tuple[float, float] | None = None,
) -> list[Hit]:
    """Find what fits `text`, the best first; among equals the nearest to `near` (lon, lat)."""
    words = re.sub(r"\s+", " ", normalize(text)).strip()[:80]
    if not words:
        return []
    hits = [
        *_divisions(connection, words, scope.language),
        *_codes(connection, words, scope.language),
        *_features(connection, words, scope.language),
        *_roads(connection, words, scope.language),
    ]
    best: dict[tuple[Any, ...], Hit] = {}
    for hit in hits:
        key = (hit.kind, hit.layer, hit.id, hit.code or hit.title if hit.id is None else None)
        if key not in best or hit.rank < best[key].rank:
            best[key] = hit

    def order(hit: Hit) -> tuple[float, float, str]:
        distance = 0.0
        if near is not None and hit.lon is not None and hit.lat is not None:
            distance = (hit.lon - near[0]) ** 2 + (hit.lat - near[1]) ** 2
        return hit.rank, distance, hit.title

    return sorted(best.values(), key=order)[:limit]


def _prefix_query(words: str) -> tuple[str, str] | None:
    """Give the tsquery of pinyin or of characters, and which of them it is."""
    squeezed = words.replace(" ", "").replace("'", "")
    if re.fullmatch(r"[a-z][a-z0-9]*", squeezed):
        return f"'~{squeezed}':* | '^{squeezed}':* | '{squeezed}':*", "pinyin"
    terms = grams(words)
    if not terms:
        return None
    quoted = [_quoted(term, is_only=len(terms) == 1) for term in sorted(terms)]
    return " & ".join(quoted), "words"


def _features(connection: Connection, words: str, language: str) -> list[Hit]:
    query = _prefix_query(words)
    if query is None:
        return []
    tsquery, match = query
    found = _candidates(connection, tsquery)
    hits: list[Hit] = []
    for layer in all_layers():
        if layer.id in found:
            hits += _fetch(connection, layer, "t.id = ANY(%(key)s)", found[layer.id], words, match, language)
    return hits


def _quoted(term: str, *, is_only: bool) -> str:
    is_prefix = len(term) == 1 and (is_only or not term.isascii())
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + ("':*" if is_prefix else "'")


def _candidates(connection: Connection, tsquery: str) -> dict[str, list[int]]:
    """Find some rows of every layer, each by its own index."""
    parts = " UNION ALL ".join(
        f"(SELECT '{layer.id}' AS layer, row_id FROM search_entry WHERE layer = '{layer.id}'"
        f" AND terms @@ %(q)s::tsquery LIMIT {_CANDIDATES})"
        for layer in all_layers()
    )
    found: dict[str, list[int]] = {}
    for row in connection.execute(parts.encode(), {"q": tsquery}):
        found.setdefault(row["layer"], []).append(row["row_id"])
    return found


def _codes(connection: Connection, words: str, language: str) -> list[Hit]:
    squeezed = words.replace(" ", "").upper()
    if not re.fullmatch(r"[0-9A-Z-]{3,40}", squeezed) or not re.search(r"\d", squeezed):
        return []
    hits: list[Hit] = []
    for layer in all_layers():
        for f in layer.all_fields:
            if f.unique:
                condition = f"t.{f.name} >= %(key)s AND t.{f.name} < %(key)s || '~'"
                hits += _fetch(connection, layer, condition, squeezed, words, "code", language)
    return hits


def _fetch(
    connection: Connection, layer: Layer, condition: str, key: Any, words: str, match: str, language: str
) -> list[Hit]:
    extra = [
        f.name for f in layer.all_fields if f.is_searchable and f.name not in ("code", "name", "address")
    ]
    columns = "".join(f", t.{name}" for name in extra)
    rows = connection.execute(
        f"SELECT t.id, t.code, t.name, t.address{columns}, d.name AS division_name,"
        " ST_X(ST_PointOnSurface(t.geom)) AS lon, ST_Y(ST_PointOnSurface(t.geom)) AS lat"
        f" FROM {layer.id} t JOIN division d ON d.code = t.division_code WHERE {condition} LIMIT {_CANDIDATES}".encode(),
        {"key": key},
    ).fetchall()
    return [_hit(layer, row, extra, words, match, language) for row in rows]


def _hit(layer: Layer, row: dict[str, Any], extra: list[str], words: str, match: str, language: str) -> Hit:
    name, squeezed = normalize(row["name"]), words.replace(" ", "")
    codes = [normalize(str(row[c])) for c in ("code", *extra) if row.get(c)]
    if match == "code":
        rank = 0.0 if squeezed in codes else 3.0
    elif name == squeezed:
        rank, match = 0.5, "name"
    elif name.startswith(squeezed):
        rank, match = 1.5, "name"
    elif squeezed in name:
        rank, match = 2.5, "name"
    else:
        rank = 4.0 if match == "words" else 3.5
    parts = [layer.words.in_language(language), row["division_name"], row["address"] or ""]
    if match == "code":
        parts.insert(1, row["code"])
    return Hit(
        "feature", row["name"], " · ".join(p for p in parts if p), row["lon"], row["lat"], match,
        rank + layer.order / 1000, layer.id, row["id"], row["code"],
    )  # fmt: skip


def _divisions(connection: Connection, words: str, language: str) -> list[Hit]:
    squeezed = words.replace(" ", "")
    rows = connection.execute(
        """
        SELECT d.code, d.name, d.level, p.name AS parent_name, ST_X(d.label_point) AS lon, ST_Y(d.label_point) AS lat,
               ST_XMin(d.geom) AS w, ST_YMin(d.geom) AS s, ST_XMax(d.geom) AS e, ST_YMax(d.geom) AS n
        FROM division d LEFT JOIN division p ON p.code = d.parent_code
        WHERE (d.name LIKE %(like)s OR d.pinyin LIKE %(like)s OR d.initials = %(q)s OR d.code = %(q)s)
          AND d.level <> 'province'
        ORDER BY length(d.code), d.code LIMIT 12
        """,
        {"like": squeezed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%", "q": squeezed},
    ).fetchall()
    words_for_kind = "Division" if language == "en" else "区划"
    return [
        Hit(
            "division", r["name"], " · ".join(p for p in (words_for_kind, r["parent_name"]) if p), r["lon"], r["lat"],
            "name", 0.2 + len(r["code"]) / 10, code=r["code"],
            bbox=None if r["w"] is None else (r["w"], r["s"], r["e"], r["n"]),
        )
        for r in rows
    ]  # fmt: skip


def _roads(connection: Connection, words: str, language: str) -> list[Hit]:
    squeezed = words.replace(" ", "")
    rows = connection.execute(
        """
        SELECT r.name, ST_X(c) AS lon, ST_Y(c) AS lat, ST_XMin(e) AS w, ST_YMin(e) AS s, ST_XMax(e) AS o, ST_YMax(e) AS n
        FROM (SELECT name, ST_Collect(geom) AS g FROM road WHERE name >= %(q)s AND name < %(q)s || chr(65533) AND name <> ''
              GROUP BY name ORDER BY length(name), name LIMIT 6) r,
             LATERAL (SELECT Box2D(r.g) AS e, ST_ClosestPoint(r.g, ST_Centroid(r.g)) AS c) x
        """,
        {"q": squeezed},
    ).fetchall()
    kind = "Road" if language == "en" else "道路"
    return [
        Hit("road", r["name"], kind, r["lon"], r["lat"], "name", 2.0 if r["name"] == squeezed else 2.9,
            bbox=(r["w"], r["s"], r["o"], r["n"]))
        for r in rows
    ]  # fmt: skip
