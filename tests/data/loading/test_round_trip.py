"""What is exported loads back unchanged, for every layer and format."""

from __future__ import annotations

from pathlib import Path

import pytest

from data import export, features
from data.loading.register import load_register
from data.loading.subject import LoadRequest
from data.scope import SYSTEM, Connection
from layers.registry import all_layers, layer_by_id


@pytest.mark.parametrize("file_format", ["xlsx", "csv", "gpkg"])
@pytest.mark.parametrize("layer_id", [layer.id for layer in all_layers()])
def test_an_export_of_the_sample_city_loads_back_unchanged(
    city_connection: Connection, tmp_path: Path, layer_id: str, file_format: str
) -> None:
    layer, path = layer_by_id(layer_id), tmp_path / f"{layer_id}.{file_format}"
    low = city_connection.execute(
        f"SELECT code FROM {layer_id} ORDER BY code OFFSET 600 LIMIT 1".encode()
    ).fetchone()
    tree = {"op": "<", "args": [{"property": "code"}, low["code"]]} if low else None
    count = export.write_file(
        city_connection, layer, features.Query(filter_tree=tree), path, file_format=file_format, scope=SYSTEM
    )
    if count == 0:
        pytest.skip("the sample city has none of these")
    done = load_register(city_connection, LoadRequest(layer_id, path, accept_positions=True))
    assert (done.written.inserted, done.written.updated, done.written.unchanged) == (0, 0, count)
