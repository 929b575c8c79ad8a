"""Apply a scenario to facilities: add those that are tried out, take off those that are out of service."""

from dataclasses import replace

import numpy as np

from geo.errors import NetworkError
from geo.scenario import Impedance
from geo.snapping import DEFAULT_REACH_M, SnappedPoints, snap


def scenario_facilities(
    impedance: Impedance, facilities: SnappedPoints, *, reach_m: float = DEFAULT_REACH_M
) -> SnappedPoints:
    """
    Add the facilities a scenario tries out to the given ones.

    Parameters
    ----------
    impedance : Impedance
        The network under the scenario.
    facilities : SnappedPoints
        The existing facilities, f of them.
    reach_m : float
        As for `geo.snapping.snap`.

    Returns
    -------
    SnappedPoints
        The given ones, then the added ones, numbered from f.

    Raises
    ------
    NetworkError
        When ``reach_m`` is not above 0.
    """
    added = impedance.scenario.facilities_added
    if not added:
        return facilities
    extra = snap(impedance.network, added, reach_m=reach_m, profile=impedance.scenario.profile)
    return SnappedPoints(
        *(
            np.concatenate([getattr(facilities, name), getattr(extra, name)])
            for name in SnappedPoints.__dataclass_fields__
        )
    )


def in_service(impedance: Impedance, facilities: SnappedPoints) -> SnappedPoints:
    """
    Take facilities that are out of service off the network, keeping their positions.

    Parameters
    ----------
    impedance : Impedance
        The network under a scenario.
    facilities : SnappedPoints
        All facilities.

    Returns
    -------
    SnappedPoints
        The same points; those out of service have no edge.

    Raises
    ------
    NetworkError
        When the scenario names a facility that is not there.
    """
    out = impedance.scenario.facilities_out
    if not out:
        return facilities
    if min(out) < 0 or max(out) >= len(facilities):
        raise NetworkError(
            f"the scenario takes facility {max(out)} out of service, but there are {len(facilities)}"
        )
    edge = facilities.edge_idx.copy()
    edge[list(out)] = -1
    return replace(facilities, edge_idx=edge)
