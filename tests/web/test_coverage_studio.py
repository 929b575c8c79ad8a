"""The coverage studio's routes: trials equal a fresh coverage; scenarios are kept, shared, compared; wrong ones are refused."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import openpyxl
import pyogrio
import pytest

from data import job_queue
from data.clock import SystemClock
from data.database import Database

ROOT = "/api/studio/coverage"
ASKED = {"of": "elevator", "by": "rescue_station", "hour_of_week": 32, "standard_min": 10}


def unpacked(response: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and columns, read as a browser does."""
    assert response.status_code == 200, response.get_data(as_text=True)
    content, at = response.get_data(), 4 + int.from_bytes(response.get_data()[:4], "little")
    head, found = json.loads(content[4:at]), {}
    whole = [("ids", "<u4"), ("first", "<u2"), ("second", "<u2")] if head["is_whole"] else []
    columns = [(name, kind, head["count"]) for name, kind in whole]
    columns += [
        (name, kind, head["changed"])
        for name, kind in (("at", "<u4"), ("first_after", "<u2"), ("second_after", "<u2"))
    ]
    for name, kind, count in columns:
        assert at % 4 == 0
        found[name] = np.frombuffer(content, kind, count, at)
        at += -(-found[name].nbytes // 4) * 4
    assert at == len(content)
    return head, found


def ask(client: Any, **changed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return unpacked(client.post(f"{ROOT}/answer", json=ASKED | changed))


def fresh(client: Any, **changed: Any) -> dict[str, Any]:
    """The same question to the older route, which sweeps everything."""
    body = {"of": "elevator", "by": "rescue_station", "hour_of_week": 32, "within": "10,15,30"} | changed
    answer = client.post("/api/coverage/field", json=body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["seconds"]


def applied(columns: dict[str, Any]) -> dict[str, int | None]:
    after = columns["first"].copy()
    after[columns["at"]] = columns["first_after"]
    return {str(i): None if s == 65_535 else int(s) for i, s in zip(columns["ids"], after, strict=True)}


def test_a_trial_equals_a_fresh_coverage(sign_in: Any) -> None:
    client = sign_in("city")
    head, _ = ask(client)
    first, second, third = (head["facilities"][n] for n in (0, 1, 2))
    block = {
        "type": "Polygon",
        "coordinates": [[[114.0, 22.52], [114.05, 22.52], [114.05, 22.56], [114.0, 22.56], [114.0, 22.52]]],
    }
    changes = {
        "out": [first["id"]], "moved": [[second["id"], third["lon"] + 0.01, third["lat"]]], "added": [[114.06, 22.54]],
    }  # fmt: skip
    for closed in ({}, {"closed": block}):
        head, columns = ask(client, **changes, **closed)
        assert applied(columns) == fresh(client, **changes, **closed)
        after = head["total"]["after"]["count"]
        assert after == sum(s is not None and s <= 600 for s in applied(columns).values())
        assert after - head["total"]["before"]["count"] == head["gained"]["count"] - head["lost"]["count"]
        assert sum(line["after"]["count"] for line in head["divisions"]) == after
        assert head["facility_count"] == head["facility_count_before"]
    assert head["lost"]["count"] > 0


def test_a_known_base_is_not_sent_again_and_a_changed_question_has_another(sign_in: Any) -> None:
    client = sign_in("city")
    head, columns = ask(client)
    assert head["changed"] == 0
    again, few = ask(client, base=head["base"], out=[head["facilities"][0]["id"]])
    assert not again["is_whole"]
    assert "facilities" not in again
    assert again["base"] == head["base"]
    assert 0 < len(few["at"]) < len(columns["ids"])
    other, _ = ask(client, base=head["base"], hour_of_week=42)
    assert other["is_whole"]
    assert other["base"] != head["base"]


def test_the_worst_served_and_the_lists_are_those_of_the_seconds(sign_in: Any) -> None:
    head, columns = ask(sign_in("city"), standard_min=3)
    assert head["limits_s"] == [180, 900, 1800]
    latest = max(columns["first"].tolist())
    assert head["worst"][0]["after_s"] is None or np.ceil(head["worst"][0]["after_s"]) == latest
    times = [row["after_s"] if row["after_s"] is not None else np.inf for row in head["worst"]]
    assert times == sorted(times, reverse=True)


def test_every_station_closed_and_one_in_the_sea(sign_in: Any) -> None:
    client = sign_in("city")
    head, _ = ask(client)
    everyone = [one["id"] for one in head["facilities"]]
    head, columns = ask(client, out=everyone, added=[[113.0, 21.0]])
    assert head["facility_count"] == 0
    assert head["off_road"] == [0]
    assert set(applied(columns).values()) == {None}
    assert head["total"]["after"] == {"count": 0, "weight": 0.0, "second_count": 0, "second_weight": 0.0}


def test_people_weigh_and_a_division_keeps_to_itself(sign_in: Any) -> None:
    client = sign_in("city")
    head, _ = ask(client, of="residential_place", weight="population", division="440304")
    assert head["total"]["weight"] > head["total"]["count"] > 0
    assert {line["code"][:6] for line in head["divisions"]} == {"440304"}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"standard_min": 0}, "standard_min"), ({"standard_min": "ten"}, "standard_min"), ({"of": "x"}, "x"),
        ({"weight": "phone"}, "weight"), ({"out": ["a"]}, "out"), ({"out": [99_999_999]}, "99999999"),
        ({"moved": [[1, 2]]}, "moved"), ({"moved": [[1, 22.5, 114.0]]}, "22.5"), ({"hour_of_week": 200}, "hour_of_week"),
        ({"closed": {"type": "Point", "coordinates": [114, 22]}}, "GeoJSON"), ({"division": "44x"}, "44x"),
    ],
)  # fmt: skip
def test_wrong_questions_are_refused_by_name(sign_in: Any, changed: dict[str, Any], named: str) -> None:
    answer = sign_in("city").post(f"{ROOT}/answer", json=ASKED | changed)
    assert answer.status_code == 400
    assert named in answer.get_data(as_text=True)


def test_a_road_is_closed_by_the_line_across_it(sign_in: Any) -> None:
    client = sign_in("city")
    head, _ = ask(client)
    at = head["facilities"][3]
    found = client.get(f"{ROOT}/road", query_string={"lon": at["lon"], "lat": at["lat"]}).get_json()
    closed, _ = ask(client, closed=[found["geometry"]])
    assert closed["network"]["closures"]["edges_closed"] >= 1
    assert client.get(f"{ROOT}/road?lon=113.0&lat=21.0").status_code == 422


def test_scenarios_are_saved_changed_once_shared_and_removed(sign_in: Any) -> None:
    city, district = sign_in("city"), sign_in("district")
    head, _ = ask(city)
    station = head["facilities"][0]
    body = ASKED | {"name": "北移一站", "moved": [[station["id"], station["lon"], station["lat"] + 0.01]]}
    saved = city.post(f"{ROOT}/scenarios", json=body).get_json()
    assert saved["question"]["moved"] == body["moved"]
    path = f"{ROOT}/scenarios/{saved['id']}"
    assert city.put(path, json=body | {"version": 1, "name": "北移"}).get_json()["version"] == 2
    late = city.put(path, json=body | {"version": 1})
    assert late.status_code == 409
    assert "city" in late.get_data(as_text=True)
    assert district.get(path).status_code == 404
    assert district.post(f"{path}/share").status_code == 404
    link = city.post(f"{path}/share").get_json()["link"]
    secret = link.partition("#shared=")[2]
    assert len(secret) >= 22
    seen = district.get(f"{ROOT}/shared/{secret}").get_json()
    assert seen["name"] == "北移"
    assert seen["question"]["moved"] == body["moved"]
    guessed = district.get(f"{ROOT}/shared/{secret[:-1]}{'A' if secret[-1] != 'A' else 'B'}")
    assert guessed.status_code == 404
    other = city.post(f"{path}/share").get_json()["link"].partition("#shared=")[2]
    assert district.get(f"{ROOT}/shared/{secret}").status_code == 404
    assert city.delete(f"{path}/share").status_code == 200
    assert district.get(f"{ROOT}/shared/{other}").status_code == 404
    assert city.delete(path).status_code == 200
    assert city.get(path).status_code == 404


def test_scenarios_are_compared_side_by_side(sign_in: Any) -> None:
    client = sign_in("city")
    head, _ = ask(client)
    outs = [[], [one["id"] for one in head["facilities"][:5]]]
    ids = [
        client.post(f"{ROOT}/scenarios", json=ASKED | {"name": f"方案{n}", "out": out}).get_json()["id"]
        for n, out in enumerate(outs)
    ]
    found = client.get(f"{ROOT}/compare?ids={','.join(ids)}").get_json()["scenarios"]
    assert [one["id"] for one in found] == ids
    assert found[0]["total"]["after"] == head["total"]["before"]
    assert found[1]["total"]["after"]["count"] <= found[0]["total"]["after"]["count"]
    assert client.get(f"{ROOT}/compare?ids={ids[0]}").status_code == 400
    assert client.get(f"{ROOT}/compare?ids={ids[0]},{uuid.uuid4()}").status_code == 404


def test_who_may_not_write_keeps_nothing(sign_in: Any) -> None:
    answer = sign_in("enterprise").post(f"{ROOT}/scenarios", json=ASKED | {"name": "x"})
    assert answer.status_code == 403
    assert sign_in("city").post(f"{ROOT}/scenarios", json=ASKED | {"name": " "}).status_code == 400


def test_a_scenario_is_exported_with_its_changes(
    sign_in: Any, city_database: Database, tmp_path: Path
) -> None:
    client = sign_in("city")
    head, _ = ask(client)
    gone = [one["id"] for one in head["facilities"][:4]]
    changes = {
        "out": gone,
        "added": [[114.06, 22.54]],
        "moved": [[head["facilities"][5]["id"], 114.07, 22.55]],
    }
    body = {"of": "elevator", "by": "rescue_station", "hour_of_week": 32, "within": "10,15,30", **changes}
    job = client.post("/api/coverage?format=gpkg", json=body).get_json()["job"]
    job_queue.run(city_database, uuid.UUID(job), state_dir=tmp_path, clock=SystemClock())
    path = next(tmp_path.rglob("*.gpkg"))
    layers = [name for name, _ in pyogrio.list_layers(path)]
    frame = pyogrio.read_dataframe(path, layer=layers[0], read_geometry=False)
    expected = sorted(s for s in fresh(client, **changes).values() if s is not None)
    assert sorted(np.ceil(frame["travel_time_1_s"].dropna()).astype(int)) == expected
    assert "scenario" not in layers


CROSSING = {"type": "LineString", "coordinates": [[114.058, 22.541], [114.0581, 22.5411]]}


def scenario_of(client: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A scenario that does everything at once, weighed by people, and its answer."""
    head, _ = ask(client)
    stations = [one["id"] for one in head["facilities"]]
    asked = {
        "of": "residential_place", "by": "rescue_station", "weight": "population", "hour_of_week": 32, "standard_min": 5,
        "out": stations[:3], "moved": [[stations[5], 114.07, 22.55]], "added": [[114.06, 22.54]],
        "closed": {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": CROSSING}]},
    }  # fmt: skip
    return asked, ask(client, **asked)[0]


def test_the_files_of_a_scenario_say_what_it_is(
    sign_in: Any, city_database: Database, tmp_path: Path
) -> None:
    client = sign_in("city")
    asked, head = scenario_of(client)
    body = asked | {"within": "5,10,15", "scenario": "三站/停用"}
    started = client.post("/api/coverage?format=gpkg", json=body).get_json()
    assert "三站_停用" in started["title"]
    job_queue.run(city_database, uuid.UUID(started["job"]), state_dir=tmp_path, clock=SystemClock())
    state = client.get(started["status_url"]).get_json()
    assert state["state"] == "done", state
    path = next(tmp_path.rglob("*.gpkg"))
    table = {name: pyogrio.read_dataframe(path, layer=name) for name, _ in pyogrio.list_layers(path)}
    assert {"objects", "areas", "comparison", "stations", "closures", "scenario"} <= set(table)
    for name in ("gained", "lost"):
        assert len(table.get(name, [])) == head[name]["count"]
        if head[name]["count"]:
            assert table[name].iloc[:, 5].sum() == pytest.approx(head[name]["weight"])
    assert head["gained"]["count"] + head["lost"]["count"] > 0
    whole = table["comparison"].iloc[-1]
    assert (whole["覆盖 现状"], whole["覆盖 方案"]) == tuple(
        head["total"][k]["count"] for k in ("before", "after")
    )
    assert whole["第二覆盖 方案"] == head["total"]["after"]["second_count"]
    people = next(c for c in table["comparison"].columns if c.endswith(" 方案") and "覆盖" not in c)
    assert whole[people] == pytest.approx(head["total"]["after"]["weight"])
    assert len(table["comparison"]) == len(head["divisions"]) + 1
    counts = table["stations"]["change"].value_counts().to_dict()
    assert (counts["out"], counts["moved"], counts["added"]) == (3, 1, 1)
    moved = table["stations"].set_index("change").loc["moved"]
    assert (moved.geometry.x, moved.geometry.y) == pytest.approx((114.07, 22.55))
    assert len(table["closures"]) == 1
    facts = dict(zip(table["scenario"]["fact"], table["scenario"]["value"], strict=True))
    assert facts["方案 scenario"] == "三站/停用"
    assert "114.070000, 22.550000" in facts["移动 moved"]


def test_the_book_and_the_map_of_a_scenario_say_what_it_is(
    sign_in: Any, city_database: Database, tmp_path: Path
) -> None:
    client = sign_in("city")
    asked, head = scenario_of(client)
    body = asked | {"within": "5,10,15", "scenario": "三站停用"}
    started = client.post("/api/coverage?format=xlsx", json=body).get_json()
    job_queue.run(city_database, uuid.UUID(started["job"]), state_dir=tmp_path, clock=SystemClock())
    assert client.get(started["status_url"]).get_json()["state"] == "done"
    book = openpyxl.load_workbook(next(tmp_path.rglob("*.xlsx")), read_only=True)
    assert book.sheetnames[:4] == ["前后对比", "新覆盖", "失去覆盖", "站点"]
    lost = max(len(list(book["失去覆盖"].iter_rows())) - 1, 0)
    assert lost == head["lost"]["count"]
    sent = client.post("/api/coverage?format=html", json=body)
    text = sent.get_data(as_text=True)
    assert quote("三站停用.html") in sent.headers["Content-Disposition"]
    assert "<title>三站停用" in text
    assert "停用" in text
    for words in ("前后对比", "新覆盖", "失去覆盖", "第二覆盖 方案"):
        assert words in text
    for layer in ("封闭道路", "站点"):  # the map's own control writes them in ASCII
        assert json.dumps(layer)[1:-1] in text
    assert client.post("/api/coverage?format=html", json=body | {"standard_min": "x"}).status_code == 400
