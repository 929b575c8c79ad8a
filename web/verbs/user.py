"""Add users from the command line."""

from __future__ import annotations

import click

from data import audit, users
from data.clock import SystemClock
from web.wiring import opened_store


@click.group()
def command() -> None:
    """用户账号。 User accounts."""


@command.command()
@click.argument("username")
@click.option("--display-name", required=True, help="姓名或单位。 Name shown on screens.")
@click.option("--role", required=True, type=click.Choice(sorted(users.PERMISSIONS)), help="角色。 Role.")
@click.option(
    "--division",
    "divisions",
    multiple=True,
    required=True,
    help="辖区代码，可重复。 Division codes of the jurisdiction; repeat for several.",
)
@click.password_option(help="密码，至少 10 位。 Password, 10 characters or more.")
def add(username: str, display_name: str, role: str, divisions: tuple[str, ...], password: str) -> None:
    """新增用户。 Add a user."""
    now = SystemClock().now()
    with opened_store() as store, store.unscoped() as connection:
        user_id = users.add_user(
            connection, username=username, display_name=display_name, password=password, role=role,
            jurisdiction=divisions, now=now,
        )  # fmt: skip
        audit.append(connection, at=now, username="system", action="user_create", subject=f"user/{user_id}")
    click.echo(f"已新增用户 {username}。 Added.")
