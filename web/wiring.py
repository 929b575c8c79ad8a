"""Open the store for commands: the database in use, its version checked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from data.database import Database, check_revision, environment_urls, open_database
from data.store import Store
from web.settings import ROOT, Settings, settings_from


def database_in_use() -> Database:
    """Give the database of ONEMAP_DATABASE_URL, or the private one, started."""
    url, owner_url = environment_urls()
    return open_database(ROOT, url, owner_url)


def server_settings() -> Settings:
    """Give the settings of a server from this process's environment."""
    return settings_from(os.environ, database_in_use())


@contextmanager
def opened_store() -> Iterator[Store]:
    """Open the store of the database in use; refuse a schema of another revision.

    Raises
    ------
    DatabaseVersionError
        When the schema is missing, older or newer.
    """
    database = database_in_use()
    check_revision(database)
    store = Store(database, max_size=4)
    try:
        yield store
    finally:
        store.close()
