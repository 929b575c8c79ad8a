"""Keep a finished network in one file that all workers map into memory and share.

Layout: 8 bytes magic, 8 bytes length of the header, the header (JSON: format, total size, arrays with offsets, names, report,
version), the arrays at multiples of 64 bytes, 8 bytes magic again. Written beside its place and renamed into it, so that a
reader meets the old network or the new one, never half of either.
"""

import contextlib
import fcntl
import json
import mmap
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from data.roads.errors import NetworkFileError
from geo.network import CutPart, CutReason, Network, NetworkReport, content_version, network_arrays

FORMAT = 2
"""Number of the layout; raised when the arrays of a network change."""
_READABLE = (1, 2)
"""Format 1 knows no turns restricted by the clock."""
_MAGIC = b"1MAPROAD"
_ALIGNMENT = 64


def save_network(network: Network, path: str | os.PathLike[str]) -> None:
    """
    Write a network to a file, whole or not at all.

    Raises
    ------
    OSError
        When the disk is full or the folder cannot be written.
    """
    target = Path(path)
    arrays = {name: np.ascontiguousarray(array) for name, array in network_arrays(network).items()}
    listing: dict[str, Any] = {}
    offset = 0
    for name, array in arrays.items():
        listing[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "offset": offset}
        offset += -(-array.nbytes // _ALIGNMENT) * _ALIGNMENT
    header = {
        "format": FORMAT,
        "data_bytes": offset,
        "arrays": listing,
        "names": list(network.names),
        "report": asdict(network.report),
        "version": network.version,
    }
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-(len(text) + 16) % _ALIGNMENT)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=target.name + ".", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + len(text).to_bytes(8, "little") + text)
            for array in arrays.values():
                file.write(array.data.cast("B") if array.size else b"")
                file.write(b"\0" * (-array.nbytes % _ALIGNMENT))
            file.write(_MAGIC)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load_network(path: str | os.PathLike[str], *, verify: bool = False) -> Network:
    """
    Map a network file into memory; its pages are shared by all processes that do, and it is locked against removal.

    With ``verify`` the content is hashed and compared with its version, which reads the whole file.

    Raises
    ------
    NetworkFileError
        When the file is missing, is no network file, is of another format, half written or damaged.
    """
    where = Path(path)
    try:
        with where.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size < 2 * len(_MAGIC) + 8:
                raise NetworkFileError(_half(where, f"{size} bytes"))
            with contextlib.suppress(OSError):
                # The mapping keeps the open file, and with it this lock: nobody removes what is in use.
                fcntl.flock(file, fcntl.LOCK_SH)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise NetworkFileError(
            f"打不开路网文件 / cannot open the network file {where}: {error.strerror}"
        ) from error
    header, begin = _header(where, mapped, size)
    arrays = {
        name: np.frombuffer(
            mapped, dtype=entry["dtype"], count=int(np.prod(entry["shape"])), offset=begin + entry["offset"]
        ).reshape(entry["shape"])
        for name, entry in header["arrays"].items()
    }
    names = tuple(header["names"])
    if verify and content_version(arrays, names) != header["version"]:
        raise NetworkFileError(
            f"路网文件已损坏，请重新导入道路 / the network file is damaged, load the roads again: {where}"
        )
    return Network(**arrays, names=names, report=_report(header["report"]), version=header["version"])


def _header(where: Path, mapped: mmap.mmap, size: int) -> tuple[dict[str, Any], int]:
    """Check the frame of the file; give its header and where the arrays begin."""
    if mapped[: len(_MAGIC)] != _MAGIC:
        raise NetworkFileError(f"不是路网文件 / not a network file: {where}")
    length = int.from_bytes(mapped[8:16], "little")
    if 16 + length > size:
        raise NetworkFileError(_half(where, "header cut off"))
    try:
        header: dict[str, Any] = json.loads(mapped[16 : 16 + length])
    except ValueError as error:
        raise NetworkFileError(_half(where, "header unreadable")) from error
    if header.get("format") not in _READABLE:
        raise NetworkFileError(
            f"路网文件为格式 {header.get('format')}，本程序需要格式 {FORMAT}，请重新导入道路 / "
            f"the network file has format {header.get('format')}, this program needs {FORMAT}: load the roads again: {where}"
        )
    expected = 16 + length + header["data_bytes"] + len(_MAGIC)
    if size != expected or mapped[size - len(_MAGIC) :] != _MAGIC:
        raise NetworkFileError(_half(where, f"{size} bytes of {expected}"))
    return header, 16 + length


def _half(where: Path, what: str) -> str:
    return f"路网文件不完整，请重新导入道路 / the network file is half written ({what}), load the roads again: {where}"


def _report(stored: dict[str, Any]) -> NetworkReport:
    """Rebuild the report from JSON."""
    cut = tuple(
        CutPart(CutReason(p["reason"]), p["edge_count"], p["length_m"], tuple(p["lonlat"]))
        for p in stored["cut"]
    )
    pairs = {
        name: tuple((text, count) for text, count in stored[name])
        for name in ("restrictions_skipped", "notes")
    }
    return NetworkReport(**{**stored, **pairs, "cut": cut})
