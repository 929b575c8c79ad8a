"""Keep an enterprise's plant plans: pictures in order, tied to the ground or not, and the points placed on them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import attachments
from data.errors import ConflictError, FormError, LoadError, NotFoundError, RefusedError
from data.loading.rows import index_row
from data.plan_image import picture_size
from data.scope import Connection, Scope, require_write
from data.tables.plans import LINK_PATTERN, PLAN_KINDS
from geo.plan_fit import PlanFit, Tie, fit_plan
from layers.registry import layer_by_id

MOST_PLANS, MOST_POINTS = 50, 1000
MOST_LINK = 500
POINTS = "plan_point"
#: Kinds of points that stand for a row of the enterprise: kind → layer.
ROWS_OF = {
    "hidden_danger": "hidden_danger",
    "hazard_site": "hazard_site",
    "risk_point": "risk_point",
    "dangerous_work": "work_permit",
    "facility": "fire_facility",
}
_TIES = [f"{tie}_{name}" for tie in ("a", "b") for name in ("x_px", "y_px", "lon", "lat")]
_COLUMNS = (
    "p.id, p.code, p.enterprise_code, p.parent_id, p.position, p.name, p.kind, p.attachment_id, p.width_px, p.height_px, p.north_deg, p.link_url, "
    + ", ".join(f"p.{name}" for name in _TIES)
    + ", p.version, p.created_by, p.created_at"
)


@dataclass(frozen=True)
class NewPlan:
    """A picture with what was said of it."""

    name: str
    kind: str
    parent_id: int | None
    position: int
    file_name: str
    content: bytes


def listed(connection: Connection, enterprise_code: str) -> list[dict[str, Any]]:
    """List an enterprise's plans in their order, with how many points are placed on each."""
    return connection.execute(
        f"SELECT {_COLUMNS}, (SELECT count(*) FROM plan_point t WHERE t.plan_code = p.code) AS points"
        " FROM plant_plan p WHERE p.enterprise_code = %s ORDER BY p.position, p.id".encode(),
        [enterprise_code],
    ).fetchall()


def read(connection: Connection, plan_id: int) -> dict[str, Any]:
    """Read one plan with the enterprise it is of.

    Raises
    ------
    NotFoundError
        When there is none of that id that the scope may see.
    """
    row = connection.execute(
        f"SELECT {_COLUMNS}, e.id AS enterprise_id, e.name AS enterprise_name, ST_X(e.geom) AS enterprise_lon,"
        " ST_Y(e.geom) AS enterprise_lat, ((SELECT house.scope_may_write()) AND (e.owner_id = (SELECT house.scope_owner())"
        " OR e.authority_code <@ (SELECT house.scope_ranges()))) AS may_change"
        " FROM plant_plan p JOIN enterprise e ON e.code = p.enterprise_code WHERE p.id = %s".encode(),
        [plan_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"没有编号为 {plan_id} 的厂区图，或您无权查看。 There is no plan {plan_id} that you may see."
        )
    return dict(row)


def may_change(connection: Connection, enterprise_code: str) -> bool:
    """Say whether the scope may keep plans of an enterprise that it sees."""
    row = connection.execute(
        "SELECT (SELECT house.scope_may_write()) AND (owner_id = (SELECT house.scope_owner())"
        " OR authority_code <@ (SELECT house.scope_ranges())) AS may FROM enterprise WHERE code = %s",
        [enterprise_code],
    ).fetchone()
    return bool(row and row["may"])


def fit_of(plan: Mapping[str, Any]) -> PlanFit | None:
    """Lay a plan on the ground; None where it is not tied."""
    if plan["a_x_px"] is None:
        return None
    first, second = (
        Tie(plan[f"{t}_x_px"], plan[f"{t}_y_px"], plan[f"{t}_lon"], plan[f"{t}_lat"]) for t in ("a", "b")
    )
    return fit_plan(first, second)


def add(
    connection: Connection, enterprise_id: int, plan: NewPlan, *, folder: Path, scope: Scope, now: dt.datetime
) -> int:
    """Keep a picture as a plan; its id.

    Raises
    ------
    NotFoundError, RefusedError
        When the enterprise is not there, or is not the user's to change.
    LoadError
        When the file is no picture, or too large.
    FormError
        When the name, kind or parent will not do.
    """
    require_write(scope)
    enterprise = _own(connection, enterprise_id)
    _check(connection, enterprise["code"], plan.name, plan.kind, plan.parent_id, None)
    total = connection.execute(
        "SELECT count(*) AS n FROM plant_plan WHERE enterprise_code = %s", [enterprise["code"]]
    ).fetchone()
    if total is not None and total["n"] >= MOST_PLANS:
        raise ConflictError(
            f"一家企业最多 {MOST_PLANS} 张厂区图。 An enterprise keeps at most {MOST_PLANS} plans."
        )
    if len(plan.content) > attachments.MAX_BYTES:
        raise LoadError(
            f"图片超过 {attachments.MAX_BYTES // 1024 // 1024} MB，请缩小后再传。 "
            f"The picture is larger than {attachments.MAX_BYTES // 1024 // 1024} MB: make it smaller."
        )
    width, height = picture_size(plan.content)
    attachment_id = attachments.add(
        connection, layer_by_id("enterprise"), enterprise_id, file_name=plan.file_name, content=plan.content,
        folder=folder, scope=scope, now=now,
    )  # fmt: skip
    row = connection.execute(
        "INSERT INTO plant_plan (code, enterprise_code, parent_id, position, name, kind, attachment_id, width_px, height_px,"
        " created_by, created_at, updated_at) VALUES ('PL' || lpad(nextval('register_number')::text, 7, '0'),"
        " %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [enterprise["code"], plan.parent_id, plan.position, plan.name, plan.kind, attachment_id, width, height,
         scope.username, now, now],
    ).fetchone()  # fmt: skip
    return int(row["id"]) if row else 0


def _own(connection: Connection, enterprise_id: int) -> dict[str, Any]:
    """Read the enterprise, which must be the scope's own or in its jurisdiction to change."""
    row = connection.execute(
        "SELECT id, code, division_code, authority_code, owner_id FROM enterprise WHERE id = %s",
        [enterprise_id],
    ).fetchone()
    if row is None:
        raise NotFoundError(
            f"没有编号为 {enterprise_id} 的企业，或您无权查看。 There is no enterprise {enterprise_id} that you may see."
        )
    return dict(row)


def _check(
    connection: Connection,
    enterprise_code: str,
    name: str,
    kind: str,
    parent_id: int | None,
    plan_id: int | None,
) -> None:
    faults = []
    if not 1 <= len(name) <= 100:
        faults.append(("name", "图名应为 1–100 个字。 A name of 1 to 100 characters was expected."))
    if kind not in PLAN_KINDS:
        faults.append(("kind", "请选择图的类别。 Choose the kind of plan."))
    if parent_id is not None and not _may_be_parent(connection, enterprise_code, parent_id, plan_id):
        faults.append(
            (
                "parent_id",
                "上级图应是本企业的另一张图，且不能形成循环。 The plan above must be another of this enterprise, in no circle.",
            )
        )
    if faults:
        raise FormError(tuple(faults))


def _may_be_parent(connection: Connection, enterprise_code: str, parent_id: int, plan_id: int | None) -> bool:
    rows = connection.execute(
        "WITH RECURSIVE up (id, parent_id, depth) AS (SELECT id, parent_id, 1 FROM plant_plan WHERE id = %s AND enterprise_code = %s"
        " UNION ALL SELECT p.id, p.parent_id, depth + 1 FROM plant_plan p JOIN up ON p.id = up.parent_id WHERE depth < 60)"
        " SELECT id FROM up",
        [parent_id, enterprise_code],
    ).fetchall()
    return bool(rows) and plan_id not in {row["id"] for row in rows}


def change(
    connection: Connection,
    plan_id: int,
    values: Mapping[str, Any],
    *,
    version: int,
    scope: Scope,
    now: dt.datetime,
) -> dict[str, Any]:
    """Change what is said of a plan (name, kind, parent_id, position, north_deg, link_url, ties); its points move with its ties.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError, FormError
        When it is not there, not the user's to change, was changed meanwhile, or fields are at fault; the link is the
        administrators' to change.
    CoordinateError
        When the ties cannot be.
    """
    require_write(scope)
    plan = _locked(connection, plan_id, version)
    after = {**plan, **values}
    _check(connection, plan["enterprise_code"], after["name"], after["kind"], after["parent_id"], plan_id)
    _check_link(plan["link_url"], after["link_url"], scope)
    fit = fit_of(after)
    if fit is not None:
        fit.lonlat([[0, 0], [plan["width_px"], plan["height_px"]]])  # refuses what would reach too far
    names = ["name", "kind", "parent_id", "position", "north_deg", "link_url", *_TIES]
    connection.execute(
        f"UPDATE plant_plan SET {', '.join(f'{n} = %({n})s' for n in names)}, version = version + 1, updated_at = %(now)s"
        " WHERE id = %(id)s".encode(),
        {**{n: after[n] for n in names}, "id": plan_id, "now": now},
    )
    if any(after[n] != plan[n] for n in _TIES):
        _place_points(connection, {**after}, now)
    return read(connection, plan_id)


def may_link(scope: Scope) -> bool:
    """Say whether the scope sets the link of plans to a panorama or a 3D model: whoever looks after the system (the manual)."""
    return scope.may_write and scope.role == "administrator"


def _check_link(before: str | None, after: str | None, scope: Scope) -> None:
    if after == before:
        return
    if not may_link(scope):
        raise RefusedError(
            "全景图、三维厂区图的链接由管理员添加。 Links to a panorama or a 3D model are set by administrators."
        )
    if after is not None and (len(after) > MOST_LINK or not re.fullmatch(LINK_PATTERN, after)):
        raise FormError(
            (
                (
                    "link_url",
                    (
                        f"链接应以 https:// 开头，或是本系统以 / 开头的地址，不带用户名和空格，最多 {MOST_LINK} 个字符。 "
                        f"A link begins with https://, or with / for a page of this server, without user name or spaces, {MOST_LINK} characters at most."
                    ),
                ),
            )
        )


def _locked(connection: Connection, plan_id: int, version: int | None) -> dict[str, Any]:
    plan = read(connection, plan_id)
    held = connection.execute("SELECT version FROM plant_plan WHERE id = %s FOR UPDATE", [plan_id]).fetchone()
    if held is None:
        raise RefusedError("您只能查看这张厂区图。 You may only look at this plan.")
    if version is not None and held["version"] != version:
        raise ConflictError(
            "这张图刚被别人修改过，请刷新后再改。 Somebody else changed this plan meanwhile: reload, then change it."
        )
    return {**plan, "version": held["version"]}


def _place_points(connection: Connection, plan: Mapping[str, Any], now: dt.datetime) -> None:
    """Set every point of a plan on the map, or take them off it."""
    rows = connection.execute(
        "SELECT id, x_px, y_px FROM plan_point WHERE plan_code = %s ORDER BY id", [plan["code"]]
    ).fetchall()
    for row in rows:
        place = _geometry(plan, row["x_px"], row["y_px"])
        connection.execute(
            f"UPDATE plan_point SET {', '.join(f'{k} = {v}' for k, v in _POSITION.items())}, version = version + 1,"
            " updated_at = %(now)s WHERE id = %(id)s".encode(),
            {**place, "id": row["id"], "now": now},
        )


_POSITION = {
    "geom": "CASE WHEN %(lon)s::float8 IS NOT NULL THEN ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326) END",
    "position_quality": "CASE WHEN %(lon)s::float8 IS NULL THEN 'none' ELSE 'matched' END",
}


def _geometry(plan: Mapping[str, Any], x_px: float, y_px: float) -> dict[str, float | None]:
    fit = fit_of(plan)
    if fit is None:
        return {"lon": None, "lat": None}
    lon, lat = fit.lonlat([[x_px, y_px]])[0].tolist()
    return {"lon": lon, "lat": lat}


def remove(connection: Connection, plan_id: int, *, version: int, scope: Scope) -> None:
    """Remove a plan with its points and its picture.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        As for `change`, and when other plans hang below it.
    """
    require_write(scope)
    plan = _locked(connection, plan_id, version)
    below = connection.execute(
        "SELECT name FROM plant_plan WHERE parent_id = %s LIMIT 1", [plan_id]
    ).fetchone()
    if below is not None:
        raise ConflictError(
            f"“{below['name']}”挂在这张图下面，请先移开或删除它。 The plan {below['name']} hangs below this one: move or remove it first."
        )
    for row in connection.execute(
        "SELECT id FROM plan_point WHERE plan_code = %s", [plan["code"]]
    ).fetchall():
        _remove_point(connection, row["id"])
    connection.execute("DELETE FROM plant_plan WHERE id = %s", [plan_id])
    attachments.detach(connection, plan["attachment_id"])


def points(connection: Connection, plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the points of a plan in the order they were placed."""
    return connection.execute(
        "SELECT id, code, name, kind, x_px, y_px, of_layer, of_code, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM plan_point"
        " WHERE plan_code = %s ORDER BY id",
        [plan["code"]],
    ).fetchall()


#: What is still open comes first where not all of an enterprise's rows can be offered; then the newest.
_OPEN_FIRST = {"hidden_danger": "state = 'done', ", "hazard_site": "state = 'written_off', "}


def placeable(connection: Connection, plan: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """List by kind the enterprise's rows that a point may stand for."""
    return {
        kind: connection.execute(
            f"SELECT code, name FROM {layer} WHERE enterprise_code = %s ORDER BY {_OPEN_FIRST.get(layer, '')}id DESC LIMIT 300".encode(),
            [plan["enterprise_code"]],
        ).fetchall()
        for kind, layer in ROWS_OF.items()
    }


def add_point(
    connection: Connection, plan_id: int, values: Mapping[str, Any], *, scope: Scope, now: dt.datetime
) -> int:
    """Place a point on a plan; its id.

    Raises
    ------
    NotFoundError, RefusedError, ConflictError
        When the plan is not there, not the user's to change, or full.
    FormError
        When the point lies outside the picture, or names no kind, no name, or a row that is not the enterprise's.
    """
    require_write(scope)
    plan = _locked(connection, plan_id, None)
    name = _checked_point(connection, plan, values)
    total = connection.execute(
        "SELECT count(*) AS n FROM plan_point WHERE plan_code = %s", [plan["code"]]
    ).fetchone()
    if total is not None and total["n"] >= MOST_POINTS:
        raise ConflictError(f"一张图最多 {MOST_POINTS} 个点。 A plan holds at most {MOST_POINTS} points.")
    binds = {
        "name": name, "kind": values["kind"], "x_px": values["x_px"], "y_px": values["y_px"], "plan_code": plan["code"],
        "enterprise_code": plan["enterprise_code"], "of_code": values.get("of_code"), "now": now,
        "of_layer": ROWS_OF[values["kind"]] if values.get("of_code") else None, **_geometry(plan, values["x_px"], values["y_px"]),
    }  # fmt: skip
    row = connection.execute(
        "INSERT INTO plan_point (code, name, kind, enterprise_code, plan_code, x_px, y_px, of_layer, of_code, division_code,"
        f" authority_code, owner_id, is_public, created_at, updated_at, {', '.join(_POSITION)})"
        " SELECT 'PT' || lpad(nextval('register_number')::text, 7, '0'), %(name)s, %(kind)s, e.code, %(plan_code)s, %(x_px)s, %(y_px)s,"
        f" %(of_layer)s, %(of_code)s, e.division_code, e.authority_code, e.owner_id, false, %(now)s, %(now)s, {', '.join(_POSITION.values())}"
        " FROM enterprise e WHERE e.code = %(enterprise_code)s RETURNING id, code".encode(),
        binds,
    ).fetchone()
    if row is None:
        raise NotFoundError("没有这家企业。 There is no such enterprise.")
    index_row(connection, layer_by_id(POINTS), row["code"])
    return int(row["id"])


def _checked_point(connection: Connection, plan: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    faults = []
    if not (0 <= values["x_px"] <= plan["width_px"] and 0 <= values["y_px"] <= plan["height_px"]):
        faults.append(
            (
                "x_px",
                f"点在图外：图为 {plan['width_px']} × {plan['height_px']} 像素。 The point lies outside the picture.",
            )
        )
    kinds = layer_by_id(POINTS).field("kind")
    if kinds.choice(str(values["kind"])) is None:
        faults.append(("kind", "请选择点位类别。 Choose the kind of point."))
    name = str(values.get("name") or "")
    of_code = values.get("of_code")
    if of_code and not faults:
        layer = ROWS_OF.get(str(values["kind"]))
        row = (
            layer
            and connection.execute(
                f"SELECT name FROM {layer} WHERE code = %s AND enterprise_code = %s".encode(),
                [of_code, plan["enterprise_code"]],
            ).fetchone()
        )
        if not row:
            faults.append(
                ("of_code", f"本企业没有编号 {of_code} 的记录。 The enterprise has no such row {of_code}.")
            )
        elif not name:
            name = row["name"]
    if not name:
        faults.append(
            ("name", "请填写点位名称，或选择对应的记录。 Name the point, or choose the row it stands for.")
        )
    if len(name) > 200:
        faults.append(("name", "点位名称最多 200 字。 A name takes at most 200 characters."))
    if faults:
        raise FormError(tuple(faults))
    return name


def remove_point(connection: Connection, plan_id: int, point_id: int, *, scope: Scope) -> None:
    """Take a point off a plan.

    Raises
    ------
    NotFoundError, RefusedError
    """
    require_write(scope)
    plan = _locked(connection, plan_id, None)
    row = connection.execute(
        "SELECT id FROM plan_point WHERE id = %s AND plan_code = %s", [point_id, plan["code"]]
    ).fetchone()
    if row is None:
        raise NotFoundError("图上没有这个点。 There is no such point on the plan.")
    _remove_point(connection, point_id)


def _remove_point(connection: Connection, point_id: int) -> None:
    connection.execute("DELETE FROM plan_point WHERE id = %s", [point_id])
    connection.execute("DELETE FROM search_entry WHERE layer = %s AND row_id = %s", [POINTS, point_id])
