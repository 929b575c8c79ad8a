"""Hold every request against what the user's role may do in the module that it belongs to: pages, API and menus alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RoutingException

from data.errors import RefusedError
from data.users import User
from layers.declaration import Layer
from layers.permission_modules import MODULES, Level, module_of_layer, module_of_register
from layers.registry import all_layers

#: Blueprints that belong to no module: the map and its base, the user's own session and account, what needs no account.
FREE = frozenset({
    "account", "app_sign_in", "attachments", "coverage", "crew", "crew_page", "indicators", "layers", "live", "map", "nearest", "ogc_features",
    "ogc_tiles", "password_reset", "password_reset_page", "registration", "registration_page", "search", "session", "sign_in", "sign_in_code",
    "static_files", "tiles", "tokens", "trust", "unit_accounts",
})  # fmt: skip
_BLUEPRINTS = {
    "enterprises": ("enterprises", "enterprise_pages", "enterprise_changes", "plan_pages", "plant_plans", "resource_pages"),
    "reviews": ("reviews", "reviews_page"),
    "registers": ("registers", "register_pages", "register_calendar", "register_derived", "register_import"),
    "hazards": ("hazards", "hazard_pages"),
    "drills": (
        "course", "course_ogc", "decision_page", "decisions", "drill", "drill_duty", "drill_duty_page", "drill_files", "drill_page",
        "drill_plans", "exercise_time_pages", "exercise_times", "rescue_knowledge", "wall_drill",
    ),
    "dangers": ("check_ticks",),
    "patrols": ("grid_pages", "grids", "patrol_pages", "patrols", "transport", "transport_pages"),
    "dispatch": ("dispatch", "dispatch_proposal", "orders"),
    "coverage": ("bindings_page", "coverage_studio", "coverage_studio_page", "rebinding", "siting", "siting_page"),
    "warnings": ("warnings", "warnings_page"),
    "imports": ("enterprise_import", "table_imports"),
    "figures": ("dispatch_figures", "districts", "districts_page", "figures_page", "print", "risk_reports"),
    "exports": ("export",),
    "company": ("maintenance", "maintenance_elevators", "maintenance_orders", "maintenance_pages"),
    "wall": ("wall", "wall_feed"),
    "administration": (
        "admin", "dispatch_rules", "mends", "permissions", "resource_types", "users", "users_page", "warning_limits",
    ),
}  # fmt: skip
_OF_BLUEPRINT = {name: module for module, names in _BLUEPRINTS.items() for name in names}
#: Routes that belong elsewhere than their blueprint, or to a second module too.
_ENDPOINTS = {
    "enterprise_changes.queue": ("reviews",), "enterprise_changes.one": ("reviews",),
    "enterprise_changes.approve": ("reviews",), "enterprise_changes.send_back": ("reviews",),
    "reviews_page.import_page": ("imports",), "registers.position": (),
    "risk_reports.risk": ("hazards",), "risk_reports.dangers": ("dangers",),
    "risk_reports.danger_counts": ("dangers", "figures"), "risk_reports.danger_book": ("dangers", "exports"),
    "rebinding.check": ("company",), "rebinding.accept": ("company",), "rebinding.close_proposal": ("company",),
    "wall.enter": (), "wall.open_wall": (),  # by a token, before anybody is signed in
    "mends.page": (),  # positions of the rows one sees: a list of the map
}  # fmt: skip
#: What is asked by POST and changes nothing.
_ASKING = frozenset({
    "coverage_studio.answer", "hazards.assess", "register_derived.derived", "enterprise_import.check", "enterprise_import.report",
})  # fmt: skip
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_WORDS = {one.id: one.words for one in MODULES}


def modules_of(endpoint: str, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the modules that a route belongs to; none for what is free.

    Raises
    ------
    KeyError
        When its blueprint stands neither here nor among the free ones.
    """
    blueprint = endpoint.partition(".")[0]
    named = values.get("register_id")
    if named is not None:
        kept = module_of_register(str(named))
        return (kept, "imports") if blueprint == "register_import" else (kept,)
    found = () if blueprint in FREE else _ENDPOINTS.get(endpoint, (_OF_BLUEPRINT.get(blueprint, blueprint),))
    for module in found:
        _WORDS[module]  # a route of no module is a mistake of ours, found by the first who asks it
    layer = values.get("layer_id")
    own = module_of_layer(str(layer)) if layer is not None else None
    return found if own is None else (*found, own)


def wanted(endpoint: str, method: str) -> Level:
    """Say how far one must be let to ask a route by a method."""
    return Level.READ if method in _SAFE or endpoint in _ASKING else Level.WRITE


def require(user: User, endpoint: str, values: Mapping[str, Any], method: str) -> None:
    """Refuse a request that the user's role is not let to make; which permission of which module is lacking is said.

    Raises
    ------
    RefusedError
    """
    level = wanted(endpoint, method)
    for module in modules_of(endpoint, values):
        require_module(user, module, level)


def require_module(user: User, module: str, level: Level) -> None:
    """Refuse a user whose role may not go so far in a module.

    Raises
    ------
    RefusedError
    """
    if user.level(module).rank >= level.rank:
        return
    words = _WORDS[module]
    if level is Level.READ:
        raise RefusedError(
            f"您的角色没有“{words.zh}”的查看权限，请联系系统管理员。 Your role may not view the module {words.en}: ask an administrator."
        )
    raise RefusedError(
        f"您的角色没有“{words.zh}”的办理权限，只能查看，请联系系统管理员。 Your role may only view the module {words.en}, not change it: ask an administrator."
    )


def is_view_only(user: User, endpoint: str | None, values: Mapping[str, Any]) -> bool:
    """Say whether a user's role may look at what a route belongs to, but change nothing of it."""
    if endpoint is None:
        return False
    return any(user.level(module) is Level.READ for module in modules_of(endpoint, values))


def is_page_view_only(app: Flask, user: User, path: str) -> bool:
    """Say the same of the page at a path; False of a path that is none."""
    try:
        endpoint, values = app.url_map.bind("").match(path)
    except (HTTPException, RoutingException):
        return False
    return is_view_only(user, endpoint, values)


def require_layer(user: User, layer_id: str, level: Level) -> None:
    """Refuse a user whose role may not go so far in the module of a layer; the map's base is everybody's.

    Raises
    ------
    RefusedError
    """
    module = module_of_layer(layer_id)
    if module is not None:
        require_module(user, module, level)


def layers_for(user: User) -> list[Layer]:
    """Give the layers that a user's role may see: by their module."""
    return [layer for layer in all_layers() if may_see_layer(user, layer.id)]


def may_see_layer(user: User, layer_id: str) -> bool:
    """Say whether a user's role may see a layer."""
    module = module_of_layer(layer_id)
    return module is None or user.level(module) is not Level.NONE


def may_open(app: Flask, user: User, path: str) -> bool:
    """Say whether a user's role may look at the page of a menu entry."""
    endpoint, values = app.url_map.bind("").match(path)
    return all(user.level(module) is not Level.NONE for module in modules_of(endpoint, values))
