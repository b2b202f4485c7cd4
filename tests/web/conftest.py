"""The real service on a database of its own for each test, and those who visit it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.catalogue import Catalogue
from app.settings import Settings
from tests.web.visitors import Clock, Service, Visitor, running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, migrated_sqlite: Path) -> Settings:
    database = shutil.copyfile(migrated_sqlite, tmp_path / "puente.db")
    return Settings(database_url=f"sqlite:///{database}", rate_limit="off")


@pytest.fixture
def service(settings: Settings, catalogue: Catalogue, clock: Clock) -> Iterator[Service]:
    with running(settings, catalogue, clock) as service:
        yield service


@pytest.fixture(scope="module")
def one_service(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Iterator[Service]:
    """One service for all tests of a module that leave nothing behind."""
    folder = tmp_path_factory.mktemp("web")
    settings = Settings(database_url=f"sqlite:///{folder}/puente.db", rate_limit="off")
    with running(settings, catalogue, Clock()) as service:
        yield service


@pytest.fixture
def anyone(service: Service) -> Visitor:
    return service.anyone


@pytest.fixture
def brazil(service: Service) -> Visitor:
    return service.visitor("agency", "BRA")


@pytest.fixture
def jamaica(service: Service) -> Visitor:
    return service.visitor("agency", "JAM")


@pytest.fixture
def broker(service: Service) -> Visitor:
    return service.visitor("broker")


@pytest.fixture
def partner(service: Service) -> Visitor:
    return service.visitor("partner")


@pytest.fixture
def administrator(service: Service) -> Visitor:
    return service.visitor("administrator")
