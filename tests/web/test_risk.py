"""Risk over HTTP: levels that follow from factors, gradings with their evidence, the reports and their figures."""

from __future__ import annotations

import datetime as dt
import html
import io
import random
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from data import risk_map
from data.danger_figures import figures
from data.scope import SYSTEM, Connection
from data.store import Store

Client = Callable[[str], Any]
POINTS = "/api/registers/risk_point/rows"
LEC = {"method": "lec", "lec_l": "3", "lec_e": "6", "lec_c": "15"}


@pytest.fixture
def own(sign_in: Client) -> Any:
    return sign_in("enterprise")


def test_a_level_follows_from_its_factors(own: Any) -> None:
    row = own.post(POINTS, json={"name": "液氨储罐区", **LEC}).get_json()
    assert (row["values"]["level"], row["texts"]["product"]) == ("2", "270")
    path = f"{POINTS}/{row['id']}"
    worse = own.put(path, json={"version": row["version"], "lec_l": "6"}).get_json()
    assert (worse["values"]["level"], worse["texts"]["product"]) == ("1", "540")
    cheat = own.put(path, json={"version": worse["version"], "level": "4"}).get_json()
    assert cheat["values"]["level"] == "1", "the factors decide"
    missing = own.post(POINTS, json={"name": "x", "level": "4", "method": "lec", "lec_l": "3", "lec_e": "6"})
    assert [f["field"] for f in missing.get_json()["faults"]] == ["lec_c"]
    direct = own.post(
        POINTS, json={"name": "直接判定的重大风险", "method": "direct", "level": "1"}
    ).get_json()
    assert direct["values"]["level"] == "1"
    item = {"identified_on": "2026-01-02", "factor": "泄漏", "item": "垫片老化", "measures": "定期更换"}
    kept = own.post(f"{path}/records/item", json=item).get_json()
    assert kept["records"][0]["rows"][0]["values"]["item"] == "垫片老化"
    page = own.get("/print/risk").get_data(as_text=True)
    assert "垫片老化" in page
    assert "液氨储罐区" in page


def test_a_level_is_told_before_it_is_kept(own: Any, sign_in: Client) -> None:
    ask = "/api/registers/risk_point/derived"
    before = own.get(POINTS).get_json()["total"]
    rng = random.Random(13)
    factors = {
        f["name"]: [c["value"] for c in f["choices"]]
        for f in own.get("/api/registers/risk_point").get_json()["fields"]
    }
    for number in range(12):
        method = ("lec", "ls")[number % 2]
        given = {name: rng.choice(factors[name]) for name in factors if name.startswith(f"{method}_")}
        told = {
            one["name"]: one for one in own.post(ask, json={"method": method, **given}).get_json()["derived"]
        }
        kept = own.post(POINTS, json={"name": f"试算 {number}", "method": method, **given}).get_json()
        assert told["level"]["value"] == kept["values"]["level"], given
        assert told["product"]["text"] == kept["texts"]["product"], given
        assert told["level"]["text"].startswith(kept["values"]["level"])
        own.delete(f"{POINTS}/{kept['id']}", json={"version": kept["version"]})
    missing = own.post(ask, json={"method": "lec", "lec_l": "3", "lec_e": "6"}).get_json()
    assert (missing["derived"], missing["faults"][0]["field"]) == ([], "lec_c")
    assert own.post(ask, json={"method": "direct", "level": "1"}).get_json() == {"derived": [], "faults": []}
    assert own.post(ask, json={"method": "lec", "lec_l": "7.5"}).status_code == 422
    assert own.post("/api/registers/licence/derived", json={}).get_json()["derived"] == []
    assert sign_in("maintainer").post(ask, json={}).status_code == 403
    assert own.get(POINTS).get_json()["total"] == before, "nothing was kept"


def test_a_file_of_risk_points_gets_its_levels_too(own: Any) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["风险点名称", "风险等级", "评估方法", "LS 可能性 L", "LS 严重性 S"],
        ["批量点", "4", "LS 矩阵（R = L×S）", "5 极高", "4 高"],
    ):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    answer = own.post(
        "/api/registers/risk_point/import",
        data={"file": (file, "x.xlsx")},
        content_type="multipart/form-data",
    )
    assert answer.get_json()["inserted"] == 1, answer.get_json()
    found = own.get(f"{POINTS}?q=批量点").get_json()["rows"][0]
    assert own.get(f"{POINTS}/{found['id']}").get_json()["values"]["level"] == "1"


def test_a_grade_needs_its_evidence_and_then_stands_in_the_enterprises_file(
    own: Any, sign_in: Client, city_store: Store
) -> None:
    city, rows = sign_in("city"), "/api/registers/risk_grading/rows"
    body = {"name": "2026 年评级", "grade": "D", "basis": "ruling", "graded_on": "2026-06-01"}
    row = own.post(rows, json=body).get_json()
    path = f"{rows}/{row['id']}"

    def step(who: Any, move: str, status: int = 200, **more: Any) -> Any:
        version = who.get(path).get_json()["version"]
        answer = who.post(f"{path}/moves/{move}", json={"version": version, **more})
        assert answer.status_code == status, answer.get_json()
        return answer.get_json()

    assert step(own, "submit", 409)["faults"][0]["field"] == "reason"
    own.put(path, json={"version": row["version"], "reason": "近一年发生事故"})
    assert step(own, "submit", 409)["faults"][0]["field"] == "evidence"
    picture = {"file": (io.BytesIO(b"%PDF-1.7"), "report.pdf"), "kind": "evidence"}
    files = f"/api/layers/risk_grading/features/{row['id']}/attachments"
    assert own.post(files, data=picture, content_type="multipart/form-data").status_code == 201
    step(own, "submit")
    step(own, "confirm", 409)
    assert step(city, "confirm")["state"] == "confirmed"
    with city_store.transaction(SYSTEM) as connection:
        found = connection.execute(
            "SELECT risk_grade FROM enterprise WHERE code = %s", [row["values"]["enterprise_code"]]
        ).fetchone()
    assert found == {"risk_grade": "D"}


def test_figures_of_hidden_dangers_are_those_of_a_count_by_hand(city_connection: Connection) -> None:
    rng = random.Random(5)
    rows = city_connection.execute("SELECT * FROM hidden_danger").fetchall()
    divisions = [
        r["code"]
        for r in city_connection.execute("SELECT code FROM division WHERE level IN ('city', 'county')")
    ]
    zone = dt.timezone(dt.timedelta(hours=8))
    for _ in range(6):
        code = rng.choice(divisions)
        since = dt.date(2025, 10, 1) + dt.timedelta(days=rng.randrange(400))
        until = since + dt.timedelta(days=rng.randrange(300))
        found = figures(city_connection, division_code=code, since=since, until=until, scope=SYSTEM)
        prefix = code[:4] if code.endswith("00") else code[:6]
        here = [r for r in rows if r["division_code"].startswith(prefix)]
        mine = [r for r in here if since <= r["registered_at"].astimezone(zone).date() <= until]
        counts = found["counts"]
        assert counts["total"] == len(mine)
        assert counts["rectified"] == sum(r["state"] == "done" for r in mine)
        assert counts["overdue"] == sum(r["state"] == "overdue" for r in mine)
        assert counts["listed"] == sum(bool(r["is_listed"]) for r in mine)
        assert (
            counts["rectified"] + counts["open"] + counts["extension"] + counts["overdue"] == counts["total"]
        )
        for split in ("by_grade", "by_source", "by_month"):
            for name, n in counts.items():
                assert sum(row[name] for row in found[split]) == n, (split, name)
        due = [r for r in here if since <= r["first_due_at"].astimezone(zone).date() <= until]
        kept = [r for r in due if r["state"] == "done" and r["completed_at"] <= r["first_due_at"]]
        assert found["due"] == len(due)
        assert found["on_time_rate"] == (round(100 * len(kept) / len(due), 2) if due else None)


def test_reports_open_and_say_what_is_wrong(own: Any, sign_in: Client) -> None:
    city = sign_in("city")
    for path in ("/print/risk", "/print/dangers", "/print/dangers?since=2026-01-01&until=2026-12-31&lang=en"):
        assert city.get(path).status_code == 200, path
    assert city.get("/api/dangers/figures?since=2026-02-01&until=2026-01-01").status_code == 400
    assert city.get("/api/dangers/figures?since=yesterday").status_code == 400
    assert city.get("/api/dangers/figures?division=999999").status_code == 404
    assert sign_in("maintainer").get("/print/risk").status_code == 403
    mine = own.get("/api/dangers/figures?since=2020-01-01&until=2099-01-01").get_json()["counts"]["total"]
    assert mine == own.get("/api/registers/hidden_danger/rows").get_json()["total"]


def test_a_sheet_says_when_it_does_not_draw_every_point(city_connection: Connection) -> None:
    drawn = risk_map.points(city_connection, division_code="440300", scope=SYSTEM, limit=5)
    assert len(drawn) == 6, "one more says that there are more"
    assert [p["level"] for p in drawn] == sorted(p["level"] for p in drawn)
    whole = risk_map.points(city_connection, division_code="440300", scope=SYSTEM)
    counted = risk_map.by_division(
        city_connection, "risk_point", "level", risk_map.LEVELS, division_code="440300", scope=SYSTEM
    )
    assert len(whole) == sum(counted["total"].values())


@pytest.mark.parametrize("role", ["city", "enterprise"])
def test_every_number_on_the_printed_page_opens_as_many_rows(sign_in: Any, role: str) -> None:
    client = sign_in(role)
    page = client.get("/print/dangers?division=440300&since=2026-06-10&until=2026-11-12").get_data(
        as_text=True
    )
    links = re.findall(r'<a href="/registers/hidden_danger\?([^"]*)">([\d,]+)</a>', page)
    assert len(links) > 20
    for asked, shown in dict.fromkeys(links):
        rows = client.get(f"/api/registers/hidden_danger/rows?{html.unescape(asked)}").get_json()
        assert rows["total"] == int(shown.replace(",", "")), (asked, shown)


def test_an_enterprise_s_own_map_is_as_large_as_its_plant(sign_in: Any) -> None:
    """Its points lie apart on the sheet, not on one spot of the city; only the places where it is are listed."""
    page = sign_in("enterprise").get("/print/risk").get_data(as_text=True)
    marks = {
        (float(x), float(y)) for x, y in re.findall(r'<use href="#mark-\d" x="([\d.]+)" y="([\d.]+)"', page)
    }
    assert len(marks) >= 4
    xs, ys = [x for x, _ in marks], [y for _, y in marks]
    assert max(max(xs) - min(xs), max(ys) - min(ys)) > 100
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    assert body.count("<tr>") == 1
    whole = sign_in("city").get("/print/risk").get_data(as_text=True)
    assert whole[whole.index("<tbody>") : whole.index("</tbody>")].count("<tr>") > 5
