"""Clusters that a test may break: each with files of its own, thrown away at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from data import cluster as clusters


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give a folder that the server's own user can reach, with a short path for its socket."""
    folder = Path(tempfile.mkdtemp(prefix="onemap-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def scratch_cluster(folder: Path, disk: Path) -> Iterator[clusters.Cluster]:
    """Give a running cluster with its files on `disk` and its socket under `folder`."""
    found = clusters.Cluster(
        data_dir=disk / "pg",
        socket_dir=folder / "s" / "s",
        run_as=clusters.SUPERUSER if os.geteuid() == 0 else None,
        bin_dir=clusters.find_bin_dir(),
    )
    clusters.ensure_running(found)
    try:
        with psycopg.connect(found.dsn("postgres", clusters.SUPERUSER), autocommit=True) as connection:
            for setting in ("min_wal_size = '64MB'", "max_wal_size = '96MB'", "autovacuum = off"):
                connection.execute(f"ALTER SYSTEM SET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield found
    finally:
        clusters.drop_private_folder(found)


class SmallDisk:
    """A file system in memory that can be filled to its last block and emptied again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self) -> None:
        """Take every free block."""
        with self._ballast.open("ab", buffering=0) as handle:
            for size in (1 << 20, 1 << 12):
                try:
                    while True:
                        handle.write(b"\0" * size)
                except OSError:
                    continue
        assert shutil.disk_usage(self.path).free == 0

    def make_room(self) -> None:
        """Give the blocks back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[SmallDisk]:
    """Mount a file system of `size`; skips where this needs a right the caller lacks."""
    path = folder / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()[:120]}")
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=False)
