"""The schema: metadata that holds the house's tables and one table per declared layer."""

from data.tables import dispatch as _dispatch
from data.tables import maintenance as _maintenance
from data.tables import registers as _registers
from data.tables import registration as _registration
from data.tables import siting as _siting
from data.tables.house import METADATA
from data.tables.located import located_table

__all__ = ["METADATA", "located_table"]

del _dispatch, _maintenance, _registers, _registration, _siting  # imported for their tables
