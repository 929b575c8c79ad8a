"""Write a whole city — divisions, water, roads, registers — into an empty store, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely

from data import layer_versions, settings_table
from data.loading.roads import write_roads
from data.loading.rows import Row, write_rows
from data.sample.city import SampleCity
from data.scope import Connection
from data.search_terms import full_pinyin, initials
from layers.registry import layer_by_id

Say = Callable[[str], None]


#: Frame → layer, in an order in which every reference finds its row.
LAYER_OF_FRAME = {
    "enterprises": "enterprise",
    "rescue_stations": "rescue_station",
    "elevators": "elevator",
    "rescue_resources": "rescue_resource",
    "hazard_sites": "hazard_site",
    "risk_points": "risk_point",
    "hidden_dangers": "hidden_danger",
    "residential_places": "residential_place",
}


def write_city(connection: Connection, city: SampleCity, pbf_path: str, *, say: Say) -> None:
    """Write every table of a city; the connection's scope must be the operator's.

    Raises
    ------
    psycopg.errors.IntegrityError
        When a row breaks a constraint.
    """
    write_divisions(connection, city.divisions)
    say(f"区划 divisions {len(city.divisions):,}")
    write_water(connection, city.water)
    say(f"道路 roads {write_roads(connection, pbf_path):,}")
    units = _write_units(connection, city)
    for frame_name, layer_id in LAYER_OF_FRAME.items():
        frame: pd.DataFrame = getattr(city, frame_name)
        written = write_rows(connection, layer_by_id(layer_id), _with_owner(records(frame), units))
        say(f"{layer_by_id(layer_id).words.zh} {layer_by_id(layer_id).words.en} {written.total:,}")
    _write_children(connection, city)
    home = city.divisions.loc[city.divisions["level"] == "city", "code"].iloc[0]
    write_companies(connection, city.companies, city.safety_managers, home=home, units=units)
    layer_versions.raise_version(connection, ("division", "road", "water"))


def records(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the rows of a frame as dictionaries of plain Python values; missing ones are None."""
    columns = []
    for name in frame.columns:
        series = frame[name]
        values = series.astype(object).where(series.notna(), None).to_numpy(dtype=object)
        columns.append([_plain(v) for v in values])
    for row in zip(*columns, strict=True):
        yield dict(zip(frame.columns, row, strict=True))


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, tuple | np.ndarray):
        return list(value)
    return value


def write_divisions(connection: Connection, frame: pd.DataFrame) -> None:
    """Write divisions; a code that is there already is updated."""
    connection.execute(
        "CREATE TEMP TABLE incoming_division (code text, name text, pinyin text, initials text, level text,"
        " parent_code text, year int, wkb bytea, lon float8, lat float8) ON COMMIT DROP"
    )
    with connection.cursor() as cursor, cursor.copy("COPY incoming_division FROM STDIN") as copy:
        for row in records(frame):
            geometry = row.get("geometry")
            copy.write_row(
                [
                    row["code"], row["name"], full_pinyin(row["name"]), initials(row["name"]), row["level"],
                    row.get("parent_code"), int(row["year"]),
                    None if geometry is None else shapely.to_wkb(geometry), row.get("lon"), row.get("lat"),
                ]
            )  # fmt: skip
    connection.execute(
        """
        INSERT INTO division AS d (code, name, pinyin, initials, level, parent_code, year, geom, label_point)
        SELECT code, name, pinyin, initials, level, parent_code, year,
               CASE WHEN wkb IS NOT NULL THEN ST_Multi(ST_SetSRID(ST_GeomFromWKB(wkb), 4326)) END,
               CASE WHEN lon IS NOT NULL THEN ST_SetSRID(ST_MakePoint(lon, lat), 4326)
                    WHEN wkb IS NOT NULL THEN ST_PointOnSurface(ST_SetSRID(ST_GeomFromWKB(wkb), 4326)) END
        FROM incoming_division
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, pinyin = excluded.pinyin, initials = excluded.initials,
            level = excluded.level, parent_code = excluded.parent_code, year = excluded.year,
            geom = COALESCE(excluded.geom, d.geom), label_point = COALESCE(excluded.label_point, d.label_point)
        """
    )
    connection.execute("DROP TABLE incoming_division")
    # Outlines of big divisions are read often: keep the planner informed.
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def write_water(connection: Connection, frame: pd.DataFrame) -> None:
    """Replace the water areas."""
    connection.execute("DELETE FROM water")
    for row in records(frame):
        connection.execute(
            "INSERT INTO water (name, geom) VALUES (%s, ST_Multi(ST_SetSRID(ST_GeomFromWKB(%s), 4326)))",
            [row["name"] or "", shapely.to_wkb(row["geometry"])],
        )


def _write_units(connection: Connection, city: SampleCity) -> dict[str, int]:
    """Make the units that own rows: maintenance companies, and enterprises with a major hazard."""
    home = city.divisions.loc[city.divisions["level"] == "city", "code"].iloc[0]
    owners = {str(code) for code in city.hazard_sites["enterprise_code"].dropna()}
    wanted = [
        (str(r["code"]), str(r["name"]), "enterprise", str(r["division_code"]))
        for r in records(city.enterprises[city.enterprises["code"].isin(owners)])
    ]
    companies = sorted({str(n) for n in city.rescue_stations["company_name"].dropna()})
    wanted += [(f"MC{i:04d}", name, "maintenance_company", home) for i, name in enumerate(companies, start=1)]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO unit (code, name, kind, division_code) VALUES (%s, %s, %s, %s) ON CONFLICT (code) DO NOTHING",
            wanted,
        )
    found: dict[str, int] = {}
    for row in connection.execute("SELECT id, code, name FROM unit"):
        found[row["code"]] = row["id"]
        found[row["name"]] = row["id"]
    return found


def _with_owner(rows: Iterator[dict[str, Any]], units: Mapping[str, int]) -> Iterator[Row]:
    for row in rows:
        key = (
            row.get("enterprise_code")
            or row.get("maintainer_name")
            or row.get("company_name")
            or row.get("code")
        )
        row["owner_id"] = units.get(str(key))
        yield row


def _write_children(connection: Connection, city: SampleCity) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO responder (code, station_code, name, phone) VALUES (%s, %s, %s, %s) ON CONFLICT (code) DO NOTHING",
            [(r["code"], r["station_code"], r["name"], r["phone"]) for r in records(city.responders)],
        )
        cursor.executemany(
            "INSERT INTO hazard_substance (site_code, name, cas, quantity_t, critical_quantity_t)"
            " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (site_code, name, vessel) DO NOTHING",
            [
                (r["site_code"], r["name"], r.get("cas"), r["quantity_t"], r["critical_quantity_t"])
                for r in records(city.hazard_substances)
            ],
        )


def write_companies(
    connection: Connection,
    companies: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    home: str,
    units: Mapping[str, int],
) -> None:
    """Write companies' rescue information, and safety managers with the elevators of their using units."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO maintenance_company (unit_id, owner_id, authority_code, address, emergency_lead_name,"
            " emergency_lead_phone, duty_phone, updated_at) VALUES (%(unit)s, %(unit)s, %(home)s, %(address)s,"
            " %(emergency_lead_name)s, %(emergency_lead_phone)s, %(duty_phone)s, now())",
            [{**r, "unit": units[r["company_name"]], "home": home} for r in records(companies)],
        )
        cursor.executemany(
            "INSERT INTO safety_manager (name, mobile, unit_code, authority_code, owner_id, updated_at)"
            " VALUES (%(name)s, %(mobile)s, %(unit_code)s, %(home)s, %(unit)s, now())",
            [{**r, "unit": units[r["maintainer_name"]], "home": home} for r in records(managers)],
        )
    connection.execute(
        "INSERT INTO elevator_safety_manager (elevator_code, manager_id) SELECT e.code, g.id FROM safety_manager g"
        " JOIN elevator e ON e.owner_id = g.owner_id AND e.unit_code = g.unit_code"
    )


def mark_as_sample(connection: Connection, *, city_code: str, size: str) -> None:
    """Mark the store as holding sample data: every screen says so."""
    settings_table.put(connection, "is_sample", value=True)
    settings_table.put(connection, "sample", value={"city_code": city_code, "size": size})
