"""A catalogue file with an error never replaces the edition that is loaded."""

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.conftest import SEED
from tests.serving import PUENTE, start


def test_a_running_service_keeps_its_edition_and_a_new_one_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = tmp_path / "seed"
    shutil.copytree(SEED, seed)
    monkeypatch.setenv("PUENTE_SEED", str(seed))
    process, address = start(f"sqlite:///{tmp_path / 'puente.db'}")
    try:
        before = httpx.get(f"{address}/readyz").json()["catalogue"]
        file = seed / "instruments" / "ct-intra.yaml"
        file.write_text(file.read_text("utf-8").replace("value: 20000", "value: many"), "utf-8")

        after = httpx.get(f"{address}/readyz").json()["catalogue"]
        answer = httpx.get(f"{address}/v1/support?country=PRY&amount_usd=20001&channel=iadb").json()
        second = subprocess.run([*PUENTE, "serve"], capture_output=True, text=True, check=False)
    finally:
        process.terminate()
        process.wait()

    assert after == before
    verdicts = {v["instrument"]: v["verdict"] for v in answer["items"][0]["instruments"]}
    assert verdicts["ct-intra"] == "ineligible"
    assert second.returncode == 2
    assert len(second.stderr.strip().splitlines()) == 1
    assert "ct-intra.yaml:" in second.stderr
