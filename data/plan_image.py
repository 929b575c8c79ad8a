"""Read the size of a plan's picture from its own bytes: PNG, JPEG or WebP, and nothing that only looks like one."""

from __future__ import annotations

import struct

from data.errors import LoadError

#: Larger pictures would fill a browser's memory.
MOST_SIDE_PX = 16_000
MOST_PIXELS = 100_000_000
_START_OF_FRAME = frozenset({*range(0xC0, 0xD0)}) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})


def picture_size(content: bytes) -> tuple[int, int]:
    """Give width and height in pixels.

    Raises
    ------
    LoadError
        When it is no picture of these kinds, is cut short, or is too large to be shown.
    """
    try:
        size = _size(content)
    except (struct.error, IndexError):
        size = None
    if size is None or 0 in size:
        raise LoadError(
            "这不是完整的图片，请上传 png、jpg 或 webp 格式的厂区图。 This is no whole picture: a plan is a png, jpg or webp."
        )
    width, height = size
    if max(size) > MOST_SIDE_PX or width * height > MOST_PIXELS:
        raise LoadError(
            f"图片 {width:,} × {height:,} 像素太大，每边最多 {MOST_SIDE_PX:,}、共 {MOST_PIXELS // 1_000_000} 兆像素，请缩小后再传。 "
            f"The picture of {width:,} × {height:,} pixels is too large: at most {MOST_SIDE_PX:,} a side and {MOST_PIXELS // 1_000_000} million in all."
        )
    return size


def _size(content: bytes) -> tuple[int, int] | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(content)
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp(content)
    return None


def _png(content: bytes) -> tuple[int, int] | None:
    if content[12:16] != b"IHDR" or b"IDAT" not in content or b"IEND" not in content[-16:]:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg(content: bytes) -> tuple[int, int] | None:
    """Walk the segments up to the frame; the picture must also have an end."""
    at = 2
    while content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker in _START_OF_FRAME:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return (width, height) if b"\xff\xd9" in content[-4096:] else None
        length = 0 if marker in _STANDALONE else struct.unpack(">H", content[at + 2 : at + 4])[0]
        at += 2 + length
    return None


def _webp(content: bytes) -> tuple[int, int] | None:
    if struct.unpack("<I", content[4:8])[0] + 8 > len(content) + 1:
        return None
    kind = content[12:16]
    if kind == b"VP8X":
        return (
            1 + int.from_bytes(content[24:27], "little"),
            1 + int.from_bytes(content[27:30], "little"),
        )
    if kind == b"VP8L" and content[20] == 0x2F:
        bits = int.from_bytes(content[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", content[26:30])
        return width & 0x3FFF, height & 0x3FFF
    return None
