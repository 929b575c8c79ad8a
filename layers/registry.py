"""Discover the declared layers and registers: one module in layers/themes, one layer, kept as a register or not."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

import layers.themes
from layers.declaration import Layer
from layers.errors import DeclarationError, UnknownLayerError
from layers.register import Register


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


@cache
def all_registers() -> tuple[Register, ...]:
    """Give every declared register, in the order of their list.

    Returns
    -------
    tuple of Register
        The ``REGISTER`` of each module that has one.

    Examples
    --------
    >>> "licence" in [register.id for register in all_registers()]
    True
    """
    modules = [
        importlib.import_module(f"layers.themes.{module.name}")
        for module in pkgutil.iter_modules(layers.themes.__path__)
    ]
    found: list[Register] = [module.REGISTER for module in modules if hasattr(module, "REGISTER")]
    return tuple(sorted(found, key=lambda register: (register.order, register.id)))


def find_register(register_id: str) -> Register | None:
    """Find a register; None when the layer is kept otherwise or there is none.

    Parameters
    ----------
    register_id : str

    Returns
    -------
    Register or None
    """
    return next((register for register in all_registers() if register.id == register_id), None)


def register_by_id(register_id: str) -> Register:
    """Find a register.

    Parameters
    ----------
    register_id : str

    Returns
    -------
    Register

    Raises
    ------
    UnknownLayerError
        When there is none; it carries the ids there are.

    Examples
    --------
    >>> register_by_id("licence").words.en
    'Licence'
    """
    found = find_register(register_id)
    if found is None:
        raise UnknownLayerError(register_id, tuple(register.id for register in all_registers()))
    return found
