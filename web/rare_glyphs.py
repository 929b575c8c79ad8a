"""Cut the characters that the web font's package lacks out of a whole font, as woff2 slices for pages and maps.

`@fontsource/noto-sans-sc` leaves out 8,773 characters of GBK, such as 崬, which stands in place names of Guangdong. The
same typeface comes whole in a Python package; whatever it has beyond the web font is cut from it at set-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

PACKAGE = "pylopdf-fonts-zh-cn"
_FONT = "NotoSansSC-Regular.otf"
_LICENCE = "LICENSE"
#: A page with one rare character fetches one slice: about 70 kB.
SLICE_CHARACTERS = 500
#: Tables that labels and running text do not need: vertical writing, kerning, substitutions.
_DROPPED = ["BASE", "VORG", "vhea", "vmtx", "DSIG", "GDEF", "GPOS", "GSUB"]


class FontPackageError(Exception):
    """The package with the whole font is not installed or holds other files."""


def version() -> str:
    """Give the version of the package with the whole font.

    Raises
    ------
    FontPackageError
        When it is not installed.
    """
    try:
        return distribution(PACKAGE).version
    except PackageNotFoundError:
        raise FontPackageError(
            f"缺少 Python 包 {PACKAGE}：重新运行 ./onemap demo。 The Python package {PACKAGE} is missing: run ./onemap demo again."
        ) from None


def font_path() -> Path:
    """Find the whole font among the package's files."""
    return _file(_FONT)


def licence_path() -> Path:
    """Find the font's licence among the package's files."""
    return _file(_LICENCE)


def _file(name: str) -> Path:
    version()
    for entry in distribution(PACKAGE).files or ():
        if entry.name == name:
            return Path(str(entry.locate()))
    raise FontPackageError(f"{PACKAGE} {version()} holds no file {name}")


def cut_rare(
    covered: Iterable[int], folder: Path, *, processes: int = 2
) -> list[tuple[str, tuple[str, ...]]]:
    """Write slices of all that the whole font has beyond `covered` code points.

    Parameters
    ----------
    covered : iterable of int
        Code points that the web font has.
    folder : Path
        Where the slices are written.
    processes : int
        Slices are cut side by side.

    Returns
    -------
    list of (str, tuple of str)
        File name and unicode ranges (`U+5D2C-5D2F`) of each slice.
    """
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - heavy, and only here

    with TTFont(font_path(), lazy=True) as font:
        missing = sorted(set(font.getBestCmap()) - set(covered))
    parts = [missing[i : i + SLICE_CHARACTERS] for i in range(0, len(missing), SLICE_CHARACTERS)]
    paths = [folder / f"rare-{n:02}.woff2" for n in range(len(parts))]
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(_cut, parts, paths))
    return [(path.name, tuple(unicode_ranges(part))) for path, part in zip(paths, parts, strict=True)]


def _cut(code_points: Sequence[int], path: Path) -> None:
    from fontTools import subset  # noqa: PLC0415 - heavy, and only here
    from fontTools.ttLib import TTFont  # noqa: PLC0415

    options = subset.Options(layout_features=[], hinting=False, desubroutinize=True, notdef_outline=True)
    options.drop_tables += _DROPPED
    with TTFont(font_path(), lazy=True) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=code_points)
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(path)


def unicode_ranges(code_points: Sequence[int]) -> Iterator[str]:
    """Write sorted code points as CSS unicode ranges.

    >>> list(unicode_ranges([0x5D2C, 0x5D2D, 0x20000]))
    ['U+5D2C-5D2D', 'U+20000']
    """
    start = previous = code_points[0]
    for point in [*code_points[1:], -1]:
        if point == previous + 1:
            previous = point
            continue
        yield f"U+{start:X}" if start == previous else f"U+{start:X}-{previous:X}"
        start = previous = point


def code_points_of(ranges: Iterable[str]) -> Iterator[int]:
    """Read CSS unicode ranges.

    >>> [hex(p) for p in code_points_of(["U+5D2C-5D2D", "U+20000"])]
    ['0x5d2c', '0x5d2d', '0x20000']
    """
    for text in ranges:
        first, _, last = text.removeprefix("U+").removeprefix("u+").partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)
