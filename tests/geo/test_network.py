import numpy as np
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.errors import NetworkError
from geo.network import CutReason, network_arrays
from geo.network_building import build_network
from geo.road_class import Access
from geo.road_edges import RoadEdges, TurnRestriction, straight_edges
from geo.scenario import Scenario, weigh
from geo.weights import CLOSED_MS, SpeedTable, arc_weights_ms, default_speed_table
from tests.geo.road_cases import lattice, random_network

AT = np.array(
    [[114.0, 22.5], [114.01, 22.5], [114.01, 22.51], [114.0, 22.51], [114.05, 22.5], [114.06, 22.5]]
)


def test_arrays_fit_together():
    network, _ = random_network(4, restriction_count=30)
    arcs = np.arange(network.arc_count)
    assert (np.diff(network.arc_tail) >= 0).all()
    assert (network.first_out[network.arc_tail] <= arcs).all()
    assert (arcs < network.first_out[network.arc_tail + 1]).all()
    for node in range(network.node_count):
        entering = network.in_arc[network.first_in[node] : network.first_in[node + 1]]
        assert (network.arc_head[entering] == node).all()
    assert sorted(network.in_arc) == sorted(network.edge_arc) == arcs.tolist()
    for edge in range(network.edge_count):
        line = network.edge_lines([edge])[0]
        for along in (0, 1):
            here = network.edge_arc[
                network.edge_arc_first[2 * edge + along] : network.edge_arc_first[2 * edge + along + 1]
            ]
            assert (network.arc_edge[here] == edge).all()
            assert (network.arc_is_reversed[here] == along).all()
            assert len(set(network.arc_head[here].tolist())) <= 1  # copies lead to one node
            ends = line.coords[:: 1 if along == 0 else -1]
            for arc in here:
                assert network.node_lonlat[network.arc_tail[arc]] == pytest.approx(ends[0])
                assert network.node_lonlat[network.arc_head[arc]] == pytest.approx(ends[-1])
    graph = csr_array((np.ones(network.arc_count), (network.arc_tail, network.arc_head)))
    assert connected_components(graph, connection="strong")[0] == 1
    assert not any(array.flags.writeable for array in network_arrays(network).values())


def test_report_says_what_was_cut_and_why():
    pairs = [[0, 1], [1, 2], [2, 3], [3, 0], [4, 5], [1, 4], [2, 2]]
    roads = straight_edges(range(6), AT, pairs, direction=[0, 0, 0, 0, 0, 1, 0])
    report = build_network(range(6), AT, roads).report
    assert (report.nodes, report.edges, report.arcs) == (4, 4, 8)
    assert (report.edges_read, report.loops_dropped, report.edges_cut, report.parts_cut) == (7, 1, 2, 1)
    (part,) = report.cut
    assert (part.reason, part.edge_count) == (CutReason.ONE_WAY_TRAP, 2)
    assert report.length_cut_m == pytest.approx(part.length_m)
    separate = build_network(range(6), AT, straight_edges(range(6), AT, pairs[:5])).report
    assert [p.reason for p in separate.cut] == [CutReason.SEPARATE]
    assert separate.cut[0].lonlat == (114.05, 22.5)


def test_roads_closed_to_all_are_reported():
    roads = straight_edges(range(4), AT[:4], [[0, 1], [1, 2], [2, 3]], access=[3, 3, 0])
    report = build_network(range(4), AT[:4], roads).report
    assert [(p.reason, p.edge_count) for p in report.cut] == [(CutReason.NO_ACCESS, 1)]


def test_emergency_roads_stay_and_are_not_for_cars():
    roads = straight_edges(
        range(4), AT[:4], [[0, 1], [1, 2], [2, 3]], access=[Access.ALL, Access.ALL, Access.EMERGENCY]
    )
    network = build_network(range(4), AT[:4], roads)
    assert network.edge_count == 3
    assert network.report.edges_closed_to_cars == 1
    assert sorted(network.edge_access.tolist()) == [2, 3, 3]
    assert sorted(network.node_access.tolist()) == [2, 3, 3, 3]


def test_repeated_edges_go_and_parallel_roads_stay():
    pairs = [[0, 1], [0, 1], [1, 0], [0, 1]]
    roads = straight_edges(
        [0, 1], AT[:2], pairs, length_m=[500, 500, 500, 800], max_speed_kmh=[30, 60, 0, 30]
    )
    network = build_network([0, 1], AT[:2], roads)
    assert network.report.duplicates_dropped == 2
    assert sorted(network.edge_source_id.tolist()) == [1, 3]


def test_loops_with_a_shape_are_split_so_that_places_on_them_stay():
    shape = np.array([[114.01, 22.5], [114.02, 22.5], [114.02, 22.51], [114.01, 22.51], [114.01, 22.5]])
    base = straight_edges([0, 1], AT[:2], [[0, 1], [1, 1]], street=["", "环路"])
    roads = RoadEdges(
        **{
            **{name: getattr(base, name) for name in RoadEdges.__dataclass_fields__},
            "shape_first": np.array([0, 2, 7]),
            "shape_lonlat": np.concatenate([AT[:2], shape]),
        }
    )
    network = build_network([0, 1], AT[:2], roads)
    assert (network.report.loops_split, network.edge_count, network.node_count) == (1, 3, 3)
    assert network.edge_length_m.sum() == pytest.approx(network.report.length_read_m)
    assert [network.edge_name(e) for e in range(3)].count("环路") == 2


def test_turn_restrictions_that_fit_nothing_are_counted():
    wrong = [TurnRestriction(0, 3, 1), TurnRestriction(0, 99, 1), TurnRestriction(0, 1, 1)]
    roads = straight_edges(range(4), AT[:4], [[0, 1], [1, 2], [2, 3], [3, 0]], restrictions=wrong)
    report = build_network(range(4), AT[:4], roads).report
    assert report.restrictions_applied == 1
    assert report.restrictions_skipped == (("no such turn on the roads kept", 2),)


def test_version_is_of_the_content():
    first, _ = random_network(1)
    again, _ = random_network(1)
    other, _ = random_network(2)
    assert first.version == again.version != other.version


def test_edges_in_an_area():
    network, at, _ = lattice(6)
    area = shapely.box(at[7, 0] - 1e-4, at[7, 1] - 1e-4, at[7, 0] + 1e-4, at[7, 1] + 1e-4)
    assert len(network.edges_in_area(area)) == 4
    touching = shapely.box(at[0, 0] - 0.01, at[0, 1] - 0.01, at[0, 0], at[0, 1])
    assert len(network.edges_in_area(touching)) == 2  # touching counts
    assert len(network.edges_in_area(shapely.Polygon())) == 0
    assert len(network.edges_in_area(shapely.box(0, 0, 1, 1))) == 0
    with pytest.raises(NetworkError, match="Self-intersection"):
        network.edges_in_area(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_speed_kmh": [900, 0]}, "900 km/h"),
        ({"max_speed_kmh": [0.2, 0]}, "0.2 km/h"),
        ({"direction": [0, 7]}, r"direction codes \[7\]"),
        ({"road_class": [0, 99]}, r"road classes \[99\]"),
        ({"length_m": [-1, 1]}, "length"),
        ({"access": [2, 2]}, "open to cars"),
        ({"direction": [1, 1]}, "no two connected junctions"),
    ],
)
def test_impossible_roads_are_refused(changes, message):
    with pytest.raises(NetworkError, match=message):
        build_network(range(3), AT[:3], straight_edges(range(3), AT[:3], [[0, 1], [1, 2]], **changes))


def test_impossible_tables_are_refused():
    with pytest.raises(NetworkError, match="no road edges"):
        build_network([0], AT[:1], straight_edges([0], AT[:1], []))
    with pytest.raises(NetworkError, match="first 9"):
        straight_edges([0, 1], AT[:2], [[0, 9]])
    with pytest.raises(NetworkError, match="node 1 occurs twice"):
        straight_edges([1, 1], AT[:2], [[1, 1]])
    swapped = AT[:2, ::-1]
    with pytest.raises(NetworkError, match="longitude, latitude"):
        build_network([0, 1], swapped, straight_edges([0, 1], swapped, [[0, 1]]))


def test_weights_follow_class_hour_profile_and_posted_limit():
    roads = straight_edges(
        range(4),
        AT[:4],
        [[0, 1], [1, 2], [2, 3]],
        length_m=[1000] * 3,
        road_class=[2, 2, 15],
        max_speed_kmh=[0, 20, 6],
    )
    network = build_network(range(4), AT[:4], roads)
    by_source = dict(zip(network.edge_source_id.tolist(), range(3), strict=True))

    def seconds(**options):
        weights = arc_weights_ms(network, **options)
        return [round(int(weights[network.arcs_of_edges([by_source[i]])[0]]) / 1000, 1) for i in range(3)]

    from geo.weights import EMERGENCY

    assert seconds(hour_of_week=3) == [81.8, 180.0, 600.0]
    assert seconds(hour_of_week=18)[0] > 140
    assert seconds(hour_of_week=3, profile=EMERGENCY) == [71.1, 71.1, 600.0]
    slow = SpeedTable(np.full((16, 168), 10.0), "slow")
    assert seconds(speeds=slow)[:2] == [360.0, 360.0]


def test_weights_refuse_hours_outside_the_week_and_bad_tables():
    network, _, _ = lattice(2)
    for hour in (-1, 168, 3.5):
        with pytest.raises(NetworkError, match="hour of the week"):
            arc_weights_ms(network, hour_of_week=hour)
    with pytest.raises(NetworkError, match="hour of the week"):
        Scenario(hour_of_week=168)
    table = default_speed_table().speed_kmh.copy()
    table[2, 5] = 900
    with pytest.raises(NetworkError, match="primary at hour 5 is 900"):
        SpeedTable(table, "bad")
    with pytest.raises(NetworkError, match="shape"):
        SpeedTable(table[:3], "bad")


def test_scenario_closes_edges_arcs_and_areas():
    network, _, _ = lattice(3)
    arc = int(network.arcs_of_edges([2])[0])
    closed = (
        weigh(network, Scenario(closed_edges=frozenset({0}), closed_arcs=frozenset({arc}))).arc_ms
        == CLOSED_MS
    )
    assert set(np.flatnonzero(closed)) == {*network.arcs_of_edges([0]).tolist(), arc}
    for bad in ({"closed_edges": frozenset({99})}, {"closed_arcs": frozenset({-1})}):
        with pytest.raises(NetworkError, match="closed by the scenario"):
            weigh(network, Scenario(**bad))
    with pytest.raises(NetworkError, match="invalid"):
        Scenario(closed_areas=(shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),))
