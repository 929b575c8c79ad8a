"""The course of a drill: miniatures solved by hand, closed forms, and what must hold whatever is thrown in."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch._course_state import in_waves
from dispatch.course import simulate_course
from dispatch.course_bands import figures, many_courses, quantile
from dispatch.course_plan import (
    CLEARED,
    SPREADS,
    Flow,
    Plan,
    ReleaseStops,
    RoadCloses,
    RoadOpens,
    Spread,
    Steps,
    Team,
    TeamBreaks,
    Way,
    WindTurns,
)
from dispatch.course_record import Happening, State
from dispatch.errors import QuestionError

STAGING = (0.0, 0.0)
PLACE, SHELTER, OTHER = (5.0, 0.0), (6.0, 0.0), (6.0, 1.0)


@dataclass
class Line:
    """Roads as the crow flies at one degree in 100 s; an inject's area closes a way whose end it names, unless one starts at the detour."""

    closes: dict[int, tuple[tuple[float, float], float]] = field(default_factory=dict)
    detour_s: float = 50.0

    def way(self, start, end, closed, *, is_leaving):
        time_s = 100 * math.dist(start, end)
        around = any(self.closes[n][0] == end for n in closed - {CLEARED})
        if around and self.detour_s == math.inf:
            return None
        return Way(
            start,
            end,
            time_s + (self.detour_s if around else 0.0),
            (start, end, (0.0, 9.0)) if around else (start, end),
            0.5 if is_leaving else 0.0,
        )

    def blocked(self, way, closed, share):
        if len(way.line) == 3:  # it has gone around already
            return None
        shares = [
            at for n in closed - {CLEARED} for end, at in [self.closes[n]] if end == way.end and at >= share
        ]
        return min(shares, default=None)

    def place(self, way, share):
        return tuple(a + share * (b - a) for a, b in zip(way.start, way.end, strict=True))


def certain(**values):
    """Steps without any chance: 60 s, factors 1, but for those named."""
    steps = {
        name: Spread(*(3 * [values.get(name, 1.0 if name in ("drive", "leave") else 60.0)]))
        for name in SPREADS
    }
    return Steps(**steps, **{name: n for name, n in values.items() if name not in SPREADS})


def team(key, at, kind="fire_station"):
    start, end = (STAGING, at) if kind == "hospital" else (at, STAGING)
    return Team(key, kind, at, Way(start, end, 100 * math.dist(at, STAGING), (start, end)))


def flow(key, people, at=PLACE, to=SHELTER, shelter="s"):
    return Flow(key, shelter, people, Way(at, to, 100 * math.dist(at, to), (at, to), 0.5))


def city(steps=None, teams=2, flows=2, reserves=1):
    kinds = ["fire_station", "rescue_team", "hospital"]
    helpers = tuple(team(f"t{n}", (float(n + 1), 0.0), kinds[n % 3]) for n in range(teams))
    stand_ins = tuple(team(f"r{n}", (float(n + 4), 1.0)) for n in range(reserves))
    people = tuple(flow(f"f{n}", 30 + 7 * n) for n in range(flows))
    return Plan(STAGING, helpers, people, {"s": SHELTER}, steps or Steps(), stand_ins)


def times(course, what, key=None):
    return [e.at_s for e in course.events if e.what is what and (key is None or e.key == key)]


def test_a_miniature_solved_by_hand():
    # Alarm at 60. One caller: t0 is told at 120, t1 at 180. Turnout 60, 100 and 200 s of driving, set-up 60.
    # Ordered at 120, told at 180, waves of 10 and 10 leave at 240 and 300; half-way out at 290 and 350; at the gate at 340 and 400.
    # The gate takes 10 in 120 s: the first is in at 460, the second waits 60 s and is in at 580.
    plan = replace(city(certain(callers=1, waves=2, intake_per_min=5), flows=0), flows=(flow("f", 20),))
    course = simulate_course(plan, Line())
    assert times(course, Happening.NOTIFIED) == [120, 180]
    assert times(course, Happening.ON_SITE) == [280, 440]
    assert times(course, Happening.AT_WORK) == [340, 500]
    assert times(course, Happening.LEFT) == [240, 300]
    assert times(course, Happening.OUT) == [290, 350]
    assert times(course, Happening.SHELTERED) == [460, 580]
    assert figures(course, plan) == {
        "alarm_s": 60, "first_on_site_s": 280, "first_at_work_s": 340, "all_on_site_s": 440, "ordered_s": 120, "zone_evacuated_s": 350,
        "all_sheltered_s": 580,
    }  # fmt: skip


def test_who_is_cut_off_goes_on_when_the_road_opens():
    # One team, told at 120, under way at 180, 100 s from staging. The road closes at 200 and nothing leads around; it opens at 500.
    plan = city(certain(), teams=1, flows=0)
    shut = Line({1: (STAGING, 0.5)}, detour_s=math.inf)
    stays = simulate_course(plan, shut, [RoadCloses(1, 200.0)])
    assert times(stays, Happening.CUT_OFF, "t0") == [200]
    assert times(stays, Happening.ON_SITE) == []
    opens = simulate_course(plan, shut, [RoadCloses(1, 200.0), RoadOpens(2, 500.0, 1)])
    assert times(opens, Happening.CUT_OFF, "t0") == [200]
    assert times(opens, Happening.ROAD_OPENED) == times(opens, Happening.TURNED_OFF, "t0") == [500]
    (there,) = times(opens, Happening.ON_SITE)  # 80 s of its way were left
    assert there == pytest.approx(580)
    stood = [s for s in opens.stages if s.key == "t0" and s.state is State.STOPPED]
    assert [(s.from_s, s.to_s) for s in stood] == [(200, 500)]
    before = [e for e in opens.events if e.at_s < 500]
    assert before == [e for e in stays.events if e.at_s < 500]  # an opening changes nothing before its second


def test_nothing_opens_that_was_not_closed_before():
    plan = city(certain(), teams=1, flows=0)
    for injects in ([RoadOpens(1, 5.0, 2)], [RoadCloses(1, 9.0), RoadOpens(2, 5.0, 1)]):
        with pytest.raises(QuestionError, match="无从恢复"):
            simulate_course(plan, Line({1: (STAGING, 0.5)}), injects)


def test_who_has_not_left_stays_when_the_zone_is_cleared():
    # As in the miniature: ordered at 120, told at 180, waves of 10 leave at 240 and 300. The cloud has passed at 270.
    plan = replace(city(certain(callers=1, waves=2, intake_per_min=5), flows=0), flows=(flow("f", 20),))
    course = simulate_course(plan, Line(), [ReleaseStops(1, 100.0, 270.0)])
    assert (times(course, Happening.RELEASE_STOPPED), times(course, Happening.ZONE_CLEARED)) == ([100], [270])
    assert times(course, Happening.LEFT) == [240]
    assert [(e.at_s, e.people) for e in course.events if e.what is Happening.STAYED] == [(300, 10)]
    assert sum(e.people for e in course.events if e.what is Happening.SHELTERED) == 10
    assert figures(course, plan)["zone_evacuated_s"] == 290
    early = simulate_course(plan, Line(), [ReleaseStops(1, 100.0, 230.0)])  # before anybody has left
    assert times(early, Happening.LEFT) == []
    assert sum(e.people for e in early.events if e.what is Happening.STAYED) == 20
    assert figures(early, plan)["zone_evacuated_s"] == figures(early, plan)["all_sheltered_s"] == 230


def test_help_turns_off_onto_a_way_that_is_quicker_once_the_zone_is_cleared():
    @dataclass
    class Around(Line):
        """The way leads around the zone in five times its time until that is cleared."""

        def way(self, start, end, closed, *, is_leaving):
            found = super().way(start, end, closed, is_leaving=is_leaving)
            return found if CLEARED in closed else replace(found, time_s=5 * found.time_s)

    far = Team("t", "fire_station", (4.0, 0.0), Way((4.0, 0.0), STAGING, 2000.0, ((4.0, 0.0), STAGING)))
    plan = Plan(STAGING, (far,), (), {}, certain())
    assert times(simulate_course(plan, Around()), Happening.ON_SITE) == [2180]
    course = simulate_course(plan, Around(), [ReleaseStops(1, 300.0, 680.0)])
    # Under way at 180, a quarter of the way at 680: 300 s are left on the open road.
    assert times(course, Happening.TURNED_OFF, "t") == [680]
    assert times(course, Happening.ON_SITE) == [pytest.approx(980)]


def test_a_hospital_takes_in_whom_the_first_team_at_work_hands_over():
    plan = city(certain(callers=9), teams=3, flows=0)
    course = simulate_course(plan, Line())
    at_work = min(times(course, Happening.AT_WORK))
    assert times(course, Happening.READY) == [180]
    assert times(course, Happening.DELIVERED) == [at_work + 300]


@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 4))
@settings(max_examples=15)
def test_without_spreads_the_course_is_the_sum_of_its_steps(seed, waves, callers):
    steps = certain(alarm=11, notify=22, turnout_fire=33, turnout_other=44, setup=55, order=66, warn=77, prepare=88, gap=5, callers=callers, waves=waves)  # fmt: skip
    plan = city(steps, teams=5, flows=3)
    course = simulate_course(plan, Line(), seed=seed)
    for n, one in enumerate(plan.teams):
        if one.kind != "hospital":
            told = 11 + 22 * (n // callers + 1)
            out = 33 if one.kind == "fire_station" else 44
            assert times(course, Happening.ON_SITE, one.key) == pytest.approx([told + out + one.way.time_s])
    last = 11 + 66 + 77 + 88 + 5 * (min(waves, 30) - 1) + 50
    assert figures(course, plan)["zone_evacuated_s"] == pytest.approx(last)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=20)
def test_the_same_seed_gives_the_same_course(seed, other):
    plan = city(teams=4, flows=3)
    injects = (RoadCloses(1, 700.0), TeamBreaks(2, 500.0, "t1"))
    roads = Line({1: (SHELTER, 0.7)})
    first = simulate_course(plan, roads, injects, seed=seed)
    assert simulate_course(plan, Line({1: (SHELTER, 0.7)}), injects, seed=seed) == first
    if other != seed:
        assert simulate_course(plan, roads, injects, seed=other) != first
    assert simulate_course(plan, roads, injects, seed=seed, run=1) != first


@given(st.integers(0, 10**6), st.floats(0, 4000), st.sampled_from(["road", "break", "wind"]))
@settings(max_examples=40)
def test_nothing_changes_before_an_inject_and_only_what_it_touches_after(seed, at_s, kind):
    plan = replace(city(teams=4, flows=2), shelters={"s": SHELTER, "o": OTHER})
    plan = replace(plan, flows=(*plan.flows, flow("o0", 40, to=OTHER, shelter="o")))
    roads = Line({1: (SHELTER, 0.9)})
    inject = {
        "road": RoadCloses(1, at_s),
        "break": TeamBreaks(1, at_s, "t0"),
        "wind": WindTurns(1, at_s, None, (flow("new", 50, to=OTHER, shelter="o"),)),
    }[kind]
    before = simulate_course(plan, roads, seed=seed)
    after = simulate_course(plan, roads, (inject,), seed=seed)

    def until(course):
        return [e for e in course.events if e.at_s < at_s]

    assert until(before) == until(after)
    old = [s for s in before.stages if s.to_s < min(at_s, before.ends_s)]  # who works to the end works on
    assert all(stage in after.stages for stage in old)
    untouched = {"road": ("t", "o0"), "break": ("f", "o0", "t1", "t3"), "wind": ("t", "f")}[kind]
    if kind == "wind":
        roads.closes = {1: ((9.0, 9.0), 0.5)}

    def of(course):
        return [e for e in course.events if e.key.startswith(untouched)]

    if kind == "break":  # who takes over the injured does
        assert [e for e in of(before) if e.what is not Happening.DELIVERED] == [e for e in of(after) if e.what is not Happening.DELIVERED]  # fmt: skip
    elif kind == "road":
        assert of(before) == of(after)


def test_who_drives_turns_off_before_the_road_that_closes():
    plan = replace(city(certain(callers=9), teams=0, flows=0), teams=(team("t", (8.0, 0.0)),), flows=())
    # Under way at 180, 800 s to go; the road closes at 400 (share 0.275) from share 0.9 on: off at 0.375, at 480; 300 + 200 + 50 s from there.
    roads = Line({1: (STAGING, 0.9)})
    course = simulate_course(plan, roads, (RoadCloses(1, 400.0),))
    assert times(course, Happening.TURNED_OFF) == [400]
    assert times(course, Happening.ON_SITE) == [pytest.approx(480 + 500 + 50)]
    # Too near to turn off ahead: it drives back to share 0.875 of the way, and around.
    late = simulate_course(plan, Line({1: (STAGING, 0.88)}), (RoadCloses(1, 180 + 0.879 * 800),))
    back_s = 0.004 * 800
    assert times(late, Happening.ON_SITE) == [pytest.approx(180 + 0.879 * 800 + back_s + 100 + 50)]
    # A closure behind it changes nothing; one with no way around cuts it off where it stands.
    assert times(
        simulate_course(plan, Line({1: (STAGING, 0.1)}), (RoadCloses(1, 400.0),)), Happening.ON_SITE
    ) == [980]
    stuck = simulate_course(plan, Line({1: (STAGING, 0.9)}, math.inf), (RoadCloses(1, 400.0),))
    assert times(stuck, Happening.CUT_OFF) == [400]
    assert figures(stuck, plan)["first_on_site_s"] == math.inf
    assert [s.at for s in stuck.stages if s.state is State.STOPPED] == [(pytest.approx(5.8), 0.0)]


def test_the_next_of_its_kind_stands_in_for_a_team_that_breaks_down():
    plan = city(certain(callers=9), teams=1, flows=0)
    for at_s in (0.0, 90.0, 150.0, 200.0, 1000.0):
        course = simulate_course(plan, Line(), (TeamBreaks(1, at_s, "t0"),))
        assert times(course, Happening.BROKEN_DOWN, "t0") == [at_s]
        arrives = max(at_s, 60.0) + 60 + 60 + plan.reserves[0].way.time_s
        assert times(course, Happening.ON_SITE, "r0") == [pytest.approx(arrives)]
    nobody = simulate_course(replace(plan, reserves=()), Line(), (TeamBreaks(1, 90.0, "t0"),))
    assert len(times(nobody, Happening.NONE_INSTEAD)) == 1
    assert figures(nobody, plan)["first_on_site_s"] == math.inf


def test_the_wind_turns_and_help_moves_and_shelters_in_the_zone_are_emptied():
    plan = replace(
        city(certain(callers=9, waves=1, intake_per_min=60), teams=1, flows=0), flows=(flow("f", 60),)
    )
    to = (0.0, 1.0)
    turn = WindTurns(
        1, 1000.0, to, (flow("g", 30, at=(3.0, 0.0), to=OTHER, shelter="o"),), {"s": (("o", OTHER, 80),)}
    )
    plan = replace(plan, shelters={"s": SHELTER, "o": OTHER})
    course = simulate_course(plan, Line({1: ((9.0, 9.0), 0.0)}), (turn,))
    # On site at 280; from 1000 on 100 s to the new place.
    assert times(course, Happening.ON_SITE) == [280, 1100]
    # The 60 are in at 240 + 100 + 60; ordered away 60 s after the turn, 100 s to the other shelter, 60 s at its gate.
    assert times(course, Happening.SENT_ON) == [1060]
    assert times(course, Happening.SHELTERED, "o") == [pytest.approx(1220), pytest.approx(1180 + 100 * math.dist((3, 0), OTHER) + 60 - 60 + 30)]  # fmt: skip
    small = simulate_course(
        plan, Line({1: ((9.0, 9.0), 0.0)}), (replace(turn, instead={"s": (("o", OTHER, 59),)}),)
    )
    assert [e.people for e in small.events if e.what is Happening.NO_PLACE] == [60]
    assert figures(small, plan)["zone_evacuated_s"] == math.inf


@given(st.integers(0, 500), st.integers(1, 6))
def test_everybody_is_in_a_wave(people, waves):
    found = in_waves(people, waves)
    assert sum(found) == people
    assert len(found) == min(people, waves)
    assert max(found, default=0) - min(found, default=0) <= 1


@given(st.integers(0, 10**6), st.lists(st.floats(0, 3000), min_size=1, max_size=3))
@settings(max_examples=20)
def test_nobody_is_lost_or_doubled(seed, closings):
    plan = city(teams=3, flows=4)
    roads = Line({n: (SHELTER, 0.2 * n) for n in range(1, 4)}, 30.0)
    course = simulate_course(plan, roads, [RoadCloses(n, s) for n, s in enumerate(closings, 1)], seed=seed)
    people = sum(f.people for f in plan.flows)
    for what in (Happening.LEFT, Happening.OUT, Happening.SHELTERED):
        assert sum(e.people for e in course.events if e.what is what) == people
    for key in {s.key for s in course.stages}:
        own = [s for s in course.stages if s.key == key]
        assert all(a.to_s <= b.from_s + 1e-6 for a, b in pairwise(own))


@pytest.mark.parametrize("spread", [Spread(60, 240, 600), Spread(0, 0, 100), Spread(5, 100, 100)])
def test_quantiles_of_one_step_are_those_of_the_closed_form(spread):
    steps = replace(certain(), alarm=spread)
    runs = 2000
    found = many_courses(city(steps, teams=0, flows=0), Line(), seed=7, runs=runs).figures["alarm_s"]
    assert found.mean() == pytest.approx(spread.mean, abs=3 * found.std() / math.sqrt(runs))
    for share in (0.1, 0.5, 0.9):
        at = spread.quantile(share)
        # the standard error of a quantile is that of the share divided by the density there
        density = 1e-4 / (spread.quantile(share + 5e-5) - spread.quantile(share - 5e-5))
        error = math.sqrt(share * (1 - share) / runs) / density
        assert quantile(found, share) == pytest.approx(at, abs=3 * error)


@given(st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1e4), st.floats(1e-6, 1 - 1e-6))
def test_the_quantile_function_inverts_the_distribution(a, b, c, share):
    low, mode, high = sorted((a, b, c))
    at = Spread(low, mode, high).quantile(share)
    assert low <= at <= high
    if high - low > 1e-3 and min(mode - low, high - mode) > 1e-3:
        below = (
            (at - low) ** 2 / ((high - low) * (mode - low))
            if at <= mode
            else 1 - (high - at) ** 2 / ((high - low) * (high - mode))
        )
        assert below == pytest.approx(share, abs=1e-6)


def test_bands_hold_the_runs_they_are_made_of():
    plan = city(teams=3, flows=2)
    bands = many_courses(plan, Line(), seed=5, runs=40)
    again = many_courses(plan, Line(), seed=5, runs=40)
    assert all(np.array_equal(bands.figures[name], again.figures[name]) for name in bands.figures)
    people = sum(f.people for f in plan.flows)
    assert (np.diff(bands.people_out, axis=0) >= 0).all()
    assert (np.diff(bands.people_out, axis=1) >= 0).all()
    assert bands.people_out[:, 0].tolist() == [0, 0, 0]
    assert bands.people_out[0, -1] == people
    # at the median second of the first team, half of the runs have one on site
    at_s = quantile(bands.figures["first_on_site_s"], 0.5)
    assert (bands.figures["first_on_site_s"] <= at_s).mean() >= 0.5


def test_a_report_that_raises_ends_the_runs():
    class StopError(Exception):
        pass

    done = []

    def report(n):
        done.append(n)
        if n == 3:
            raise StopError

    with pytest.raises(StopError):
        many_courses(city(), Line(), runs=100, report=report)
    assert done == [1, 2, 3]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (lambda: Spread(3, 2, 5), "依次不减"), (lambda: Spread(-1, 2, 5), "依次不减"), (lambda: Spread(0, math.nan, 5), "依次不减"),
        (lambda: Steps(alarm=Spread(0, 1, 1e9)), "alarm"), (lambda: Steps(drive=Spread(0, 1, 1)), "drive"), (lambda: Steps(waves=0), "waves"),
        (lambda: Steps(callers=99), "callers"), (lambda: many_courses(city(), Line(), runs=0), "次数"),
        (lambda: simulate_course(city(), Line(), (TeamBreaks(1, 5.0, "x"),)), "没有队伍 x"),
        (lambda: simulate_course(city(), Line(), (RoadCloses(1, 5.0), RoadCloses(1, 6.0))), "编号"),
        (lambda: replace(city(), shelters={}), "没有避难场所"), (lambda: Plan(STAGING, (team("a", PLACE),) * 2, (), {}), "重复"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_by_name(wrong, named):
    with pytest.raises(QuestionError, match=named):
        wrong()
