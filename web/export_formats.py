"""Name the formats a layer can be exported in."""

from __future__ import annotations

#: Format → (file ending, media type).
FORMATS: dict[str, tuple[str, str]] = {
    "xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("csv", "text/csv; charset=utf-8"),
    "gpkg": ("gpkg", "application/geopackage+sqlite3"),
    "geojson": ("geojson", "application/geo+json"),
    "fgb": ("fgb", "application/vnd.flatgeobuf"),
    "shp": ("zip", "application/zip"),
}
