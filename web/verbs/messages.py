"""Show the newest messages as they were sent, with their codes and links."""

from __future__ import annotations

import click

from data import outbox
from layers.display import LOCAL_ZONE
from web.wiring import opened_store


@click.command()
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, help="条数 how many")
def command(limit: int) -> None:
    """显示最近的短信，含验证码和链接，供没有短信网关时使用。 Show the newest messages with codes and links, where no gateway sends them.

    网页上不显示验证码：看到的人能以别人的身份登录。 The page shows no codes: who reads one could sign in as somebody else.
    """
    with opened_store() as store, store.unscoped() as connection:
        rows = outbox.listed_whole(connection, limit=limit)
    if not rows:
        click.echo("还没有短信。 No messages yet.")
    for row in reversed(rows):
        at = row["created_at"].astimezone(LOCAL_ZONE)
        click.echo(f"{at:%Y-%m-%d %H:%M:%S}  {row['recipient']}  {row['state']}  {row['body']}")
