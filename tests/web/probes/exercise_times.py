"""Probe what the times of exercises give away: those of a drill that may be seen, and no other."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen

_KEEPERS = {"administrator", "regulator", "dispatcher", "enterprise"}
_MOST = 12


def _asks(path: str) -> Any:
    def ask(client: Any, seen: Seen) -> None:
        allowed = set(seen.allowed["drill"])
        rows = list(seen.codes_by_id["drill"].items())
        mine = [one for one in rows if one[1] in allowed][:_MOST]
        others = [one for one in rows if one[1] not in allowed][:_MOST]
        for row_id, code in (*mine, *others):
            status = client.get(path.format(row_id)).status_code
            if seen.user["role"] not in _KEEPERS:
                assert status == 403
            else:
                assert status == (200 if code in allowed else 404), code

    return ask


def _orders(client: Any, seen: Seen) -> None:
    """Of a drill's orders only those that may be seen are offered, and no other is opened through a drill."""
    drills = [row_id for row_id, code in seen.codes_by_id["drill"].items() if code in seen.allowed["drill"]][
        :_MOST
    ]
    for row_id in drills:
        answer = client.get(f"/api/exercise-times/{row_id}/orders")
        if seen.user["role"] not in _KEEPERS:
            assert answer.status_code == 403
        else:
            seen.some_rows("incident", {one["code"] for one in answer.get_json()["orders"]})


def _order(client: Any, seen: Seen) -> None:
    drill = next(
        (row_id for row_id, code in seen.codes_by_id["drill"].items() if code in seen.allowed["drill"]), None
    )
    if drill is None or seen.user["role"] not in _KEEPERS:
        return
    for code in list(seen.codes_by_id["incident"].values())[:_MOST]:
        answer = client.get(f"/api/exercise-times/{drill}/orders/{code}")
        if code not in seen.allowed["incident"]:
            assert answer.status_code == 404, code


PROBES = (
    Probe("exercise_times.orders", _orders),
    Probe("exercise_times.order", _order),
    Probe("exercise_times.read", _asks("/api/exercise-times/{}")),
    Probe("exercise_time_pages.page", _asks("/registers/drill/{}/live")),
)
