"""The service is killed while it takes postings in: what it confirmed is there, whole, and nothing else."""

import signal
import threading
import time
from pathlib import Path

import httpx

from app import postings
from app.db import Database
from tests.serving import READY_SECONDS, command, serving, start

WRITERS, ENOUGH = 3, 30


def test_a_killed_server_has_lost_nothing_that_it_confirmed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'puente.db'}"
    process, address = start(url)
    agency = ("--role", "agency", "--country", "PER", "--name", "APCI")
    secret = command("keys", "create", *agency, database_url=url).strip()
    confirmed: list[str] = []

    def post(writer: int) -> None:
        headers = {"Authorization": f"Bearer {secret}"}
        with httpx.Client(base_url=address, headers=headers, timeout=READY_SECONDS) as client:
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

    writers = [threading.Thread(target=post, args=(writer,)) for writer in range(WRITERS)]
    for writer in writers:
        writer.start()
    deadline = time.monotonic() + READY_SECONDS
    while len(confirmed) < ENOUGH and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for writer in writers:
        writer.join()

    assert len(confirmed) >= ENOUGH
    with serving(url):
        database = Database(url)
        with database.reading() as session:
            kept = {id for _, id in postings.known_ids(session)}
            whole = postings.changed_since(session, 0)
            assert postings.newest_change(session) == len(kept)
        database.close()
    assert set(confirmed) <= kept
    assert len(whole) == len(kept)
    assert all(posting.title.startswith("Oferta") for posting in whole)
    # Each writer may have had one posting kept whose answer did not reach it.
    assert len(kept) - len(set(confirmed)) <= WRITERS
