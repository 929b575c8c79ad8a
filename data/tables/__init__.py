"""The schema: metadata that holds the house's tables, those of every module here, and one per declared layer."""

import importlib
import pkgutil

from data.tables.house import METADATA
from data.tables.located import located_table

__all__ = ["METADATA", "located_table"]

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")  # for its tables
