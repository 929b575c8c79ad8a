"""Hold the pool of connections and open transactions under a scope."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from data.database import Database, naming_a_full_disk
from data.errors import DatabaseUnavailableError
from data.scope import Connection, Scope, enter

_DOWN = "数据库暂时连不上，请稍后再试。 The database does not answer; try again shortly."
_DOWN_S = 2.0


class Store:
    """The database as the application reaches it: a pool of the app role's connections."""

    def __init__(self, database: Database, *, min_size: int = 1, max_size: int = 16) -> None:
        self.database = database
        self._min_size, self._max_size = min_size, max_size
        self.reopen()

    def reopen(self) -> None:
        """Start with a new pool, as after the database was made anew."""
        min_size, max_size = self._min_size, self._max_size
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            self.database.app,
            min_size=min_size,
            max_size=max_size,
            open=False,
            timeout=4,
            max_idle=300,
            kwargs={"row_factory": dict_row},
            check=ConnectionPool.check_connection,
            reconnect_timeout=30,
        )
        self._is_open = False
        self._down_until = 0.0

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    @contextmanager
    def transaction(self, scope: Scope) -> Iterator[Connection]:
        """Open one transaction under `scope`; rows come as dictionaries.

        Raises
        ------
        DatabaseUnavailableError
            When no connection can be had.
        DatabaseFullError
            When the database has no room for what is written; nothing of the transaction stays.
        """
        with self.unscoped() as connection:
            enter(connection, scope)
            yield connection

    @contextmanager
    def unscoped(self) -> Iterator[Connection]:
        """Open one transaction that sees no located row: for sign-in and the house's own tables.

        Raises
        ------
        DatabaseUnavailableError
            When no connection can be had.
        DatabaseFullError
            When the database has no room for what is written; nothing of the transaction stays.
        """
        if not self._is_open:
            self._pool.open()
            self._is_open = True
        if time.monotonic() < self._down_until:
            raise DatabaseUnavailableError(_DOWN)
        try:
            context: Any = self._pool.connection()
            connection = context.__enter__()
        except (PoolTimeout, psycopg.OperationalError) as error:
            # Whoever asks right after need not wait as long to hear the same.
            self._down_until = time.monotonic() + _DOWN_S
            raise DatabaseUnavailableError(_DOWN) from error
        with naming_a_full_disk():
            try:
                yield connection
            except BaseException as error:
                if not context.__exit__(type(error), error, error.__traceback__):
                    if isinstance(error, psycopg.OperationalError) and connection.broken:
                        raise DatabaseUnavailableError(
                            "与数据库的连接中断，请重试。 The connection to the database was lost; try again."
                        ) from error
                    raise
            else:
                try:
                    context.__exit__(None, None, None)
                except psycopg.OperationalError as error:
                    if not connection.broken:
                        raise
                    # Whether the server had taken the commit before it went is not known.
                    raise DatabaseUnavailableError(
                        "与数据库的连接在保存时中断，请核对后重试。 The connection to the database was lost while saving: check, then try again."
                    ) from error
