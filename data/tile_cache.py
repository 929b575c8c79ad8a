"""Keep packed tiles on disk, keyed by everything that decides them."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

_MAX_BYTES = 2 * 1024**3


class TileCache:
    """A folder of packed tiles; safe for many processes, and for a kill at any moment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: tuple[object, ...] | None, cut: Callable[[], bytes]) -> bytes:
        """Give the packed tile of a key, cutting and keeping it when it is new; a key of None is not kept."""
        if key is None:
            return gzip.compress(cut(), 3)
        path = self._path(key)
        with contextlib.suppress(OSError):
            return path.read_bytes()
        packed = gzip.compress(cut(), 5)
        # A full disk must not cost the answer.
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            half = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
            half.write_bytes(packed)
            half.replace(path)
        return packed

    def sweep(self, *, max_bytes: int = _MAX_BYTES) -> int:
        """Remove the oldest tiles until the folder is below its limit; the number removed."""
        files = [(p.stat().st_mtime, p.stat().st_size, p) for p in self._folder.rglob("*") if p.is_file()]
        total, removed = sum(size for _, size, _ in files), 0
        for _, size, path in sorted(files):
            if total <= max_bytes:
                break
            path.unlink(missing_ok=True)
            total, removed = total - size, removed + 1
        return removed

    def _path(self, key: tuple[object, ...]) -> Path:
        digest = hashlib.sha256(repr(key).encode()).hexdigest()
        return self._folder / digest[:2] / digest[2:40]
