"""Write registrations of the sample city in every state: waiting, waiting in the wrong place, returned, approved, begun."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from data import registration_review as review
from data import registrations
from data.registration_places import GivenPosition
from data.registrations import Application
from data.scope import SYSTEM, Connection, enter
from geo.crs import convert
from layers.registration import RegistrationState
from layers.standards.credit_code import check_character


@dataclass(frozen=True)
class _Sample:
    """One registration of the sample: what it is, where it got to, and what is odd about it."""

    name: str
    industry: tuple[str, str]
    state: RegistrationState
    hours_ago: int
    is_for_city: bool = False
    datum: str = "EPSG:4326"


_SAMPLES = (
    _Sample("恒兴五金制品厂（样）", ("industry_and_trade", "machinery"), RegistrationState.PENDING, 3),
    _Sample("新联化工贸易有限公司（样）", ("hazardous_chemicals", "chemical_trade"), RegistrationState.PENDING, 20, datum="bd09"),
    _Sample("长青养老服务中心（样）", ("general", "nursing_home"), RegistrationState.PENDING, 52),
    _Sample("海港能源股份有限公司（样）", ("general", "power"), RegistrationState.PENDING, 75, is_for_city=True),
    _Sample("锦绣纺织有限公司（样）", ("industry_and_trade", "textile"), RegistrationState.RETURNED, 96),
    _Sample("安达道路运输有限公司（样）", ("general", "road_transport"), RegistrationState.APPROVED, 120),
    _Sample("鼎盛建材有限公司（样）", ("industry_and_trade", "building_materials"), RegistrationState.APPROVED, 190),
    _Sample("未填完的小吃店（样）", ("industry_and_trade", "commerce"), RegistrationState.DRAFT, 1),
)  # fmt: skip


def write_registrations(connection: Connection, *, password: str, now: dt.datetime) -> int:
    """Write the sample registrations under the scope of the operator; how many.

    The streets are those of one district, so that its authority and one of its streets have something to review.
    """
    places = connection.execute(
        "SELECT DISTINCT ON (d.code) d.code, d.name, ST_X(p) AS lon, ST_Y(p) AS lat FROM division d,"
        " LATERAL (SELECT (ST_Dump(ST_GeneratePoints(d.geom, 30, 5))).geom AS p) x WHERE d.level = 'street' AND d.geom IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM water w WHERE ST_Intersects(w.geom, p))"
        " AND NOT EXISTS (SELECT 1 FROM road r WHERE r.geom_m && ST_Expand(ST_Transform(p, 3857), 40) AND ST_DWithin(r.geom::geography, p::geography, 15))"
        " AND d.parent_code = (SELECT parent_code FROM division d JOIN layer_total t ON t.division_code LIKE d.code || '%%'"
        " WHERE d.level = 'street' AND d.geom IS NOT NULL GROUP BY d.parent_code ORDER BY sum(t.n) DESC LIMIT 1) ORDER BY d.code"
    ).fetchall()
    if not places:
        return 0
    for number, sample in enumerate(_SAMPLES):
        # Rotated, so that the first streets have most; one whose figures would leave the city moves on.
        turned = places[number % 3 :] + places[: number % 3]
        place = next((one for one in turned if _suits(connection, sample, one)), None)
        if place is None:
            continue
        _write(connection, sample, number, place, password, now)
        enter(connection, SYSTEM)
    return len(_SAMPLES)


def _write(
    connection: Connection,
    sample: _Sample,
    number: int,
    place: Mapping[str, Any],
    password: str,
    now: dt.datetime,
) -> None:
    at = now - dt.timedelta(hours=sample.hours_ago)
    _, key = registrations.new_secret()
    form = {"company_name": sample.name, "region_code": place["code"]}
    if sample.state is RegistrationState.DRAFT:
        registrations.save_draft(connection, key, form, now=at)
        return
    row = registrations.submit(connection, key, _application(sample, number, place, password), form, now=at)
    enter(connection, SYSTEM)
    decided = {"version": row["version"], "scope": SYSTEM, "now": at + dt.timedelta(hours=5)}
    if sample.state is RegistrationState.RETURNED:
        review.send_back(connection, row["id"], "地址请填写到门牌号。", **decided)
    elif sample.state is RegistrationState.APPROVED:
        review.approve(connection, row["id"], **decided)


def _figures(sample: _Sample, place: Mapping[str, Any]) -> tuple[float, float]:
    """Give the figures as typed: of another map's datum that are taken for GPS, they lie beside the true place."""
    lon, lat = convert([[place["lon"], place["lat"]]], "EPSG:4326", sample.datum)[0]
    return float(lon), float(lat)


def _suits(connection: Connection, sample: _Sample, place: Mapping[str, Any]) -> bool:
    """Say whether the figures stay in the city, and those of another datum leave their street: else nobody would notice."""
    lon, lat = _figures(sample, place)
    rows = connection.execute(
        "SELECT code FROM division WHERE level IN ('county', 'street') AND ST_Covers(geom, ST_SetSRID(ST_MakePoint(%s, %s), 4326))",
        [lon, lat],
    ).fetchall()
    is_in_street = place["code"] in {row["code"] for row in rows}
    return bool(rows) and (is_in_street == (sample.datum == "EPSG:4326"))


def _application(sample: _Sample, number: int, place: Mapping[str, Any], password: str) -> Application:
    body = f"91{place['code'][:6]}MA5XY{number:02d}X{number}"
    lon, lat = _figures(sample, place)
    return Application(
        sample.name, body + check_character(body), place["code"], None if sample.is_for_city else place["code"],
        f"{place['name']}样例路 {10 + number} 号", *sample.industry, 20 + 15 * number, "陈明（样）", f"1390000{number:04d}", "林强（样）", None,
        "林强（样）", f"1391000{number:04d}", "何芳（样）", f"1392000{number:04d}", f"sample.firm.{number + 1}", password,
        GivenPosition(lon, lat, "EPSG:4326", f"{lon:.6f}, {lat:.6f}"),
    )  # fmt: skip
