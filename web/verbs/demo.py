"""Set up a sample city and serve it: the main job."""

from __future__ import annotations

import os
import sys
import time

import click

from data.store import Store
from web.demo import prepare_demo
from web.sample_accounts import SAMPLE_PASSWORD
from web.serving import Address, find_port, serve, warm_kernels
from web.settings import settings_from
from web.wiring import database_in_use


@click.command()
@click.option(
    "--city", default="440300", show_default=True, help="城市的行政区划代码。 Division code of the city."
)
@click.option(
    "--size",
    default="full",
    show_default=True,
    type=click.Choice(["small", "medium", "full"]),
    help="城市规模。 How large.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址。 Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="端口。 Port.")
@click.option("--no-serve", is_flag=True, help="只准备，不启动服务。 Prepare only.")
@click.option("--no-feed", is_flag=True, help="不播放模拟的困人。 Play no simulated calls.")
def command(city: str, size: str, host: str, port: int, *, no_serve: bool, no_feed: bool) -> None:
    """装好一切，建示例城市，启动服务。 Set up everything, build a sample city, serve it.

    \b
    例 Examples:
      ./onemap demo                      深圳规模的示例城市 a city of Shenzhen's size
      ./onemap demo --city 510500        泸州 Luzhou
      ./onemap demo --size small         几秒建成的小城 a small one, in seconds
    """  # noqa: D301 - \b is click's mark for a block kept as it is
    started = time.monotonic()
    store = Store(database_in_use(), max_size=4)

    def say(text: str) -> None:
        click.echo(f"onemap · {text}", err=True)

    kernels = warm_kernels()
    state_dir = settings_from(os.environ, store.database).state_dir
    found = prepare_demo(store, city_code=city, size=size, say=say, state_dir=state_dir)
    if kernels.wait() != 0:
        say(
            "行车时间引擎自检未通过，请运行 ./onemap doctor。 The travel-time engines failed their self-check."
        )
    store.close()
    free = find_port(host, port)
    if free != port:
        say(f"端口 {port} 已被占用，改用 {free}。 Port {port} is taken: using {free}.")
    address = Address(host, free)
    click.echo(f"\n  示例数据 Sample data · {city}   ({time.monotonic() - started:.0f} s)")
    if not no_serve:
        click.echo(f"\n  打开 Open   {address.url}\n")
    click.echo(f"  密码 Password（所有示例账号 all sample accounts）: {SAMPLE_PASSWORD}\n")
    for user in found:
        click.echo(f"    {user.username:<11} {user.display_name} — {user.shows}")
    if no_serve:
        return
    if not no_feed:
        click.echo("\n  模拟的困人正在播放（样例） simulated calls are playing (sample): /dispatch · /wall")
    click.echo("\n  Ctrl-C 停止 stops the server; 数据库继续运行 the database goes on (./onemap db stop)\n")
    sys.exit(serve(address, workers=2, threads=24, plays_feed=not no_feed))
