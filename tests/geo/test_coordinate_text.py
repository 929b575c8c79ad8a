"""Check that what people paste is read as they mean it, or refused with a way out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coordinate_text import CoordinateForm, position_from_text
from geo.errors import CoordinateError

LON, LAT = 114.0579, 22.5431


@pytest.mark.parametrize(
    ("text", "was_swapped", "form"),
    [
        ("114.0579,22.5431", False, "decimal"),
        ("114.0579 22.5431", False, "decimal"),
        ("  (114.0579；22.5431) ", False, "decimal"),
        ("22.5431, 114.0579", True, "decimal"),
        ("２２．５４３１，１１４．０５７９", True, "decimal"),
        ("１１４．０５７９、２２．５４３１", False, "decimal"),
        ("114.0579E 22.5431N", False, "decimal"),
        ("22.5431°N, 114.0579°E", True, "decimal"),
        ("N22.5431 E114.0579", True, "decimal"),
        ("东经114.0579，北纬22.5431", False, "decimal"),
        ("经度：114.0579 纬度：22.5431", False, "decimal"),
        ("lat=22.5431 lon=114.0579", True, "decimal"),
        ("{lng: 114.0579, lat: 22.5431}", False, "decimal"),
        ("东经114度3分28.44 北纬22度32分35.16", False, "dms"),
        ("114.0579° 22.5431°", False, "decimal"),
        ("114°3′28.44″ 22°32′35.16″", False, "dms"),
        ("N22°32'35.16\" E114°3'28.44\"", True, "dms"),
        ("22°32'35.16''N 114°3'28.44''E", True, "dms"),
        ("22°32’35.16”N，114°3’28.44”E", True, "dms"),
        ("东经114度3分28.44秒，北纬22度32分35.16秒", False, "dms"),
        ("北纬２２度３２分３５．１６秒 东经１１４度３分２８．４４秒", True, "dms"),
        ("22°32.586' N 114°3.474' E", True, "dms"),
        ("22 32 35.16 114 3 28.44", True, "dms"),
        ("N 22 32 35.16, E 114 03 28.44", True, "dms"),
        ("114:3:28.44 22:32:35.16", False, "dms"),
    ],
)
def test_forms_of_one_place(text: str, was_swapped: bool, form: str) -> None:  # noqa: FBT001
    at = position_from_text(text)
    assert (at.lon, at.lat) == pytest.approx((LON, LAT), abs=1e-9)
    assert (at.was_swapped, at.form, at.needs_datum) == (was_swapped, form, True)
    assert bool(at.notes) == was_swapped


@pytest.mark.parametrize(
    ("text", "zone", "was_swapped"),
    [
        ("38505955.846, 2493941.246", "EPSG:4526", False),
        ("X=2493941.246 Y=38505955.846", "EPSG:4526", True),
        ("２４９３９４１．２４６ ３８５０５９５５．８４６", "EPSG:4526", True),
    ],
)
def test_gauss_kruger_pairs(text: str, zone: str, was_swapped: bool) -> None:  # noqa: FBT001
    at = position_from_text(text)
    assert (at.lon, at.lat) == pytest.approx((LON, LAT), abs=1e-8)
    assert (at.form, at.crs_candidates, at.was_swapped) == (CoordinateForm.GAUSS_KRUGER, (zone,), was_swapped)
    assert "西安80" in at.notes[-1]


def test_six_degree_zone() -> None:
    at = position_from_text("19814711.1 2497215.6")
    assert at.crs_candidates == ("EPSG:4497",)
    assert 113 < at.lon < 115.5


@pytest.mark.parametrize("text", ["51.5072N 0.1276W", "0.1276°W, 51.5072°N"])
def test_letters_place_anything_on_the_globe(text: str) -> None:
    at = position_from_text(text)
    assert (at.lon, at.lat) == pytest.approx((-0.1276, 51.5072))
    assert "不在中国" in at.notes[-1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "0 个数值"),
        ("深圳市民中心", "文字"),
        ("114.0579", "1 个数值"),
        ("114.0579, 22.5431, 30", "3 个数值"),
        ("505955.846, 2493941.246", "带号"),
        ("-0.1276, 51.5072", "中国"),
        ("114.0579, 122.5431", "中国"),
        ("22.5431, 23.5431", "中国"),
        ("114°61′ 22°32′", "小于 60"),
        ("114°3′60″ 22°32′1″", "小于 60"),
        ("N22.5 N23.5", "同一方向"),
        ("95N 114E", "超出范围"),
        ("-22.5S 114E", "负号"),
        ("114.5°3′ 22°32′", "整数"),
        ("http://example.org/?q=114.0579,22.5431", "文字"),
        ("福田区114.0579,22.5431", "文字"),
        ("1 2 3 4 5 6 7", "个数值"),
        ("9" * 500, "个数值"),
    ],
)
def test_refusals_say_what_would_be_right(text: str, why: str) -> None:
    with pytest.raises(CoordinateError, match=why) as caught:
        position_from_text(text)
    assert "114.0579, 22.5431" in str(caught.value)
    assert len(str(caught.value)) < 600


@given(st.floats(73, 137), st.floats(1, 55), st.booleans())
def test_any_place_in_china_written_and_read(lon: float, lat: float, is_swapped: bool) -> None:  # noqa: FBT001
    def dms(value: float) -> str:
        whole = round(value * 3_600_000)
        return f"{whole // 3_600_000}°{whole // 60_000 % 60}′{whole % 60_000 / 1000:.3f}″"

    for form, limit in ((str, 1e-12), (dms, 2e-7)):
        pair = [form(lat), form(lon)] if is_swapped else [form(lon), form(lat)]
        at = position_from_text("，".join(pair))
        assert at.was_swapped == is_swapped
        assert abs(at.lon - lon) <= limit
        assert abs(at.lat - lat) <= limit


@given(st.text(max_size=60))
def test_anything_is_read_or_refused(text: str) -> None:
    try:
        at = position_from_text(text)
    except CoordinateError:
        return
    assert -180 <= at.lon <= 180
    assert -90 <= at.lat <= 90
