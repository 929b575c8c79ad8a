"""Name what can go wrong in the store.

OneMapError
└── StoreError
    ├── DatabaseUnavailableError (ConnectionError)  no server answers
    ├── DatabaseFullError (OSError)                 the database has no room left on its disk
    ├── DatabaseVersionError (RuntimeError)         the schema is older or newer than the program
    ├── DeclarationDriftError (RuntimeError)        a register's declaration and its table do not go together
    ├── ClusterError (RuntimeError)                 the private cluster cannot be made or started
    ├── NotFoundError (LookupError)                 nothing of that id that this user may see
    ├── RefusedError (PermissionError)              the user may not do this
    ├── ConflictError (RuntimeError)                somebody else changed it meanwhile
    ├── LoadError (ValueError)                      a file with rows that cannot be taken
    ├── FilterError (ValueError)                    a filter, bbox or date that cannot be read
    └── FormError (ValueError)                      a form with every field at fault
"""

from __future__ import annotations

import psycopg

from geo.errors import OneMapError

#: What the database driver raises; for the outermost door, which knows no driver.
DriverError = psycopg.Error


class StoreError(OneMapError):
    """Root of the errors of data."""


class DatabaseUnavailableError(StoreError, ConnectionError):
    """No database server answers at the address in use."""


class DatabaseFullError(StoreError, OSError):
    """The database has no room left on its disk: what was under way was undone, and nothing can be written."""


class DatabaseVersionError(StoreError, RuntimeError):
    """The schema in the database is not the one this program was written for."""


class DeclarationDriftError(StoreError, RuntimeError):
    """A register's declaration cannot be brought to the table it has."""


class ClusterError(StoreError, RuntimeError):
    """The private PostgreSQL cluster cannot be made, started or stopped."""


class NotFoundError(StoreError, LookupError):
    """Nothing of that id exists, or the user may not see it: the two are not told apart."""


class RefusedError(StoreError, PermissionError):
    """The signed-in user may not do this."""


class ConflictError(StoreError, RuntimeError):
    """Somebody else changed what was to be changed, or took what was to be taken; look again."""


class LoadError(StoreError, ValueError):
    """A file or row that cannot be taken; `problems` has the first ones, of `problem_count` in `bad_rows` rows."""

    def __init__(
        self, message: str, problems: tuple[object, ...] = (), *, bad_rows: int = 0, problem_count: int = 0
    ) -> None:
        super().__init__(message)
        self.problems = problems
        self.bad_rows = bad_rows
        self.problem_count = problem_count


class FilterError(StoreError, ValueError):
    """A filter, bounding box, date or page that cannot be read."""


class FormError(StoreError, ValueError):
    """A form that cannot be taken; `faults` has (field, message) of every field at fault."""

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        count = len(faults)
        super().__init__(
            f"有 {count} 处需要更正：{'；'.join(_half(m, 0) for _, m in faults)}。 "
            f"{count} to correct: {'; '.join(_half(m, -1) for _, m in faults)}."
        )
        self.faults = faults


def _half(message: str, part: int) -> str:
    """Give the Chinese (0) or the English (-1) half of a message."""
    return message.split("。 ", 1)[part].rstrip("。.")


def with_reason(zh: str, en: str, error: Exception) -> str:
    """Say in both languages what is wrong, and after a colon what an error says of it in both.

    Examples
    --------
    >>> with_reason("集结点位置读不懂", "The staging point cannot be read", ValueError("不是数字。 It is no number."))
    '集结点位置读不懂：不是数字。 The staging point cannot be read: It is no number.'
    """
    told = str(error)
    return f"{zh}：{_half(told, 0)}。 {en}: {_half(told, -1)}."
