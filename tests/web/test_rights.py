"""Every route shows each user exactly what their jurisdiction allows: random users over every probe."""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

import tests.web.probes
from data import register_alarms, users
from data.clock import SystemClock
from data.database import Database
from data.scope import SYSTEM, enter
from layers.registry import all_layers, register_by_id
from tests.web.probe import Probe, Seen

#: One module a subject: PROBES, and where it needs them NO_ROWS of its own and prepare(connection).
SUBJECTS = [
    importlib.import_module(f"tests.web.probes.{module.name}")
    for module in pkgutil.iter_modules(tests.web.probes.__path__)
]
PROBES: list[Probe] = [probe for subject in SUBJECTS for probe in subject.PROBES]
PASSWORD = "probe-password-1"

#: Routes that show no located rows, each with its reason.
NO_ROWS = {name for subject in SUBJECTS for name in getattr(subject, "NO_ROWS", ())} | {
    "static_files.versioned", "static_files.vendored", "static_files.health", "static_files.favicon", "static_files.robots",
    "trust.page", "trust.authority",
    "sign_in.page", "map.home", "map.page", "account.page", "session.read", "tokens.index",
    "layers.index", "layers.style_document", "tiles.basemap", "live.stream",
    "ogc_features.landing", "ogc_features.conformance", "ogc_features.api", "ogc_features.collections",
    "ogc_features.collection", "ogc_features.queryables", "ogc_features.schema",
    "ogc_tiles.tilesets", "ogc_tiles.tileset", "ogc_tiles.matrix_sets", "ogc_tiles.matrix_set",
    "admin.user_list", "admin.audit_list", "admin.outbox_list",  # administrators only: test_admin_pages.py
    "warnings_page.page",  # its rows come from warnings.index
    "warnings.digest",  # counts: test_warnings_page.py
    "drill_duty_page.page",  # its rows come from drill_duty.index
    "districts.measures",  # what can be told, no rows
    "districts.outlines",  # base data: test_districts.py
    "districts_page.page",  # its figures come from districts.split
    "districts_page.pdf",  # prints districts_page.printed
    "print.division_pdf",  # prints print.division: test_shared.py
    "nearest.route", "nearest.isochrone",  # roads only
    "export.jobs", "export.job", "export.result",  # tested in test_export.py: by the name of the user
}  # fmt: skip


@pytest.fixture(scope="module")
def everything(city_database: Database) -> dict[str, list[dict[str, Any]]]:
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, SYSTEM)
        for subject in SUBJECTS:
            if hasattr(subject, "prepare"):
                subject.prepare(connection)
        connection.commit()
        enter(connection, SYSTEM)
        return {
            layer.id: connection.execute(
                f"SELECT id, code, division_code, authority_code, owner_id, is_public, geom IS NOT NULL AS has_position FROM {layer.id}".encode()
            ).fetchall()
            for layer in all_layers()
        }


def random_people(everything: dict[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    rng = random.Random(20261122)
    codes = sorted({r["authority_code"] for rows in everything.values() for r in rows})
    owners = sorted({r["owner_id"] for rows in everything.values() for r in rows if r["owner_id"]})
    yield {"username": "p.city", "role": "administrator", "codes": ["440300"], "owner_id": None}
    yield {"username": "p.none", "role": "wall", "codes": [], "owner_id": None}
    yield {"username": "p.other", "role": "regulator", "codes": ["510500"], "owner_id": None}
    yield {"username": "p.zone", "role": "regulator", "codes": ["4403Z1"], "owner_id": None}
    for number in range(4):
        yield {
            "username": f"p.{number}", "role": rng.choice(["regulator", "dispatcher"]),
            "codes": rng.sample([c for c in codes if c != "440300"], rng.randint(1, 3)), "owner_id": None,
        }  # fmt: skip
    for number, owner in enumerate(rng.sample(owners, 2)):
        role = ["enterprise", "maintenance_company"][number]
        yield {"username": f"o.{number}", "role": role, "codes": [], "owner_id": owner}
    company = rng.choice(sorted({r["owner_id"] for r in everything["elevator"] if r["owner_id"]}))
    yield {"username": "o.company", "role": "maintenance_company", "codes": [], "owner_id": company}


@pytest.fixture(scope="module")
def people(
    application: Any, city_database: Database, everything: dict[str, list[dict[str, Any]]]
) -> list[tuple[Any, Seen]]:
    found = []
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        # Something to see on the lists that a fresh city leaves empty.
        enter(connection, SYSTEM)
        register_alarms.pass_deadlines(
            connection,
            register_by_id("hidden_danger"),
            None,
            now=SystemClock().now() + dt.timedelta(days=400),
        )
        connection.execute(
            "INSERT INTO to_mend (layer, code, name, reason, detail, division_code, authority_code, owner_id)"
            " SELECT 'elevator', code, name, 'guessed_position', 'x', division_code, authority_code, owner_id"
            " FROM elevator ORDER BY code LIMIT 60"
        )
        connection.commit()
        for person in random_people(everything):
            users.add_user(
                connection, username=person["username"], display_name=person["username"], password=PASSWORD,
                role=person["role"], jurisdiction=person["codes"], unit_id=person["owner_id"], now=SystemClock().now(),
            )  # fmt: skip
            connection.commit()
            client = application.test_client()
            assert (
                client.post(
                    "/sign-in", data={"username": person["username"], "password": PASSWORD}
                ).status_code
                == 302
            )
            found.append((client, Seen(everything, person)))
    return found


@pytest.mark.parametrize("probe", PROBES, ids=lambda p: p.ask.__name__)
def test_each_user_sees_exactly_their_own(probe: Probe, people: list[tuple[Any, Seen]]) -> None:
    for client, seen in people:
        probe.ask(client, seen)


def test_every_route_is_probed_or_shows_no_rows(application: Any) -> None:
    routes = {rule.endpoint for rule in application.url_map.iter_rules() if "GET" in (rule.methods or ())}
    unknown = routes - NO_ROWS - {probe.endpoint for probe in PROBES}
    assert not unknown, f"add a probe in tests/web/probes, or a reason: {sorted(unknown)}"
    assert not NO_ROWS - routes, f"no longer routes: {sorted(NO_ROWS - routes)}"


def test_strangers_see_nothing(application: Any) -> None:
    client = application.test_client()
    for rule in application.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith(
            (
                *("static_files.", "sign_in.", "trust.", "crew_page.", "wall.enter"),
                *(
                    "registration.",
                    "registration_page.",
                    "tiles.basemap",
                    "password_reset_page.",
                    "app_sign_in.",
                ),  # test_registration.py, test_app_sign_in.py
            )
        ):
            continue
        values = {
            "layer_id": "elevator",
            "feature_id": 1,
            "z": 10,
            "x": 836,
            "y": 445,
            "row": 445,
            "col": 836,
        }
        values |= {"code": "440300", "theme": "dark", "job_id": "x", "layer_code": "x", "attachment_id": 1}
        values |= {"manager_id": 1, "tab": "rate", "register_id": "licence", "row_id": 1}
        values |= {"number": 1, "study_id": "x", "scenario_id": "x", "secret": "x", "drill_id": "x"}
        values = {**dict.fromkeys(rule.arguments, 1), **values}
        with application.test_request_context():
            url = application.url_for if hasattr(application, "url_for") else None
            address = url(rule.endpoint, **{k: values[k] for k in rule.arguments if k in values})
        status = client.get(address).status_code
        assert status in (401, 302), f"{address} answers {status} to a stranger"


def test_a_user_cannot_write_outside_the_jurisdiction(city_database: Database) -> None:
    from data.scope import scope_for

    scope = scope_for(["440304"], username="x", role="regulator", may_write=True)
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, scope)
        changed = connection.execute(
            "UPDATE enterprise SET name = name || 'x' WHERE authority_code = '440305'"
        ).rowcount
        assert changed == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(
                "UPDATE enterprise SET authority_code = '440305' WHERE authority_code = '440304'"
            )
        enter(connection, scope_for(["440304"], username="x", role="wall", may_write=False))
        assert connection.execute("UPDATE enterprise SET name = name || 'x'").rowcount == 0
        connection.rollback()


def test_without_a_scope_nothing_is_visible(city_database: Database) -> None:
    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        for layer in all_layers():
            row = connection.execute(f"SELECT count(*) AS n FROM {layer.id}".encode()).fetchone()
            assert row == {"n": 0}, layer.id


@pytest.mark.parametrize("layer_id", [layer.id for layer in all_layers()])
def test_plans_keep_the_spatial_index(layer_id: str, city_database: Database) -> None:
    from data.scope import scope_for

    with psycopg.connect(city_database.app, row_factory=dict_row) as connection:
        enter(connection, scope_for(["440304"], username="x", role="regulator"))
        connection.execute("SET LOCAL enable_seqscan = off")
        plan = connection.execute(
            f"EXPLAIN SELECT t.id FROM {layer_id} t WHERE t.geom_m && ST_Transform(ST_MakeEnvelope(114, 22.5, 114.02, 22.52, 4326), 3857)".encode()
        ).fetchall()
        text = "\n".join(r["QUERY PLAN"] for r in plan)
        assert f"{layer_id}_geom_m_idx" in text, text
        assert "Index Cond: (geom_m &&" in text, text
