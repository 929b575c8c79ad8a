"""Discover the declared layers: one module in layers/themes, one layer."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import layers.themes
from layers.declaration import Layer
from layers.errors import DeclarationError, UnknownLayerError


@cache
def all_layers() -> tuple[Layer, ...]:
    """Give every declared layer, in the order of the layers panel.

    Returns
    -------
    tuple of Layer

    Raises
    ------
    DeclarationError
        When two modules declare the same id.

    Examples
    --------
    >>> "elevator" in [layer.id for layer in all_layers()]
    True
    """
    found = [
        importlib.import_module(f"layers.themes.{module.name}").LAYER
        for module in pkgutil.iter_modules(layers.themes.__path__)
    ]
    ids = [layer.id for layer in found]
    for layer_id in ids:
        if ids.count(layer_id) > 1:
            raise DeclarationError(f"layer {layer_id} is declared twice")
    return tuple(sorted(found, key=lambda layer: (layer.order, layer.id)))


def layer_by_id(layer_id: str) -> Layer:
    """Find a layer.

    Parameters
    ----------
    layer_id : str

    Raises
    ------
    UnknownLayerError
        When there is none; it carries the ids there are.

    Examples
    --------
    >>> layer_by_id("elevator").words.en
    'Elevator'
    """
    for layer in all_layers():
        if layer.id == layer_id:
            return layer
    raise UnknownLayerError(layer_id, tuple(layer.id for layer in all_layers()))
