"""Travel time over HTTP and on the command line: answers, their circumstances, and every bad question."""

from __future__ import annotations

import itertools
import json
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely
from click.testing import CliRunner
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from data.database import Database
from geo.measure import geodesic_area_m2
from geo.snapping import entries
from web.cli import main

AT = {"lon": 114.0579, "lat": 22.5431, "at_time": "2026-11-23T18:00"}


@pytest.fixture
def client(sign_in: Any) -> Any:
    return sign_in("city")


def ask(client: Any, path: str, **values: Any) -> Any:
    response = client.get(path, query_string=values)
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_json()


def scipy_times_s(application: Any, layer: str) -> dict[int, float]:
    """Seconds from every station to the place, by an independent search over the same weights."""
    import datetime as dt

    from data.scope import SYSTEM
    from data.travel_store import Question
    from geo.snapping import snap

    travel = application.extensions["travel"]
    found = travel.circumstances(Question(dt.datetime(2026, 11, 23, 10, tzinfo=dt.UTC)))
    network, weights = found.network, found.impedance.arc_ms
    with application.extensions["store"].transaction(SYSTEM) as connection:
        rows = connection.execute(
            f"SELECT id, ST_X(geom) AS x, ST_Y(geom) AS y FROM {layer}".encode()
        ).fetchall()
    stations = snap(network, [[r["x"], r["y"]] for r in rows])
    incident = snap(network, [[AT["lon"], AT["lat"]]])
    usable = np.flatnonzero(weights >= 0)
    # scipy adds parallel arcs: keep the quickest
    order = usable[np.lexsort((weights[usable], network.arc_head[usable], network.arc_tail[usable]))]
    tail, head = network.arc_tail[order], network.arc_head[order]
    first = np.ones(len(order), bool)
    first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    graph = csr_array(
        (weights[order[first]].astype(float), (tail[first], head[first])), shape=(network.node_count,) * 2
    )
    ends = entries(found.impedance, incident, leaving=False)
    starts = entries(found.impedance, stations, leaving=True)
    back = dijkstra(csr_array(graph.T), indices=ends.node) + ends.ms[:, None]
    best = np.full(len(rows), np.inf)
    np.minimum.at(best, starts.point, back.min(axis=0)[starts.node] + starts.ms)
    same = stations.edge_idx == incident.edge_idx[0]
    return {r["id"]: float(t) / 1000 for r, t, s in zip(rows, best, same, strict=True) if not s}


def test_nearest_equals_brute_force_over_all_stations(application: Any, client: Any) -> None:
    body = ask(client, "/api/nearest", **AT, k=100)
    expected = scipy_times_s(application, "rescue_station")
    got = {c["id"]: c["travel_time_s"] for c in body["candidates"]}
    assert len(got) == len(expected)
    for station, time_s in expected.items():
        assert got[station] == pytest.approx(time_s, abs=1e-9)
    assert [c["travel_time_s"] for c in body["candidates"]] == sorted(got.values())


def test_a_candidate_carries_its_route_and_the_straight_line(client: Any) -> None:
    body = ask(client, "/api/nearest", **AT, kind="hospital", k=3, profile="emergency")
    assert body["kind"] == {"name": "hospital", "title": "医院", "layer": "rescue_resource"}
    assert body["network"]["slice"]["hour_of_week"] == 18
    assert body["network"]["slice"]["label"] == "周一 18:00–18:59"
    assert body["network"]["slice"]["profile"] == "emergency"
    assert set(body["network"]["closures"]) == {"version", "in_force", "drawn", "edges_closed"}
    assert body["from"]["snapped"]["distance_m"] >= 0
    for c in body["candidates"]:
        line = shapely.geometry.shape(c["route"])
        assert line.geom_type == "LineString"
        assert c["length_m"] >= c["straight_distance_m"] - 1000
        assert c["straight_rank"] >= 1
        assert all(isinstance(street, str) for street in c["streets"])
    reasons = {g["reason"]: g["count"] for g in body["left_out"]}
    assert reasons["wrong_kind"] > 0
    assert sum(reasons.values()) + len(body["candidates"]) == body["total"]


def test_filters(client: Any) -> None:
    everyone = ask(client, "/api/nearest", **AT, k=100)
    on_duty = ask(client, "/api/nearest", **AT, k=100, on_duty=1)
    off = next((g["count"] for g in on_duty["left_out"] if g["reason"] == "off_duty"), 0)
    assert len(on_duty["candidates"]) == len(everyone["candidates"]) - off
    inside = ask(client, "/api/nearest", **AT, k=100, division="440304")
    outside = next((g["count"] for g in inside["left_out"] if g["reason"] == "wrong_division"), 0)
    assert len(inside["candidates"]) == len(everyone["candidates"]) - outside
    soon = ask(client, "/api/nearest", **AT, k=100, within=10)
    assert all(c["travel_time_s"] <= 600 for c in soon["candidates"])
    assert len(soon["candidates"]) == sum(c["travel_time_s"] <= 600 for c in everyone["candidates"])


def test_a_drawn_closure_changes_the_answer_and_leaves_no_trace(client: Any) -> None:
    before = ask(client, "/api/nearest", **AT, k=5)
    lon, lat = before["candidates"][0]["lon"], before["candidates"][0]["lat"]
    area = shapely.geometry.mapping(shapely.box(lon - 0.003, lat - 0.003, lon + 0.003, lat + 0.003))
    closed = client.post("/api/nearest", query_string={**AT, "k": 5}, json={"closed": area}).get_json()
    assert closed["network"]["closures"]["drawn"] == 1
    assert closed["network"]["closures"]["edges_closed"] > 0
    assert before["candidates"][0]["id"] not in [c["id"] for c in closed["candidates"]]
    assert next(g for g in closed["left_out"] if g["reason"] == "closed_off")["label"] == "因道路封闭到不了"
    assert ask(client, "/api/nearest", **AT, k=5) == before


def test_phones_are_masked_without_the_right(sign_in: Any) -> None:
    full = ask(sign_in("city"), "/api/nearest", **AT)["candidates"][0]["phone"]
    masked = ask(sign_in("wall"), "/api/nearest", **AT)["candidates"][0]["phone"]
    assert "*" not in full
    assert "*" in masked


def test_route_and_back(client: Any) -> None:
    body = ask(
        client, "/api/route", **{"from": "114.0579,22.5431", "to": "114.10,22.56"}, at_time=AT["at_time"]
    )
    assert body["outcome"] == "reached"
    assert body["travel_time_s"] == pytest.approx(sum(s["travel_time_s"] for s in body["steps"]), abs=0.01)
    assert body["length_m"] == pytest.approx(sum(s["length_m"] for s in body["steps"]), abs=1)
    everything = shapely.geometry.mapping(shapely.box(113, 22, 115, 23.4))
    cut = client.post(
        "/api/route",
        query_string={"from": "114.0579,22.5431", "to": "114.10,22.56"},
        json={"closed": everything},
    ).get_json()
    assert (cut["outcome"], cut["travel_time_s"], cut["route"]) == ("road_closed", None, None)


def test_isochrones_lie_inside_each_other(client: Any) -> None:
    body = ask(client, "/api/isochrone", **AT, minutes="10,20,30")
    shapes = [shapely.geometry.shape(f["geometry"]) for f in body["features"]]
    assert [f["properties"]["minutes"] for f in body["features"]] == [10, 20, 30]
    for inner, outer in itertools.pairwise(shapes):
        assert inner.is_valid
        assert inner.difference(outer.buffer(1e-5)).area < 1e-9
    areas = [f["properties"]["area_m2"] for f in body["features"]]
    assert areas == sorted(areas)
    assert areas[0] == pytest.approx(geodesic_area_m2(shapes[0]), rel=0.01)


def test_coverage_adds_up_and_agrees_with_the_field(client: Any) -> None:
    body = ask(
        client,
        "/api/coverage",
        of="elevator",
        by="rescue_station",
        within="2,5,10",
        at_time=AT["at_time"],
        with_area=1,
    )
    whole = body["total"]
    for name in ("count", "beyond", "unreachable", "off_road", "no_position", "uncovered"):
        assert sum(d[name] for d in body["divisions"]) == whole[name]
    assert [sum(d["within"][i] for d in body["divisions"]) for i in range(3)] == whole["within"]
    assert whole["within"][-1] + whole["uncovered"] == whole["count"]
    assert body["uncovered"]["count"] == whole["uncovered"]
    for counts, within in zip(body["times_covered"], whole["within"], strict=True):
        assert sum(counts["objects"]) == whole["count"]
        assert sum(counts["objects"][1:]) == within
    assert [a["limit_s"] for a in body["areas"]] == body["limits_s"] == [120, 300, 600]
    field = ask(client, "/api/coverage/field", of="elevator", by="rescue_station", at_time=AT["at_time"])
    assert sum(s is not None and s <= 300 for s in field["seconds"].values()) == whole["within"][1]
    part = ask(client, "/api/coverage", of="elevator", division="440304", within="5", at_time=AT["at_time"])
    assert all(d["code"].startswith("440304") for d in part["divisions"])
    county = next(d for d in body["divisions"] if d["code"] == "440304")
    assert (part["total"]["count"], part["total"]["within"][0]) == (county["count"], county["within"][1])


def test_the_binary_field_says_the_same(client: Any) -> None:
    as_json = ask(client, "/api/coverage/field", at_time=AT["at_time"])
    content = client.get(
        "/api/coverage/field", query_string={"at_time": AT["at_time"], "format": "binary"}
    ).get_data()
    (length,) = struct.unpack_from("<I", content)
    head = json.loads(content[4 : 4 + length])
    n = head["count"]
    ids = np.frombuffer(content, "<u4", n, 4 + length)
    seconds = np.frombuffer(content, "<u2", n, 4 + length + 4 * n)
    got = {str(i): None if s == head["unreached"] else int(s) for i, s in zip(ids, seconds, strict=True)}
    assert got == as_json["seconds"]
    assert len(content) == 4 + length + 6 * n


def test_positions_are_those_of_the_field_and_are_sent_once(client: Any, application: Any) -> None:
    from data.scope import SYSTEM

    answer = client.get("/api/coverage/positions", query_string={"of": "elevator"})
    content = answer.get_data()
    (length,) = struct.unpack_from("<I", content)
    n = json.loads(content[4 : 4 + length])["count"]
    ids = np.frombuffer(content, "<u4", n, 4 + length)
    lonlat = np.frombuffer(content, "<f4", 2 * n, 4 + length + 4 * n).reshape(n, 2)
    assert set(map(str, ids.tolist())) == set(ask(client, "/api/coverage/field")["seconds"])
    assert bool((np.diff(ids.astype(np.int64)) > 0).all())
    with application.extensions["store"].transaction(SYSTEM) as connection:
        rows = connection.execute(
            "SELECT id, ST_X(geom) AS x, ST_Y(geom) AS y FROM elevator ORDER BY id"
        ).fetchall()
    stored = np.array([[r["x"] or np.nan, r["y"] or np.nan] for r in rows])
    assert ids.tolist() == [r["id"] for r in rows]
    np.testing.assert_allclose(lonlat, stored, rtol=0, atol=1e-5)
    again = client.get(
        "/api/coverage/positions",
        query_string={"of": "elevator"},
        headers={"If-None-Match": answer.headers["ETag"]},
    )
    assert (again.status_code, again.get_data()) == (304, b"")
    hospitals = client.get("/api/coverage/positions", query_string={"of": "hospital"}).get_data()
    (length,) = struct.unpack_from("<I", hospitals)
    assert json.loads(hospitals[4 : 4 + length])["of"]["layer"] == "rescue_resource"


def test_another_user_has_other_positions_under_another_tag(client: Any, sign_in: Any) -> None:
    mine = client.get("/api/coverage/positions", query_string={"of": "elevator"})
    district = sign_in("district").get(
        "/api/coverage/positions",
        query_string={"of": "elevator"},
        headers={"If-None-Match": mine.headers["ETag"]},
    )
    assert district.status_code == 200
    assert len(district.get_data()) < len(mine.get_data())


def test_any_station_may_be_left_out_whether_on_duty_or_not(client: Any, application: Any) -> None:
    from data.scope import SYSTEM

    store = application.extensions["store"]
    with store.transaction(SYSTEM) as connection:
        off_duty = [
            r["id"]
            for r in connection.execute(
                "UPDATE rescue_station SET on_duty = false WHERE code = (SELECT min(code) FROM rescue_station) RETURNING id"
            )
        ]
    try:
        query = {"at_time": AT["at_time"], "on_duty": 1}
        for _ in range(40):  # a change is taken up within seconds
            before = ask(client, "/api/coverage/field", **query)["seconds"]
            without = client.post("/api/coverage/field", query_string=query, json={"out": off_duty})
            assert without.status_code == 200, without.get_data(as_text=True)
            if without.get_json()["seconds"] == before:
                break
            time.sleep(0.25)
        assert without.get_json()["seconds"] == before
    finally:
        with store.transaction(SYSTEM) as connection:
            connection.execute("UPDATE rescue_station SET on_duty = true WHERE id = ANY(%s)", [off_duty])


def test_a_station_tried_out_only_helps(client: Any) -> None:
    before = ask(client, "/api/coverage/field", at_time=AT["at_time"])["seconds"]
    tried = client.post(
        "/api/coverage/field",
        query_string={"at_time": AT["at_time"]},
        json={"added": [[AT["lon"], AT["lat"]]]},
    ).get_json()["seconds"]
    assert all(tried[i] <= before[i] for i in before if before[i] is not None)
    assert any(tried[i] < before[i] for i in before if before[i] is not None)


def test_the_report_opens_offline(client: Any, sign_in: Any) -> None:
    response = client.get("/api/coverage", query_string={"format": "html", "within": "1,2"})
    text = response.get_data(as_text=True)
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert "<script src" not in text
    assert "<link" not in text
    assert "L.map(" in text
    assert "合计" in text
    assert sign_in("wall").get("/api/coverage?format=html").status_code == 403


BAD = [
    ("/api/nearest", {"k": 0}, 400, "1–100"),
    ("/api/nearest", {"k": "many"}, 400, "1–100"),
    ("/api/nearest", {"within": -1}, 400, "大于 0"),
    ("/api/nearest", {"hour_of_week": 168}, 400, "167"),
    ("/api/nearest", {"at_time": "half past six"}, 400, "2026-11-23T18:00"),
    ("/api/nearest", {"kind": "volcano"}, 400, "rescue_station"),
    ("/api/nearest", {"kind": "closure"}, 400, "rescue_station"),
    ("/api/nearest", {"profile": "tank"}, 400, "emergency"),
    ("/api/nearest", {"division": "44x"}, 400, "行政区划代码"),
    ("/api/nearest", {"lon": 114.9, "lat": 22.0}, 422, "道路"),
    ("/api/nearest", {"lon": 22.5431, "lat": 114.0579}, 400, ""),
    ("/api/nearest", {"lon": "x"}, 400, "数字"),
    ("/api/nearest", {"lon": "nan"}, 400, "有限"),
    ("/api/nearest", {"crs": "utm"}, 400, ""),
    ("/api/isochrone", {"minutes": "-1"}, 400, "大于 0"),
    ("/api/isochrone", {"minutes": "10,x"}, 400, "10,20,30"),
    ("/api/isochrone", {"minutes": "1,2,3,4,5,6,7"}, 400, "1–6"),
    ("/api/isochrone", {"minutes": "600"}, 400, "180"),
    ("/api/route", {"from": "114.05"}, 400, ""),
    ("/api/route", {}, 400, "from"),
    ("/api/coverage", {"within": "0"}, 400, "大于 0"),
    ("/api/coverage", {"of": "volcano"}, 400, "elevator"),
    ("/api/coverage", {"format": "pdf"}, 400, "gpkg"),
    ("/api/coverage/field", {"by": "volcano"}, 400, "rescue_station"),
    ("/api/coverage/positions", {"of": "volcano"}, 400, "elevator"),
]


@pytest.mark.parametrize(("path", "values", "status", "words"), BAD)
def test_a_bad_question_is_a_problem(
    path: str, values: dict[str, Any], status: int, words: str, client: Any
) -> None:
    place = {} if path.startswith(("/api/route", "/api/coverage")) else AT
    response = client.get(path, query_string={**place, **values})
    assert response.status_code == status, response.get_data(as_text=True)
    assert response.content_type == "application/problem+json"
    assert words in response.get_json()["detail"]


@pytest.mark.parametrize(
    "closed",
    [
        "roads", {"type": "Point", "coordinates": [114, 22]}, {"type": "Polygon"}, {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[114, 22.5], [114.01, 22.51], [114.01, 22.5], [114, 22.51], [114, 22.5]]]},
        {"type": "Polygon", "coordinates": [[[22, 114], [22.1, 114], [22.1, 114.1], [22, 114]]]},
        {"type": "FeatureCollection", "features": [7]}, 12, [1], {"type": "Feature", "geometry": None},
    ],
)  # fmt: skip
def test_a_bad_closure_is_a_problem(closed: Any, client: Any) -> None:
    response = client.post("/api/nearest", query_string=AT, json={"closed": closed})
    assert response.status_code == 400, response.get_data(as_text=True)
    assert "封闭区域" in response.get_json()["detail"]


@pytest.mark.parametrize(
    "body", [{"added": [[114]]}, {"added": "x"}, {"out": ["a"]}, {"out": [999999999]}, []]
)
def test_bad_changes_are_a_problem(body: Any, client: Any) -> None:
    assert client.post("/api/coverage/field", json=body).status_code == 400


def test_coverage_files_are_written_by_a_job(client: Any, application: Any, tmp_path: Path) -> None:
    import uuid

    from data import job_queue

    settings = application.extensions["settings"]
    for file_format, sheets in (
        ("xlsx", None),
        ("gpkg", {"objects", "uncovered", "areas", "totals", "about"}),
    ):
        response = client.get("/api/coverage", query_string={"format": file_format, "within": "1,2"})
        assert response.status_code == 202
        job = response.get_json()["job"]
        job_queue.run(settings.database, uuid.UUID(job), state_dir=settings.state_dir, clock=settings.clock)
        state = ask(client, f"/api/jobs/{job}")
        assert state["state"] == "done", state
        result = client.get(state["result_url"])
        path = tmp_path / f"coverage.{file_format}"
        path.write_bytes(result.get_data())
        result.close()
        if sheets:
            assert {name for name, _ in pyogrio.list_layers(path)} == sheets
            objects = pyogrio.read_dataframe(path, layer="objects")
            total = ask(client, "/api/coverage", within="1,2")["total"]
            assert len(objects) == total["count"]
            assert len(pyogrio.read_dataframe(path, layer="uncovered")) >= 0
        else:
            from python_calamine import CalamineWorkbook

            book = CalamineWorkbook.from_path(str(path))
            assert book.sheet_names == ["分区合计", "未覆盖", "全部对象", "说明"]
            rows = book.get_sheet_by_name("分区合计").to_python()
            assert rows[-1][1] == "合计"
            assert sum(int(r[2]) for r in rows[1:-1]) == int(rows[-1][2])


@pytest.fixture
def run(city_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("ONEMAP_DATABASE_URL", city_database.app)
    monkeypatch.setenv("ONEMAP_OWNER_DATABASE_URL", city_database.owner)
    monkeypatch.setenv("ONEMAP_STATE_DIR", str(tmp_path))

    def invoke(*arguments: str) -> Any:
        return CliRunner().invoke(main, list(arguments), catch_exceptions=False)

    return invoke


def test_the_verbs_say_the_same_as_the_api(run: Any, client: Any, tmp_path: Path) -> None:
    done = run("nearest", "--at", "114.0579,22.5431", "-k", "3", "--at-time", "2026-11-23T18:00", "--json")
    assert done.exit_code == 0, done.output
    body, expected = json.loads(done.stdout), ask(client, "/api/nearest", **AT, k=3)
    assert [(c["id"], c["travel_time_s"]) for c in body["candidates"]] == [
        (c["id"], c["travel_time_s"]) for c in expected["candidates"]
    ]
    text = run("nearest", "--at", "114.0579,22.5431", "--at-time", "2026-11-23T18:00").stdout
    assert expected["candidates"][0]["title"] in text
    area = tmp_path / "area.geojson"
    area.write_text(json.dumps(shapely.geometry.mapping(shapely.box(113, 22, 115, 23.4))))
    text = run("nearest", "--at", "114.0579,22.5431", "--closed", str(area)).stdout
    assert "没有能到达的" in text
    assert "closed_off" in text


def test_gcj02_positions_are_moved(run: Any) -> None:
    same = [
        json.loads(run("nearest", "--at", at, "--crs", crs, "-k", "1", "--json").stdout)["from"]
        for at, crs in (("114.0579,22.5431", "wgs84"), ("114.063014,22.540383", "gcj02"))
    ]
    assert same[0]["lon"] == pytest.approx(same[1]["lon"], abs=2e-6)
    assert same[0]["lat"] == pytest.approx(same[1]["lat"], abs=2e-6)


def test_the_other_verbs(run: Any, tmp_path: Path) -> None:
    assert "km" in run("route", "--from", "114.0579,22.5431", "--to", "114.10,22.56").stdout
    target = tmp_path / "area.gpkg"
    assert run("isochrone", "--at", "114.0579,22.5431", "-o", str(target)).exit_code == 0
    assert pyogrio.read_info(target, layer="isochrone")["features"] == 3
    printed = run("isochrone", "--at", "114.0579,22.5431", "--minutes", "5").stdout
    assert json.loads(printed)["features"][0]["properties"]["minutes"] == 5
    report = tmp_path / "coverage.html"
    done = run("coverage", "--within", "1,2", "-o", str(report))
    assert done.exit_code == 0, done.output
    assert "合计 total" in done.stdout
    assert report.stat().st_size > 100_000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nearest", "--at", "114.0579,22.5431", "-k", "0"), "k 应为"),
        (("nearest", "--at", "114.9,22.0"), "道路"),
        (("nearest", "--at", "somewhere"), ""),
        (("nearest", "--at", "114.0579,22.5431", "--kind", "volcano"), "hospital"),
        (("coverage", "--within", "-1"), "大于 0"),
        (("isochrone", "--at", "114.0579,22.5431", "--minutes", "x"), "10,20,30"),
    ],
)
def test_a_bad_question_on_the_command_line(arguments: tuple[str, ...], words: str, run: Any) -> None:
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert words in done.stderr
    assert "Traceback" not in done.output
