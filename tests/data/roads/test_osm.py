import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from data.roads import _osm_tags as meaning
from data.roads._osm_hours import hours_of_week
from data.roads.errors import RoadFileError
from data.roads.osm import network_from_osm
from geo.closest_facility import closest_facilities
from geo.errors import NetworkError
from geo.road_class import Access, Direction, RoadClass
from geo.route import find_route
from geo.scenario import Scenario, weigh
from geo.snapping import snap
from geo.weights import EMERGENCY

NODES = {
    # a cross of streets around node 1, with a ring of four roads around it
    1: (114.00, 22.50),
    2: (113.99, 22.50),
    3: (114.00, 22.51),
    4: (114.01, 22.50),
    5: (114.00, 22.49),
}
RING = {20: [2, 3], 21: [3, 4], 22: [4, 5], 23: [5, 2]}
CROSS = {10: [2, 1], 11: [1, 3], 12: [1, 4], 13: [1, 5]}


def osm_file(folder, ways, *, nodes=NODES, node_tags=(), relations=()):
    """Write OSM XML: ways as {id: (nodes, tags)}, relations as (members, tags)."""
    lines = ["<osm version='0.6'>"]
    for key, (lon, lat) in nodes.items():
        tags = "".join(f"<tag k='{k}' v='{v}'/>" for k, v in dict(node_tags).get(key, {}).items())
        lines.append(f"<node id='{key}' version='1' lon='{lon}' lat='{lat}'>{tags}</node>")
    for key, (refs, tags) in ways.items():
        inner = "".join(f"<nd ref='{r}'/>" for r in refs) + "".join(
            f"<tag k='{k}' v='{v}'/>" for k, v in tags.items()
        )
        lines.append(f"<way id='{key}' version='1'>{inner}</way>")
    for key, (members, tags) in enumerate(relations, 1):
        inner = "".join(f"<member type='{t}' ref='{r}' role='{role}'/>" for role, t, r in members)
        inner += "".join(f"<tag k='{k}' v='{v}'/>" for k, v in tags.items())
        lines.append(f"<relation id='{key}' version='1'>{inner}</relation>")
    path = Path(folder) / "roads.osm"
    path.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return path


def streets(*groups, **changes):
    return {
        key: (refs, {"highway": "residential", **changes.get(f"w{key}", {})})
        for g in groups
        for key, refs in g.items()
    }


def trip_s(network, start, stop, **scenario):
    impedance = weigh(network, Scenario(**scenario))
    ends = [snap(network, [NODES[n]], profile=impedance.scenario.profile) for n in (start, stop)]
    return closest_facilities(impedance, *ends).travel_time_s[0, 0]


def test_cross_and_ring(tmp_path):
    network = network_from_osm(osm_file(tmp_path, streets(CROSS, RING, w11={"name": "莲花路"})))
    assert (network.node_count, network.edge_count, network.arc_count) == (5, 8, 16)
    route = find_route(weigh(network), snap(network, [NODES[1]]), snap(network, [NODES[3]]))
    assert [step.name for step in route.steps] == ["莲花路"]
    assert network.edge_source_id[network.arc_edge[route.arc_idx]].tolist() in ([11], [])


@pytest.mark.parametrize(
    ("restriction", "applied"),
    [
        ({"restriction": "no_left_turn"}, True),
        ({"restriction": "only_straight_on"}, True),
        ({"restriction:motorcar": "no_left_turn"}, True),
        ({"restriction": "no_left_turn", "except": "bicycle;motorcar"}, False),
        (
            {"restriction:conditional": "no_left_turn @ (02:00-09:00)"},
            True,
        ),  # trips depart at 3 unless told otherwise
        ({"restriction:conditional": "no_left_turn @ (07:00-09:00)"}, False),
        ({"restriction": "no_left_turn", "restriction:conditional": "none @ (00:00-06:00)"}, False),
        ({"restriction": "no_left_turn", "hour_on": "07:00", "hour_off": "09:00"}, False),
        ({"restriction": "no_left_turn", "restriction:conditional": "none @ (wet)"}, True),
        ({"restriction:conditional": "no_left_turn @ (weight>3)"}, False),
        ({"restriction": "no_left_turn", "type": "other"}, False),
    ],
)
def test_turn_restrictions(tmp_path, restriction, applied):
    to = 12 if "only" in str(restriction) else 11
    relation = (
        [("from", "way", 10), ("via", "node", 1), ("to", "way", to)],
        {"type": "restriction", **restriction},
    )
    network = network_from_osm(osm_file(tmp_path, streets(CROSS, RING), relations=[relation]))
    free = network_from_osm(osm_file(tmp_path, streets(CROSS, RING)))
    # from the west street, in its middle, to the north street, in its middle
    ends = [[(113.995, 22.50)], [(114.00, 22.505)]]
    times = [
        closest_facilities(weigh(n, s), *(snap(n, e) for e in ends)).travel_time_s[0, 0]
        for n in (free, network)
        for s in (Scenario(), Scenario(profile=EMERGENCY))
    ]
    assert (times[2] > times[0]) == applied
    assert times[3] == times[1]  # rescue vehicles may turn
    can_be_read = not any(word in str(restriction) for word in ("wet", "weight"))
    is_timed = can_be_read and bool({"restriction:conditional", "hour_on"} & set(restriction))
    assert network.report.restrictions_timed == int(is_timed)
    assert network.report.restrictions_applied == int(applied or is_timed)


def test_turn_restrictions_that_cannot_be_kept_are_counted(tmp_path):
    wrong = [
        (
            [("from", "way", 10), ("via", "way", 11), ("via", "node", 3), ("to", "way", 21)],
            {"type": "restriction", "restriction": "no_u_turn"},
        ),
        (
            [("from", "way", 10), ("via", "node", 1), ("to", "way", 11)],
            {"type": "restriction", "restriction:conditional": "no_left_turn @ wet"},
        ),
        (
            [("from", "way", 20), ("via", "node", 1), ("to", "way", 12)],
            {"type": "restriction", "restriction": "no_left_turn"},
        ),
        ([("from", "way", 20), ("to", "way", 12)], {"type": "restriction", "restriction": "no_left_turn"}),
    ]
    notes = dict(network_from_osm(osm_file(tmp_path, streets(CROSS, RING), relations=wrong)).report.notes)
    assert notes == {
        "turn restriction over nodes and ways at once": 1,
        "turn restriction at certain times that cannot be read: left out": 1,
        "turn restriction whose roads do not meet": 1,
        "turn restriction without from, via or to": 1,
    }


def test_restriction_from_a_way_that_is_cut_at_its_junctions(tmp_path):
    # way 10 runs 2 - 1 - 4 right through; one-way, so only its first half arrives at 1
    ways = streets({10: [2, 1, 4], 11: [1, 3], 13: [1, 5]}, RING, w10={"oneway": "yes"})
    relation = (
        [("from", "way", 10), ("via", "node", 1), ("to", "way", 11)],
        {"type": "restriction", "restriction": "no_left_turn"},
    )
    assert network_from_osm(osm_file(tmp_path, ways, relations=[relation])).report.restrictions_applied == 1


def lengths_m(network, start, *stops, **scenario):
    """Length of the quickest way from one place to others."""
    impedance = weigh(network, Scenario(**scenario))
    return [
        round(find_route(impedance, snap(network, [start]), snap(network, [stop])).length_m, -1)
        for stop in stops
    ]


WEST, NORTH, EAST, SOUTH = (113.995, 22.50), (114.00, 22.505), (114.005, 22.50), (114.00, 22.495)


@pytest.mark.parametrize(
    ("members", "restriction", "barred"),
    [
        # way 10 runs 2 - 1 - 4 right through and is open both ways: which half is meant says the sign
        ([("from", "way", 10), ("via", "node", 1), ("to", "way", 11)], "no_left_turn", (WEST, NORTH)),
        ([("from", "way", 10), ("via", "node", 1), ("to", "way", 11)], "no_right_turn", (EAST, NORTH)),
        ([("from", "way", 11), ("via", "node", 1), ("to", "way", 10)], "no_left_turn", (NORTH, EAST)),
        ([("from", "way", 11), ("via", "node", 1), ("to", "way", 10)], "only_right_turn", (NORTH, EAST)),
    ],
)
def test_the_sign_says_which_half_of_a_road_that_passes_the_node_is_meant(
    tmp_path, members, restriction, barred
):
    ways = streets({10: [2, 1, 4], 11: [1, 3], 13: [1, 5]}, RING)
    relation = (members, {"type": "restriction", "restriction": restriction})
    network = network_from_osm(osm_file(tmp_path, ways, relations=[relation]))
    free = network_from_osm(osm_file(tmp_path, ways))
    assert network.report.restrictions_applied == 1
    assert not network.report.notes
    changed = {
        (a, b) for a in (WEST, NORTH, EAST) for b in (WEST, NORTH, EAST)
        if a != b and lengths_m(network, a, b) != lengths_m(free, a, b)
    }  # fmt: skip
    assert changed == {barred}


def test_a_u_turn_is_barred_on_each_half_and_what_no_sign_settles_is_counted(tmp_path):
    ways = streets({10: [2, 1, 4], 11: [1, 3], 13: [1, 5]}, RING)
    back = (
        [("from", "way", 10), ("via", "node", 1), ("to", "way", 10)],
        {"type": "restriction", "restriction": "no_u_turn"},
    )
    entry = (
        [("from", "way", 10), ("via", "node", 1), ("to", "way", 11)],
        {"type": "restriction", "restriction": "no_entry"},
    )
    report = network_from_osm(osm_file(tmp_path, ways, relations=[back, entry])).report
    assert report.restrictions_applied == 2
    assert dict(report.notes) == {"turn restriction on a road that passes its node": 1}


# a dual carriageway: 2 - 1 - 4 eastwards, 6 - 7 - 8 westwards above it, joined by 1 - 7; that way runs on to 9
DUAL_NODES = {**NODES, 6: (114.01, 22.501), 7: (114.00, 22.501), 8: (113.99, 22.501), 9: (114.00, 22.51)}
DUAL = streets(
    {10: [2, 1], 11: [1, 4], 20: [6, 7], 21: [7, 8], 30: [1, 7, 9], 40: [4, 6], 41: [8, 2], 42: [9, 6], 43: [9, 8]},
    **{f"w{way}": {"oneway": "yes"} for way in (10, 11, 20, 21)},
)  # fmt: skip


@pytest.mark.parametrize(
    ("restriction", "to", "back_is_longer", "on_is_longer"),
    [
        ("no_u_turn", 21, True, False),  # from 10 over the joining way into 21
        ("only_straight_on", 42, True, True),  # up to 9 and into 42, nothing else
        ("no_right_turn", 42, False, False),
    ],
)
def test_restrictions_over_a_way(tmp_path, restriction, to, back_is_longer, on_is_longer):
    members = [("from", "way", 10), ("via", "way", 30), ("to", "way", to)]
    relation = (members, {"type": "restriction", "restriction": restriction})
    network = network_from_osm(osm_file(tmp_path, DUAL, nodes=DUAL_NODES, relations=[relation]))
    free = network_from_osm(osm_file(tmp_path, DUAL, nodes=DUAL_NODES))
    assert (network.report.restrictions_applied, network.report.notes) == (1, ())
    back, on = (113.995, 22.501), (114.005, 22.50)
    longer = [
        a > b
        for a, b in zip(lengths_m(network, WEST, back, on), lengths_m(free, WEST, back, on), strict=True)
    ]
    assert longer == [back_is_longer, on_is_longer]
    assert lengths_m(network, WEST, back, profile=EMERGENCY) == lengths_m(free, WEST, back, profile=EMERGENCY)


def test_restrictions_over_several_ways_and_those_that_can_be_driven_in_several(tmp_path):
    sign = {"type": "restriction", "restriction": "no_u_turn"}
    ways = {**DUAL, **streets({30: [1, 7], 31: [7, 9]})}
    two = [("from", "way", 10), ("via", "way", 30), ("via", "way", 31), ("to", "way", 43)]
    report = network_from_osm(osm_file(tmp_path, ways, nodes=DUAL_NODES, relations=[(two, sign)])).report
    assert (report.restrictions_applied, report.notes) == (1, ())
    wrong_order = [two[0], two[2], two[1], two[3]]
    report = network_from_osm(
        osm_file(tmp_path, ways, nodes=DUAL_NODES, relations=[(wrong_order, sign)])
    ).report
    assert dict(report.notes) == {"turn restriction whose roads do not meet": 1}
    # a via way that leads to both ends of the last one
    ring = {**DUAL, **streets({44: [7, 10, 9]})}
    nodes = {**DUAL_NODES, 10: (114.001, 22.505)}
    both = (
        [("from", "way", 10), ("via", "way", 30), ("to", "way", 44)],
        {"type": "restriction", "restriction": "no_entry"},
    )
    report = network_from_osm(osm_file(tmp_path, ring, nodes=nodes, relations=[both])).report
    assert dict(report.notes) == {"turn restriction over a way that can be driven in several ways": 1}


def test_restrictions_by_the_clock_hold_at_their_hours(tmp_path):
    relation = (
        [("from", "way", 10), ("via", "node", 1), ("to", "way", 11)],
        {
            "type": "restriction",
            "restriction:conditional": "no_left_turn @ (Mo-Fr 07:00-09:00,17:00-19:00; Sa 10:00-12:00)",
        },
    )
    network = network_from_osm(osm_file(tmp_path, streets(CROSS, RING), relations=[relation]))
    barred = [
        h
        for h in range(168)
        if lengths_m(network, WEST, NORTH, hour_of_week=h) != lengths_m(network, WEST, NORTH)
    ]
    assert barred == [24 * d + h for d in range(5) for h in (7, 8, 17, 18)] + [130, 131]


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("24/7", range(168)),
        ("07:00-09:00", [24 * d + h for d in range(7) for h in (7, 8)]),
        ("Mo-Fr 07:30-08:30", [24 * d + h for d in range(5) for h in (7, 8)]),
        ("Mo-Fr 07:40-08:20", []),  # less than half of either hour
        ("Sa,Su", range(120, 168)),
        ("Fr-Mo 10:00-11:00", [10, 106, 130, 154]),
        ("Su 22:00-02:00", [0, 1, 166, 167]),
        ("Mo-Fr 07:00-09:00, Sa 10:00-11:00", [*(24 * d + h for d in range(5) for h in (7, 8)), 130]),
        ("Mo-Su 08:00-09:00; We off", [24 * d + 8 for d in (0, 1, 3, 4, 5, 6)]),
        ("Mo 08:00-09:00; PH off", [8]),
        ("Mo-Fr,PH 08:00-09:00", [24 * d + 8 for d in range(5)]),
        ("sunrise-sunset", None),
        ("Mo 25:00-26:00", None),
        ("Dec 24 10:00-12:00", None),
        ("weight>3.5", None),
        ("Mo 07:00-09:00 AND wet", None),
    ],
)
def test_hours_of_conditions(text, hours):
    assert hours_of_week(text) == (None if hours is None else frozenset(hours))


@pytest.mark.parametrize(
    ("tags", "there", "back"),
    [
        ({}, True, True),
        ({"oneway": "yes"}, True, False),
        ({"oneway": "-1"}, False, True),
        ({"highway": "motorway"}, True, False),
        ({"highway": "motorway", "oneway": "no"}, True, True),
        ({"junction": "roundabout"}, True, False),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, True, True),
    ],
)
def test_one_way(tmp_path, tags, there, back):
    network = network_from_osm(osm_file(tmp_path, streets(CROSS, RING, w12=tags)))
    direct = [
        (network.edge_source_id[network.arc_edge] == 12) & (network.arc_is_reversed == reverse)
        for reverse in (False, True)
    ]
    assert [d.any() for d in direct] == [there, back]


def test_barriers_part_roads_for_cars_and_let_rescue_through(tmp_path):
    nodes = {**NODES, 6: (113.995, 22.50), 7: (113.992, 22.50)}
    ways = streets({10: [2, 7, 6, 1], 11: [1, 3], 12: [1, 4], 13: [1, 5]}, RING)
    path = osm_file(tmp_path, ways, nodes=nodes, node_tags={6: {"barrier": "bollard"}})
    network = network_from_osm(path)
    open_ = network_from_osm(osm_file(tmp_path, ways, nodes=nodes, node_tags={6: {"barrier": "gate"}}))
    assert trip_s(network, 2, 1) > 1.3 * trip_s(open_, 2, 1)
    assert trip_s(network, 2, 1, profile=EMERGENCY) == pytest.approx(
        trip_s(open_, 2, 1, profile=EMERGENCY), abs=0.01
    )
    assert dict(network.report.notes) == {"barrier that stops cars": 1}
    block = network_from_osm(osm_file(tmp_path, ways, nodes=nodes, node_tags={6: {"barrier": "block"}}))
    assert trip_s(block, 2, 1, profile=EMERGENCY) > 1.2 * trip_s(open_, 2, 1, profile=EMERGENCY)


def test_ferry_takes_its_duration(tmp_path):
    nodes = {**NODES, 8: (114.05, 22.50), 9: (114.06, 22.50)}
    ways = streets(CROSS, RING) | {
        30: ([4, 8], {"route": "ferry", "motor_vehicle": "yes", "duration": "00:30", "name": "轮渡"}),
        31: ([8, 9], {"highway": "residential"}),
        32: ([4, 9], {"route": "ferry", "foot": "yes"}),
    }
    network = network_from_osm(osm_file(tmp_path, ways, nodes=nodes))
    crossing = find_route(weigh(network), snap(network, [NODES[4]]), snap(network, [nodes[8]]))
    assert crossing.travel_time_s == pytest.approx(1800, abs=1)
    assert 32 not in network.edge_source_id


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "residential"}, Access.ALL),
        ({"highway": "residential", "access": "private"}, Access.EMERGENCY),
        ({"highway": "residential", "access": "no"}, Access.NONE),
        ({"highway": "residential", "access": "no", "emergency": "yes"}, Access.EMERGENCY),
        ({"highway": "residential", "access": "no", "motor_vehicle": "yes"}, Access.ALL),
        ({"highway": "residential", "access": "yes", "motor_vehicle": "no"}, Access.EMERGENCY),
        ({"highway": "residential", "access": "destination"}, Access.ALL),
        ({"highway": "pedestrian"}, Access.EMERGENCY),
        ({"highway": "busway"}, Access.EMERGENCY),
        ({"highway": "service", "service": "emergency_access"}, Access.EMERGENCY),
        ({"highway": "residential", "emergency": "no"}, Access.CAR),
    ],
)
def test_access(tags, expected):
    assert meaning.access(tags) == expected


@pytest.mark.parametrize(
    ("tags", "expected", "remarks"),
    [
        ({"maxspeed": "60"}, (60, 60), 0),
        ({"maxspeed": "60 km/h"}, (60, 60), 0),
        ({"maxspeed": "30 mph"}, (pytest.approx(48.28, abs=0.01),) * 2, 0),
        ({"maxspeed": "80;60"}, (60, 60), 0),
        ({"maxspeed": "60", "maxspeed:backward": "40"}, (60, 40), 0),
        ({"maxspeed": "CN:urban"}, (0, 0), 0),
        ({"maxspeed": "none"}, (0, 0), 0),
        ({"maxspeed": "fast"}, (0, 0), 1),
        ({"maxspeed": "0"}, (0, 0), 1),
        ({"maxspeed": "900"}, (0, 0), 1),
        ({}, (0, 0), 0),
    ],
)
def test_posted_speed(tags, expected, remarks):
    counted = Counter()
    assert meaning.max_speed_kmh(tags, counted) == expected
    assert sum(counted.values()) == remarks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20", 1200),
        ("00:20", 1200),
        ("1:05:30", 3930),
        ("PT1H20M", 4800),
        ("soon", None),
        ("", None),
        ("0", None),
    ],
)
def test_duration(text, expected):
    assert meaning.duration_s({"duration": text}) == expected


def test_classes_and_unknown_directions():
    assert meaning.road_class({"highway": "primary_link"}) == RoadClass.PRIMARY_LINK
    assert meaning.road_class({"highway": "footway"}) is None
    assert meaning.road_class({"highway": "service", "area": "yes"}) is None
    remarks = Counter()
    assert meaning.direction({"oneway": "sometimes"}, remarks) == Direction.BOTH
    assert meaning.direction({"oneway": "reversible"}, remarks) is None
    assert sum(remarks.values()) == 2


def test_ways_with_nodes_outside_the_file_are_cut_there(tmp_path):
    ways = streets(CROSS, RING) | {40: ([4, 99, 5], {"highway": "residential"})}
    report = network_from_osm(osm_file(tmp_path, ways)).report
    assert dict(report.notes) == {"way with nodes outside the file": 1}


def test_bad_files(tmp_path):
    with pytest.raises(RoadFileError, match="no such road file"):
        network_from_osm(tmp_path / "none.osm.pbf")
    empty = tmp_path / "empty.osm.pbf"
    empty.write_bytes(b"")
    with pytest.raises(RoadFileError, match="truncated"):
        network_from_osm(empty)
    with pytest.raises(RoadFileError, match="no roads"):
        network_from_osm(osm_file(tmp_path, {1: ([1, 2], {"highway": "footway"})}))
    with pytest.raises(NetworkError, match="no two connected"):
        network_from_osm(osm_file(tmp_path, {1: ([1, 2], {"highway": "primary", "oneway": "yes"})}))


def real_data():
    here = os.environ.get("ONEMAP_REAL_DATA") or Path(__file__).parents[3].parent / "shared" / "data"
    path = Path(here) / "shenzhen_roads" / "shenzhen_futian_roads.osm.pbf"
    if not path.is_file():
        pytest.skip("real data are not here")
    return path


@pytest.mark.real_data
def test_futian(tmp_path):
    path = real_data()
    network = network_from_osm(path)
    report = network.report
    assert report.length_read_m == pytest.approx(report.length_m + report.length_cut_m, rel=0.001)
    assert report.edges > 8500
    assert "深南大道" in network.names
    half = tmp_path / "half.osm.pbf"
    half.write_bytes(path.read_bytes()[:200_000])
    with pytest.raises(RoadFileError, match="truncated"):
        network_from_osm(half)
    civic_centre, window_of_the_world = [114.0596, 22.5431], [113.9731, 22.5348]
    route = find_route(weigh(network), snap(network, [civic_centre]), snap(network, [window_of_the_world]))
    assert 8_000 < route.length_m < 14_000
    assert np.isfinite(route.travel_time_s)
