"""Show the rows whose position a person should look at, with the way to each on the map."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, render_template, request

from data import mends
from data.loading.to_mend import MendReason
from layers.registry import layer_by_id
from web import identity
from web.api.layers import parse_int
from web.problems import in_language

blueprint = Blueprint("mends", __name__)

_PAGE = 100
_REASONS = {
    MendReason.NO_POSITION.value: "没有位置 No position",
    MendReason.GUESSED_POSITION.value: "位置是推测的 Position is a guess",
    MendReason.OUTSIDE_DIVISION.value: "在所报区划之外 Outside its division",
    MendReason.OUTSIDE_CITY.value: "在城市之外 Outside the city",
    MendReason.IN_WATER.value: "在水里 In the water",
}


@blueprint.get("/to-mend")
def page() -> Any:
    """List the rows to mend."""
    layer_id = request.args.get("layer") or None
    if layer_id is not None:
        layer_by_id(layer_id)
    number = parse_int("page", 1, low=1, high=100_000)
    with identity.transaction() as connection:
        counts = mends.counts(connection)
        rows = mends.listed(connection, layer=layer_id, limit=_PAGE, offset=(number - 1) * _PAGE)
    for row in rows:
        row["layer_title"] = layer_by_id(row["layer"]).words.in_language(g.language)
        row["reason_title"] = in_language(_REASONS.get(row["reason"], row["reason"]))
        row["detail"] = in_language(row["detail"])
    tabs = [(name, layer_by_id(name).words.in_language(g.language), n) for name, n in counts.items()]
    return render_template(
        "to_mend.html", rows=rows, tabs=tabs, chosen=layer_id, number=number, has_more=len(rows) == _PAGE
    )
