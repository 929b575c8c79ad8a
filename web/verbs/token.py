"""Make and revoke personal access tokens from the command line."""

from __future__ import annotations

import click

from data import audit, users
from data.clock import SystemClock
from web.wiring import opened_store


@click.group()
def command() -> None:
    """个人访问令牌，供 QGIS、GDAL 和脚本使用。 Personal access tokens for QGIS, GDAL and scripts."""


@command.command()
@click.argument("username")
@click.option("--name", default="command line", show_default=True, help="用途。 What it is for.")
@click.option(
    "--days", default=90, show_default=True, type=click.IntRange(1, 366), help="有效天数。 Days it lives."
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("read",),
    type=click.Choice(users.TOKEN_SCOPES),
    help="权限。 Scope; repeat for several.",
)
def add(username: str, name: str, days: int, scopes: tuple[str, ...]) -> None:
    """为用户生成令牌（只显示一次）。 Make a token for a user; it is shown this once."""
    now = SystemClock().now()
    with opened_store() as store, store.unscoped() as connection:
        user = users.find_user(connection, username)
        token_id, secret = users.add_token(
            connection, user.id, name=name, scopes=scopes, life_days=days, now=now
        )
        audit.append(
            connection, at=now, username="system", action="token_create", subject=f"token/{token_id}"
        )
    click.echo(secret)


@command.command("list")
@click.argument("username")
def show(username: str) -> None:
    """列出用户的令牌。 List a user's tokens."""
    with opened_store() as store, store.unscoped() as connection:
        rows = users.tokens_of(connection, users.find_user(connection, username).id)
    for row in rows:
        state = "已吊销 revoked" if row["revoked_at"] else f"有效至 until {row['expires_at']:%Y-%m-%d}"
        click.echo(f"{row['id']}\t{row['name']}\t{','.join(row['scopes'])}\t{state}")


@command.command()
@click.argument("username")
@click.argument("token_id", type=int)
def revoke(username: str, token_id: int) -> None:
    """吊销令牌。 Revoke a token."""
    now = SystemClock().now()
    with opened_store() as store, store.unscoped() as connection:
        user = users.find_user(connection, username)
        users.revoke_token(connection, user.id, token_id, now=now)
        audit.append(
            connection, at=now, username="system", action="token_revoke", subject=f"token/{token_id}"
        )
    click.echo("已吊销。 Revoked.")
