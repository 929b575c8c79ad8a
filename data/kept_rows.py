"""Read and remove what a job or a person has kept as one row under a key: drills, courses, decisions, studies, scenarios."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from data.errors import NotFoundError
from data.scope import Connection, Scope, require_write


@dataclass(frozen=True)
class KeptRows:
    """
    A table whose rows are kept under a key.

    Attributes
    ----------
    table : str
    columns : str
        What `read` gives.
    none_there : str
        What is said where the scope has no such row.
    """

    table: str
    columns: str
    none_there: str

    def read(self, connection: Connection, key: uuid.UUID) -> dict[str, Any]:
        """Read a row.

        Raises
        ------
        NotFoundError
            When the scope has no such row.
        """
        query = f"SELECT {self.columns} FROM {self.table} WHERE id = %s".encode()
        row = connection.execute(query, [key]).fetchone()
        if row is None:
            raise NotFoundError(self.none_there)
        return dict(row)

    def remove(self, connection: Connection, key: uuid.UUID, *, scope: Scope) -> None:
        """Remove a row.

        Raises
        ------
        RefusedError
            When the scope may not write.
        NotFoundError
            When the scope has no such row.
        """
        require_write(scope)
        if connection.execute(f"DELETE FROM {self.table} WHERE id = %s".encode(), [key]).rowcount == 0:
            raise NotFoundError(self.none_there)
