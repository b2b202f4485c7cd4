"""The image is what the Makefile installs, runs without rights, and holds nothing that is not pinned."""

import json
import re
import shlex
import tomllib
from dataclasses import fields
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.language import apertium
from app.settings import PREFIX, Settings

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")

_PINNED = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;]+)(?P<marker>\s*;.*)?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")
# An address with a scheme, or an option that names an index.
_ADDRESS = re.compile(r"[a-z+]+://|--(?:extra-)?index-url|--find-links|--trusted-host|(?m:^\s*-[if]\s)")


def _instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, in order, continued lines joined."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.M)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    pairs = (line.strip().partition(" ") for line in lines if line.strip())
    return [(word.upper(), " ".join(rest.split())) for word, _, rest in pairs]


def _all(instruction: str) -> list[str]:
    return [rest for word, rest in _instructions() if word == instruction]


def _environment() -> dict[str, str]:
    return dict(setting.split("=", 1) for line in _all("ENV") for setting in shlex.split(line))


def _compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return read


def _compose_environment(service: str) -> dict[str, str]:
    found: dict[str, str] = _compose()["services"][service]["environment"]
    return found


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _locked(lock: str) -> dict[tuple[str, str], set[str]]:
    """(name==version, marker) -> hashes. A line that is anything else is a failure."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    lines = re.sub(r"^\s*#.*\n", "", re.sub(r" \\\n\s*", " ", text), flags=re.M).splitlines()
    found: dict[tuple[str, str], set[str]] = {}
    for line in filter(str.strip, lines):
        requirement = line.partition(" --hash")[0].strip()
        pinned = _PINNED.fullmatch(requirement)
        assert pinned, f"{lock}: not pinned: {line}"
        hashes = set(_HASH.findall(line))
        assert hashes, f"{lock}: without a hash: {line}"
        assert line.count("--") == len(hashes), f"{lock}: an option that is no sha256: {line}"
        marker = (pinned["marker"] or "").lstrip(" ;")
        found[f"{_normal(pinned['name'])}=={pinned['version']}", marker] = hashes
    return found


def _names(requirements: list[str]) -> set[str]:
    return {_normal(re.match(r"[A-Za-z0-9._-]+", one).group()) for one in requirements}  # type: ignore[union-attr]


def _locked_names(lock: str) -> set[str]:
    return {requirement.partition("==")[0] for requirement, _ in _locked(lock)}


def test_the_base_is_one_slim_python_of_the_version_we_require() -> None:
    assert _all("FROM") == ["python:3.11-slim"]
    assert _pyproject()["project"]["requires-python"] == ">=3.11"


def test_the_only_step_that_installs_python_packages_is_the_makefiles() -> None:
    steps = [step.strip() for run in _all("RUN") for step in re.split(r"&&|;|\|\|", run)]
    installing = [step for step in steps if re.search(r"\b(?:pip|uv|make|pipx|poetry|setup\.py)\b", step)]
    debian = [step for step in installing if "apt-get install" in step]
    assert [step for step in installing if step not in debian] == ["PIP_NO_CACHE_DIR=1 make install"]
    # Beyond the base there are make itself and the translator.
    packages = [step.split("--no-install-recommends")[1].split() for step in debian]
    assert packages == [["make", *apertium.PACKAGES.split()]]


def test_the_makefile_installs_the_translator_that_the_service_asks_for() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"\nAPERTIUM := {apertium.PACKAGES}\n" in makefile


def test_nothing_is_fetched_into_the_image_by_address() -> None:
    assert not _all("ADD")
    assert not any(re.search(r"\b(?:curl|wget|git)\b|://", run) for run in _all("RUN"))


def test_every_path_that_is_copied_exists_and_reaches_the_build() -> None:
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    kept = [line[1:] for line in ignore if line.startswith("!")]
    assert "*" in ignore, "what is not named stays out: environments, databases, the history"
    for copied in _all("COPY"):
        *sources, _ = shlex.split(copied)
        for source in sources:
            assert (ROOT / source).exists(), source
            assert any(source == path or source.startswith(f"{path}/") for path in kept), source


def test_what_make_install_reads_is_copied_before_it_runs() -> None:
    before: set[str] = set()
    for word, rest in _instructions():
        if word == "RUN" and "make install" in rest:
            break
        if word == "COPY":
            before |= set(shlex.split(rest)[:-1])
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    target = re.search(r"^\$\(VENV\)/installed: (.*)$", makefile, flags=re.M)
    assert target
    needed = {name for name in target.group(1).split() if not name.startswith("$")}
    assert needed | {"Makefile", ".ci/need", _pyproject()["project"]["readme"]} <= before


def test_the_service_runs_as_a_user_without_rights() -> None:
    order = [word for word, _ in _instructions()]
    user = _all("USER")
    assert len(user) == 1
    assert user[0] not in ("root", "0")
    assert order.index("USER") > max(place for place, word in enumerate(order) if word in ("RUN", "COPY"))
    (made,) = [run for run in _all("RUN") if "useradd" in run]
    assert re.search(rf"\buseradd\b[^&]* {user[0]}(?: |$)", made)


def test_what_is_written_lies_in_the_volume_and_belongs_to_the_user() -> None:
    (volume,), (user,) = _all("VOLUME"), _all("USER")
    environment = _environment()
    assert environment["PUENTE_DATABASE_URL"] == f"sqlite:///{volume}/puente.db"
    assert environment["NUMBA_CACHE_DIR"].startswith(f"{volume}/")
    assert any(re.search(rf"install -d -o {user} -g {user} {volume}$", run) for run in _all("RUN"))


def test_the_image_says_whether_it_is_ready() -> None:
    (check,) = _all("HEALTHCHECK")
    assert "/readyz" in check
    assert "urllib" in check, "the slim base has no curl"
    assert "PUENTE_PORT" in check, "the port may be set"
    code = check.partition('"-c",')[2].strip().removesuffix("]").strip().strip('"')
    compile(code, "HEALTHCHECK", "exec")


def test_the_image_serves() -> None:
    assert _all("CMD") == ['["puente", "serve"]']
    assert _environment()["PUENTE_HOST"] == "0.0.0.0"
    assert _all("EXPOSE") == [str(Settings().port)]


@pytest.mark.parametrize("where", ["Dockerfile", "compose.yaml"])
def test_every_setting_that_is_named_is_a_setting(where: str) -> None:
    known = {f"{PREFIX}{field.name.upper()}" for field in fields(Settings)}
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+", (ROOT / where).read_text(encoding="utf-8")))
    assert named
    assert named <= known


def test_compose_starts_puente_when_its_database_is_well() -> None:
    services = _compose()["services"]
    assert set(services) == {"puente", "database"}
    assert services["puente"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["database"]["image"] == "postgres:17"
    assert services["database"]["healthcheck"]["test"][1] == "pg_isready"


def test_compose_keeps_the_data_in_named_volumes() -> None:
    read = _compose()
    used = {kept.partition(":")[0] for one in read["services"].values() for kept in one["volumes"]}
    assert used == set(read["volumes"])
    assert any(kept.endswith(":" + _all("VOLUME")[0]) for kept in read["services"]["puente"]["volumes"])


def test_the_password_comes_from_the_environment_and_is_asked_for_when_it_is_missing() -> None:
    for service, name in (("puente", "PGPASSWORD"), ("database", "POSTGRES_PASSWORD")):
        assert re.fullmatch(r"\$\{POSTGRES_PASSWORD:\?[^}]+\}", _compose_environment(service)[name])
    url = _compose_environment("puente")["PUENTE_DATABASE_URL"]
    assert re.fullmatch(r"postgresql://puente@database/puente", url), "no password in the address"
    database = _compose_environment("database")
    assert database["POSTGRES_USER"] == database["POSTGRES_DB"] == "puente"


def test_the_service_is_reached_from_this_machine_only() -> None:
    ports = _compose()["services"]["puente"]["ports"]
    assert ports == [f"127.0.0.1:{Settings().port}:{Settings().port}"]
    assert "ports" not in _compose()["services"]["database"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_pinned_with_hashes(lock: str) -> None:
    assert len(_locked(lock)) > 30


def test_what_the_tests_take_from_npm_is_pinned_with_hashes() -> None:
    folder = ROOT / "tests" / "browser"
    asked = json.loads((folder / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    locked = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert locked.pop("")["devDependencies"] == asked
    for name, version in asked.items():
        assert locked[f"node_modules/{name}"]["version"] == version, "a range is not a version"
    for one in locked.values():
        assert one["integrity"].startswith("sha512-")
        assert "resolved" not in one, "where it comes from is for whoever installs to say"


@pytest.mark.parametrize("name", [*LOCKS, "pyproject.toml", "Makefile", "Dockerfile", ".ci/need", ".ci/run"])
def test_no_file_that_installs_names_an_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    if name == "Makefile":
        # uv's words for leaving the addresses out of the locks.
        text = text.replace("--no-emit-index-url", "").replace("--no-emit-find-links", "")
    if name == "Dockerfile":
        text = re.sub(r"http://127\.0\.0\.1|sqlite://", "", text)
    assert not _ADDRESS.search(text), _ADDRESS.search(text)


def test_no_file_at_all_says_where_packages_come_from() -> None:
    hosts = re.compile(
        r"pypi\.(?:org|python)|pythonhosted|npmjs\.|(?<!no-emit-)(?:index-url|find-links)|trusted-host"
    )
    ignored = [*(ROOT / ".gitignore").read_text(encoding="utf-8").split(), ".git"]

    tops = [top for top in ROOT.iterdir() if not any(fnmatch(top.name, one.strip("/")) for one in ignored)]
    files = [
        path
        for top in tops
        for path in (top, *top.rglob("*"))
        if path.is_file() and "node_modules" not in path.parts
    ]
    named = [
        path.relative_to(ROOT).as_posix()
        for path in files
        if path != Path(__file__)
        and path.suffix != ".pyc"
        and hosts.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert named == []


def test_what_runs_is_tested_with_the_same_versions() -> None:
    runtime, development = (_locked(lock) for lock in LOCKS)
    missing = {key: hashes for key, hashes in runtime.items() if not hashes <= development.get(key, set())}
    assert not missing


def test_everything_that_the_project_asks_for_is_locked() -> None:
    asked = _pyproject()
    runtime = _names(asked["project"]["dependencies"]) | _names(asked["dependency-groups"]["build"])
    assert runtime <= _locked_names("requirements.lock")
    assert runtime | _names(asked["dependency-groups"]["dev"]) <= _locked_names("requirements-dev.lock")


def test_the_licence_is_the_one_that_the_project_names() -> None:
    assert _pyproject()["project"]["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License\n\nCopyright (c) 2026 ")
