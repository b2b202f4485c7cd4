"""The service is killed while it takes postings in: what it confirmed is there, whole, and nothing else."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from app import postings
from app.db import Database
from app.matching.posting import Asker

READY_SECONDS = 60
PUENTE = (sys.executable, "-c", "import sys; from app.cli import main; sys.exit(main())")


def _serve(url: str) -> tuple[subprocess.Popen[bytes], str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*PUENTE, "serve"],
        env={
            **os.environ,
            "PUENTE_DATABASE_URL": url,
            "PUENTE_PORT": str(port),
            "PUENTE_RATE_LIMIT": "off",
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
    pytest.fail("the service did not become ready")


def test_a_killed_server_has_lost_nothing_that_it_confirmed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'puente.db'}"
    process, address = _serve(url)
    secret = subprocess.run(
        [*PUENTE, "keys", "create", "--role", "agency", "--country", "PER", "--name", "APCI"],
        env={**os.environ, "PUENTE_DATABASE_URL": url},
        capture_output=True,
        check=True,
        text=True,
    ).stdout.strip()
    confirmed: list[str] = []

    def post(writer: int) -> None:
        with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {secret}"}) as client:
            for place in range(10_000):
                body = {
                    "title": f"Oferta {writer}-{place}",
                    "description": "Experiencia nacional.",
                    "country": "PER",
                }
                try:
                    answer = client.post("/v1/offers", json=body)
                except httpx.TransportError:
                    return
                assert answer.status_code == 201
                confirmed.append(answer.json()["id"])

    writers = [threading.Thread(target=post, args=(writer,)) for writer in range(3)]
    for writer in writers:
        writer.start()
    deadline = time.monotonic() + READY_SECONDS
    while len(confirmed) < 30 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for writer in writers:
        writer.join()

    assert len(confirmed) >= 30
    process, address = _serve(url)
    try:
        database = Database(url)
        with database.reading() as session:
            kept = {id for _, id in postings.known_ids(session)}
            whole = postings.changed_since(session, 0)
            assert postings.newest_change(session) == len(kept)
        database.close()
        assert set(confirmed) <= kept
        assert all(Asker("broker").sees(p) and p.title.startswith("Oferta") for p in whole)
        assert len(kept) - len(set(confirmed)) <= len(writers)
    finally:
        process.terminate()
        process.wait()
