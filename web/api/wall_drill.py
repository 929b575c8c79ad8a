"""Switch the wall to a drill and back, say what such a wall shows, and serve the drill's tiles under its own path."""

from __future__ import annotations

import uuid
from typing import Any

import shapely
from flask import Blueprint, g, request

from data import drill_tiles, drills, tiles, wall_drills
from data.errors import FormError
from data.located_points import kinds
from web import drill_answers, identity
from web.api.drill import drill_key
from web.api.tiles import store_id, tile_cache
from web.respond import json_response, tile_response

blueprint = Blueprint("wall_drill", __name__)


@blueprint.get("/api/wall/drill")
def read() -> Any:
    """Say which drill the walls of the user's jurisdiction show, with what they show of it, and who may switch."""
    scope = identity.scope()
    with identity.transaction() as connection:
        shown = wall_drills.shown(connection, scope)
        row = None if shown is None else drills.read(connection, shown["id"])
    body: dict[str, Any] = {"may_switch": wall_drills.may_switch(scope), "drill": None}
    if shown is not None and row is not None:
        body["drill"] = {"id": str(row["id"]), "since": shown["since"], **_on_the_wall(row)}
    return json_response(body)


@blueprint.put("/api/wall/drill")
def switch() -> Any:
    """Show a drill on the walls of the user's own jurisdiction."""
    values = request.get_json(silent=True)
    if not isinstance(values, dict) or not values.get("drill"):
        raise FormError(
            (("drill", "请选择要在大屏显示的演练（drill）。 Say which drill the wall is to show (drill)."),)
        )
    drill_id = drill_key(str(values["drill"]))
    with identity.transaction() as connection:
        wall_drills.switch(connection, drill_id, scope=identity.scope(), now=identity.settings().clock.now())
    return json_response({"shown": str(drill_id)})


@blueprint.delete("/api/wall/drill")
def switch_back() -> Any:
    """Show what is live again."""
    with identity.transaction() as connection:
        was_shown = wall_drills.switch_back(
            connection, scope=identity.scope(), now=identity.settings().clock.now()
        )
    return json_response({"shown": None, "was_shown": was_shown})


@blueprint.get("/tiles/drill/<drill_id>/<int:z>/<int:x>/<int:y>.mvt")
def tile(drill_id: str, z: int, x: int, y: int) -> Any:
    """Serve a tile of a drill to whoever may read the drill; every feature in it says that it is a drill's."""
    tiles.check_tile(z, x, y)
    key: uuid.UUID = drill_key(drill_id)
    with identity.transaction() as connection:
        # The right is asked each time; what is cut is the same for everybody who has it.
        made_at = drills.made_at(connection, key)
        name = (store_id(), "drill", str(key), made_at.isoformat(), z, x, y)
        packed = tile_cache().get(
            name,
            lambda: drill_tiles.drill_tile(
                connection, drills.read(connection, key)["answer"], z, x, y, mark=drill_answers.WATERMARK
            ),
        )
    return tile_response(packed, name)


def _on_the_wall(row: dict[str, Any]) -> dict[str, Any]:
    """Write what a wall shows of a drill: conclusions, help, shelters, where it is; nothing personal."""
    answer = row["answer"]
    words = drill_answers.words_of(answer, g.language)
    places = [(p["lon"], p["lat"]) for p in (*answer["staging"], *answer["evacuation"]["shelters"])]
    area = shapely.geometry.shape(answer["left"]["geometry"])
    bounds = shapely.MultiPoint([*places, area.bounds[:2], area.bounds[2:]]).bounds
    first = [t["travel_time_s"] for t in answer["teams"] if t["kind"] != "hospital"]
    return {
        "name": row["name"], "watermark": words["watermark"], "purpose": words["purpose"], "at": row["question"]["at"],
        "accident": words["accident"], "weather": words["weather"], "shortfalls": words["shortfalls"],
        "leaving": answer["people"]["leaving"], "placed": answer["evacuation"]["placed"],
        "closed_m": round(answer["roads"]["length_m"]), "first_s": min(first, default=None),
        "teams": [
            {
                "name": one.get("name") or one.get("code"), "kind": kinds()[one["kind"]].words.in_language(g.language),
                "travel_time_s": one["travel_time_s"], "is_late": one.get("is_late", False),
            }
            for one in sorted(answer["teams"], key=lambda one: float(one["travel_time_s"]))
        ],
        "shelters": [
            {"name": one.get("name") or one.get("code"), "people": one["people"], "capacity": one["capacity"]}
            for one in answer["evacuation"]["shelters"]
        ],
        "bbox": [round(v, 6) for v in bounds], "tiles": f"/tiles/drill/{row['id']}/{{z}}/{{x}}/{{y}}.mvt",
    }  # fmt: skip
