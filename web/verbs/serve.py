"""Serve the map."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from data.database import check_revision
from web.self_signed import ensure as self_signed_certificates
from web.serving import Address, find_port, serve
from web.wiring import server_settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


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
    help="每进程线程数（不少于大屏数的两倍）。 Threads per process, at least twice the screens.",
)
@click.option("--cert", type=_FILE, help="TLS 证书。 TLS certificate (PEM).")
@click.option("--key", type=_FILE, help="TLS 私钥。 TLS key (PEM).")
@click.option(
    "--self-signed",
    is_flag=True,
    help="自签证书；/trust 页面说明如何安装。 Own certificate; the page /trust installs it.",
)
def command(
    host: str,
    port: int,
    workers: int,
    threads: int,
    cert: Path | None,
    key: Path | None,
    *,
    self_signed: bool,
) -> None:
    """启动网页服务。 Serve the map to browsers, QGIS and GDAL.

    Behind a proxy, set ONEMAP_TRUSTED_PROXIES=1 and ONEMAP_SECURE=1.
    """
    if (cert is None) != (key is None):
        raise click.UsageError("--cert 和 --key 要一起给。 --cert and --key go together.")
    if self_signed and cert is not None:
        raise click.UsageError("--self-signed 不能与 --cert 同用。 --self-signed excludes --cert.")
    settings = server_settings()
    check_revision(settings.database)
    free = find_port(host, port)
    if free != port:
        raise click.ClickException(
            f"端口 {port} 已被占用，{free} 可用：加 --port {free}。 Port {port} is taken; try --port {free}."
        )
    if self_signed:
        made = self_signed_certificates(settings.state_dir / "tls", host)
        cert, key = made.cert, made.key
    address = Address(host, port, cert, key)
    click.echo(f"onemap · {address.url}", err=True)
    if self_signed:
        click.echo(f"onemap · 首次访问请先打开 before the first visit open {address.url}/trust", err=True)
    sys.exit(serve(address, workers=workers, threads=threads))
