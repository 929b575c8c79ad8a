"""Write the MapLibre style of the one map: basemap, aggregates and symbols of every layer, light or dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from layers.declaration import Geometry, Layer

_FONT = ["Noto Sans SC Regular"]
_BOLD = ["Noto Sans SC Bold"]


@dataclass(frozen=True)
class Palette:
    """The colours of one theme."""

    background: str
    land: str
    water: str
    border: str
    border_minor: str
    motorway: str
    major: str
    minor: str
    label: str
    label_quiet: str
    halo: str
    cell: str
    cell_text: str


DARK = Palette(
    "#070c12", "#0d1620", "#0a1a2b", "#3d566e", "#1f3040", "#37526b", "#263b4e", "#1a2a39", "#e8eef4", "#8ba0b4",
    "#070c12", "#3f9a97", "#e8eef4",
)  # fmt: skip
LIGHT = Palette(
    "#e9edf0", "#f7f8f7", "#c3d9e8", "#7b8f9f", "#c4ced5", "#e0b87f", "#ffffff", "#ffffff", "#22303c", "#5b6d7c",
    "#ffffff", "#2f8583", "#ffffff",
)  # fmt: skip


def style(
    layers: Sequence[Layer],
    *,
    theme: str,
    versions: Mapping[str, int],
    fonts: Mapping[str, Any],
    origin: str = "",
) -> dict[str, Any]:
    """Write the whole style document.

    Parameters
    ----------
    layers : sequence of Layer
        In the order of the panel; dense layers are drawn below sparse ones, later ones below earlier ones.
    theme : str
        ``dark`` or ``light``.
    versions : mapping of layer id to int
        Data versions, put into the tile addresses so that a changed layer is fetched anew.
    fonts : mapping
        The style's ``font-faces``: where labels find their characters.
    origin : str
        Prefix of the tile addresses; MapLibre workers need absolute ones, the page adds its own.

    Returns
    -------
    dict
        A MapLibre style, version 8.

    Examples
    --------
    >>> style([], theme="dark", versions={}, fonts={})["version"]
    8
    """
    palette = DARK if theme == "dark" else LIGHT
    base_version = ".".join(str(versions.get(n, 0)) for n in ("division", "road", "water"))
    sources: dict[str, Any] = {
        "basemap": {
            "type": "vector",
            "tiles": [f"{origin}/tiles/basemap/{{z}}/{{x}}/{{y}}.mvt?v={base_version}"],
            "minzoom": 4,
            "maxzoom": 15,
        }
    }
    drawn: list[dict[str, Any]] = _basemap(palette, is_dark=theme == "dark")
    for layer in reversed(layers):
        version = versions.get(layer.id, 0)
        sources[layer.id] = {
            "type": "vector",
            "tiles": [f"{origin}/tiles/{layer.id}/{{z}}/{{x}}/{{y}}.mvt?v={version}"],
            "minzoom": 0 if layer.raw_min_zoom == 0 else 5,
            "maxzoom": 15,
        }
    counts: list[dict[str, Any]] = []
    for _, layer in sorted(enumerate(layers), key=lambda pair: (_depth(pair[1]), -pair[0])):
        for one in _layer(layer, palette):
            (counts if one["id"].endswith("__counts") else drawn).append(one)
    return {
        "version": 8,
        "name": f"OneMap {theme}",
        "sources": sources,
        "font-faces": dict(fonts),
        # Last is placed first: numbers give way to names.
        "layers": drawn + counts + _labels(palette),
        "metadata": {"onemap:theme": theme},
    }


def symbol_cases(layer: Layer) -> list[dict[str, Any]]:
    """List the symbols of a layer: value, colour and icon of each choice of its symbol field.

    Parameters
    ----------
    layer : Layer

    Returns
    -------
    list of dict
        ``value``, ``words``, ``color`` and ``icon``; empty without a symbol field.

    Examples
    --------
    >>> from layers.registry import layer_by_id
    >>> [case["value"] for case in symbol_cases(layer_by_id("hazard_site"))]
    ['1', '2', '3', '4']
    """
    if layer.symbol_field is None:
        return []
    return [
        {"value": c.value, "words": c.words, "color": c.color or layer.color, "icon": c.icon or layer.icon}
        for c in layer.field(layer.symbol_field).choices
    ]


def image_name(icon: str, color: str) -> str:
    """Name the map image of an icon on a plate.

    >>> image_name("maki:elevator", "#5fb8c8")
    'plate:maki:elevator:#5fb8c8'
    """
    return f"plate:{icon}:{color}"


def _depth(layer: Layer) -> int:
    """Rank layers from the ground up: areas, then dense layers, then the few places that must not be covered."""
    return -100 if layer.geometry is not Geometry.POINT else -layer.raw_min_zoom


def _icon_image(layer: Layer) -> Any:
    cases = symbol_cases(layer)
    own = image_name(layer.icon, layer.color)
    if not cases:
        return own
    expression: list[Any] = ["match", ["get", layer.symbol_field]]
    for case in cases:
        expression += [case["value"], image_name(case["icon"], case["color"])]
    return [*expression, own]


def _color(layer: Layer) -> Any:
    cases = symbol_cases(layer)
    if not cases:
        return layer.color
    expression: list[Any] = ["match", ["get", layer.symbol_field]]
    for case in cases:
        expression += [case["value"], case["color"]]
    return [*expression, layer.color]


def _layer(layer: Layer, palette: Palette) -> list[dict[str, Any]]:
    visibility = "visible" if layer.default_on else "none"
    common = {"source": layer.id, "source-layer": layer.id, "metadata": {"onemap:layer": layer.id}}
    if layer.geometry is Geometry.LINE:
        return [
            {
                "id": f"{layer.id}__points", "type": "line", **common,
                "layout": {"visibility": visibility, "line-cap": "round", "line-join": "round"},
                "paint": {
                    "line-color": _color(layer),
                    "line-width": ["interpolate", ["linear"], ["zoom"], 9, 2, 13, 4, 17, 8], "line-opacity": 0.85,
                },
            }
        ]  # fmt: skip
    if layer.geometry is not Geometry.POINT:
        return [
            {
                "id": f"{layer.id}__fill", "type": "fill", **common, "layout": {"visibility": visibility},
                "paint": {"fill-color": _color(layer), "fill-opacity": 0.25},
            },
            {
                "id": f"{layer.id}__points", "type": "line", **common, "layout": {"visibility": visibility},
                "paint": {"line-color": _color(layer), "line-width": 2, "line-dasharray": [2, 1.5]},
            },
        ]  # fmt: skip
    # Dense layers begin small, lest they cover the map.
    sizes = (13, 0.38, 15, 0.65, 17, 1) if layer.raw_min_zoom >= 13 else (11, 0.55, 14, 0.75, 17, 1)
    radius = ["interpolate", ["linear"], ["sqrt", ["get", "n"]], 1, 2.5, 3.2, 4.5, 10, 8, 32, 13, 100, 19]
    return [
        {
            "id": f"{layer.id}__cells", "type": "circle", **common, "maxzoom": layer.raw_min_zoom,
            "layout": {"visibility": visibility},
            "paint": {
                "circle-radius": radius, "circle-color": palette.cell, "circle-opacity": 0.55,
                "circle-stroke-color": palette.cell, "circle-stroke-width": 1, "circle-stroke-opacity": 0.9,
            },
        },
        {
            "id": f"{layer.id}__counts", "type": "symbol", **common, "maxzoom": layer.raw_min_zoom,
            "filter": [">=", ["get", "n"], 20],
            "layout": {
                "visibility": visibility, "text-field": ["to-string", ["get", "n"]], "text-font": _BOLD,
                "text-size": ["interpolate", ["linear"], ["get", "n"], 10, 10, 1000, 13],
                "symbol-sort-key": ["-", 0, ["get", "n"]], "text-padding": 0,
            },
            "paint": {"text-color": palette.cell_text, "text-halo-color": palette.cell, "text-halo-width": 1},
        },
        {
            "id": f"{layer.id}__points", "type": "symbol", **common, "minzoom": layer.raw_min_zoom,
            "layout": {
                "visibility": visibility, "icon-image": _icon_image(layer),
                "icon-size": ["interpolate", ["linear"], ["zoom"], *sizes],
                "icon-allow-overlap": True, "icon-padding": 1,
                "text-field": ["step", ["zoom"], "", 16, ["get", "name"]], "text-font": _FONT, "text-size": 12,
                "text-anchor": "top", "text-offset": [0, 1.1], "text-optional": True, "text-max-width": 9,
            },
            "paint": {"text-color": palette.label, "text-halo-color": palette.halo, "text-halo-width": 1.4},
        },
    ]  # fmt: skip


def _line(
    name: str,
    classes: Sequence[str],
    color: str,
    widths: Sequence[float],
    *,
    min_zoom: int,
    casing: bool = False,
) -> dict[str, Any]:
    stops: list[Any] = []
    for zoom, width in zip((8, 11, 14, 17), widths, strict=True):
        stops += [zoom, width + (1.6 if casing else 0)]
    return {
        "id": name, "type": "line", "source": "basemap", "source-layer": "roads", "minzoom": min_zoom,
        "filter": ["match", ["get", "class"], list(classes), True, False],
        "layout": {"line-cap": "round", "line-join": "round"},
        "paint": {"line-color": color, "line-width": ["interpolate", ["exponential", 1.4], ["zoom"], *stops]},
    }  # fmt: skip


def _basemap(palette: Palette, *, is_dark: bool) -> list[dict[str, Any]]:
    base = {"source": "basemap"}
    casing = palette.background if is_dark else "#d5dce1"
    main = ("motorway", "trunk")
    links = ("motorway_link", "trunk_link", "primary_link", "secondary_link", "tertiary_link")
    return [
        {"id": "background", "type": "background", "paint": {"background-color": palette.background}},
        {
            "id": "divisions", "type": "fill", **base, "source-layer": "divisions",
            "filter": ["match", ["get", "level"], ["county"], True, False], "paint": {"fill-color": palette.land},
        },
        {"id": "water", "type": "fill", **base, "source-layer": "water", "paint": {"fill-color": palette.water}},
        _line("roads-local", ("residential", "unclassified", "living_street", "service"), palette.minor,
              (0.2, 0.4, 1.6, 8), min_zoom=13),
        _line("roads-links", links, palette.major, (0.2, 0.6, 2, 8), min_zoom=11),
        _line("roads-secondary-casing", ("secondary", "tertiary"), casing, (0.3, 0.8, 3, 12), min_zoom=12, casing=True),
        _line("roads-secondary", ("secondary", "tertiary"), palette.major, (0.3, 0.8, 3, 12), min_zoom=10),
        _line("roads-primary-casing", ("primary",), casing, (0.5, 1.4, 4, 15), min_zoom=10, casing=True),
        _line("roads-primary", ("primary",), palette.major, (0.5, 1.4, 4, 15), min_zoom=9),
        _line("roads-main-casing", main, casing, (1, 2.2, 5, 18), min_zoom=9, casing=True),
        _line("roads-main", main, palette.motorway, (1, 2.2, 5, 18), min_zoom=6),
        {
            **_line("roads-ferry", ("ferry",), palette.border, (0.6, 1, 1.5, 2), min_zoom=10),
            "paint": {"line-color": palette.border, "line-width": 1.2, "line-dasharray": [3, 3]},
        },
        {
            "id": "streets-border", "type": "line", **base, "source-layer": "divisions", "minzoom": 11,
            "filter": ["==", ["get", "level"], "street"],
            "paint": {"line-color": palette.border_minor, "line-width": 1, "line-dasharray": [3, 2]},
        },
        {
            "id": "counties-border", "type": "line", **base, "source-layer": "divisions",
            "filter": ["==", ["get", "level"], "county"],
            "paint": {"line-color": palette.border, "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.9, 13, 2]},
        },
        {
            "id": "zones-border", "type": "line", **base, "source-layer": "divisions", "minzoom": 9,
            "filter": ["==", ["get", "level"], "zone"],
            "paint": {"line-color": palette.border, "line-width": 1.2, "line-dasharray": [5, 2, 1, 2]},
        },
    ]  # fmt: skip


def _labels(palette: Palette) -> list[dict[str, Any]]:
    paint = {"text-color": palette.label, "text-halo-color": palette.halo, "text-halo-width": 1.8}
    quiet = {**paint, "text-color": palette.label_quiet}
    return [
        {
            "id": "road-names", "type": "symbol", "source": "basemap", "source-layer": "roads", "minzoom": 13,
            "filter": ["!=", ["get", "name"], ""],
            "layout": {
                "symbol-placement": "line", "text-field": ["get", "name"], "text-font": _FONT,
                "text-size": ["interpolate", ["linear"], ["zoom"], 13, 10, 17, 13], "symbol-spacing": 380,
            },
            "paint": quiet,
        },
        {
            "id": "street-names", "type": "symbol", "source": "basemap", "source-layer": "division_labels",
            "minzoom": 11.5, "maxzoom": 15, "filter": ["==", ["get", "level"], "street"],
            "layout": {"text-field": ["get", "name"], "text-font": _FONT, "text-size": 12},
            "paint": quiet,
        },
        {
            "id": "county-names", "type": "symbol", "source": "basemap", "source-layer": "division_labels",
            "maxzoom": 13, "filter": ["match", ["get", "level"], ["county", "zone"], True, False],
            "layout": {
                "text-field": ["get", "name"], "text-font": _BOLD, "text-letter-spacing": 0.08,
                "text-size": ["interpolate", ["linear"], ["zoom"], 9, 12, 12, 18], "symbol-sort-key": 0,
                "text-padding": 0,
            },
            "paint": paint,
        },
    ]  # fmt: skip
