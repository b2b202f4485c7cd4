"""What the README shows runs as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.serving import command, serving

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
SHOWN_ADDRESS = "http://127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_every_call_of_the_readme_is_answered(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'puente.db'}"
    command("demo", "--no-serve", database_url=url)
    key = command("keys", "create", "--role", "agency", "--name", "J", "--country", "JAM", database_url=url)
    curls = re.findall(rf"curl '{SHOWN_ADDRESS}([^']*)'", "".join(blocks("sh")))
    (example,) = blocks("python")
    assert len(curls) == 4

    with serving(url) as address:
        for path in [*curls, "/docs", "/openapi.json"]:
            assert httpx.get(address + path).status_code == 200, path
        printed = subprocess.run(
            [sys.executable, "-c", example.replace(SHOWN_ADDRESS, address)],
            env={**os.environ, "KEY": key.strip()},
            capture_output=True,
            check=True,
            text=True,
        ).stdout

    assert len(printed.splitlines()) == 10


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\]\((?!http)([^)#]+)\)", README))))
def test_every_link_of_the_readme_leads_somewhere(path: str) -> None:
    assert (Path(__file__).parents[2] / path).exists()
