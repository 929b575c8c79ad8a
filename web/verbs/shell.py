"""Open a Python shell with the store."""

from __future__ import annotations

import code

import click

from data.scope import SYSTEM
from layers.registry import all_layers
from web.wiring import opened_store


@click.command()
def command() -> None:
    """带有数据库的 Python 交互界面。 Open a Python prompt with `store`, `connection` and `layers` at hand."""
    with opened_store() as store, store.transaction(SYSTEM) as connection:
        names = {
            "store": store,
            "connection": connection,
            "layers": {layer.id: layer for layer in all_layers()},
        }
        code.interact(banner="OneMap: store, connection (一个事务 one transaction), layers", local=names)
