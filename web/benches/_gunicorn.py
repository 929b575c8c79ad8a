"""Run the product's server with two workers for a measurement over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from web.serving import Address, find_port, gunicorn_command
from web.settings import ROOT


@contextmanager
def running() -> Iterator[int]:
    """Give the port of a server on the database in use; it ends with the measurement."""
    port = find_port("127.0.0.1", 8700)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ONEMAP_POOL_SIZE": "20"}
    process = subprocess.Popen(
        gunicorn_command(Address("127.0.0.1", port), workers=2, threads=40), env=environment
    )
    try:
        for _ in range(300):
            with contextlib.suppress(OSError, http.client.HTTPException):
                link = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
                link.request("GET", "/healthz")
                if link.getresponse().status == 200:
                    break
            time.sleep(0.2)
        time.sleep(20)  # both workers have their network, kernels and hierarchy
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)
