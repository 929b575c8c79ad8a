"""Say what a new site costs: the same everywhere, or what its district asks, in the currency of the study's budget."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from data.scope import Scope
from data.siting_question import SitingQuestion
from data.store import Store

Floats = NDArray[np.float64]


def candidate_costs(store: Store, scope: Scope, asked: SitingQuestion, lonlat: Floats) -> Floats | None:
    """Give the cost of a site at each candidate; None where the study has no budget."""
    if asked.budget is None:
        return None
    costs = np.full(len(lonlat), asked.site_cost)
    if not asked.district_costs:
        return costs
    with store.transaction(scope) as connection:
        rows = connection.execute(
            "SELECT code, ST_AsBinary(geom) AS wkb FROM division WHERE level = 'county' AND geom IS NOT NULL AND code = ANY(%s) ORDER BY code",
            [list(asked.district_costs)],
        ).fetchall()
    for row in rows:
        outline = shapely.from_wkb(bytes(row["wkb"]))
        shapely.prepare(outline)
        inside = shapely.intersects_xy(outline, lonlat[:, 0], lonlat[:, 1])
        costs[inside] = asked.district_costs[row["code"]]
    return costs


def spent(costs: Floats | None, chosen: NDArray[np.int64]) -> float | None:
    """Give what the chosen candidates cost together, each as often as it has units."""
    return None if costs is None else round(float(costs[chosen].sum()), 6)
