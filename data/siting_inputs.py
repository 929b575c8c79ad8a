"""Bring demand, existing sites and candidates of a study onto the road network, as the arrays that siting takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from data.errors import FilterError
from data.located_points import LocatedPoints, kind_by_name
from data.network_service import Circumstances
from data.scope import Scope, code_range, significant_digits
from data.siting_costs import candidate_costs
from data.siting_curves import STANDARD_SHARES
from data.siting_question import COUNT, COVERING, EACH_COUNTS, NETWORK, SitingQuestion, weight_field
from data.store import Store
from data.travel_store import TravelStore
from geo.closest_facility import closest_facilities
from geo.siting.candidates import spread_candidates
from geo.siting.network_reach import Reach, network_reach
from geo.snapping import SnappedPoints, SnapReason, snap

#: Largest table of demand points × sites that is kept whole.
MOST_CELLS = 40_000_000
_FARTHEST_S = 3 * 3600.0

Tell = Callable[[float], None]
Stop = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class SitingInputs:
    """
    What a study computes with.

    Attributes
    ----------
    demand : LocatedPoints
        Those on the network, with weight above 0.
    weight : ndarray of float64, shape (n,)
    district : ndarray of str, shape (n,)
        Six digits.
    existing_s : ndarray of float64, shape (n,)
        Seconds from the nearest existing site; ``inf`` for none.
    sites : Reach
        Pairs within reach: existing sites first where each counts by itself, then candidates.
    existing : int
        Existing sites among `sites`.
    existing_count : int
        Existing sites there are.
    candidates : CandidateSites
    costs : ndarray of float64, shape (c,), or None
        What a site costs at each candidate; None without a budget.
    off_road, weightless : int
        Demand points left out.
    """

    circumstances: Circumstances
    demand: LocatedPoints
    weight: NDArray[np.float64]
    district: NDArray[np.str_]
    existing_s: NDArray[np.float64]
    existing_lonlat: NDArray[np.float64]
    sites: Reach
    existing: int
    existing_count: int
    candidates: CandidateSites
    costs: NDArray[np.float64] | None
    off_road: int
    weightless: int


@dataclass(frozen=True, eq=False)
class CandidateSites:
    """
    Where sites may be added.

    Attributes
    ----------
    ids : ndarray of int64, shape (c,)
        Of points; 0 for places on the network.
    lonlat : ndarray of float64, shape (c, 2)
        WGS-84.
    places : SnappedPoints
    there : int or None
        Points of the layer in the area, before they were thinned to these; None for places on the network.
    off_road : int
        Those of them that lie on no road.
    """

    ids: NDArray[np.int64]
    lonlat: NDArray[np.float64]
    places: SnappedPoints
    there: int | None = None
    off_road: int = 0

    def __len__(self) -> int:
        """Count the candidates."""
        return len(self.ids)


def read_inputs(
    store: Store, travel: TravelStore, scope: Scope, asked: SitingQuestion, *, tell: Tell, should_stop: Stop
) -> SitingInputs:
    """Read and measure everything a study needs, under the scope of whoever asks.

    Raises
    ------
    FilterError
        When there is no demand or no candidate, or the study is too large.
    NoNetworkError, NetworkFileError, NetworkError
        When there is no network, its file cannot be used, or the hour lies outside the week.
    """
    circumstances = travel.circumstances(asked.question)
    demand, places, weight, off_road, weightless = _demand(store, travel, scope, asked, circumstances)
    existing_at = _existing(travel, scope, asked)
    existing_places = snap(circumstances.network, existing_at, profile=circumstances.profile)
    existing_places = existing_places.take(np.flatnonzero(existing_places.reason == SnapReason.SNAPPED))
    candidates = _candidates(travel, scope, asked, circumstances, demand.lonlat)
    existing_s = np.full(len(demand), np.inf)
    if len(existing_places):
        existing_s = closest_facilities(circumstances.impedance, existing_places, places, k=1).travel_time_s[
            :, 0
        ]
    each = len(existing_places) if asked.model in EACH_COUNTS else 0
    together = _joined(existing_places, candidates.places) if each else candidates.places
    if asked.model not in COVERING and len(demand) * (len(together) + 1) > MOST_CELLS:
        most = max(MOST_CELLS // max(len(demand), 1) - each - 1, 1)
        raise FilterError(
            f"需求点 {len(demand):,} × 点 {len(together):,} 过大，请把候选点减到 {most:,} 个以内或缩小范围。 "
            f"{len(demand):,} demand points × {len(together):,} sites are too many: take {most:,} candidates or fewer, or a smaller area."
        )
    limit_s = asked.standard_s if asked.model in COVERING else _FARTHEST_S
    if asked.model == "lscp" and asked.curve:
        limit_s *= STANDARD_SHARES[1]
    reach = network_reach(circumstances.impedance, together, places, limit_s=limit_s, progress=tell, should_stop=should_stop)  # fmt: skip
    district = np.array(
        [significant_digits(c)[:6].ljust(6, "0") for c in demand.division_codes.tolist()], np.str_
    )
    return SitingInputs(
        circumstances, demand, weight, district, existing_s, existing_at, reach, each, len(existing_at), candidates,
        candidate_costs(store, scope, asked, candidates.lonlat), off_road, weightless,
    )  # fmt: skip


def _demand(
    store: Store, travel: TravelStore, scope: Scope, asked: SitingQuestion, circumstances: Circumstances
) -> tuple[LocatedPoints, SnappedPoints, NDArray[np.float64], int, int]:
    kind = kind_by_name(asked.of)
    points = travel.positions(scope, asked.of).read()
    if asked.division:
        low, high = code_range(asked.division)
        points = points.take((points.division_codes >= low) & (points.division_codes < high))
    if len(points) == 0:
        where = f" {asked.division}" if asked.division else ""
        raise FilterError(f"{kind.words.zh}在{where or '您的辖区'}没有数据。 There is no {kind.words.en.lower()} in{where or ' your jurisdiction'}.")  # fmt: skip
    weight = np.ones(len(points))
    field = weight_field(kind, asked.weight) if asked.weight != COUNT else None
    if field is not None:
        with store.transaction(scope) as connection:
            rows = connection.execute(
                f"SELECT id, {field.name}::float8 AS w FROM {kind.layer.id} WHERE {field.name} > 0".encode()
            ).fetchall()
        known = {row["id"]: row["w"] for row in rows}
        weight = np.array([known.get(i, 0.0) for i in points.ids.tolist()])
    is_placed = ~np.isnan(points.lonlat[:, 0])
    places = snap(
        circumstances.network, np.where(is_placed[:, None], points.lonlat, 0.0), profile=circumstances.profile
    )
    on_road = is_placed & (places.reason == SnapReason.SNAPPED)
    used = np.flatnonzero(on_road & (weight > 0))
    if len(used) == 0:
        raise FilterError(
            f"{kind.words.zh}中没有一个在道路上且权重大于 0（{field.name if field else COUNT}）。 "
            f"No {kind.words.en.lower()} lies on a road and weighs more than 0 ({field.name if field else COUNT})."
        )
    left_out = int((~on_road).sum())
    return points.take(used), places.take(used), weight[used], left_out, int((on_road & (weight <= 0)).sum())


def _existing(travel: TravelStore, scope: Scope, asked: SitingQuestion) -> NDArray[np.float64]:
    if asked.existing is None:
        return np.zeros((0, 2))
    points = travel.positions(scope, asked.existing).read()
    return points.lonlat[~np.isnan(points.lonlat[:, 0])]


def _candidates(
    travel: TravelStore,
    scope: Scope,
    asked: SitingQuestion,
    circumstances: Circumstances,
    demand_at: NDArray[np.float64],
) -> CandidateSites:
    there, off_road = None, 0
    if asked.candidates == NETWORK:
        at = circumstances.network.node_lonlat
        at = at[_inside(at, asked)]
        if len(at):
            at = at[spread_candidates(at, demand_at, count=asked.candidate_count)]
        ids = np.zeros(len(at), np.int64)
    else:
        points = travel.positions(scope, asked.candidates).read()
        points = points.take(~np.isnan(points.lonlat[:, 0]))
        points = points.take(_inside(points.lonlat, asked))
        there = len(points)
        reached = snap(circumstances.network, points.lonlat, profile=circumstances.profile)
        points = points.take(reached.reason == SnapReason.SNAPPED)
        off_road = there - len(points)
        if len(points) > asked.candidate_count:
            kept = spread_candidates(points.lonlat, demand_at, count=asked.candidate_count)
            points = points.take(kept)
        at, ids = points.lonlat, points.ids
    places = snap(circumstances.network, at, profile=circumstances.profile)
    rows = np.flatnonzero(places.reason == SnapReason.SNAPPED)
    if len(rows) == 0:
        raise FilterError(
            "候选区域内没有候选点：请扩大区域、缩小禁区或换一种候选来源。 "
            "There is no candidate there: widen the area, forbid less, or take other candidates."
        )
    return CandidateSites(ids[rows], at[rows], places.take(rows), there, off_road)


def _inside(lonlat: NDArray[np.float64], asked: SitingQuestion) -> NDArray[np.bool_]:
    keep = np.ones(len(lonlat), bool)
    if asked.area:
        keep &= _covers(asked.area, lonlat)
    if asked.forbidden:
        keep &= ~_covers(asked.forbidden, lonlat)
    return keep


def _covers(shapes: tuple[BaseGeometry, ...], lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    whole = shapely.union_all(list(shapes))
    shapely.prepare(whole)
    found: NDArray[np.bool_] = shapely.intersects_xy(whole, lonlat[:, 0], lonlat[:, 1])
    return found


def _joined(first: SnappedPoints, second: SnappedPoints) -> SnappedPoints:
    return SnappedPoints(
        *(
            np.concatenate([getattr(first, name), getattr(second, name)])
            for name in SnappedPoints.__dataclass_fields__
        )
    )
