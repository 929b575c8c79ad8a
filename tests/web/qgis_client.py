"""What a person does in QGIS, done by QGIS itself: run by the system's Python, which has its libraries.

Reads a JSON question from standard input and prints one JSON answer: see test_qgis.py.
"""

from __future__ import annotations

import base64
import json
import sys
from typing import Any


def main() -> int:
    """Open what is asked for and describe what QGIS sees."""
    from qgis.core import QgsApplication

    asked = json.load(sys.stdin)
    application = QgsApplication([], False)  # noqa: FBT003 - no windows
    application.initQgis()
    key = _keep_token(asked["token"])
    answer: dict[str, Any] = {
        "collections": {name: _read_collection(asked["url"], name, key) for name in asked["collections"]},
        "files": {path: _describe(_opened(path, "ogr")) for path in asked["files"]},
        "tiles": {name: _draw_tiles(asked, name, key) for name in asked["tiles"]},
    }
    print("ANSWER" + json.dumps(answer, ensure_ascii=False))
    sys.stdout.flush()
    application.exitQgis()
    return 0


def _keep_token(token: str) -> str:
    """Keep the token as an authentication of QGIS, as its dialog does: Basic, the token as password."""
    from qgis.core import QgsApplication, QgsAuthMethodConfig

    manager = QgsApplication.authManager()
    assert manager.setMasterPassword("a master password", True), "QGIS keeps no passwords here"  # noqa: FBT003
    config = QgsAuthMethodConfig("Basic")
    config.setName("onemap")
    config.setConfig("username", "token")
    config.setConfig("password", token)
    assert manager.storeAuthenticationConfig(config)
    return str(config.id())


def _opened(source: str, provider: str) -> Any:
    from qgis.core import QgsVectorLayer

    layer = QgsVectorLayer(source, "layer", provider)
    assert layer.isValid(), (
        f"{provider} {source}: {layer.error().summary()} {layer.dataProvider().error().summary()}"
    )
    return layer


def _read_collection(url: str, name: str, key: str) -> dict[str, Any]:
    from qgis.core import QgsFeatureRequest

    layer = _opened(f"url='{url}/ogc' typename='{name}' authcfg={key} pageSize='300'", "OAPIF")
    found = _describe(layer)
    box = layer.extent()
    box.scale(0.3)
    inside = [f.attribute("code") for f in layer.getFeatures(QgsFeatureRequest().setFilterRect(box))]
    west, south, east, north = box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()
    return {**found, "box": [west, south, east, north], "in_box": sorted(inside)}


def _describe(layer: Any) -> dict[str, Any]:
    rows = {}
    for feature in layer.getFeatures():
        at = feature.geometry().asPoint() if feature.hasGeometry() else None
        rows[feature.attribute("code")] = {
            "name": feature.attribute("name"),
            "at": at and [at.x(), at.y()],
        }
    return {
        "fields": [field.name() for field in layer.fields()],
        "aliases": {field.name(): field.alias() for field in layer.fields()},
        "crs": layer.crs().authid(),
        "rows": rows,
    }


def _draw_tiles(asked: dict[str, Any], name: str, key: str) -> dict[str, Any]:
    """Open the tiles of a layer as the dialog of vector tiles does, and draw the extent of one of them."""
    from qgis.core import (
        QgsCoordinateReferenceSystem,
        QgsMapRendererSequentialJob,
        QgsMapSettings,
        QgsRectangle,
        QgsVectorTileLayer,
    )
    from qgis.PyQt.QtCore import QSize

    address = f"{asked['url']}/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt"
    layer = QgsVectorTileLayer(f"type=xyz&url={address}&zmin=5&zmax=14&authcfg={key}", name)
    assert layer.isValid(), layer.error().summary()
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    settings.setExtent(QgsRectangle(*asked["extent_m"]))
    side = asked["side_px"]
    settings.setOutputSize(QSize(side, side))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    ground = settings.backgroundColor().rgb()
    drawn = bytes(image.pixel(i, j) != ground for j in range(side) for i in range(side))
    return {"drawn": base64.b64encode(drawn).decode(), "errors": [error.message for error in job.errors()]}


if __name__ == "__main__":
    sys.exit(main())
