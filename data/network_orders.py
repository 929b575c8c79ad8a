"""Keep the order of a network's hierarchy beside its file: computed once a version, by a process of its own.

Computing it takes some 16 s for a large city and holds the interpreter's lock all the while, so no process that answers
questions may do it. The child writes the order beside the network's file; whoever needs it waits without holding
anything, or does without. It ends by itself, whatever becomes of who started it.
"""

from __future__ import annotations

import fcntl
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.roads.errors import NetworkFileError
from data.roads.network_file import load_network
from geo.contraction import IS_AVAILABLE, compute_order

_log = logging.getLogger(__name__)
_ROOT = Path(__file__).resolve().parent.parent
#: A bystander beside processes that answer: they go first.
_NICENESS = 10


def order_path(network_path: Path) -> Path:
    """Give where the order of a network's hierarchy lies."""
    return network_path.with_suffix(".order.npy")


def lock_path(network_path: Path) -> Path:
    """Give the file that the process computing a network's order holds locked."""
    return network_path.with_suffix(".order.lock")


def half_path(network_path: Path) -> Path:
    """Give where an order lies while it is being written."""
    return network_path.with_suffix(".order.half")


def read_order(network_path: Path, node_count: int) -> NDArray[np.int64] | None:
    """Read the order of a network's hierarchy; None where there is none that fits."""
    if not IS_AVAILABLE:
        return None
    try:
        order = np.load(order_path(network_path), allow_pickle=False)
    except (OSError, ValueError):
        return None
    fits = order.shape == (node_count,) and np.array_equal(np.sort(order), np.arange(node_count))
    return order if fits else None


def start(network_path: Path) -> subprocess.Popen[bytes]:
    """Start the process that computes an order; several for one network wait for the first and find its work."""
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "data.network_orders", str(network_path)],
        env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def ensure_order(network_path: Path) -> bool:
    """Wait until the order lies beside the network's file; False where it cannot be had, which the log explains."""
    if not IS_AVAILABLE:
        return False
    if order_path(network_path).exists():
        return True
    with start(network_path) as child:
        _, said = child.communicate()
    if child.returncode != 0:
        last = said.decode(errors="replace").strip().splitlines()[-1:] or ["no word"]
        _log.warning(
            "the order of %s was not made (exit code %s): %s; sweeps answer instead",
            network_path.name, child.returncode, last[0],
        )  # fmt: skip
    return order_path(network_path).exists()


def compute_and_keep(network_path: Path) -> None:
    """Compute the order of a network and write it, whole or not at all; nothing is done where it is already there.

    Raises
    ------
    NetworkFileError
        When the network's file cannot be used.
    OSError
        When the order cannot be written.
    """
    with lock_path(network_path).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if order_path(network_path).exists():
            return
        order = compute_order(load_network(network_path))
        # Only the holder of the lock writes here, so a half one is that of a process that was killed.
        half = half_path(network_path)
        with half.open("wb") as file:
            np.save(file, order)
            file.flush()
            os.fsync(file.fileno())
        half.replace(order_path(network_path))


def main() -> int:
    """Compute the order of the network file that the command line names; the exit code."""
    os.nice(_NICENESS)
    try:
        compute_and_keep(Path(sys.argv[1]))
    except (NetworkFileError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
