"""Files of positions: what is read of GPX, KML and GeoJSON, and what is refused before it blows up."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from data.errors import LoadError
from data.track_files import MAX_BYTES, MOST_POINTS, read_track_file
from geo.crs import convert, crs_from_name
from geo.errors import CrsError

GPX = b"""<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1">
<wpt lat="22.541" lon="114.061"><name>\xe9\x98\x80\xe4\xba\x95 1</name></wpt>
<trk><name>x</name><trkseg>
<trkpt lat="22.540" lon="114.060"><time>2026-11-20T01:00:00Z</time></trkpt>
<trkpt lat="22.542" lon="114.062"><time>2026-11-20T01:30:00Z</time></trkpt>
</trkseg><trkseg><trkpt lat="22.55" lon="114.07"/></trkseg></trk></gpx>"""
KML = b"""<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<Placemark><name>A</name><Point><coordinates>114.06,22.54,5</coordinates></Point></Placemark>
<Placemark><LineString><coordinates> 114.06,22.54 114.07,22.55,0
114.08,22.56 </coordinates></LineString></Placemark></Document></kml>"""
BOMB = b"""<?xml version="1.0"?><!DOCTYPE gpx [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><gpx><wpt lat="22.5" lon="114"><name>&c;</name></wpt></gpx>"""


def test_a_gpx_gives_segments_waypoints_and_times() -> None:
    found = read_track_file(GPX, "track.GPX")
    assert found.lines == [[(114.060, 22.540), (114.062, 22.542)]]
    assert found.points == [("阀井 1", 114.061, 22.541)]
    begins = dt.datetime(2026, 11, 20, 1, tzinfo=dt.UTC)
    assert found.times == (begins, begins + dt.timedelta(minutes=30))
    assert found.instants == [[begins, begins + dt.timedelta(minutes=30)]]


def test_a_table_gives_timed_positions() -> None:
    text = "车牌,定位时间,经度,纬度\n粤B1,2026/11/20 09:00:00,114.06,22.54\n\n粤B1,2026-11-20T01:00:30Z,114.07,22.55\n"
    begins = dt.datetime(2026, 11, 20, 1, tzinfo=dt.UTC)
    for content in (text.encode("utf-8-sig"), text.encode("gb18030")):
        found = read_track_file(content, "a.csv")
        assert found.lines == [[(114.06, 22.54), (114.07, 22.55)]]
        assert found.instants == [[begins, begins + dt.timedelta(seconds=30)]]
        assert found.times == (begins, begins + dt.timedelta(seconds=30))
    assert read_track_file(b"lon,lat\n114,22\n114.1,22\n", "a.csv").instants == [[None, None]]


def test_a_kml_gives_lines_and_points() -> None:
    found = read_track_file(KML, "a.kml")
    assert found.lines == [[(114.06, 22.54), (114.07, 22.55), (114.08, 22.56)]]
    assert found.points == [("A", 114.06, 22.54)]


def test_a_geojson_gives_lines_and_points() -> None:
    line = {"type": "MultiLineString", "coordinates": [[[114.0, 22.5], [114.1, 22.6]]]}
    point = {
        "type": "Feature",
        "properties": {"name": "B"},
        "geometry": {"type": "Point", "coordinates": [114.0, 22.5]},
    }
    found = read_track_file(
        json.dumps(
            {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": line}, point]}
        ).encode(),
        "x.geojson",
    )
    assert found.lines == [[(114.0, 22.5), (114.1, 22.6)]]
    assert found.points == [("B", 114.0, 22.5)]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (BOMB, "a.gpx", "实体"), (BOMB, "a.kml", "实体"), (BOMB.decode().encode("utf-16"), "a.gpx", "实体|XML"),
        (b'<!DOCTYPE gpx SYSTEM "file:///etc/passwd"><gpx/>', "a.gpx", "文档类型"),
        (b"<gpx>" + b"<a>" * 100 + b"</a>" * 100 + b"</gpx>", "a.gpx", "层次"),
        (GPX[:200], "a.gpx", "XML"), (b"<gpx></gpx>", "a.gpx", "没有线"), (b"", "a.gpx", "XML"),
        (b"x" * (MAX_BYTES + 1), "a.gpx", "MB"), (GPX, "a.kmz", "kmz"), (GPX, "../../x", "不接受"),
        (b'<gpx><wpt lat="114.06" lon="22.54"/></gpx>', "a.gpx", "中国"), (b'<gpx><wpt lat="a"/></gpx>', "a.gpx", "坐标"),
        (b'<gpx><wpt lat="nan" lon="114"/></gpx>', "a.gpx", "中国"),
        (b"lon,time\n114,x", "a.csv", "表头"), (b"lon,lat\n114,22\n22,114", "a.csv", "第 3 行"), (b"", "a.csv", "表头"),
        (b"lon,lat,time\n114,22,9 Uhr", "a.csv", "第 2 行的时间"), (b"lon,lat\n114", "a.csv", "第 2 行"), (b"lon,lat\n114,22", "a.csv", "没有线"),
        (b"[" * 100_000, "a.json", "GeoJSON"), (b'{"type": "Point"}', "a.json", "GeoJSON"), (b"7", "a.json", "GeoJSON"),
        (b"<gpx><trk><trkseg>" + b'<trkpt lat="22.5" lon="114"/>' * (MOST_POINTS + 1) + b"</trkseg></trk></gpx>", "a.gpx", "200,000"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_refused_in_words(content: bytes, name: str, words: str) -> None:
    with pytest.raises(LoadError) as caught:
        read_track_file(content, name)
    assert any(word in str(caught.value) for word in words.split("|")), str(caught.value)


@pytest.mark.parametrize("crs", ["gcj02", "百度", "cgcs2000", "EPSG:4547", "CGCS2000 3度带 38带", "bd09mc"])
@pytest.mark.parametrize("kind", ["csv", "geojson"])
def test_positions_are_turned_from_the_datum_of_the_file(crs: str, kind: str) -> None:
    true = [(114.060, 22.540), (114.062, 22.542), (114.070, 22.550)]
    given = convert(true, "EPSG:4326", crs).tolist()
    if kind == "csv":
        content = ("lon,lat\n" + "".join(f"{x:.9f},{y:.9f}\n" for x, y in given)).encode()
    else:
        content = json.dumps(
            {"type": "GeometryCollection", "geometries": [{"type": "LineString", "coordinates": given}, {"type": "Point", "coordinates": given[0]}]}
        ).encode()  # fmt: skip
    found = read_track_file(content, f"a.{kind}", crs=crs)
    assert found.crs == crs_from_name(crs)
    assert found.lines[0] == [pytest.approx(place, abs=1e-8) for place in true]
    assert [place[1:] for place in found.points] == [pytest.approx(true[0], abs=1e-8)] * (kind == "geojson")
    assert len(found.instants[0]) == len(true)


def test_a_geojson_names_its_own_system() -> None:
    metres = convert([[114.06, 22.54], [114.07, 22.55]], "EPSG:4326", "EPSG:4547").tolist()
    document = {
        "type": "LineString",
        "coordinates": metres,
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}},
    }
    found = read_track_file(json.dumps(document).encode(), "a.geojson")
    assert found.crs == "EPSG:4547"
    assert found.lines[0][1] == pytest.approx((114.07, 22.55), abs=1e-8)
    with pytest.raises(LoadError, match="选的却是"):
        read_track_file(json.dumps(document).encode(), "a.geojson", crs="gcj02")
    document["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2326"}}
    with pytest.raises(CrsError):
        read_track_file(json.dumps(document).encode(), "a.geojson")


@pytest.mark.parametrize(
    ("content", "name", "crs", "words"),
    [
        (b"x,y\n2493941.2,505955.8\n2493941.2,505956.8\n", "a.csv", "EPSG:4547", "东坐标"),
        (b"x,y\n38505955.8,2493941.2\n38505956.8,2493941.2\n", "a.csv", "EPSG:4547", "东坐标"),
        (b"x,y\n505955.8,2493941.2\n505956.8,2493941.2\n", "a.csv", "gcj02", "坐标系"),
        (GPX, "a.gpx", "EPSG:4526", "东坐标"),
        (b"x,y\n505955.8,9800000\n505956.8,9800000\n", "a.csv", "EPSG:4547", "中国"),
    ],
)
def test_positions_of_another_system_are_refused_in_words(
    content: bytes, name: str, crs: str, words: str
) -> None:
    with pytest.raises(LoadError, match=words):
        read_track_file(content, name, crs=crs)
