"""Probe where warnings are shown: each place is that of a row the user may see."""

from __future__ import annotations

from typing import Any

from tests.web.probe import Probe, Seen


def places(client: Any, seen: Seen) -> None:
    """Places of warnings are those of the user's own rows."""
    for feature in client.get("/api/warnings/places?state=all").get_json()["features"]:
        told = feature["properties"]
        code = seen.codes_by_id[told["layer"]].get(told["row_id"])
        assert code is not None
        seen.some_rows(told["layer"], {code})


PROBES = (Probe("warnings.places", places),)
