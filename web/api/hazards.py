"""Identify major hazards: look substances up, try an inventory, keep it with its site (row L8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, request

from data import hazard_exposure, hazard_sites, plant_boundaries, registers
from data.errors import FilterError, FormError
from data.hazard_exposure import Exposed
from data.hazard_sites import Inventory
from data.register_forms import Actor
from data.scope import Connection
from layers.register import Register
from layers.registry import register_by_id
from layers.standards.gb18218 import Edition, find_entries
from layers.standards.major_hazard import EXPOSED_M
from web import company_questions as ask
from web.boundary_questions import drawn_boundary
from web.hazard_site_answers import (
    classes,
    shown_assessment,
    shown_boundary,
    shown_entry,
    shown_inventory,
)
from web.register_access import register_request, require_keeper
from web.respond import json_response

blueprint = Blueprint("hazards", __name__)
blueprint.before_request(require_keeper)


def _register() -> Register:
    return register_by_id("hazard_site")


def _edition(values: Mapping[str, Any]) -> Edition:
    name = str(values.get("standard") or Edition.GB2018.value)
    try:
        return Edition(name)
    except ValueError as error:
        known = "、".join(e.value for e in Edition)
        raise FilterError(
            f"没有标准“{name[:40]}”，可选 {known}。 There is no standard {name[:40]!r}: {known}."
        ) from error


def _whole(values: Mapping[str, Any], name: str, zh: str, en: str, most: float) -> float | None:
    given = values.get(name)
    if given in (None, ""):
        return None
    try:
        found = float(str(given))
    except ValueError:
        found = -1.0
    if not 0 <= found <= most:
        raise FormError(
            ((name, f"{zh}应在 0 与 {most:,.0f} 之间。 {en} should lie between 0 and {most:,.0f}."),)
        )
    return found


def _inventory(values: Mapping[str, Any]) -> Inventory:
    edition = _edition(values)
    lines = values.get("lines")
    if not isinstance(lines, list):
        raise FormError((("lines", "请填写物质清单。 Fill in the substances."),))
    people = _whole(values, "people_declared", "人数", "The number of people", 10_000_000)
    if people is not None and people != int(people):
        raise FormError((("people_declared", "人数应为整数。 People are a whole number."),))
    radius = _whole(values, "plant_radius_m", "厂区边界距离", "The distance of the boundary", 5000)
    return Inventory(
        edition,
        hazard_sites.read_lines(lines, edition),
        None if people is None else int(people),
        radius or 0.0,
    )


@blueprint.get("/api/hazards/substances")
def substances() -> Any:
    """Find substances by name, alias or CAS number in an edition; without words, the classes of Table 2."""
    edition, words = _edition(request.args), request.args.get("q", "")
    found = (
        [shown_entry(e, g.language) for e in find_entries(words, edition)[:30]]
        if words
        else classes(edition, g.language)
    )
    return json_response({"standard": edition.value, "entries": found})


@blueprint.post("/api/hazards/assess")
def assess() -> Any:
    """Identify and grade an inventory without keeping it; people are those declared, or counted around `site`."""
    values = ask.body()
    inventory = _inventory(values)
    exposed = Exposed(0, EXPOSED_M + inventory.plant_radius_m, (), is_known=False)
    site = values.get("site")
    if site is not None:
        with register_request() as (connection, _):
            row = registers.read(connection, _register(), _site_id(site))
            exposed = hazard_exposure.exposed_of(connection, row, inventory.plant_radius_m)
    found, source = hazard_sites.assess_site(inventory, exposed)
    return json_response(shown_assessment(found, source, exposed, inventory, g.language))


def _site_id(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise FilterError("site 应为危险源的编号。 A site's number was expected.")
    return value


@blueprint.get("/api/hazards/<int:site_id>")
def read(site_id: int) -> Any:
    """Give a site's inventory and how it is graded with the people who live there now."""
    with register_request() as (connection, actor):
        return json_response(_site(connection, site_id, actor))


@blueprint.put("/api/hazards/<int:site_id>")
def save(site_id: int) -> Any:
    """Keep a site's inventory with what follows from it; `version` is the one that was seen."""
    values = ask.body()
    inventory, version = _inventory(values), ask.seen_version(values)
    with register_request() as (connection, actor):
        hazard_sites.save(connection, _register(), site_id, inventory, version=version, actor=actor)
        return json_response(_site(connection, site_id, actor))


@blueprint.put("/api/hazards/<int:site_id>/boundary")
def put_boundary(site_id: int) -> Any:
    """Draw the boundary of a site's plant: `geometry`, or `text` in the datum `crs`; or take the one of `code`."""
    values = ask.body()
    version, code = ask.seen_version(values), values.get("code")
    drawn = None if code is not None else drawn_boundary(values)
    with register_request() as (connection, actor):
        if drawn is not None:
            plant_boundaries.put(connection, _register(), site_id, drawn, version=version, actor=actor)
        else:
            plant_boundaries.take(connection, _register(), site_id, str(code), version=version, actor=actor)
        return json_response(_site(connection, site_id, actor))


@blueprint.delete("/api/hazards/<int:site_id>/boundary")
def remove_boundary(site_id: int) -> Any:
    """Count a site from its point again."""
    version = ask.seen_version(ask.body())
    with register_request() as (connection, actor):
        plant_boundaries.remove(connection, _register(), site_id, version=version, actor=actor)
        return json_response(_site(connection, site_id, actor))


def _site(connection: Connection, site_id: int, actor: Actor) -> dict[str, Any]:
    register = _register()
    row = registers.read(connection, register, site_id)
    inventory, strange = hazard_sites.inventory_of(connection, row)
    exposed = hazard_exposure.exposed_of(connection, row, inventory.plant_radius_m)
    found, source = hazard_sites.assess_site(inventory, exposed)
    kept = {
        name: row[name]
        for name in ("grade", "ratio_sum", "r_value", "alpha", "people_counted", "counted_from")
    }
    return {
        "id": row["id"],
        "code": row["code"],
        "name": row["name"],
        "version": row["version"],
        "state": row["state"],
        "may_change": actor.scope.may_write and registers.may_keep(register, row, actor),
        "kept": kept,
        "is_recounted": hazard_exposure.is_recounted(row, exposed),
        **_places(connection, row, inventory),
        "inventory": shown_inventory(inventory, g.language),
        "not_found": [{"name": one["name"], "quantity_t": one["quantity_t"]} for one in strange],
        "assessment": shown_assessment(found, source, exposed, inventory, g.language),
    }


def _places(connection: Connection, row: dict[str, Any], inventory: Inventory) -> dict[str, Any]:
    """Give where a site stands, its plant's boundary, those it may take, the outline of 500 m, and the count from the point beside."""
    from_point = hazard_exposure.people_near(connection, row["lon"], row["lat"], inventory.plant_radius_m)
    may_take = plant_boundaries.choices(connection, row)
    return {
        "position": None if row["lon"] is None else {"lon": row["lon"], "lat": row["lat"]},
        "boundary": shown_boundary(plant_boundaries.of_site(connection, row)),
        "boundaries": [one for one in may_take if one["code"] != row["boundary_code"]],
        "zone": hazard_exposure.zone_of(connection, row, inventory.plant_radius_m),
        "people_from_point": from_point.people if from_point.is_known else None,
    }
