"""Say what is missing on this machine and how to mend it; standard library only."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what it is, whether it is well, and what would mend it."""

    subject: str
    state: str  # "ok", "slow", "missing"
    detail: str
    mend: str = ""


_MARKS = {"ok": "✓", "slow": "!", "missing": "✗"}


def report(root: Path) -> int:
    """Print every finding; 0 when nothing is missing."""
    findings = list(examine(root))
    width = max(len(f.subject) for f in findings)
    for f in findings:
        print(f"{_MARKS[f.state]} {f.subject.ljust(width)}  {f.detail}")  # noqa: T201
        if f.mend:
            print(f"  {' ' * width}  → {f.mend}")  # noqa: T201
    missing = [f for f in findings if f.state == "missing"]
    if missing:
        print(f"\n有 {len(missing)} 项缺失。 {len(missing)} missing.")  # noqa: T201
        return 1
    print("\n一切就绪。 All is well.")  # noqa: T201
    return 0


def examine(root: Path) -> Iterator[Finding]:
    """Look at system, Python, PostGIS, browser, fonts, libraries, disk and database."""
    yield Finding("system", "ok", f"{_system_name()}, {os.cpu_count()} cores, {platform.machine()}")
    yield Finding("python", "ok", f"{platform.python_version()} ({sys.executable})")
    yield _disk(root)
    yield _postgis()
    yield from _programs()
    yield _environment(root)
    yield _browser_libraries(root)
    yield from _database(root)
    yield _port(8000)


def _system_name() -> str:
    try:
        lines = Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return platform.platform()
    return next(
        (line.split("=", 1)[1].strip('"') for line in lines if line.startswith("PRETTY_NAME=")), "Linux"
    )


def _disk(root: Path) -> Finding:
    free_gb = shutil.disk_usage(root).free / 1e9
    if free_gb < 4:
        return Finding(
            "disk", "missing", f"{free_gb:.1f} GB 可用 free", "需要至少 4 GB。 At least 4 GB are needed."
        )
    return Finding("disk", "ok", f"{free_gb:.0f} GB 可用 free")


def _postgis() -> Finding:
    found = sorted(
        p.parent.parent.name for p in Path("/usr/share/postgresql").glob("*/extension/postgis.control")
    )
    if not found:
        return Finding(
            "postgis",
            "missing",
            "未安装 not installed",
            "sudo apt-get install --no-install-recommends postgresql-postgis",
        )
    return Finding("postgis", "ok", f"PostgreSQL {found[-1]} + PostGIS")


def _programs() -> Iterator[Finding]:
    wanted = (
        ("chromium", "chromium", "浏览器测试和 PDF 打印 browser tests and PDF printing"),
        ("ogr2ogr", "gdal-bin", "用真实客户端测试 tests with a real client"),
    )
    for program, package, use in wanted:
        if shutil.which(program):
            yield Finding(program, "ok", use)
        else:
            yield Finding(program, "slow", f"未安装 not installed ({use})", f"sudo apt-get install {package}")


def _environment(root: Path) -> Finding:
    stamp = root / ".venv" / ".onemap-core"
    if not stamp.exists():
        return Finding("libraries", "missing", "Python 库未安装 not installed", "./onemap demo")
    return Finding("libraries", "ok", "Python 库已安装 installed from the lock file")


def _browser_libraries(root: Path) -> Finding:
    vendor = root / "web" / "static" / "vendor"
    if not any(vendor.glob("maplibre-gl-*")):
        return Finding("map", "missing", "地图前端库未安装 map libraries not installed", "./onemap demo")
    return Finding("map", "ok", "地图前端库已安装 map libraries installed")


def _database(root: Path) -> Iterator[Finding]:
    url = os.environ.get("ONEMAP_DATABASE_URL")
    python = root / ".venv" / "bin" / "python"
    if not python.exists():
        yield Finding("database", "missing", "尚未建立 not made yet", "./onemap demo")
        return
    done = subprocess.run(
        [str(python), "-P", "-X", "utf8", "-c", _PROBE, str(root)],
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    where = "ONEMAP_DATABASE_URL" if url else "私有集群 private cluster"
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        last = (done.stderr.strip().splitlines() or ["?"])[-1]
        yield Finding("database", "missing", f"{where}: {last[:160]}", "./onemap db start; ./onemap db init")
        return
    revision, head, is_leakproof = lines[-1].split()
    if revision != head:
        yield Finding(
            "database",
            "missing",
            f"{where}: 版本 revision {revision}, 需要 needed {head}",
            "./onemap db init",
        )
    else:
        yield Finding("database", "ok", f"{where}: 版本 revision {head}")
    if is_leakproof == "True":
        yield Finding(
            "leakproof", "ok", "空间索引可用于行级权限 the spatial index serves below row-level security"
        )
    else:
        yield Finding(
            "leakproof", "slow", "结果正确但慢 correct but slow: geometry_overlaps is not LEAKPROOF",
            "以超级用户运行 run as superuser: ./onemap db init --print-sql",
        )  # fmt: skip


_PROBE = """
import os, sys
from pathlib import Path
from data import cluster, database
url = os.environ.get("ONEMAP_DATABASE_URL")
if url:
    d = database.Database(url, os.environ.get("ONEMAP_OWNER_DATABASE_URL") or url, None)
else:
    c = cluster.cluster_of(Path(sys.argv[1]))
    if not cluster.is_running(c):
        sys.exit("数据库没有运行 the database is not running")
    d = database.private_database(c)
with database.connect(d.app) as connection:
    leakproof = database.is_leakproof(connection)
print(database.current_revision(d) or "none", database.head_revision(d), leakproof)
"""


def _port(port: int) -> Finding:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        taken = probe.connect_ex(("127.0.0.1", port)) == 0
    if taken:
        return Finding("port", "ok", f"{port} 已被占用 in use: ./onemap demo --port {port + 1}")
    return Finding("port", "ok", f"{port} 可用 free")
