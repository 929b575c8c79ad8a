"""Name what can go wrong with road files.

StoreError
├── RoadFileError (ValueError)    a source of roads that cannot be read
│   └── NetworkFileError          a finished network file that cannot be used
└── NoNetworkError (LookupError)  no roads have been loaded yet
"""

from data.errors import StoreError


class RoadFileError(StoreError, ValueError):
    """A file of roads that cannot be read, or whose content cannot be roads."""


class NetworkFileError(RoadFileError):
    """A network file that is half written, damaged, or of another version of the program."""


class NoNetworkError(StoreError, LookupError):
    """No roads have been loaded, so there is nothing to drive on."""
