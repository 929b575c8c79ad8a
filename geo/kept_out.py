"""Keep traffic out of an area: nobody drives into it or across it, whoever is inside gets out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.evacuation import arcs_into
from geo.scenario import Impedance
from geo.weights import CLOSED_MS


@dataclass(frozen=True, eq=False)
class KeptOut:
    """
    Roads around an area that nobody may enter.

    Attributes
    ----------
    before : Impedance
        The roads as they were.
    closed : Impedance
        The same without the ways into the area and the stretches across it.
    across_idx : ndarray of int32
        Edges that touch the area between two junctions outside it, ascending.
    """

    before: Impedance
    closed: Impedance
    across_idx: NDArray[np.int32]
    _known: dict[bytes, Impedance] = field(default_factory=dict, repr=False)

    def leaving_from(self, edge_idx: Iterable[int] | NDArray[np.int32]) -> Impedance:
        """
        Weigh the roads for those who start on some edges.

        Parameters
        ----------
        edge_idx : iterable of int
            Edges they are on; -1 is nowhere. Those across the area stay open, being the way out.

        Returns
        -------
        Impedance
            The same one for the same edges across.
        """
        stay = np.intersect1d(self.across_idx, np.asarray(edge_idx, np.int32))
        if len(stay) == 0:
            return self.closed
        key = stay.tobytes()
        if key not in self._known:
            self._known[key] = self._opened(stay)
        return self._known[key]

    def _opened(self, stay: NDArray[np.int32]) -> Impedance:
        network, scenario = self.closed.network, self.closed.scenario
        arcs = network.arcs_of_edges(stay)
        arc_ms = self.closed.arc_ms.copy()
        arc_ms[arcs] = self.before.arc_ms[arcs]
        arc_ms.setflags(write=False)
        opened = np.setdiff1d(stay, self.before.closed_edges)
        still = frozenset(stay.tolist()) & self.before.scenario.closed_edges
        edges = (scenario.closed_edges - frozenset(stay.tolist())) | still
        return Impedance(
            network,
            replace(scenario, closed_edges=edges),
            arc_ms,
            np.setdiff1d(self.closed.closed_edges, opened),
        )


def keep_out(impedance: Impedance, area: BaseGeometry) -> KeptOut:
    """
    Close the ways into an area and the stretches across it.

    Parameters
    ----------
    impedance : Impedance
        The roads.
    area : BaseGeometry
        EPSG:4326; an empty one closes nothing.

    Returns
    -------
    KeptOut

    Raises
    ------
    NetworkError
        When the area is invalid.

    Examples
    --------
    >>> from geo.network_building import build_network
    >>> from geo.road_edges import straight_edges
    >>> from geo.scenario import weigh
    >>> at = [[114.0, 22.5], [114.01, 22.5], [114.02, 22.5], [114.03, 22.5]]
    >>> network = build_network([1, 2, 3, 4], at, straight_edges([1, 2, 3, 4], at, [[1, 2], [2, 3], [3, 4]]))
    >>> found = keep_out(weigh(network), shapely.box(114.008, 22.49, 114.018, 22.51))
    >>> sorted((found.closed.arc_ms == CLOSED_MS).nonzero()[0].tolist()) == arcs_into(network, network.node_lonlat[:, 0] == 114.01).tolist()
    True
    >>> across = keep_out(weigh(network), shapely.box(114.022, 22.49, 114.028, 22.51))
    >>> (across.closed.arc_ms == CLOSED_MS).sum(), (across.leaving_from(across.across_idx).arc_ms == CLOSED_MS).sum()
    (np.int64(2), np.int64(0))
    """
    network = impedance.network
    if area.is_empty:
        return KeptOut(impedance, impedance, np.zeros(0, np.int32))
    shapely.prepare(area)
    inside = shapely.contains_xy(area, network.node_lonlat[:, 0], network.node_lonlat[:, 1])
    into = arcs_into(network, inside)
    # a stretch across the area between two junctions outside stays open only for those who are on it
    touching = network.edges_in_area(area)
    arcs = network.arcs_of_edges(touching)
    reaching = network.arc_edge[arcs[inside[network.arc_tail[arcs]] | inside[network.arc_head[arcs]]]]
    across = np.setdiff1d(touching, reaching).astype(np.int32)
    scenario = replace(
        impedance.scenario,
        closed_arcs=impedance.scenario.closed_arcs | frozenset(into.tolist()),
        closed_edges=impedance.scenario.closed_edges | frozenset(across.tolist()),
    )
    arc_ms = impedance.arc_ms.copy()
    arc_ms[into] = CLOSED_MS
    arc_ms[network.arcs_of_edges(across)] = CLOSED_MS
    arc_ms.setflags(write=False)
    edges = np.union1d(impedance.closed_edges, across).astype(np.int32)
    return KeptOut(impedance, Impedance(network, scenario, arc_ms, edges), across)
