"""What many tests read and none may change: the catalogue, the sample postings, and a market of them."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from app.catalogue import Catalogue, load
from app.db import Database
from app.evaluation import samples
from app.evaluation.samples import Samples
from app.matching.market import Market
from app.matching.posting import Posting
from tests.builders import TODAY, a_market

SEED = Path(__file__).parents[1] / "seed"

# The same examples for everybody, so that a failure belongs to the change that caused it. To look
# further: pytest --hypothesis-profile=wander
settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.register_profile("wander", settings.get_profile("house"), derandomize=False, database=None)
settings.load_profile("house")


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load(SEED)


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database with our tables and nothing in them. Copy it; open it nowhere else."""
    file = tmp_path_factory.mktemp("migrated") / "puente.db"
    database = Database(f"sqlite:///{file}")
    database.prepare()
    database.close()
    return file


@pytest.fixture(scope="session")
def sampled(catalogue: Catalogue) -> Samples:
    """The sample postings of the study, with their contacts and their known partners."""
    return samples.load(SEED, catalogue, today=TODAY)


@pytest.fixture(scope="session")
def sample_postings(sampled: Samples) -> list[Posting]:
    return [intake.posting for side in (sampled.offers, sampled.requests) for intake in side.values()]


@pytest.fixture(scope="session")
def sample_market(catalogue: Catalogue, sample_postings: list[Posting]) -> Market:
    """A market of all sample postings. Search it; add nothing to it."""
    return a_market(catalogue, *sample_postings)
