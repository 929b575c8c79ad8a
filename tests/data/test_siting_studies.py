"""Siting studies on the small city: they agree with brute force on its network, stay within the scope, and can be cancelled."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import shapely

from data import job_queue, siting_studies
from data.clock import SystemClock
from data.database import Database
from data.errors import FilterError, NotFoundError, RefusedError
from data.scope import SYSTEM, scope_for
from data.siting_curves import CurveEffort, draw
from data.siting_inputs import read_inputs
from data.siting_question import SitingQuestion, as_json, checked, from_json
from data.siting_solving import solve
from data.store import Store
from data.travel_store import Question, TravelStore
from geo.errors import SitingError
from geo.siting.solution import Effort, Solution, Status
from geo.snapping import snap
from geo.travel_time_matrix import travel_time_matrix
from layers.display import LOCAL_ZONE
from web import siting_answers

AT = Question(at=dt.datetime(2026, 11, 24, 18, tzinfo=LOCAL_ZONE))
ASKED = SitingQuestion(
    "试算", "mclp", "elevator", AT, candidate_count=12, new_count=2, standard_s=180.0, gap=0.0
)


@pytest.fixture(scope="module")
def travel(city_store: Store, tmp_path_factory: pytest.TempPathFactory) -> TravelStore:
    return TravelStore(city_store, tmp_path_factory.mktemp("state"))


def answer(store: Store, travel: TravelStore, asked: SitingQuestion, scope=SYSTEM):
    return siting_studies.run_study(
        store, travel, scope, checked(asked), report=lambda _share, _words: None, should_stop=lambda: False
    )


def inputs_of(store: Store, travel: TravelStore, asked: SitingQuestion):
    return read_inputs(store, travel, SYSTEM, asked, tell=lambda _: None, should_stop=lambda: False)


def whole_table(found) -> tuple[np.ndarray, np.ndarray]:
    """Seconds from every existing site and every candidate to all demand, by whole sweeps."""
    impedance = found.circumstances.impedance
    demand = snap(found.circumstances.network, found.demand.lonlat)
    old = travel_time_matrix(impedance, snap(found.circumstances.network, found.existing_lonlat), demand)
    return old.min(axis=0), travel_time_matrix(impedance, found.candidates.places, demand)


def test_maximal_covering_equals_brute_force_on_the_network(city_store: Store, travel: TravelStore) -> None:
    found = inputs_of(city_store, travel, ASKED)
    old, new = whole_table(found)
    best = max(
        found.weight[np.minimum(old, new[list(pair)].min(axis=0)) <= 180].sum()
        for pair in combinations(range(len(found.candidates)), 2)
    )
    told = answer(city_store, travel, ASKED)
    assert told["status"] == "optimal"
    assert told["after"]["covered"] == best
    assert told["objective"] == told["bound"] == best - told["before"]["covered"]
    assert told["before"]["covered"] == found.weight[old <= 180].sum()
    assert told["gained"]["points"] == told["after"]["covered_points"] - told["before"]["covered_points"]
    assert told["demand"]["points"] == len(found.demand)
    assert sum(d["after"] for d in told["districts"]) == best
    assert sum(d["total"] for d in told["districts"]) == told["demand"]["total"]


def test_p_median_and_p_center_equal_brute_force_on_the_network(
    city_store: Store, travel: TravelStore
) -> None:
    asked = replace(ASKED, model="p_median", candidate_count=9, curve=0)
    found = inputs_of(city_store, travel, asked)
    old, new = whole_table(found)
    pairs = [np.minimum(old, new[list(p)].min(axis=0)) for p in combinations(range(len(found.candidates)), 2)]
    told = answer(city_store, travel, asked)
    assert told["objective"] == pytest.approx(min(float(found.weight @ t) for t in pairs))
    assert told["after"]["mean_s"] <= told["before"]["mean_s"]
    farthest = answer(city_store, travel, replace(asked, model="p_center"))
    assert farthest["objective"] == min(np.ceil(t).max() for t in pairs)


def test_the_curve_rises_within_its_bounds(city_store: Store, travel: TravelStore) -> None:
    told = answer(city_store, travel, replace(ASKED, curve=5))
    gains = [p["value"] for p in told["curve"]]
    assert told["curve_of"] == {"x": "sites", "y": "gained", "is_less": False}
    assert gains == sorted(gains)
    assert [p["x"] for p in told["curve"]] == [0, 1, 2, 3, 4, 5]
    assert all(p["bound"] >= p["value"] for p in told["curve"])
    assert told["curve"][2]["value"] == told["objective"]
    assert told["curve"][0]["value"] == 0


@pytest.mark.parametrize(
    ("model", "given", "axis"),
    [
        ("p_median", {}, ("sites", "mean_s")), ("p_center", {}, ("sites", "longest_s")), ("lscp", {"existing": None, "standard_s": 400.0}, ("standard_s", "sites")),
        ("backup", {}, ("sites", "backup")), ("mexclp", {}, ("units", "expected")), ("mclp_capacity", {"capacity": 500.0, "existing": None}, ("sites", "served")),
        ("mclp", {"budget": 400.0, "site_cost": 100.0}, ("budget", "gained")), ("p_median_capacity", {"capacity": 1e5}, ("sites", "mean_s")),
    ],
)  # fmt: skip
def test_every_model_has_its_curve_from_solves_of_its_own(
    city_store: Store, travel: TravelStore, model: str, given: dict, axis: tuple[str, str]
) -> None:
    asked = replace(
        ASKED, model=model, of="residential_place", candidate_count=10, curve=4, new_count=2, **given
    )
    told = answer(city_store, travel, asked)
    assert (told["curve_of"]["x"], told["curve_of"]["y"]) == axis
    steps = [p for p in told["curve"] if p["value"] is not None]
    assert len(steps) >= 3
    values, is_less = [p["value"] for p in steps], told["curve_of"]["is_less"]
    if model == "lscp":  # below the standard asked some demand is out of reach of all, and is left out
        values = [p["value"] for p in steps if p["x"] >= asked.standard_s]
        assert all(p["left_out"] == 0 for p in steps if p["x"] >= asked.standard_s)
        assert any(p["left_out"] > 0 for p in steps)
    assert values == sorted(values, reverse=is_less)  # more never does worse
    for p in steps:
        assert p["status"] in {"optimal", "within_gap", "stopped", "open"}
        assert p["bound"] <= p["value"] + 1e-9 if is_less else p["bound"] >= p["value"] - 1e-9
        # each point is what the study answers when it is asked for that alone
    changed = {"sites": "new_count", "units": "new_count", "budget": "budget", "standard_s": "standard_s"}[
        axis[0]
    ]
    alone = steps[-1] if model != "lscp" else next(p for p in steps if p["x"] == asked.standard_s)
    again = answer(
        city_store, travel, replace(asked, curve=0, **{changed: type(getattr(asked, changed))(alone["x"])})
    )
    per = told["demand"]["total"] if axis[1] == "mean_s" else 1
    assert again["objective"] / per == pytest.approx(alone["value"])
    own = [p for p in steps if p["x"] == getattr(asked, changed)]
    assert own[0]["value"] == pytest.approx(told["objective"] / per)


def test_a_curve_keeps_the_floors_and_the_answer_of_its_study(city_store: Store, travel: TravelStore) -> None:
    asked = replace(ASKED, existing=None, curve=4)
    found = inputs_of(city_store, travel, asked)
    demand = snap(found.circumstances.network, found.demand.lonlat)
    near = travel_time_matrix(found.circumstances.impedance, found.candidates.places, demand) <= 180
    loose = solve(found, asked, Effort(), drawn=CurveEffort(Effort(), 60.0))
    covers = {
        p: [near[list(some)].any(axis=0) for some in combinations(range(len(near)), p)] for p in range(1, 5)
    }

    def lacking(code: str) -> float:
        mine = found.weight * (found.district == code)
        return max(mine @ c for c in covers[2]) - mine @ (loose.after_s <= 180)

    code = max(np.unique(found.district).tolist(), key=lacking)
    assert lacking(code) > 0  # its floor binds
    mine = found.weight * (found.district == code)
    least = max(mine @ c for c in covers[2]) - 0.5
    held = replace(asked, district_floors={code: float(least / mine.sum())})
    told: list[tuple[int, int]] = []
    solved = solve(
        found, held, Effort(), drawn=CurveEffort(Effort(), 60.0, lambda done, of: told.append((done, of)))
    )
    best = {p: max((found.weight @ c for c in some if mine @ c >= least), default=None) for p, some in covers.items()}  # fmt: skip
    assert [(s.x, s.value) for s in solved.curve] == [(0, None), *best.items()]
    assert solved.curve[0].status is Status.INFEASIBLE
    assert solved.curve[2].value == solved.solution.objective < loose.curve[2].value
    assert told == [(n, 5) for n in range(1, 6)]
    wide = solve(found, held, Effort(gap=0.3), drawn=CurveEffort(Effort(gap=0.3), 60.0))
    values = [s.value for s in wide.curve if s.value is not None]
    assert values == sorted(values)
    assert wide.curve[2].value >= wide.solution.objective
    for step in wide.curve:
        most = best.get(int(step.x))
        assert step.value is None or step.value <= most <= step.bound + 1e-9
    assert solve(found, held, Effort(), drawn=CurveEffort(Effort(), 0.0)).curve == ()


def test_what_could_be_had_with_less_is_had_with_more() -> None:
    """Solves that stopped early find less with more sites, or nothing in time; the curve keeps the better of the two."""
    none = np.zeros(0, np.int64)

    def found(objective: float | None, bound: float) -> Solution:
        gap = float("inf") if objective is None else (bound - objective) / objective
        return Solution(none, none, objective, bound, gap, Status.STOPPED, seconds=0.1, method="stopped")

    early = {0: found(1.0, 1.0), 1: found(9.0, 10.0), 3: found(None, 20.0), 4: found(12.0, 21.0)}
    asked = replace(ASKED, new_count=2, curve=4)
    steps = draw(
        lambda changed, _: early[changed.new_count], asked, found(8.0, 15.0), CurveEffort(Effort(), 9.0), most=9
    )  # fmt: skip
    assert [s.value for s in steps] == [1, 9, 9, 9, 12]
    assert [s.bound for s in steps] == [1, 10, 15, 20, 21]
    assert steps[3].gap == pytest.approx(11 / 9)


def test_a_curve_ends_with_its_time_and_when_it_is_stopped(city_store: Store, travel: TravelStore) -> None:
    asked = replace(ASKED, model="p_median", candidate_count=9, curve=9)
    found = inputs_of(city_store, travel, asked)
    told: list[tuple[int, int]] = []
    each = Effort(should_stop=lambda: len(told) >= 3)
    solved = solve(
        found, asked, Effort(), drawn=CurveEffort(each, 60.0, lambda done, of: told.append((done, of)))
    )
    assert [done for done, _ in told] == [1, 2, 3]
    assert len(solved.curve) == 3
    none = solve(found, asked, Effort(), drawn=CurveEffort(Effort(), 0.0))
    assert none.curve == ()
    assert none.solution.objective == solved.solution.objective


@pytest.mark.parametrize("model", ["lscp", "backup", "mexclp", "mclp_capacity", "p_median_capacity"])
def test_every_model_has_an_answer_with_its_bound(city_store: Store, travel: TravelStore, model: str) -> None:
    asked = replace(
        ASKED, model=model, capacity=10_000.0, existing=None, standard_s=400.0, of="residential_place"
    )
    told = answer(city_store, travel, asked)
    assert told["status"] in {"optimal", "within_gap", "infeasible", "stopped", "open"}
    if told["status"] == "optimal":
        assert told["gap"] == 0
        assert told["sites"]
        assert told["objective"] == pytest.approx(told["bound"])


def test_candidates_lie_in_their_area_and_not_where_it_is_forbidden(
    city_store: Store, travel: TravelStore
) -> None:
    free = inputs_of(city_store, travel, ASKED)
    west, south, east, north = shapely.MultiPoint(free.demand.lonlat).bounds
    half = shapely.box(west, south, (west + east) / 2, north)
    inside = inputs_of(city_store, travel, replace(ASKED, area=(half,)))
    assert shapely.contains_xy(half, inside.candidates.lonlat).all()
    outside = inputs_of(city_store, travel, replace(ASKED, forbidden=(half,)))
    assert not shapely.contains_xy(half, outside.candidates.lonlat).any()
    with pytest.raises(FilterError, match="no candidate"):
        inputs_of(city_store, travel, replace(ASKED, area=(shapely.box(100, 30, 101, 31),)))


def test_candidates_of_a_layer_are_its_points(city_store: Store, travel: TravelStore) -> None:
    told = answer(city_store, travel, replace(ASKED, candidates="residential_place", candidate_count=20))
    points = travel.positions(SYSTEM, "residential_place").read()
    there = int((~np.isnan(points.lonlat[:, 0])).sum())
    assert told["candidates_there"] == there > 20
    assert told["candidates"] == 20
    words = {language: siting_answers.words_of(told, language) for language in ("zh", "en")}
    assert f"候选点 {there:,} 处，" in words["zh"]["candidates"]
    assert "按分布取 20 处参与计算" in words["zh"]["candidates"]
    assert f"20 of {there:,} candidates were used" in words["en"]["candidates"]
    assert f"这 20 处候选点（共 {there:,} 处）中" in words["zh"]["proof"]
    assert f"among these 20 of {there:,} candidates" in words["en"]["proof"]
    for site in told["sites"]:
        at = points.lonlat[points.ids.tolist().index(site["id"])]
        assert [site["lon"], site["lat"]] == pytest.approx(at.tolist(), abs=1e-6)
        assert site["code"]


def test_weights_come_from_the_field(city_store: Store, travel: TravelStore) -> None:
    asked = replace(ASKED, of="residential_place", weight="population")
    told = answer(city_store, travel, asked)
    with city_store.transaction(SYSTEM) as connection:
        people = connection.execute("SELECT sum(population) AS n FROM residential_place").fetchone()["n"]
    assert 0 < told["demand"]["total"] <= people
    with pytest.raises(FilterError, match="population"):
        checked(replace(asked, weight="nonsense"))


def test_floors_out_of_reach_name_their_districts(city_store: Store, travel: TravelStore) -> None:
    told = answer(city_store, travel, replace(ASKED, floor=1.0, standard_s=5.0, existing=None, curve=0))
    assert (told["status"], told["reason"]) == ("infeasible", "floor_out_of_reach")
    assert {c["code"] for c in told["culprits"]} <= {d["code"] for d in told["districts"]}
    assert told["objective"] is None
    assert told["sites"] == []
    # What could be had in each, counted by whole sweeps: less than the floor asks for.
    found = inputs_of(
        city_store, travel, checked(replace(ASKED, floor=1.0, standard_s=5.0, existing=None, curve=0))
    )
    nearest = travel_time_matrix(
        found.circumstances.impedance,
        found.candidates.places,
        snap(found.circumstances.network, found.demand.lonlat),
    ).min(axis=0)
    for culprit in told["culprits"]:
        inside = found.district == culprit["code"]
        share = found.weight[inside & (nearest <= 5)].sum() / found.weight[inside].sum()
        assert culprit["most"] == pytest.approx(share)
        assert culprit["most"] < culprit["floor"] == 1.0


def test_a_floor_that_needs_more_sites_has_a_curve_that_says_how_many(
    city_store: Store, travel: TravelStore
) -> None:
    asked = replace(ASKED, new_count=1, curve=12, existing=None, standard_s=600.0)
    most = answer(city_store, travel, replace(asked, new_count=12, curve=0))
    floors = {line["code"]: 0.98 * line["after"] / line["total"] for line in most["districts"]}
    told = answer(city_store, travel, replace(asked, district_floors=floors))
    assert (told["status"], told["objective"]) == ("infeasible", None)
    first = next(step["x"] for step in told["curve"] if step["value"] is not None)
    assert first > 1
    assert siting_answers.words_of(told, "zh")["feasible"] == f"曲线上第一个可行的是新增 {first:g} 处。"


def test_a_district_keeps_its_own_floor(city_store: Store, travel: TravelStore) -> None:
    """The best of all pairs that keep one district's floor; the floor of everywhere gives way to a district's own."""
    asked = replace(ASKED, existing=None, curve=0)
    found = inputs_of(city_store, travel, asked)
    demand = snap(found.circumstances.network, found.demand.lonlat)
    new = travel_time_matrix(found.circumstances.impedance, found.candidates.places, demand)
    covered = [new[list(pair)].min(axis=0) <= 180 for pair in combinations(range(len(found.candidates)), 2)]
    loose = answer(city_store, travel, asked)
    codes = [d["code"] for d in loose["districts"]]
    tried = 0
    for district in loose["districts"]:
        mine = found.district == district["code"]
        most = max(float(found.weight[c & mine].sum()) for c in covered)
        if most <= district["after"]:
            continue  # the best choice serves it as well as any
        tried += 1
        floor = {district["code"]: (most - 0.5) / district["total"]}
        held = answer(city_store, travel, replace(asked, district_floors=floor))
        kept = [c for c in covered if found.weight[c & mine].sum() >= most]
        assert held["after"]["covered"] == max(found.weight[c].sum() for c in kept)
        assert next(d["after"] for d in held["districts"] if d["code"] == district["code"]) == most
    assert tried
    free = answer(city_store, travel, replace(asked, floor=1.0, district_floors=dict.fromkeys(codes, 0.0)))
    assert free["after"]["covered"] == loose["after"]["covered"]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"model": "best"}, "model"), ({"name": " "}, "name"), ({"of": "dragon"}, "dragon"), ({"standard_s": 0}, "standard_s"),
        ({"standard_s": float("nan")}, "standard_s"), ({"new_count": 0}, "new_count"), ({"candidate_count": 5000}, "candidate_count"),
        ({"gap": 2}, "gap"), ({"time_limit_s": 0}, "time_limit_s"), ({"floor": 1.2}, "floor"), ({"busy_share": 1}, "busy_share"),
        ({"model": "mclp_capacity"}, "capacity"), ({"model": "lscp", "floor": 0.5}, "floor"),
        ({"district_floors": {"440304": 1.5}}, "district_floors.440304"), ({"model": "p_center", "district_floors": {"440304": 0.5}}, "district_floors"), ({"division": "44x"}, "44x"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(changed: dict, named: str) -> None:
    with pytest.raises(FilterError, match=named):
        checked(replace(ASKED, **changed))


def test_more_sites_than_candidates_are_refused(city_store: Store, travel: TravelStore) -> None:
    with pytest.raises(SitingError) as caught:
        answer(city_store, travel, replace(ASKED, candidate_count=3, new_count=9))
    assert caught.value.field == "new_count"


def test_a_question_is_kept_whole() -> None:
    asked = replace(
        ASKED, area=(shapely.box(114, 22, 115, 23),), forbidden=(shapely.box(114, 22, 114.5, 23),)
    )
    assert from_json(as_json(asked)) == asked


def submit(database: Database, asked: SitingQuestion, scope) -> uuid.UUID:
    store = Store(database, max_size=1)
    with store.transaction(scope) as connection:
        job_id = job_queue.submit(
            connection,
            kind="siting",
            title=asked.name,
            scope=scope,
            arguments=as_json(asked),
            now=SystemClock().now(),
        )
    store.close()
    return job_id


def job(store: Store, job_id: uuid.UUID, scope):
    with store.transaction(scope) as connection:
        return job_queue.read(connection, job_id, username=scope.username)


def test_a_job_keeps_its_study_for_those_who_may_see_it(
    city_database: Database, city_store: Store, tmp_path: Path
) -> None:
    with city_store.transaction(SYSTEM) as connection:
        code = connection.execute("SELECT code FROM division WHERE length(rtrim(code, '0')) = 6 ORDER BY code LIMIT 1").fetchone()["code"]  # fmt: skip
    mine = scope_for([code], username="district", role="regulator", may_write=True)
    asked = checked(replace(ASKED, curve=2))
    job_id = submit(city_database, asked, mine)
    job_queue.run(city_database, job_id, state_dir=tmp_path, clock=SystemClock())
    assert job(city_store, job_id, mine)["state"] == "done"
    other = scope_for(["440399"], username="elsewhere", role="regulator", may_write=True)
    for scope, sees in ((mine, True), (SYSTEM, True), (other, False)):
        with city_store.transaction(scope) as connection:
            ids = {row["id"] for row in siting_studies.list_studies(connection)}
            assert (job_id in ids) is sees
            if not sees:
                with pytest.raises(NotFoundError):
                    siting_studies.read_study(connection, job_id)
                with pytest.raises(NotFoundError):
                    siting_studies.remove_study(connection, job_id, scope=scope)
    with city_store.transaction(mine) as connection:
        kept = siting_studies.read_study(connection, job_id)
        assert from_json(kept["question"]) == asked
        drawn = siting_studies.geojson(kept["answer"])
        roles = [f["properties"]["role"] for f in drawn["features"]]
        assert roles.count("chosen") == len(kept["answer"]["sites"])
        with pytest.raises(RefusedError):
            siting_studies.remove_study(connection, job_id, scope=replace(mine, may_write=False))
        siting_studies.remove_study(connection, job_id, scope=mine)


def test_a_cancelled_job_keeps_nothing(city_database: Database, city_store: Store, tmp_path: Path) -> None:
    asked = checked(ASKED)
    job_id = submit(city_database, asked, SYSTEM)
    with city_store.transaction(SYSTEM) as connection:
        # asked for while it waits to be picked up by a worker that has it already
        connection.execute(
            "UPDATE job SET is_cancel_requested = true, state = 'running' WHERE id = %s", [job_id]
        )
    job_queue.run(city_database, job_id, state_dir=tmp_path, clock=SystemClock())
    assert job(city_store, job_id, SYSTEM)["state"] == "cancelled"
    with city_store.transaction(SYSTEM) as connection, pytest.raises(NotFoundError):
        siting_studies.read_study(connection, job_id)


def test_a_study_that_is_stopped_says_so(city_store: Store, travel: TravelStore) -> None:
    asked = checked(replace(ASKED, candidate_count=60, new_count=6))
    found = inputs_of(city_store, travel, asked)
    solved = solve(
        found,
        asked,
        Effort(should_stop=lambda: True),
        drawn=CurveEffort(Effort(should_stop=lambda: True), 1.0),
    )
    assert solved.solution.status.value in {"stopped", "optimal"}
    assert solved.solution.bound >= solved.solution.objective
