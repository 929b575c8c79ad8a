"""Single positions: judged only against the place that their own name or address was matched to, else the person is asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from data.errors import LoadError
from data.loading.subject import LoadResult
from data.scope import Connection
from geo.crs import convert
from tests.data.loading.conftest import stored

Load = Callable[..., LoadResult]

HEAD = ["小区编码", "小区名称", "所在区划", "地址", "经度", "纬度"]
PLACES = [
    ["A1", "银湖花园", "440304", "福田区红荔路10号", 114.0300, 22.5300],
    ["A2", "金桂苑", "440304", "福田区莲花路22号", 114.0500, 22.5100],
]
ASK = "请核对是否应加 --crs"


@pytest.fixture
def known(load: Load) -> Load:
    """A town with two places whose datum is known."""
    load("residential_place", [HEAD, *PLACES], crs="EPSG:4326", trust_crs=True)
    return load


def one(name: str, address: str | None, datum: str, lon: float, lat: float) -> list[list[object]]:
    x, y = convert([[lon, lat]], "EPSG:4326", datum)[0]
    return [HEAD, ["B1", name, "440304", address, float(x), float(y)]]


@pytest.mark.parametrize("true", ["EPSG:4326", "gcj02", "bd09"])
@pytest.mark.parametrize("said", [None, "EPSG:4326", "gcj02", "bd09"])
@pytest.mark.parametrize(("name", "address"), [("银湖花园", None), ("某公寓", "福田区红荔路10号")])
def test_one_row_with_a_known_name_or_address(
    known: Load, town: Connection, true: str, said: str | None, name: str, address: str | None
) -> None:
    rows = one(name, address, true, 114.0304, 22.5303)
    heard: list[str] = []
    if (said or "EPSG:4326") == true:
        assert known("residential_place", rows, crs=said, say=heard.append).written.inserted == 1
        assert not [text for text in heard if ASK in text], "the place has confirmed it"
        return
    with pytest.raises(LoadError, match=f"请用 --crs {true}") as caught:
        known("residential_place", rows, crs=said)
    assert "第 2 行" in str(caught.value)
    assert f"say --crs {true}" in str(caught.value)
    assert [code for (code,) in stored(town, "residential_place")] == ["A1", "A2"]
    if said is not None:
        done = known("residential_place", rows, crs=said, trust_crs=True)
        assert done.written.inserted == 1


@pytest.mark.parametrize(
    ("name", "address", "why"),
    [
        ("无名大厦", None, "nobody knows the name"),
        ("无名大厦", "福田区红荔路", "a road is no place"),
        ("银湖花园", None, "the place lies far from it under every datum"),
    ],
)
def test_without_a_place_to_hold_it_against_the_person_is_asked(
    known: Load, name: str, address: str | None, why: str
) -> None:
    heard: list[str] = []
    rows = one(name, address, "gcj02", 114.0800, 22.5800)
    assert known("residential_place", rows, say=heard.append).written.inserted == 1, why
    assert [text for text in heard if ASK in text]
    assert not [text for text in heard if "更像" in text]


def test_places_that_speak_for_different_datums_decide_nothing(known: Load) -> None:
    first = one("银湖花园", None, "gcj02", 114.0300, 22.5300)
    second = one("金桂苑", None, "EPSG:4326", 114.0500, 22.5100)[1]
    heard: list[str] = []
    rows = [*first, ["B2", *second[1:]]]
    assert known("residential_place", rows, say=heard.append).written.inserted == 2
