"""The tables of the store: located ones compiled from declarations, the house's own written out."""

from data.tables import dispatch as _dispatch
from data.tables import maintenance as _maintenance
from data.tables import registers as _registers
from data.tables.house import METADATA
from data.tables.located import located_table

__all__ = ["METADATA", "located_table"]

del _dispatch, _maintenance, _registers  # imported for their tables
