"""Migrations: one head, and an empty database migrates to exactly the declared tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool

from data import database as databases
from data.errors import DatabaseVersionError
from data.tables import METADATA
from layers.registry import all_layers

#: Tables without row-level security, each with its reason.
OPEN_TABLES = {
    "division": "base data that everybody who signs in may read",
    "water": "base data",
    "road": "base data",
    "unit": "names of units, no located rows",
    "setting": "settings of the store",
    "dispatch_rule": "limits by district, no located rows",
    "network": "base data: versions and reports of road networks",
    "road_speed": "base data",
    "layer_state": "versions only",
    "kept_day": "days only",
    "warning_digest": "reached by its own module, by the id of its user",
    "change": "row ids only",
    "app_user": "reached before there is a scope",
    "web_session": "reached before there is a scope",
    "access_token": "reached before there is a scope",
    "outbox": "reached by its own module",
    "role_permission": "levels by role and module, no rows of anybody",
    "rate_window": "counts by digests of callers",
    "password_reset": "reached before there is a scope",
    "registration_recovery": "reached before there is a scope",
    "sign_in_code": "reached before there is a scope",
    "app_sign_in": "reached before there is a scope",
    "coverage_share": "reached by a 128-bit secret alone, of which only the digest is kept",
    "job": "reached by its own module, by the name of its user",
    "resource_type": "a list of words that administrators keep",
    "register_alarm": "row ids only",
    "audit": "append-only, reached by its own module",
    "alembic_version": "of the migrations",
    "spatial_ref_sys": "of PostGIS",
}


def test_there_is_one_head() -> None:
    script = ScriptDirectory.from_config(databases._config(databases.Database("", "", None)))
    assert len(script.get_heads()) == 1
    assert all(len(r._all_down_revisions) <= 1 for r in script.walk_revisions())


def test_migrations_make_exactly_the_declared_tables(template: databases.Database) -> None:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(template.owner), poolclass=pool.NullPool
    )

    def ours(item: Any, name: str | None, kind: str, *_: Any) -> bool:
        return not (kind == "table" and (name == "spatial_ref_sys" or str(name).startswith("procrastinate_")))

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours})
        assert compare_metadata(context, METADATA) == []


def test_declared_checks_are_in_the_database(template: databases.Database) -> None:
    with psycopg.connect(template.owner) as connection:
        for table in METADATA.sorted_tables:
            declared = {
                c.name for c in table.constraints if c.__class__.__name__ == "CheckConstraint" and c.name
            }
            found = {
                row[0]
                for row in connection.execute(
                    "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'",
                    [table.name],
                )
            }
            assert declared == found, table.name


def test_every_table_is_scoped_or_open_for_a_reason(template: databases.Database) -> None:
    with psycopg.connect(template.owner) as connection:
        rows = connection.execute(
            "SELECT c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner)"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname IN ('public', 'house') AND c.relkind IN ('r', 'p', 'v', 'm')"
        ).fetchall()
        policies = {
            r[0]
            for r in connection.execute(
                "SELECT tablename FROM pg_policies WHERE schemaname = 'public'"
            ).fetchall()
        }
        definers = connection.execute(
            "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
            " WHERE n.nspname IN ('public', 'house') AND p.prosecdef AND p.probin IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        ).fetchall()
    assert [r for r in rows if r[1] == "m"] == [], "no materialised views over located rows"
    for name, kind, is_on, is_forced, _owner in rows:
        if kind == "v" or name.startswith("procrastinate_"):
            continue
        if name in OPEN_TABLES:
            continue
        assert (is_on, is_forced, name in policies) == (True, True, True), (
            f"{name} is neither scoped nor listed as open"
        )
    assert definers == [], "no SECURITY DEFINER functions"
    assert {layer.id for layer in all_layers()} <= policies


def test_the_application_role_cannot_escape(template: databases.Database) -> None:
    with psycopg.connect(template.app) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        assert row == (False, False, False, False)
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = 'onemap_app'"
        ).fetchone()
        assert owned == (0,)
        for statement in (
            "ALTER TABLE elevator DISABLE ROW LEVEL SECURITY",
            "DROP TABLE elevator",
            "SET ROLE onemap_owner",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement.encode())


def test_a_newer_database_is_refused(make_database: Callable[[str], databases.Database]) -> None:
    database = make_database("newer")
    with psycopg.connect(database.owner) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseVersionError, match="9999"):
        databases.migrate(database)
    with pytest.raises(DatabaseVersionError):
        databases.check_revision(database)


def test_an_interrupted_migration_leaves_the_revision_before(
    make_database: Callable[[str], databases.Database],
) -> None:
    """A migration is one transaction: what stands after an error in its middle is what stood before."""
    database = make_database("interrupted")
    with psycopg.connect(database.owner) as connection:
        # 0002 fails at its first policy, for the functions it makes are there already.
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(Exception, match="house"):
        databases.migrate(database)
    assert databases.current_revision(database) == "0001"


def test_preparing_twice_changes_nothing(template: databases.Database) -> None:
    databases.prepare(template)
    with psycopg.connect(template.app) as connection:
        assert databases.is_leakproof(connection)
