"""`puente` as real processes: a server on a free port, and commands beside it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

PUENTE = (sys.executable, "-c", "import sys; from app.cli import main; sys.exit(main())")
READY_SECONDS = 240
"""After which a server is given up. Nothing is measured: where every core is busy, a start takes long."""


def command(*arguments: str, database_url: str) -> str:
    """Run a command to its end. Gives what it printed."""
    return subprocess.run(
        [*PUENTE, *arguments],
        env={**os.environ, "PUENTE_DATABASE_URL": database_url},
        capture_output=True,
        check=True,
        text=True,
    ).stdout


def start(database_url: str) -> tuple[subprocess.Popen[bytes], str]:
    """A server that is ready, and its address. Whoever starts it stops it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*PUENTE, "serve"],
        env={
            **os.environ,
            "PUENTE_DATABASE_URL": database_url,
            "PUENTE_PORT": str(port),
            "PUENTE_RATE_LIMIT": "off",
            "PUENTE_TRANSLATOR": "off",
            "PUENTE_LOG_LEVEL": "warning",
        },
    )
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return process, address
        except httpx.TransportError:
            time.sleep(0.1)
    process.kill()
    process.wait()
    pytest.fail("the service did not become ready")


@contextmanager
def serving(database_url: str) -> Iterator[str]:
    """The address of a server, for the time of a block."""
    process, address = start(database_url)
    try:
        yield address
    finally:
        process.terminate()
        process.wait()
