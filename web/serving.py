"""Run the web server and a worker beside it, on an address that is free."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from web.settings import ROOT


@dataclass(frozen=True)
class Address:
    """Where to listen, and the certificate for TLS."""

    host: str
    port: int
    cert: Path | None = None
    key: Path | None = None

    @property
    def url(self) -> str:
        """Give the address for a browser on this machine."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104 - only compared
        return f"{'https' if self.cert else 'http'}://{host}:{self.port}"


def find_port(host: str, first: int, *, tries: int = 50) -> int:
    """Find the first free port from `first` on; `first` itself when none is free."""
    for port in range(first, min(first + tries, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    return first


def gunicorn_command(address: Address, *, workers: int, threads: int) -> list[str]:
    """Give the command line of the web server."""
    command = [
        sys.executable, "-P", "-X", "utf8", "-m", "gunicorn", "web.server:application",
        "--bind", f"[{address.host}]:{address.port}" if ":" in address.host else f"{address.host}:{address.port}",
        "--workers", str(workers), "--worker-class", "gthread", "--threads", str(threads),
        "--timeout", "120", "--graceful-timeout", "10", "--keep-alive", "15", "--log-level", "warning",
        "--no-control-socket",
    ]  # fmt: skip
    if address.cert and address.key:
        command += ["--certfile", str(address.cert), "--keyfile", str(address.key)]
    return command


def serve(address: Address, *, workers: int, threads: int, plays_feed: bool = False) -> int:
    """Run the web server and one worker until a signal comes; start again what dies. Gives an exit code.

    With `plays_feed`, simulated calls are played into the sample city beside them.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ONEMAP_POOL_SIZE": str(min(threads, 20))}
    if address.cert:
        environment["ONEMAP_SECURE"] = "1"
    commands = {
        "web": gunicorn_command(address, workers=workers, threads=threads),
        "worker": [sys.executable, "-P", "-X", "utf8", "-m", "web", "worker"],
    }
    if plays_feed:
        commands["feed"] = [sys.executable, "-P", "-X", "utf8", "-m", "web", "sim", "day", "--quiet"]
    # Links in messages that the worker and the feed write lead here, unless a public address is set.
    linked = {**environment, "ONEMAP_PUBLIC_URL": environment.get("ONEMAP_PUBLIC_URL") or address.url}
    environments = {"web": environment, "worker": linked, "feed": linked}
    running = {name: subprocess.Popen(command, env=environments[name]) for name, command in commands.items()}
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    started = dict.fromkeys(commands, time.monotonic())
    proven: set[str] = set()
    code = 0
    while not stopping:
        time.sleep(0.3)
        for name, process in running.items():
            if process.poll() is None or stopping:
                continue
            if time.monotonic() - started[name] >= 3:
                proven.add(name)
            if name not in proven:
                print(f"onemap · {name} 启动失败 did not start ({process.returncode})", file=sys.stderr)  # noqa: T201
                stopping, code = True, 1
                break
            # What has run before is started again however soon it died: the database may be away for a while.
            _say(f"{name} 意外退出，重新启动 died, starting again ({process.returncode})")
            time.sleep(0.0 if time.monotonic() - started[name] >= 3 else 1.0)
            running[name] = subprocess.Popen(commands[name], env=environments[name])
            started[name] = time.monotonic()
    for process in running.values():
        if process.poll() is None:
            process.terminate()
    for process in running.values():
        try:
            process.wait(timeout=12)
        except subprocess.TimeoutExpired:
            process.kill()
    return code


def warm_kernels() -> subprocess.Popen[bytes]:
    """Compile the travel-time kernels beside other work, so that servers find them compiled; exit code 0 is well."""
    check = "from geo.self_check import self_check; raise SystemExit(bool(self_check().disagreeing))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-P", "-X", "utf8", "-c", check], env=environment)


def _say(text: str) -> None:
    print(f"onemap · {text}", file=sys.stderr, flush=True)  # noqa: T201 - the supervisor speaks to the terminal
