"""Give the addresses of our static files and of the vendored libraries, with a version in each."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
VENDOR = STATIC / "vendor"


@lru_cache(maxsize=1)
def build_version() -> str:
    """Give a short digest of our own static files: a new one makes browsers fetch them anew."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.rglob("*")):
        if path.is_file() and VENDOR not in path.parents:
            digest.update(path.relative_to(STATIC).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def asset_url(name: str) -> str:
    """Give the address of one of our static files.

    The version is a folder, not a query, so that a module's relative imports carry it too.
    """
    return f"/static/v-{build_version()}/{name}"


@lru_cache(maxsize=64)
def vendor_folder(name: str) -> str:
    """Find the vendored folder of a library: name-version.

    Raises
    ------
    FileNotFoundError
        When it was not copied at set-up.
    """
    exact = re.compile(rf"{re.escape(name)}-\d[\w.+-]*")
    found = sorted(p.name for p in VENDOR.glob(f"{name}-*") if exact.fullmatch(p.name))
    if not found:
        raise FileNotFoundError(
            f"{name} 未安装：重新运行 ./onemap demo。 {name} is not vendored: run ./onemap demo again"
        )
    return found[-1]


def vendor_url(name: str) -> str:
    """Give the address of a vendored library's folder."""
    return f"/static/vendor/{vendor_folder(name)}"
