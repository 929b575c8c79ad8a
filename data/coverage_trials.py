"""Answer coverage while facilities are tried out: what stands is kept, and only what changes is swept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from data.coverage_question import TrialQuestion
from data.coverage_tables import codes_below
from data.errors import FilterError
from data.kept_results import Kept
from data.located_points import Kind, LocatedPoints, division_names, kind_by_name, read_words
from data.network_service import Circumstances
from data.scope import Connection, Scope, code_range
from data.siting_question import weight_field
from data.store import Store
from data.travel_store import TravelStore
from geo.kept_nearest import KeptNearest, TwoNearest, keep_nearest, try_out
from geo.snapping import SnappedPoints, SnapReason, snap

_STANDING = 6


@dataclass(frozen=True, eq=False)
class Standing:
    """
    How objects are covered as things stand, kept for all scenarios that ask the same.

    Attributes
    ----------
    key : str
        Names everything it rests on; another key means that rows, roads or the question differ.
    objects : LocatedPoints
        Demand, o of them, by id.
    weight : ndarray of float64, shape (o,)
    group_codes : tuple of str
        Divisions that totals are given for, and `group_idx` says which is each object's.
    facilities : LocatedPoints
        Those that may be sent, f of them, by id.
    kept : KeptNearest
        Their times.
    """

    key: str
    circumstances: Circumstances
    of: Kind
    by: Kind
    objects: LocatedPoints
    weight: NDArray[np.float64]
    group_idx: NDArray[np.int64]
    group_codes: tuple[str, ...]
    group_names: dict[str, str]
    facilities: LocatedPoints
    kept: KeptNearest

    @cached_property
    def is_somewhere(self) -> NDArray[np.bool_]:
        """Which objects have a position, shape (o,)."""
        found: NDArray[np.bool_] = np.isfinite(self.objects.lonlat[:, 0])
        return found

    @cached_property
    def two(self) -> TwoNearest:
        """The two nearest of every object as things stand."""
        return TwoNearest(self.kept.travel_time_s[:, :2], self.kept.facility_idx[:, :2], swept_whole=False)


@dataclass(frozen=True, eq=False)
class Trial:
    """
    What a scenario changes.

    Attributes
    ----------
    standing : Standing
        Without the scenario.
    now : Standing
        With the roads it closes, and the facilities as they stand.
    two : TwoNearest
        With everything it changes.
    facility_count : int
        Facilities that are sent under the scenario.
    off_road : tuple of int
        Those moved (by place in the question, then those added) that lie too far from any road to be sent.
    unknown_ids : tuple of int
        Facilities the scenario speaks of that are not there for this user, and are passed over.
    """

    asked: TrialQuestion
    standing: Standing
    now: Standing
    two: TwoNearest
    facility_count: int
    off_road: tuple[int, ...]
    unknown_ids: tuple[int, ...]

    @property
    def before_s(self) -> NDArray[np.float64]:
        """Seconds of the two nearest as things stand, shape (o, 2)."""
        return self.standing.two.travel_time_s

    @property
    def after_s(self) -> NDArray[np.float64]:
        """Seconds of the two nearest under the scenario, shape (o, 2)."""
        return self.two.travel_time_s


class CoverageTrials:
    """Tries out facilities for one process; safe to use from many threads."""

    def __init__(self, store: Store, travel: TravelStore) -> None:
        self._store, self._travel = store, travel
        self._standing: Kept[Standing] = Kept(_STANDING)

    def answer(self, scope: Scope, asked: TrialQuestion, *, is_strict: bool = True) -> Trial:
        """Answer a scenario.

        Parameters
        ----------
        is_strict : bool
            False passes over facilities that the scope does not see, as a shared scenario may name.

        Raises
        ------
        FilterError
            When a kind, field or facility is not there.
        NoNetworkError, NetworkFileError, NetworkError
            When there is no network, its file cannot be used, or the hour lies outside the week.
        """
        plain = replace(asked, question=replace(asked.question, closed=()))
        standing = self.standing(scope, plain)
        now = self.standing(scope, asked) if asked.question.closed else standing
        ids, changes = now.facilities.ids, asked.changes
        moved = [one for one in changes.moved if one[0] not in changes.out_ids]
        named = changes.out_ids | {i for i, _, _ in moved}
        unknown = tuple(sorted(named - set(ids.tolist())))
        if unknown and is_strict:
            self._refuse_unknown(scope, asked, unknown)
        moved = [one for one in moved if one[0] not in unknown]
        gone = np.isin(ids, sorted(named))
        at = [(lon, lat) for _, lon, lat in moved] + list(changes.added)
        places = self._snapped(now.circumstances, at)
        off = tuple(np.flatnonzero(places.reason != SnapReason.SNAPPED).tolist())
        two = now.two if not gone.any() and not at else try_out(now.kept, places, out=gone)
        count = int((~gone).sum()) + len(places) - len(off)
        return Trial(asked, standing, now, two, count, off, unknown)

    def _refuse_unknown(self, scope: Scope, asked: TrialQuestion, unknown: tuple[int, ...]) -> None:
        """Refuse facilities that are not there; those only off duty are passed over."""
        known = self._travel.positions(scope, asked.by).read().ids
        missing = sorted(set(unknown) - set(known.tolist()))
        if missing:
            raise FilterError(
                f"没有编号为 {missing[0]} 的设施，或您无权查看。 There is no facility {missing[0]} that you may see."
            )

    def _snapped(self, circumstances: Circumstances, at: list[tuple[float, float]]) -> SnappedPoints:
        lonlat = np.array(at, np.float64).reshape(-1, 2)
        return snap(circumstances.network, lonlat, profile=circumstances.profile)

    # -- what stands ------------------------------------------------------------------------------------

    def standing(self, scope: Scope, asked: TrialQuestion) -> Standing:
        """Give how things stand under a question, whatever facilities it changes.

        Raises
        ------
        FilterError, NoNetworkError, NetworkFileError, NetworkError
            As for `answer`.
        """
        of, by = kind_by_name(asked.of), kind_by_name(asked.by)
        circumstances = self._travel.circumstances(asked.question)
        of_key, objects, object_places = self._travel.located(scope, of, circumstances)
        by_key, facilities, places = self._travel.located(scope, by, circumstances)
        roads = circumstances.roads
        text = repr((
            of_key, by_key, roads.network.version, roads.speed_version, roads.closure_version, asked.weight, asked.division,
            asked.only_on_duty, circumstances.impedance.scenario.hour_of_week, asked.question.profile.name,
            circumstances.in_force, [area.wkt for area in asked.question.closed],
        ))  # fmt: skip
        key = hashlib.sha256(text.encode()).hexdigest()[:32]

        def make() -> Standing:
            chosen = _inside(objects, asked.division)
            rows = (
                np.flatnonzero(~facilities.is_off_duty) if asked.only_on_duty else np.arange(len(facilities))
            )
            core = self._travel.networks.core(circumstances.impedance)
            kept = keep_nearest(
                circumstances.impedance, places.take(rows), object_places.take(chosen), core=core
            )
            mine = objects.take(chosen)
            codes, group = np.unique(codes_below(mine.division_codes, asked.division), return_inverse=True)
            with self._store.transaction(scope) as connection:
                weight = _weights(connection, of, asked.weight, mine)
                names = division_names(connection, codes.tolist())
            return Standing(
                key, circumstances, of, by, mine, weight, group.reshape(-1), tuple(codes.tolist()), names,
                facilities.take(rows), kept,
            )  # fmt: skip

        return self._standing.get(key, make, circumstances.impedance)


def _inside(objects: LocatedPoints, division: str | None) -> NDArray[np.int64]:
    if division is None:
        return np.arange(len(objects))
    low, high = code_range(division)
    rows: NDArray[np.int64] = np.flatnonzero(
        (objects.division_codes >= low) & (objects.division_codes < high)
    )
    return rows


def _weights(connection: Connection, kind: Kind, name: str, points: LocatedPoints) -> NDArray[np.float64]:
    """Read what demand weighs; nothing where the field is empty."""
    field = weight_field(kind, name)
    if field is None:
        return np.ones(len(points))
    rows = connection.execute(
        f"SELECT id, {field.name}::float8 AS w FROM {kind.layer.id} WHERE {field.name} > 0".encode()
    ).fetchall()
    known = {row["id"]: row["w"] for row in rows}
    return np.array([known.get(i, 0.0) for i in points.ids.tolist()], np.float64)


def facility_rows(connection: Connection, standing: Standing, *, scope: Scope) -> list[dict[str, object]]:
    """Give the facilities with what people call them, in the order of their ids."""
    points = standing.facilities
    words = read_words(connection, points.layer, points.ids.tolist(), scope=scope)
    found = []
    for n, (i, (lon, lat)) in enumerate(zip(points.ids.tolist(), points.lonlat.tolist(), strict=True)):
        if i in words and lon == lon:  # noqa: PLR0124 - NaN without a position
            own = words[i]
            on_road = bool(standing.kept.facilities.reason[n] == SnapReason.SNAPPED)
            found.append({
                "id": i, "code": own["code"], "name": own["name"], "lon": round(lon, 6), "lat": round(lat, 6),
                "division": own["division_code"], "on_road": on_road,
            })  # fmt: skip
    return found
