"""Serve the map."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from data.database import check_revision
from web.serving import Address, find_port, serve
from web.wiring import server_settings


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="监听地址；0.0.0.0 供局域网访问。 Address to listen on.",
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="端口。 Port.")
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="进程数。 Processes."
)
@click.option(
    "--threads",
    default=16,
    show_default=True,
    type=click.IntRange(1, 512),
    help="每进程线程数（不少于大屏数的两倍）。 Threads per process.",
)
@click.option(
    "--cert",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="TLS 证书。 TLS certificate (PEM).",
)
@click.option(
    "--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="TLS 私钥。 TLS key (PEM)."
)
def command(host: str, port: int, workers: int, threads: int, cert: Path | None, key: Path | None) -> None:
    """启动网页服务。 Serve the map to browsers, QGIS and GDAL.

    Behind a proxy, set ONEMAP_TRUSTED_PROXIES=1 and ONEMAP_SECURE=1.
    """
    if (cert is None) != (key is None):
        raise click.UsageError("--cert 和 --key 要一起给。 --cert and --key go together.")
    settings = server_settings()
    check_revision(settings.database)
    free = find_port(host, port)
    if free != port:
        raise click.ClickException(
            f"端口 {port} 已被占用，{free} 可用：加 --port {free}。 Port {port} is taken; try --port {free}."
        )
    sys.exit(serve(Address(host, port, cert, key), workers=workers, threads=threads))
