"""Templates: the sample row of every layer loads, and is passed over while it is marked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from data.loading.columns import SAMPLE_MARK
from data.loading.subject import LoadResult
from data.loading.template import write_template
from layers.registry import all_layers, layer_by_id
from tests.data.loading.conftest import write_excel


def _unmarked(path: Path) -> list[list[Any]]:
    """Read a template's rows and take the mark from its sample."""
    rows: list[list[Any]] = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert str(rows[1][-1]).startswith(SAMPLE_MARK)
    rows[1][-1] = ""
    return rows


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("layer_id", [layer.id for layer in all_layers()])
def test_the_sample_row_loads_once_its_mark_is_gone(
    load: Callable[..., LoadResult], tmp_path: Path, layer_id: str, language: str
) -> None:
    path = tmp_path / "t.xlsx"
    write_template(layer_by_id(layer_id), path, language=language)
    assert load(layer_id, path).written.total == 0
    rows = _unmarked(path)
    for at, f in enumerate(layer_by_id(layer_id).all_fields):
        if f.required and f.references:
            # What it refers to must be there: the sample row of that layer.
            referred = tmp_path / f"{f.references}.xlsx"
            write_template(layer_by_id(f.references), referred, language=language)
            theirs = _unmarked(referred)
            load(f.references, write_excel(referred, theirs), accept_positions=True)
            rows[1][at] = theirs[1][0]
    done = load(layer_id, write_excel(tmp_path / "filled.xlsx", rows), accept_positions=True)
    assert (done.written.inserted, done.log.total) == (1, 0)


def test_every_field_is_explained() -> None:
    for layer in all_layers():
        assert all(f.words.zh and f.words.en for f in layer.all_fields)
