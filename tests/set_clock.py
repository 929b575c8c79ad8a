"""A server and a worker whose clock a test can set: the machine's, moved by the seconds that a file holds."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path

from web.settings import Settings
from web.wiring import server_settings

#: Names the file with the seconds.
FILE_VARIABLE = "ONEMAP_TEST_CLOCK_FILE"


class MovedClock:
    """The machine's clock plus the seconds of a file, read anew each time as a set clock takes effect at once."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def now(self) -> dt.datetime:
        """Give the moved instant, aware, in UTC."""
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=float(self._file.read_text()))


def settings() -> Settings:
    """Give the settings of this process's environment with the moved clock."""
    return replace(server_settings(), clock=MovedClock(Path(os.environ[FILE_VARIABLE])))


def application() -> object:
    """Give gunicorn the web application, as `web.server` does."""
    from web.application import create_app

    return create_app(settings())


if __name__ == "__main__":
    import asyncio

    from web.worker import work

    asyncio.run(work(settings()))
