"""Look after the database: prepare, migrate, start, stop."""

from __future__ import annotations

import click
from psycopg.conninfo import conninfo_to_dict

from data import cluster as clusters
from data import database as databases
from web.settings import ROOT
from web.wiring import database_in_use


@click.group()
def command() -> None:
    """数据库：建立、升级、启动、停止。 Prepare, migrate, start and stop the database.

    Without ONEMAP_DATABASE_URL this is the private PostGIS of this checkout, reached by its socket only.
    """


@command.command()
@click.option(
    "--print-sql", is_flag=True, help="只打印需要超级用户执行的 SQL。 Print what a superuser must run once."
)
def init(*, print_sql: bool) -> None:
    """建库并升级到当前版本，可重复运行。 Prepare the database and bring its schema up to date; safe to repeat."""
    if print_sql:
        url, _ = databases.environment_urls()
        name = (
            str(conninfo_to_dict(url).get("dbname", databases.MAIN_DATABASE))
            if url
            else databases.MAIN_DATABASE
        )
        click.echo("-- 1. 在 postgres 库中执行 in database postgres")
        for statement in databases.preparation_sql(name, in_database=False):
            click.echo(statement + ";")
        click.echo(f"-- 2. 在 {name} 库中执行 in database {name}")
        for statement in databases.preparation_sql(name, in_database=True):
            click.echo(statement + ";")
        return
    database = database_in_use()
    databases.prepare(database)
    before = databases.current_revision(database)
    databases.migrate(database)
    after = databases.current_revision(database)
    if before == after:
        click.echo(f"数据库已是最新版本 {after}。 The database is up to date.")
    else:
        click.echo(f"数据库 {before or '空'} → {after}。 Migrated from {before or 'nothing'} to {after}.")


@command.command()
def start() -> None:
    """启动私有数据库。 Start the private database."""
    found = clusters.cluster_of(ROOT)
    clusters.ensure_running(found)
    click.echo(
        f"数据库在运行：{found.socket_dir}。 Running; psql -h {found.socket_dir} -U {clusters.APP} {databases.MAIN_DATABASE}"
    )


@command.command()
def stop() -> None:
    """停止私有数据库。 Stop the private database."""
    stopped = clusters.stop(clusters.cluster_of(ROOT))
    click.echo("已停止。 Stopped." if stopped else "没有在运行。 It was not running.")


@command.command()
def status() -> None:
    """显示数据库状态。 Show the state of the database."""
    url, _ = databases.environment_urls()
    if not url:
        found = clusters.cluster_of(ROOT)
        running = clusters.is_running(found)
        click.echo(f"私有集群 private cluster: {found.data_dir}")
        click.echo(f"套接字 socket: {found.socket_dir}")
        click.echo(f"状态 state: {'运行中 running' if running else '已停止 stopped'}")
        if not running:
            return
    database = database_in_use()
    current, head = databases.current_revision(database), databases.head_revision(database)
    click.echo(
        f"版本 revision: {current or '空 empty'} ({'最新 up to date' if current == head else f'需要 needs {head}'})"
    )
    with databases.connect(database.app) as connection:
        quick = databases.is_leakproof(connection)
    click.echo("LEAKPROOF: " + ("是 yes" if quick else "否：结果正确但慢 no: correct but slow"))
