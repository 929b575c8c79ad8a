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


PROBES = (
    Probe("exercise_times.read", _asks("/api/exercise-times/{}")),
    Probe("exercise_time_pages.page", _asks("/registers/drill/{}/live")),
)
