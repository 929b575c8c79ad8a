"""Keep plant plans: pictures with their order, north and ties to the ground, and the points placed on them (L5)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, g, request

from data import attachments, audit, plan_state, plant_plans, surroundings
from data.errors import FilterError, FormError, LoadError
from data.register_forms import Actor
from data.scope import Connection
from geo.plan_fit import angle_between_deg
from layers.declaration import Words
from layers.registry import layer_by_id
from web import company_questions as ask
from web import identity, plan_answers, travel_questions
from web.dispatch_questions import text
from web.register_access import register_request, require_keeper
from web.respond import json_response

blueprint = Blueprint("plant_plans", __name__)
blueprint.before_request(require_keeper)

KIND_WORDS = {
    "site": Words("厂区总平面图", "Site plan"),
    "fire": Words("消防设施图", "Fire facilities"),
    "evacuation": Words("应急疏散图", "Evacuation plan"),
    "process": Words("工艺流程图", "Process diagram"),
    "underground": Words("采掘、通风图", "Mine plan"),
    "floor": Words("楼层平面图", "Floor plan"),
    "panorama": Words("全景图", "Panorama"),
    "model": Words("三维厂区图", "3D model"),
    "other": Words("其他", "Other"),
}
#: The drawn north may differ so much from the one that the ties give.
NORTH_DOUBT_DEG = 10.0


@blueprint.get("/api/enterprises/<int:enterprise_id>/plans")
def index(enterprise_id: int) -> Any:
    """List an enterprise's plans in their order, and what is open at it beside them."""
    with register_request() as (connection, actor):
        enterprise = surroundings.position_of(connection, enterprise_id)
        plans = plant_plans.listed(connection, enterprise["code"])
        may_change = plant_plans.may_change(connection, enterprise["code"])
        beside = plan_answers.beside(connection, enterprise_id, actor)
    return json_response(
        {
            "enterprise": enterprise,
            "may_change": may_change,
            "kinds": [{"id": k, "title": w.in_language(g.language)} for k, w in KIND_WORDS.items()],
            "plans": [{**_facts(plan), "points": plan["points"]} for plan in plans],
            "beside": beside,
        }
    )


def _facts(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{k: plan[k] for k in ("id", "code", "name", "kind", "parent_id", "position", "width_px", "height_px", "north_deg", "link_url", "version")},
        "kind_title": KIND_WORDS[plan["kind"]].in_language(g.language),
        "image": f"/api/attachments/{plan['attachment_id']}",
        "ties": None
        if plan["a_x_px"] is None
        else [
            {"x_px": plan[f"{t}_x_px"], "y_px": plan[f"{t}_y_px"], "lon": plan[f"{t}_lon"], "lat": plan[f"{t}_lat"]}
            for t in ("a", "b")
        ],
    }  # fmt: skip


def _plan(connection: Connection, plan_id: int, actor: Actor) -> dict[str, Any]:
    """Write a plan with its points, how it lies on the ground, and what may be placed on it."""
    plan = plant_plans.read(connection, plan_id)
    kinds = layer_by_id(plant_plans.POINTS).field("kind").choices
    points = plant_plans.points(connection, plan)
    found = plan_state.behind(connection, points)
    return {
        **_facts(plan),
        "enterprise": {"id": plan["enterprise_id"], "name": plan["enterprise_name"]},
        "may_change": bool(plan["may_change"]),
        "may_link": bool(plan["may_change"]) and plant_plans.may_link(actor.scope),
        "fit": _fit(plan),
        "points": [
            {
                **point,
                "kind_title": next(
                    c.words.in_language(g.language) for c in kinds if c.value == point["kind"]
                ),
                "row": plan_answers.standing(point, found),
            }
            for point in points
        ],
        "kinds": [{"id": c.value, "title": c.words.in_language(g.language)} for c in kinds],
        "placeable": plant_plans.placeable(connection, plan),
    }


def _fit(plan: Mapping[str, Any]) -> dict[str, Any] | None:
    """Say how the ties lay a plan on the ground, and what does not go with it."""
    fit = plant_plans.fit_of(plan)
    if fit is None:
        return None
    width, height = plan["width_px"], plan["height_px"]
    corners = fit.lonlat([[0, 0], [width, 0], [width, height], [0, height]]).round(7).tolist()
    off_deg = None if plan["north_deg"] is None else angle_between_deg(plan["north_deg"], fit.north_deg)
    return {
        "scale_m_per_px": round(fit.scale_m_per_px, 4),
        "width_m": round(width * fit.scale_m_per_px, 1),
        "height_m": round(height * fit.scale_m_per_px, 1),
        "north_deg": round(fit.north_deg, 1),
        "north_off_deg": None if off_deg is None else round(off_deg, 1),
        "is_north_doubtful": off_deg is not None and off_deg > NORTH_DOUBT_DEG,
        "outline": [*corners, corners[0]],
    }


@blueprint.get("/api/plans/<int:plan_id>")
def read(plan_id: int) -> Any:
    """Give one plan with its points."""
    with register_request() as (connection, actor):
        return json_response(_plan(connection, plan_id, actor))


@blueprint.post("/api/enterprises/<int:enterprise_id>/plans")
def add(enterprise_id: int) -> Any:
    """Keep an uploaded picture as a plan: multipart `file`, `name`, `kind`, `parent_id`, `position`."""
    upload, values = request.files.get("file"), request.form
    if upload is None or not upload.filename:
        raise LoadError("请选择图片。 Choose a picture.")
    with upload.stream as stream:  # a large one lies in a temporary file
        content = stream.read(attachments.MAX_BYTES + 1)
    plan = plant_plans.NewPlan(
        name=text(values, "name", "图名", most=100),
        kind=text(values, "kind", "类别", most=40),
        parent_id=_whole(values, "parent_id"),
        position=_whole(values, "position") or 0,
        file_name=upload.filename,
        content=content,
    )
    with register_request() as (connection, actor):
        plan_id = plant_plans.add(
            connection, enterprise_id, plan, folder=identity.settings().state_dir / "attachments", scope=actor.scope, now=actor.now,
        )  # fmt: skip
        _note(connection, "plan_add", f"plan/{plan_id}")
        return json_response(_plan(connection, plan_id, actor), 201)


def _note(connection: Connection, action: str, subject: str) -> None:
    user, now = identity.require_user(), identity.settings().clock.now()
    audit.append(connection, at=now, username=user.username, action=action, subject=subject)


def _whole(values: Mapping[str, Any], name: str) -> int | None:
    given = values.get(name)
    if given in (None, ""):
        return None
    return travel_questions.whole(given, name, 0, low=0, high=2**31 - 1)


def _figure(values: Mapping[str, Any], name: str, words: str) -> float:
    """Read a finite number."""
    given = values.get(name)
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        raise FormError(((name, f"{words}应为数字。 A number was expected for {name}."),))
    return float(given)


@blueprint.put("/api/plans/<int:plan_id>")
def change(plan_id: int) -> Any:
    """Change name, kind, parent_id, position, north_deg, link_url or ties (two, or null); `version` is the one that was seen."""
    values = ask.body()
    version = ask.seen_version(values)
    with register_request() as (connection, actor):
        plant_plans.change(
            connection, plan_id, _changes(values), version=version, scope=actor.scope, now=actor.now
        )
        _note(connection, "plan_change", f"plan/{plan_id}")
        return json_response(_plan(connection, plan_id, actor))


def _changes(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, words, most in (("name", "图名", 100), ("kind", "类别", 40)):
        if name in values:
            found[name] = text(values, name, words, most=most)
    if "parent_id" in values:
        found["parent_id"] = _whole(values, "parent_id")
    if "position" in values:
        found["position"] = _whole(values, "position") or 0
    if "north_deg" in values:
        found["north_deg"] = _north(values)
    if "link_url" in values:
        found["link_url"] = text(values, "link_url", "链接", most=plant_plans.MOST_LINK) or None
    if "ties" in values:
        found |= _ties(values["ties"])
    return found


def _north(values: Mapping[str, Any]) -> float | None:
    if values["north_deg"] in (None, ""):
        return None
    north = _figure(values, "north_deg", "指北方向")
    if not 0 <= north < 360:
        raise FormError(
            (
                (
                    "north_deg",
                    f"指北方向应在 0–360 度之间，收到 {north:g}。 North lies between 0 and 360 degrees, not {north:g}.",
                ),
            )
        )
    return north


def _ties(given: Any) -> dict[str, Any]:
    """Read two ties; the position of each in the datum `crs`, WGS-84 by default."""
    names = ("x_px", "y_px", "lon", "lat")
    if given is None:
        return {f"{tie}_{name}": None for tie in ("a", "b") for name in names}
    if not isinstance(given, list) or len(given) != 2 or not all(isinstance(one, dict) for one in given):
        raise FilterError("控制点应为两个，或没有。 Two tie points were expected, or none.")
    found: dict[str, Any] = {}
    for tie, one in zip(("a", "b"), given, strict=True):
        found[f"{tie}_x_px"], found[f"{tie}_y_px"] = (
            _figure(one, "x_px", "图上位置"),
            _figure(one, "y_px", "图上位置"),
        )
        found[f"{tie}_lon"], found[f"{tie}_lat"] = travel_questions.position(
            one.get("lon"), one.get("lat"), one.get("crs")
        )
    return found


@blueprint.delete("/api/plans/<int:plan_id>")
def remove(plan_id: int) -> Any:
    """Remove a plan with its points; `version` is the one that was seen."""
    version = ask.seen_version(ask.body())
    with register_request() as (connection, actor):
        plant_plans.remove(connection, plan_id, version=version, scope=actor.scope)
        _note(connection, "plan_remove", f"plan/{plan_id}")
    return json_response({"id": plan_id, "removed": True})


@blueprint.post("/api/plans/<int:plan_id>/points")
def add_point(plan_id: int) -> Any:
    """Place a point: `x_px`, `y_px`, `kind`, and `name` or the `of_code` of a row it stands for."""
    values = ask.body()
    point = {
        "x_px": _figure(values, "x_px", "图上位置"),
        "y_px": _figure(values, "y_px", "图上位置"),
        "kind": text(values, "kind", "点位类别", most=40),
        "name": text(values, "name", "点位名称", most=200),
        "of_code": text(values, "of_code", "对应编号", most=40) or None,
    }
    with register_request() as (connection, actor):
        plant_plans.add_point(connection, plan_id, point, scope=actor.scope, now=actor.now)
        return json_response(_plan(connection, plan_id, actor), 201)


@blueprint.delete("/api/plans/<int:plan_id>/points/<int:point_id>")
def remove_point(plan_id: int, point_id: int) -> Any:
    """Take a point off a plan."""
    with register_request() as (connection, actor):
        plant_plans.remove_point(connection, plan_id, point_id, scope=actor.scope)
        return json_response(_plan(connection, plan_id, actor))
