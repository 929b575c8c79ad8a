"""Remove network files that no process can still be using; safe beside any number of processes, killed at any moment.

Whoever maps a network holds a shared lock on its file for as long as the mapping lives (`data.roads.network_file`), which
the system lets go when the process ends, however it ends. Whoever writes a file holds a shared lock on the folder. A file
is removed under an exclusive lock on both, so it is never one that has just been put there. Should a reader open a file in
the very moment it goes, it has it whole: an open file outlives its name.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.scope import Connection

#: A file so young may belong to a load that has not committed yet.
YOUNG_S = 3600.0
#: A network that this store has never heard of may be another store's; it goes when nobody opened it for so long.
FOREIGN_S = 7 * 86_400.0
_NETWORK = ".network"
_BESIDE = (".order.npy", ".order.half", ".order.lock")


@contextmanager
def held_folder(folder: Path, *, exclusive: bool = False) -> Iterator[None]:
    """Hold the folder of network files: shared to write one, exclusive to remove some."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Where locks are not kept, files are still written; none is removed (`_is_free`).
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def remove_unused(
    connection: Connection, folder: Path, *, young_s: float = YOUNG_S, foreign_s: float = FOREIGN_S
) -> list[str]:
    """Remove the files of networks that are not the store's current one and that no process maps; their names.

    Files of this store's earlier networks go once they are older than `young_s` and no kept ranking or joint plan rests on
    them, unknown ones when they were not opened for `foreign_s`, leavings of killed writers after `young_s`.
    """
    if not folder.is_dir():
        return []
    removed: list[str] = []
    with held_folder(folder, exclusive=True):
        known = {
            row["version"]: row["is_needed"]
            for row in connection.execute(
                "SELECT n.version, n.is_current OR EXISTS (SELECT 1 FROM dispatch_ranking r WHERE r.network_version = n.version)"
                " OR EXISTS (SELECT 1 FROM dispatch_plan p WHERE p.network_version = n.version) AS is_needed FROM network n"
            ).fetchall()
        }
        for path in sorted(folder.glob(f"*{_NETWORK}")):
            if known.get(path.stem):
                continue
            if _age_s(path) >= (young_s if path.stem in known else foreign_s) and _remove_if_free(path):
                removed.append(path.name)
        removed += _remove_leavings(folder, young_s)
    return removed


def _remove_if_free(path: Path) -> bool:
    """Remove a network file unless a process maps it or computes its order."""
    try:
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
    except OSError:  # in use, gone already, or not ours to remove
        return False
    return True


def _remove_leavings(folder: Path, young_s: float) -> list[str]:
    """Remove what lies beside networks that are gone, and halves of writers that were killed."""
    removed = []
    for path in sorted(folder.iterdir()):
        owner = next((path.name.removesuffix(end) for end in _BESIDE if path.name.endswith(end)), None)
        is_orphan = owner is not None and not (folder / f"{owner}{_NETWORK}").exists()
        is_half = path.suffix == ".tmp"
        if (is_orphan or is_half) and _age_s(path) >= young_s:
            with contextlib.suppress(OSError):
                path.unlink()
                removed.append(path.name)
    return removed


def _age_s(path: Path) -> float:
    """Seconds since a file was written, or opened as the network in use; files carry the machine's own time."""
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
