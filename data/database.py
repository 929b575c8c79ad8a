"""Reach the database: addresses per role, first-time preparation, migrations and pools."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from alembic import command as alembic_command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import create_engine, pool
from sqlalchemy.exc import DBAPIError

from data import declared_tables
from data.cluster import APP, OWNER, SUPERUSER, Cluster, cluster_of, ensure_running
from data.errors import DatabaseFullError, DatabaseUnavailableError, DatabaseVersionError

MAIN_DATABASE = "onemap"

#: Functions whose LEAKPROOF mark lets the planner use an index below row-level security.
LEAKPROOF = ("geometry_overlaps(geometry, geometry)", "ts_match_vq(tsvector, tsquery)")


@dataclass(frozen=True)
class Database:
    """One database and how each role reaches it (libpq connection strings).

    Attributes
    ----------
    app : str
        For web, jobs and commands: the role without rights to migrate or bypass policies.
    owner : str
        For migrations.
    superuser : str or None
        For first-time preparation; None when a database administrator does that.
    """

    app: str
    owner: str
    superuser: str | None

    @property
    def name(self) -> str:
        """Give the database's name."""
        return str(conninfo_to_dict(self.app).get("dbname", ""))

    def named(self, name: str) -> Database:
        """Give the same server's database of another name."""
        return replace(
            self,
            app=make_conninfo(self.app, dbname=name),
            owner=make_conninfo(self.owner, dbname=name),
            superuser=make_conninfo(self.superuser, dbname=name) if self.superuser else None,
        )


def private_database(cluster: Cluster, name: str = MAIN_DATABASE) -> Database:
    """Give the addresses of a database in the private cluster."""
    return Database(cluster.dsn(name, APP), cluster.dsn(name, OWNER), cluster.dsn(name, SUPERUSER))


def open_database(root: Path, url: str | None, owner_url: str | None = None) -> Database:
    """Give the database in use: the one of `url`, or the private cluster's, started if it is down.

    Raises
    ------
    ClusterError
        When the private cluster cannot be started.
    """
    if url:
        return Database(url, owner_url or url, None)
    cluster = cluster_of(root)
    ensure_running(cluster)
    return private_database(cluster)


@contextmanager
def connect(dsn: str, **options: Any) -> Iterator[psycopg.Connection[Any]]:
    """Open one connection; close it at the end, committing unless an error passed through.

    Raises
    ------
    DatabaseUnavailableError
        When no server answers.
    """
    try:
        connection = psycopg.connect(dsn, connect_timeout=10, **options)
    except psycopg.OperationalError as error:
        where = conninfo_to_dict(dsn)
        raise DatabaseUnavailableError(
            f"连不上数据库 The database does not answer ({where.get('host')}/{where.get('dbname')}): {error}. "
            "运行 run: ./onemap db start; ./onemap doctor"
        ) from error
    with connection:
        yield connection


@contextmanager
def naming_a_full_disk() -> Iterator[None]:
    """Say what happened, and what to do, when the database has no room left for what is done inside.

    Raises
    ------
    DatabaseFullError
        In place of the driver's own error.
    """
    try:
        yield
    except (psycopg.errors.DiskFull, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not isinstance(error.orig, psycopg.errors.DiskFull):
            raise
        raise DatabaseFullError(
            "数据库所在磁盘已满，没有写入任何内容。请管理员腾出空间（df -h），然后重试。 "
            "The disk of the database is full and nothing was written: an administrator must make room (df -h), "
            "then try again."
        ) from error


def preparation_sql(database_name: str, *, in_database: bool) -> list[str]:
    """Give the statements that need a superuser once: roles, then PostGIS and LEAKPROOF marks.

    With `in_database` false: what runs in the maintenance database; true: what runs in the new one.
    """
    if not in_database:
        return [
            (
                f"DO $$ BEGIN CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOBYPASSRLS; "
                "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            ),
            (
                f"DO $$ BEGIN CREATE ROLE {APP} LOGIN NOSUPERUSER NOBYPASSRLS; "
                "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            ),
            f'CREATE DATABASE "{database_name}" OWNER {OWNER}',
        ]
    return [
        "CREATE EXTENSION IF NOT EXISTS postgis",
        *(f"ALTER FUNCTION {function} LEAKPROOF" for function in LEAKPROOF),
        f"GRANT CREATE, USAGE ON SCHEMA public TO {OWNER}",
        f"GRANT USAGE ON SCHEMA public TO {APP}",
        f"GRANT SELECT ON spatial_ref_sys TO {APP}, {OWNER}",
        f'REVOKE CREATE ON DATABASE "{database_name}" FROM PUBLIC',
    ]


def prepare(database: Database) -> None:
    """Create roles, database, PostGIS and LEAKPROOF marks where missing; needs the superuser's address."""
    if database.superuser is None:
        return
    maintenance = make_conninfo(database.superuser, dbname="postgres")
    with connect(maintenance, autocommit=True) as connection:
        exists = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [database.name]
        ).fetchone()
        statements = preparation_sql(database.name, in_database=False)
        for statement in statements[: 2 if exists else 3]:
            connection.execute(statement.encode())
    with connect(database.superuser) as connection:
        for statement in preparation_sql(database.name, in_database=True):
            connection.execute(statement.encode())


def is_leakproof(connection: psycopg.Connection[Any]) -> bool:
    """Say whether the functions that must be LEAKPROOF are: without it answers are correct but slow."""
    row = connection.execute(
        "SELECT bool_and(p.proleakproof) FROM unnest(%s::regprocedure[]) AS f JOIN pg_proc p ON p.oid = f",
        [list(LEAKPROOF)],
    ).fetchone()
    return bool(row and row[0])


# -- migrations -------------------------------------------------------------------------------------


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["dsn"] = database.owner
    return config


def head_revision(database: Database) -> str:
    """Give the revision this program was written for."""
    head = ScriptDirectory.from_config(_config(database)).get_current_head()
    return head or ""


def current_revision(database: Database) -> str | None:
    """Give the revision the database is at; None when it is empty.

    Raises
    ------
    DatabaseUnavailableError
        When no server answers.
    """
    with connect(database.owner):
        pass  # says clearly when nobody answers
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(database.owner), poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def migrate(database: Database) -> None:
    """Bring the database to the head revision, then the tables of declared registers; each migration is one transaction.

    Raises
    ------
    DatabaseVersionError
        When the database is newer than this program.
    DeclarationDriftError
        When a register's declaration cannot be brought to the table it has.
    DatabaseFullError
        When its disk is full; the migrations before the one under way stay.
    """
    script = ScriptDirectory.from_config(_config(database))
    current = current_revision(database)
    if current is not None and current not in {r.revision for r in script.walk_revisions()}:
        raise DatabaseVersionError(
            f"数据库版本 {current} 比程序新：请升级程序，或恢复备份。 The database is at revision {current}, "
            f"which this program does not know: upgrade the program. Head here: {head_revision(database)}"
        )
    with naming_a_full_disk():
        alembic_command.upgrade(_config(database), "head")
        with connect(database.owner) as connection:
            declared_tables.bring_up(connection)


def check_revision(database: Database) -> None:
    """Refuse to work on a schema of another revision.

    Raises
    ------
    DatabaseVersionError
        When the schema is missing, older or newer.
    """
    current, head = current_revision(database), head_revision(database)
    if current != head:
        raise DatabaseVersionError(
            f"数据库版本是 {current or '空 empty'}，程序需要 {head}：运行 ./onemap db init。 "
            f"The schema is at {current or 'nothing'}, the program needs {head}: run ./onemap db init."
        )
    with connect(database.owner) as connection:
        missing = declared_tables.pending(connection)
    if missing:
        raise DatabaseVersionError(
            f"台账 {'、'.join(missing)} 还没有建表：运行 ./onemap db init。 "
            f"Registers without their tables: {', '.join(missing)}. Run ./onemap db init."
        )


def environment_urls() -> tuple[str | None, str | None]:
    """Give the addresses of an external database from the environment, for callers at the door."""
    return os.environ.get("ONEMAP_DATABASE_URL") or None, os.environ.get("ONEMAP_OWNER_DATABASE_URL") or None
