"""Make, start and stop the private PostgreSQL cluster of one checkout."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.errors import ClusterError

SUPERUSER = "postgres"
OWNER = "onemap_owner"
APP = "onemap_app"

_CONF = """
# Written by OneMap: a private cluster that is reached through its socket only.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0770
max_connections = 200
shared_buffers = 512MB
effective_cache_size = 4GB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
max_parallel_workers_per_gather = 2
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C.UTF-8'
log_min_duration_statement = 2000
password_encryption = 'scram-sha-256'
"""


@dataclass(frozen=True)
class Cluster:
    """Where the private cluster of a checkout lives and who runs it.

    Attributes
    ----------
    data_dir : Path
        The cluster's files.
    socket_dir : Path
        The folder of its socket; short, for socket paths end at 107 bytes.
    run_as : str or None
        The operating-system user the server runs as when the caller is root; None for the caller itself.
    bin_dir : Path
        PostgreSQL's programs.
    """

    data_dir: Path
    socket_dir: Path
    run_as: str | None
    bin_dir: Path

    def dsn(self, database: str, user: str = APP) -> str:
        """Give the libpq connection string for a database of this cluster."""
        return f"host={self.socket_dir} dbname={database} user={user} application_name=onemap"


def find_bin_dir() -> Path:
    """Find the newest installed PostgreSQL that has PostGIS.

    Raises
    ------
    ClusterError
        When there is none.
    """
    found = [
        library.parent.parent / "bin" for library in Path("/usr/lib/postgresql").glob("*/lib/postgis-3.so")
    ]
    found = sorted((b for b in found if (b / "postgres").exists()), key=lambda b: float(b.parent.name))
    if not found:
        raise ClusterError(
            "没有找到带 PostGIS 的 PostgreSQL。请运行：sudo apt-get install postgresql-postgis。 "
            "No PostgreSQL with PostGIS was found: install Debian's postgresql-postgis."
        )
    return found[-1]


def cluster_of(root: Path) -> Cluster:
    """Say where the cluster of the checkout at `root` lives."""
    key = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:10]
    if os.geteuid() == 0:
        return Cluster(
            data_dir=Path("/var/lib/onemap") / key,
            socket_dir=Path("/run/onemap") / key,
            run_as=SUPERUSER,
            bin_dir=find_bin_dir(),
        )
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    base = Path(runtime) if runtime and os.access(runtime, os.W_OK) else Path(f"/tmp/onemap-{os.geteuid()}")  # noqa: S108
    return Cluster(root / "var" / "pg", base / f"onemap-{key}", None, find_bin_dir())


def is_running(cluster: Cluster) -> bool:
    """Say whether the server answers on its socket."""
    if not (cluster.socket_dir / ".s.PGSQL.5432").exists():
        return False
    done = _execute(cluster, ["pg_isready", "-q", "-h", str(cluster.socket_dir)], check=False)
    return done.returncode == 0


def ensure_running(cluster: Cluster) -> None:
    """Make the cluster if there is none and start it if it is down; safe to call from several processes.

    Raises
    ------
    ClusterError
        When it cannot be made or started, with the last lines of the server's log.
    """
    if is_running(cluster):
        return
    with _locked(cluster):
        if is_running(cluster):
            return
        if not (cluster.data_dir / "PG_VERSION").exists():
            _create(cluster)
        _check_version(cluster)
        _start(cluster)


def stop(cluster: Cluster) -> bool:
    """Stop the server; False when it was not running.

    Raises
    ------
    ClusterError
        When it does not stop within a minute.
    """
    if not (cluster.data_dir / "postmaster.pid").exists():
        return False
    done = _execute(
        cluster, ["pg_ctl", "-D", str(cluster.data_dir), "-m", "fast", "-t", "60", "stop"], check=False
    )
    return done.returncode == 0


def drop_private_folder(cluster: Cluster) -> None:
    """Stop the server and remove its files for good."""
    stop(cluster)
    shutil.rmtree(cluster.data_dir, ignore_errors=True)
    shutil.rmtree(cluster.socket_dir, ignore_errors=True)


# -- helpers ----------------------------------------------------------------------------------------


@contextmanager
def _locked(cluster: Cluster) -> Iterator[None]:
    lock_path = cluster.data_dir.parent / f"{cluster.data_dir.name}.lock"
    try:
        lock_path.parent.mkdir(parents=True, exist_ok=True)
        handle = lock_path.open("w")
    except OSError as error:
        raise ClusterError(f"无法写入 Cannot write {lock_path.parent}: {error}") from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _execute(
    cluster: Cluster, command: Sequence[str], *, check: bool = True
) -> subprocess.CompletedProcess[str]:
    full = [str(cluster.bin_dir / command[0]), *command[1:]]
    if cluster.run_as:
        user = cluster.run_as
        full = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--", *full]
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    # Files, not pipes: the server inherits them and would keep a pipe open for ever.
    done = subprocess.run(
        full, cwd="/", env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if check and done.returncode != 0:
        raise ClusterError(f"{command[0]} 失败 failed ({done.returncode}): {done.stderr.strip()[-800:]}")
    return done


def _own(cluster: Cluster, folder: Path, mode: int) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        if cluster.run_as:
            entry = pwd.getpwnam(cluster.run_as)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
    except OSError as error:
        raise ClusterError(f"无法准备文件夹 Cannot prepare {folder}: {error}") from error


def _create(cluster: Cluster) -> None:
    half_made = cluster.data_dir.with_name(f"{cluster.data_dir.name}.new")
    shutil.rmtree(half_made, ignore_errors=True)
    if cluster.data_dir.exists():
        shutil.rmtree(cluster.data_dir)
    _own(cluster, half_made, 0o700)
    _execute(
        cluster,
        ["initdb", "-D", str(half_made), "-U", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8"]
        + ["--locale-provider=icu", "--icu-locale=zh-u-co-pinyin", "--data-checksums", "--auth=peer"],
    )
    caller = pwd.getpwuid(os.geteuid()).pw_name
    callers = {caller, cluster.run_as or caller}
    rows = [f"house {name} {role}" for name in sorted(callers) for role in (SUPERUSER, OWNER, APP)]
    (half_made / "pg_ident.conf").write_text("\n".join(rows) + "\n")
    (half_made / "pg_hba.conf").write_text("local all all peer map=house\n")
    with (half_made / "postgresql.conf").open("a") as conf:
        conf.write(_CONF.format(socket=cluster.socket_dir))
    half_made.rename(cluster.data_dir)


def _check_version(cluster: Cluster) -> None:
    made_with = (cluster.data_dir / "PG_VERSION").read_text().strip()
    here = cluster.bin_dir.parent.name
    if made_with != here:
        raise ClusterError(
            f"数据库文件属于 PostgreSQL {made_with}，本机是 {here}：请用 pg_upgrade 升级 {cluster.data_dir}，"
            f"见 docs/operations。 The files were made by PostgreSQL {made_with}, this machine has {here}."
        )


def _start(cluster: Cluster) -> None:
    _own(cluster, cluster.socket_dir.parent, 0o755 if cluster.run_as else 0o700)
    _own(cluster, cluster.socket_dir, 0o750)
    log = cluster.data_dir / "server.log"
    _forget_dead_server(cluster)
    last = ""
    for _ in range(3):
        done = _execute(
            cluster,
            ["pg_ctl", "-D", str(cluster.data_dir), "-l", str(log), "-w", "-t", "60", "-s", "start"],
            check=False,
        )
        if done.returncode == 0 or is_running(cluster):
            return
        last = log.read_text(errors="replace")[-800:] if log.exists() else done.stderr
        # After kill -9 of the first process its children need a moment to notice and leave.
        time.sleep(2)
    raise ClusterError(f"数据库没有启动 The database did not start; {log}:\n{last}")


def _forget_dead_server(cluster: Cluster) -> None:
    """Remove the pid file when the process it names is not a PostgreSQL server on these files."""
    pid_file = cluster.data_dir / "postmaster.pid"
    if not pid_file.exists():
        return
    match = re.match(r"\s*(\d+)", pid_file.read_text(errors="replace"))
    command = Path(f"/proc/{match.group(1)}/cmdline") if match else None
    alive = command is not None and command.exists() and b"postgres" in command.read_bytes()
    if not alive:
        pid_file.unlink(missing_ok=True)
