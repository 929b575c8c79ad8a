"""Answer a bench's questions with pandana: run by the interpreter of its own environment, never imported by ours."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandana
import pandas as pd

#: No trip in a city takes longer, seconds.
_FAR_S = 40_000.0
#: It cuts weights off after the third decimal: with this added, whole milliseconds come through.
_HALF_MS = 0.0005
_UNREACHED_S = 4_000_000.0


def main() -> None:
    """Read the graph and the questions, answer, write the answers and the times."""
    given = np.load(sys.argv[1])
    jobs, runs = set(given["jobs"].tolist()), int(given["runs"])
    sources, incidents = given["sources"], given["incidents"]
    took: dict[str, float] = {}
    ms: dict[str, Any] = {}
    begin = time.perf_counter()
    forward = _network(given, reverse=False)
    took["prepare"] = (time.perf_counter() - begin) * 1000
    if "to_one" in jobs:

        def rank(incident: int) -> Any:
            return forward.shortest_path_lengths(sources.tolist(), [incident] * len(sources))

        each = [_timed(partial(rank, incident), runs) for incident in incidents.tolist()]
        took["to_one"] = statistics.median(took_ms for took_ms, _ in each)
        ms["to_one"] = np.array([_ms(np.array(found)) for _, found in each])
    if "route" in jobs:
        first, ends = int(sources[0]), incidents.tolist()
        took["route"] = statistics.median(
            _timed(partial(forward.shortest_path, first, end), runs)[0] for end in ends
        )
        ms["route"] = _ms(np.array(forward.shortest_path_lengths([first] * len(ends), ends)))
    if "within" in jobs:
        limit_s = float(given["limit_ms"]) / 1000
        took["within"], found = _timed(partial(forward.nodes_in_range, [int(sources[0])], limit_s), runs)
        ms["within"] = np.full(len(given["lonlat"]), np.inf)
        ms["within"][found["destination"].to_numpy()] = _ms(found.iloc[:, -1].to_numpy())
    if jobs & {"nearest", "three_nearest"}:
        # It searches from nodes to places: on the graph turned round that is from facilities to nodes.
        backward = _network(given, reverse=True)
        _place(backward, given, sources)
        for name, k in (("nearest", 1), ("three_nearest", 3)):
            if name in jobs:
                took[name], ms[name] = _timed(partial(_nearest, backward, k), runs)
    if "closure" in jobs:

        def rebuild_and_ask() -> Any:
            changed = _network(given, reverse=True, without=given["closed"])
            _place(changed, given, sources)
            return _nearest(changed, 1)

        took["closure"], ms["closure"] = _timed(rebuild_and_ask, 1)
    np.savez(sys.argv[2], **ms)
    facts = {"version": pandana.__version__, "threads": os.cpu_count(), "took_ms": took}
    sys.stdout.write("\n" + json.dumps(facts) + "\n")


def _network(given: Any, *, reverse: bool, without: Any = None) -> Any:
    keep = slice(None) if without is None else ~without
    tail, head = (given[n][keep] for n in (("head", "tail") if reverse else ("tail", "head")))
    weights = pd.DataFrame({"seconds": (given["ms"][keep] / 1000.0) + _HALF_MS})
    lon, lat = given["lonlat"].T
    with contextlib.redirect_stdout(sys.stderr):
        return pandana.Network(
            pd.Series(lon), pd.Series(lat), pd.Series(tail), pd.Series(head), weights, twoway=False
        )


def _place(network: Any, given: Any, sources: Any) -> None:
    lon, lat = given["lonlat"][sources].T
    network.set_pois("facility", _FAR_S, 3, pd.Series(lon), pd.Series(lat))


def _nearest(network: Any, k: int) -> Any:
    found = network.nearest_pois(_FAR_S, "facility", num_pois=k, max_distance=1e9)
    table = _ms(found.sort_index().to_numpy())
    return table[:, 0] if k == 1 else table


def _ms(found_s: Any) -> Any:
    return np.where(found_s >= _UNREACHED_S, np.inf, np.round(found_s * 1000, 3))


def _timed(job: Callable[[], Any], runs: int) -> tuple[float, Any]:
    result = job()
    taken = []
    for _ in range(runs):
        begin = time.perf_counter()
        result = job()
        taken.append((time.perf_counter() - begin) * 1000)
    return statistics.median(taken), result


main()
