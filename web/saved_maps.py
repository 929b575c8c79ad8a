"""Make maps that people keep and hand over: one HTML file that opens anywhere without a network."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import folium
import shapely
from branca.element import Element

from data.scope import Connection
from web.assets import VENDOR, vendor_folder

#: The panel stands beside the map, below it on narrow screens and on paper.
PANEL_STYLE = (
    ".report{position:absolute;left:0;top:0;bottom:0;width:430px;box-sizing:border-box;background:#fff;padding:16px 18px;"
    "font:13px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;border-right:1px solid #c9d3d9;overflow:auto;z-index:1000}"
    ".report h1{font-size:17px;margin:0 0 6px}.report p{margin:0;color:#46525c}"
    ".report table{border-collapse:collapse;width:100%;margin-top:12px}.report tr{border-top:1px solid #e3e9ec}"
    ".report td,.report th{padding:3px 4px;text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    ".report td:first-child,.report th:first-child{text-align:left}.report small{display:block;color:#5d6a73}"
    ".folium-map{left:430px!important;width:calc(100% - 430px)!important}"
    "@media(max-width:800px){.report{position:static;width:auto;border:0}"
    ".folium-map{left:0!important;width:100%!important;height:70vh!important}}"
)


def inlined(report: folium.Map) -> str:
    """Render with Leaflet inside the file and nothing outside it."""
    folder = VENDOR / vendor_folder("leaflet")
    report.default_js, report.default_css = [], []
    style = re.sub(
        r"url\((images/[^)]+)\)",
        lambda m: f"url({_data_uri(folder / m[1])})",
        (folder / "leaflet.css").read_text(),
    )
    script = (folder / "leaflet.js").read_text(encoding="utf-8")
    script = re.sub(r"//# sourceMappingURL=\S+", "", script).replace("</script", "<\\/script")
    head = report.get_root().header
    head.add_child(
        Element(f"<style>{style} .leaflet-container{{background:#f2f4f5}}</style>"), name="leaflet_css"
    )
    head.add_child(Element("<script>LEAFLET_SCRIPT</script>"), name="leaflet_js")
    # After rendering, so that the template engine does not read a script.
    text: str = report.get_root().render()
    text = text.replace("LEAFLET_SCRIPT", script)
    name = report.get_name()
    return text.replace("</html>", f"<script>{name}.attributionControl.setPrefix(false);</script></html>")


def _data_uri(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode()


def add_outlines(report: folium.Map, connection: Connection, *, is_zh: bool) -> None:
    """Draw the districts' outlines."""
    found = connection.execute(
        "SELECT name, ST_AsBinary(ST_SimplifyPreserveTopology(geom, 0.0003)) AS wkb FROM division"
        " WHERE level = 'county' AND geom IS NOT NULL ORDER BY code"
    ).fetchall()
    group = folium.FeatureGroup(name="区界" if is_zh else "Districts")
    for row in found:
        folium.GeoJson(
            shapely.geometry.mapping(shapely.set_precision(shapely.from_wkb(bytes(row["wkb"])), 1e-5)),
            style_function=lambda _: {"color": "#4a5a66", "weight": 1.2, "fill": False, "interactive": False},
        ).add_to(group)
    group.add_to(report)
