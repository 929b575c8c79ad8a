"""Hold the declared scopes of rescue stations against what each reaches in time, and find where nobody has declared one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.scenario import Impedance
from geo.snapping import SnappedPoints
from geo.travel_time_matrix import travel_time_matrix

_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class ScopeReach:
    """
    How many elevators of its scope each station reaches too late.

    Attributes
    ----------
    late : ndarray of int64, shape (s,)
        Elevators of the scope that the station is not at within their limit.
    farthest_s : ndarray of float64, shape (s,)
        Seconds to the farthest of those that it gets to within twice the longest limit; 0 for none, ``inf`` where some lie beyond.
    """

    late: NDArray[np.int64]
    farthest_s: NDArray[np.float64]


def scope_reach(
    impedance: Impedance, stations: SnappedPoints, elevators: SnappedPoints, scopes: Sequence[ArrayLike], limits_s: ArrayLike
) -> ScopeReach:  # fmt: skip
    """
    Sweep from each station and count the elevators of its scope that it reaches too late.

    Parameters
    ----------
    impedance : Impedance
        The network at an hour.
    stations, elevators : SnappedPoints
        s and o points.
    scopes : sequence of array_like of int
        For each station the positions of its elevators.
    limits_s : array_like of float, shape (o,)
        Limit of each elevator, seconds, inclusive.

    Returns
    -------
    ScopeReach
    """
    limits = np.asarray(limits_s, np.float64)
    late, farthest = np.zeros(len(stations), np.int64), np.zeros(len(stations))
    wanted = [np.asarray(rows, np.int64) for rows in scopes]
    for first in range(0, len(stations), _AT_ONCE):
        part = wanted[first : first + _AT_ONCE]
        # Only elevators that some station of the part is asked about.
        asked = np.unique(np.concatenate(part)) if part else np.zeros(0, np.int64)
        if not len(asked):
            continue
        rows = np.arange(first, first + len(part))
        table = travel_time_matrix(
            impedance, stations.take(rows), elevators.take(asked), limit_s=2 * float(limits[asked].max())
        )
        for at, mine in enumerate(part):
            if len(mine):
                times = table[at, np.searchsorted(asked, mine)]
                late[first + at] = int((times > limits[mine]).sum())
                farthest[first + at] = times.max()
    return ScopeReach(late, farthest)


def undeclared(division_codes: ArrayLike, declared: Sequence[str], *, streets_of: Mapping[str, Sequence[str]]) -> dict[str, int]:  # fmt: skip
    """
    Count elevators where no station on duty has declared its scope.

    Parameters
    ----------
    division_codes : array_like of str, shape (o,)
        Division of each elevator.
    declared : sequence of str
        Significant digits of the codes that stations on duty declare.
    streets_of : mapping of str to sequence of str
        Streets of each district by significant digits; empty for a district without streets.

    Returns
    -------
    dict of str to int
        Elevators by the smallest code that says it all: a district where none of its elevators lies in a scope, else its streets.

    Examples
    --------
    >>> codes = ["440304001", "440304002", "440305001", "440305002", "440305"]
    >>> undeclared(codes, ["440304001"], streets_of={"440304": ["440304001", "440304002"], "440305": []})
    {'440304002': 1, '440305': 3}
    """
    codes = np.asarray(division_codes, np.str_)
    inside = np.zeros(len(codes), np.bool_)
    for code in sorted(set(declared)):
        inside |= np.char.startswith(codes, code)
    found: dict[str, int] = {}
    districts: NDArray[Any] = codes.astype("U6")
    for district in np.unique(districts):
        here = districts == district
        if inside[here].any():
            streets, counts = np.unique(codes[here & ~inside].astype("U9"), return_counts=True)
            known = set(streets_of.get(str(district), ()))
            for street, n in zip(streets.tolist(), counts.tolist(), strict=True):
                place = street if street in known else str(district)
                found[place] = found.get(place, 0) + int(n)
        elif here.any():
            found[str(district)] = int(here.sum())
    return found
