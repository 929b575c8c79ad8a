"""Probe what layers give away: lists, cards, counts, tiles, OGC items, exports and search."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from typing import Any

import mapbox_vector_tile

from data.attachments import path_of
from data.scope import Connection
from layers.registry import all_layers
from tests.web.probe import Probe, Seen

#: Shenzhen's middle at a zoom of single features, and the whole city at a zoom of aggregates.
_RAW = [(13, x, y) for x in range(6685, 6695) for y in range(3563, 3571)]
_WIDE = [(8, 208, 111), (8, 209, 111)]

_CONTENT = b"%PDF-1.4 kept for its own"
_DIGEST = hashlib.sha256(_CONTENT).digest()
#: Layer, row and number of every file that `prepare` attached.
_FILES: list[tuple[str, int, int]] = []


def prepare(connection: Connection) -> None:
    """Attach a file to the last row of each authority in every layer, at most four."""
    _FILES.clear()
    for layer in all_layers():
        rows = connection.execute(
            "INSERT INTO attachment (layer, row_id, file_name, media_type, size_bytes, sha256, authority_code, owner_id, is_public,"
            f" created_by, created_at) SELECT DISTINCT ON (authority_code) '{layer.id}', id, 'probe.pdf', 'application/pdf', %s, %s,"
            f" authority_code, owner_id, is_public, 'system', now() FROM {layer.id} ORDER BY authority_code, id DESC LIMIT 4"
            " RETURNING row_id, id".encode(),
            [len(_CONTENT), _DIGEST],
        ).fetchall()
        _FILES.extend((layer.id, row["row_id"], row["id"]) for row in rows)


def _codes_by_id(seen: Seen, layer_id: str) -> dict[int, str]:
    return seen.codes_by_id[layer_id]


def listed(client: Any, seen: Seen) -> None:
    """Page through the list of every layer."""
    for layer in all_layers():
        page, codes = 1, set()
        while True:
            body = client.get(f"/api/layers/{layer.id}/features?page={page}&page_size=500").get_json()
            codes |= {row["values"]["code"] for row in body["rows"]}
            if len(body["rows"]) < 500:
                break
            page += 1
        seen.rows(layer.id, codes)
        seen.count(layer.id, body["total"])


def cards(client: Any, seen: Seen) -> None:
    """Ask for cards by id, the user's own and others'."""
    for layer in all_layers():
        ids = sorted(_codes_by_id(seen, layer.id))[:: max(1, len(seen.codes_by_id[layer.id]) // 12)]
        for feature_id in ids:
            response = client.get(f"/api/layers/{layer.id}/features/{feature_id}")
            assert response.status_code in (200, 404)
            if response.status_code == 200:
                seen.some_rows(layer.id, {_codes_by_id(seen, layer.id)[feature_id]})
            else:
                seen.hidden_rows(layer.id, {_codes_by_id(seen, layer.id)[feature_id]})


def raw_tiles(client: Any, seen: Seen) -> None:
    """Decode tiles of single features."""
    for layer in all_layers():
        for z, x, y in _RAW:
            content = client.get(f"/tiles/{layer.id}/{z}/{x}/{y}.mvt").get_data()
            if content:
                for features in mapbox_vector_tile.decode(content).values():
                    for feature in features["features"]:
                        assert set(feature["properties"]) <= {"name", "id", layer.symbol_field}
                        seen.some_rows(layer.id, {_codes_by_id(seen, layer.id)[feature["id"]]})


def aggregate_tiles(client: Any, seen: Seen) -> None:
    """Add up the counts in tiles of aggregates: they hold every row with a position."""
    for layer in all_layers():
        if layer.raw_min_zoom <= 8:
            continue
        total = 0
        for z, x, y in _WIDE:
            content = client.get(f"/tiles/{layer.id}/{z}/{x}/{y}.mvt").get_data()
            if content:
                decoded = mapbox_vector_tile.decode(content)[layer.id]
                # The border of a tile repeats its neighbour's cells.
                total += sum(
                    f["properties"]["n"]
                    for f in decoded["features"]
                    if 0 <= f["geometry"]["coordinates"][0] < 4096
                )
        seen.located_count(layer.id, total)


def ogc_items(client: Any, seen: Seen) -> None:
    """Follow the pages of OGC items."""
    for layer in all_layers():
        url, codes, matched = f"/ogc/collections/{layer.id}/items?limit=1000", set(), None
        while url:
            body = client.get(url).get_json()
            matched = body.get("numberMatched", matched)
            codes |= {f["properties"]["code"] for f in body["features"]}
            url = next(
                (ln["href"].split("localhost", 1)[-1] for ln in body["links"] if ln["rel"] == "next"), None
            )
        seen.rows(layer.id, codes)
        if matched is not None:
            seen.count(layer.id, matched)


def ogc_item(client: Any, seen: Seen) -> None:
    """Ask for single OGC features."""
    for layer in all_layers():
        for feature_id in sorted(_codes_by_id(seen, layer.id))[:40:8]:
            response = client.get(f"/ogc/collections/{layer.id}/items/{feature_id}")
            code = _codes_by_id(seen, layer.id)[feature_id]
            (seen.some_rows if response.status_code == 200 else seen.hidden_rows)(layer.id, {code})


def ogc_tile(client: Any, seen: Seen) -> None:
    """Decode an OGC tile."""
    for layer in all_layers():
        content = client.get(f"/ogc/collections/{layer.id}/tiles/WebMercatorQuad/13/3567/6690").get_data()
        if content:
            for feature in mapbox_vector_tile.decode(content)[layer.id]["features"]:
                seen.some_rows(layer.id, {_codes_by_id(seen, layer.id)[feature["id"]]})


def exported(client: Any, seen: Seen) -> None:
    """Export every layer as CSV, where the role may."""
    for layer in all_layers():
        response = client.get(f"/api/export/{layer.id}?format=csv")
        if response.status_code == 403:
            continue
        rows = list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"))))
        response.close()
        seen.rows(layer.id, {row[0].lstrip("'") for row in rows[1:]})


def searched(client: Any, seen: Seen) -> None:
    """Search by codes and common words."""
    for text in ("深圳", "花园", "3100", "1", "a", "公馆", "HD", "RP", "9144"):
        for hit in client.get("/api/search", query_string={"q": text, "limit": 50}).get_json()["results"]:
            if hit["kind"] == "feature":
                seen.some_rows(hit["layer"], {hit["code"]})


def division_counts(client: Any, seen: Seen) -> None:
    """Compare the counts of divisions with the rows in them."""
    body = client.get("/api/divisions/440300").get_json()
    for layer in all_layers():
        seen.city_count(layer.id, body["counts"][layer.id])
        by_county = sum(c["counts"][layer.id] for c in body["children"] if c["level"] == "county")
        seen.county_count(layer.id, by_county)


def indicators(client: Any, seen: Seen) -> None:
    """Compare the figures of the city with its rows."""
    found = {f["id"]: f["value"] for f in client.get("/api/indicators/440300").get_json()["figures"]}
    for layer in all_layers():
        seen.city_count(layer.id, found[f"{layer.id}_count"])


def _is_own(seen: Seen, layer_id: str, row_id: int) -> bool:
    return _codes_by_id(seen, layer_id)[row_id] in seen.allowed[layer_id]


def attachments(client: Any, seen: Seen) -> None:
    """List the files of rows of every layer, one's own and others': those of others are not there."""
    assert {layer for layer, _, _ in _FILES} == {
        layer.id for layer in all_layers() if seen.codes_by_id[layer.id]
    }
    for layer_id, row_id, number in _FILES:
        listed = client.get(f"/api/layers/{layer_id}/features/{row_id}/attachments").get_json()["attachments"]
        is_listed = number in {one["id"] for one in listed}
        assert is_listed == _is_own(seen, layer_id, row_id), (seen.user["username"], layer_id, row_id)


def files(client: Any, seen: Seen) -> None:
    """Fetch each of the files: one's own come whole, others' are not found."""
    path = path_of(client.application.extensions["settings"].state_dir / "attachments", _DIGEST)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_CONTENT)
    for layer_id, row_id, number in _FILES:
        is_own = _is_own(seen, layer_id, row_id)
        answer = client.get(f"/api/attachments/{number}")
        assert answer.status_code == (200 if is_own else 404), (seen.user["username"], layer_id, row_id)
        assert (answer.get_data() == _CONTENT) == is_own
        answer.close()
    assert client.get("/api/attachments/999999999").status_code == 404


def warnings(client: Any, seen: Seen) -> None:
    """List warnings: each is about a row the user may see."""
    for state in ("open", "all"):
        for row in client.get(f"/api/warnings?state={state}").get_json()["rows"]:
            seen.some_rows(row["layer"], {_codes_by_id(seen, row["layer"])[row["row_id"]]})


def printed(client: Any, seen: Seen) -> None:
    """Read the totals of the page to print."""
    text = client.get("/print/division/440300").get_data(as_text=True)
    foot = re.findall(r"<td>([\d,]+)</td>", text.split("<tfoot>")[1])
    for layer, figure in zip(all_layers(), foot, strict=True):
        seen.city_count(layer.id, int(figure.replace(",", "")))


def to_mend(client: Any, seen: Seen) -> None:
    """List the rows to mend: just those the user may see of the sixty that test_rights lists."""
    text = client.get("/to-mend").get_data(as_text=True)
    codes = set(re.findall(r'<td class="figure">(\d{4,20})</td>', text))
    first = sorted(_codes_by_id(seen, "elevator").values())[:60]
    assert codes == {c for c in first if c in seen.allowed["elevator"]}


PROBES = (
    Probe("mends.page", to_mend),
    Probe("print.division", printed),
    Probe("indicators.figures", indicators),
    Probe("attachments.index", attachments),
    Probe("attachments.fetch", files),
    Probe("warnings.index", warnings),
    Probe("layers.feature_list", listed),
    Probe("layers.card", cards),
    Probe("tiles.layer", raw_tiles),
    Probe("tiles.layer", aggregate_tiles),
    Probe("ogc_features.items", ogc_items),
    Probe("ogc_features.item", ogc_item),
    Probe("ogc_tiles.tile", ogc_tile),
    Probe("export.export", exported),
    Probe("search.find", searched),
    Probe("layers.division", division_counts),
)
