import json

import numpy as np
import pytest

from data.roads.errors import RoadFileError
from data.roads.lines import LineMapping, network_from_lines
from data.roads.tables import TableMapping, network_from_tables
from geo.crs import convert
from geo.errors import CrsError, NetworkError
from geo.road_class import RoadClass
from geo.scenario import weigh

NODES = "id,lon,lat\n1,114.00,22.50\n2,114.01,22.50\n3,114.01,22.51\n"
EDGES = "from,to,kind,way,limit,metres,street\n1,2,主干路,双向,60,1100,深南大道\n2,3,支路,单向,,1200,\n3,1,支路,1,30,1700,彩田路\n"
MAPPING = TableMapping(road_class="kind", oneway="way", max_speed="limit", length_m="metres", name="street")


def tables(folder, nodes=NODES, edges=EDGES):
    (folder / "nodes.csv").write_text(nodes, encoding="utf-8")
    (folder / "edges.csv").write_text(edges, encoding="utf-8")
    return folder / "nodes.csv", folder / "edges.csv"


def test_tables_with_everything_mapped(tmp_path):
    network = network_from_tables(*tables(tmp_path), MAPPING)
    assert (network.node_count, network.edge_count, network.arc_count) == (3, 3, 4)
    row = np.argsort(network.edge_source_id)
    assert [network.edge_name(e) for e in row] == ["深南大道", "", "彩田路"]
    assert network.edge_length_m[row].tolist() == [1100, 1200, 1700]
    assert sorted(set(network.arc_max_speed_kmh.tolist())) == [0, 30, 60]
    assert RoadClass.PRIMARY in network.arc_class


def test_opposite_rows_become_one_road(tmp_path):
    edges = "from,to,metres\n1,2,1000\n2,1,1001\n2,3,1000\n3,2,1500\n3,1,1700\n"
    network = network_from_tables(
        *tables(tmp_path, edges=edges), TableMapping(length_m="metres", edges_are_directed=True)
    )
    assert (network.edge_count, network.arc_count) == (4, 5)


def test_positions_in_another_datum(tmp_path):
    shifted = convert([[114.0, 22.5], [114.01, 22.5], [114.01, 22.51]], "EPSG:4326", "gcj02")
    nodes = "id,lon,lat\n" + "\n".join(f"{i + 1},{lon},{lat}" for i, (lon, lat) in enumerate(shifted))
    network = network_from_tables(*tables(tmp_path, nodes=nodes), MAPPING, crs="gcj02")
    assert network.bounds == pytest.approx((114.0, 22.5, 114.01, 22.51), abs=1e-7)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("limit,", "speed,", "'limit' mapped to max speed is not in the file; present: from、to、kind"),
        (",60,", ",900,", "row 1: 900"),
        (",60,", ",0,", "row 1: 0"),
        (",60,", ",fast,", "row 1: fast"),
        ("单向", "maybe", r"'maybe' \(行 row 2\)"),
        (",1100,", ",-5,", "lengths cannot be negative.*row 1: -5"),
        ("3,1,", "3.5,1,", "whole number"),
        ("3,1,", "x,1,", "row 3: from"),
    ],
)
def test_bad_tables_name_the_place(tmp_path, old, new, message):
    assert old in EDGES
    with pytest.raises(RoadFileError, match=message):
        network_from_tables(*tables(tmp_path, edges=EDGES.replace(old, new, 1)), MAPPING)


def test_unknown_node_and_missing_file(tmp_path):
    with pytest.raises(NetworkError, match="first 9"):
        network_from_tables(*tables(tmp_path, edges=EDGES.replace("3,1,", "9,1,")), MAPPING)
    with pytest.raises(RoadFileError, match="cannot read the table"):
        network_from_tables(tmp_path / "none.csv", tmp_path / "none.csv", MAPPING)


def lines(folder, features, crs=None):
    content = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": p, "geometry": {"type": kind, "coordinates": c}}
            for p, kind, c in features
        ],
    }
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    path = folder / "roads.geojson"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


SQUARE = [
    (
        {"FCLASS": "快速路", "DIR": "B", "NAME": "滨河大道", "V": 80},
        "LineString",
        [[114.0, 22.5], [114.01, 22.5]],
    ),
    ({"FCLASS": "支路", "DIR": "FT", "NAME": "", "V": None}, "LineString", [[114.01, 22.5], [114.01, 22.51]]),
    (
        {"FCLASS": "支路", "DIR": "TF", "NAME": "", "V": 40},
        "MultiLineString",
        [[[114.0, 22.5], [114.01, 22.51]]],
    ),
]
LINES = LineMapping(road_class="FCLASS", oneway="DIR", max_speed="V", name="NAME")


def test_line_layer(tmp_path):
    network = network_from_lines(lines(tmp_path, SQUARE), LINES)
    assert (network.node_count, network.edge_count, network.arc_count) == (3, 3, 4)
    assert "滨河大道" in network.names
    assert set(network.arc_class.tolist()) == {RoadClass.TRUNK, RoadClass.TERTIARY}
    assert np.isfinite(weigh(network).arc_ms).all()


def test_ends_that_lie_close_are_one_junction(tmp_path):
    near = [*SQUARE[:2], (SQUARE[2][0], "LineString", [[114.000002, 22.5], [114.01, 22.510002]])]
    assert network_from_lines(lines(tmp_path, near), LINES).node_count == 3
    with pytest.raises(NetworkError):
        network_from_lines(lines(tmp_path, [near[1], near[2]]), LINES, join_m=0.01)


def test_touching_lines_are_cut_and_crossing_lines_reported(tmp_path):
    more = [
        ({}, "LineString", [[114.0, 22.5], [114.01, 22.5]]),
        ({}, "LineString", [[114.005, 22.5], [114.005, 22.51]]),
        ({}, "LineString", [[114.005, 22.51], [114.002, 22.49]]),
    ]
    network = network_from_lines(lines(tmp_path, more), LineMapping())
    notes = dict(network.report.notes)
    assert notes["end of a line on the middle of another, cut there"] == 1
    assert notes["lines cross without a junction, taken as a bridge"] == 1
    assert network.edge_count == 4
    apart = network_from_lines(lines(tmp_path, more), LineMapping(), split_at_touches=False)
    assert apart.report.parts_cut == 1


def test_layer_in_gauss_kruger(tmp_path):
    flat = [
        (p, "LineString", convert(c[0] if kind != "LineString" else c, "EPSG:4326", "EPSG:4547").tolist())
        for p, kind, c in SQUARE
    ]
    path = lines(tmp_path, flat, crs="urn:ogc:def:crs:EPSG::4547")
    network = network_from_lines(path, LINES)
    assert network.bounds == pytest.approx((114.0, 22.5, 114.01, 22.51), abs=1e-6)


def test_bad_line_layers(tmp_path):
    with pytest.raises(
        RoadFileError, match="'CLASS' mapped to road class is not in the file; present: FCLASS"
    ):
        network_from_lines(lines(tmp_path, SQUARE), LineMapping(road_class="CLASS"))
    with pytest.raises(RoadFileError, match="row 1 is no line"):
        network_from_lines(lines(tmp_path, [({}, "Point", [114.0, 22.5])]), LineMapping())
    with pytest.raises(RoadFileError, match="unknown one-way code: 'x9'"):
        network_from_lines(lines(tmp_path, [({"D": "X9"}, *SQUARE[0][1:])]), LineMapping(oneway="D"))
    with pytest.raises(RoadFileError, match="1 to 200"):
        network_from_lines(lines(tmp_path, [({"V": 900}, *SQUARE[0][1:])]), LineMapping(max_speed="V"))
    with pytest.raises(RoadFileError, match="cannot read the line layer"):
        network_from_lines(tmp_path / "none.shp", LINES)
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(b"not a database")
    with pytest.raises(RoadFileError, match="cannot read the line layer"):
        network_from_lines(broken, LINES)
    with pytest.raises(CrsError):
        network_from_lines(lines(tmp_path, SQUARE, crs="urn:ogc:def:crs:EPSG::27700"), LINES)
