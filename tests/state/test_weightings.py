"""Weightings are kept as they were proposed, adopted by a person, and never changed."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app import weightings
from app.db import Database
from app.errors import Conflict, Invalid, NotFound, Refusal
from app.evaluation.intervals import Interval
from app.learning import Change, Lesson
from app.matching.score import VERSION, WEIGHTS, Weights
from app.weightings import PUBLISHED, Adoption, InUse, Weighting

NOW = datetime(2026, 11, 24, 8, 30, 15, 123456, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
A_CHANGE = Change(0.75, 0.8, Interval(0.05, 0.01, 0.09))
EVALUATION = {"part": "building", "recall_at_10": asdict(A_CHANGE)}


def shifted(by: float) -> Weights:
    """The published weights, with some of the text's given to the practice."""
    return replace(WEIGHTS, text=WEIGHTS.text - by, practice=WEIGHTS.practice + by)


LESSON = Lesson(
    before=WEIGHTS,
    after=shifted(0.0625),
    decisions=300,
    digest="sha256:" + "a" * 64,
    simulated=False,
    requests=100,
    preferences=700,
    held_out_requests=25,
    held_out_preferences=160,
    strength=float("inf"),
    steepness=20.0,
    accuracy=A_CHANGE,
    log_loss=A_CHANGE,
)


def propose(database: Database, lesson: Lesson = LESSON) -> Weighting:
    with database.transaction() as session:
        return weightings.propose(session, lesson, evaluation=EVALUATION, now=NOW)


def adopt(database: Database, version: str, *, by: str = "A. Broker", note: str | None = None) -> Adoption:
    with database.transaction() as session:
        return weightings.adopt(session, version, by=by, note=note, now=LATER)


def in_use(database: Database) -> InUse:
    with database.reading() as session:
        return weightings.in_use(session)


def test_the_published_weights_are_in_use_until_others_are_adopted(database: Database) -> None:
    assert in_use(database) == InUse(VERSION, WEIGHTS, None)

    proposed = propose(database)

    assert in_use(database).weights == WEIGHTS
    adopted = adopt(database, proposed.version, by=" María ✓ ", note="Half a year of decisions.")
    assert in_use(database) == InUse(proposed.version, shifted(0.0625), adopted)
    assert adopted == Adoption(proposed.version, LATER, "María ✓", "Half a year of decisions.")


def test_a_weighting_is_read_as_it_was_proposed(database: Database) -> None:
    proposed = propose(database)

    with database.reading() as session:
        assert weightings.listed(session) == [proposed]
        found = weightings.get(session, proposed.version)
    assert found == proposed
    assert found.version == f"{VERSION}+w1"
    assert Weights(**found.weights) == LESSON.after
    assert found.figures["accuracy"]["difference"] == {"value": 0.05, "low": 0.01, "high": 0.09}
    assert found.figures["verdict"] == "worse"
    assert found.figures["strength"] is None
    assert found.figures["before"] == asdict(WEIGHTS)
    assert found.figures["evaluation"] == EVALUATION
    assert (found.decisions, found.digest, found.simulated) == (300, LESSON.digest, False)


def test_the_same_lesson_is_kept_once(database: Database) -> None:
    assert propose(database) == propose(database)
    assert propose(database, replace(LESSON, digest="sha256:b")).version == f"{VERSION}+w2"
    assert propose(database, replace(LESSON, after=shifted(0.125))).version == f"{VERSION}+w3"


def test_weights_that_stayed_as_they_were_are_not_proposed(database: Database) -> None:
    with pytest.raises(Conflict, match="no reason"):
        propose(database, replace(LESSON, after=WEIGHTS))


def test_the_newest_adoption_counts_and_the_older_weightings_stay_as_they_are(database: Database) -> None:
    first, second = propose(database), propose(database, replace(LESSON, after=shifted(0.125)))

    for version in (first.version, second.version, first.version, PUBLISHED, second.version):
        adopt(database, version)

    assert in_use(database).weights == shifted(0.125)
    with database.reading() as session:
        assert weightings.listed(session) == [first, second]
        told = [one.version for one in weightings.adoptions(session)]
    assert told == [first.version, second.version, first.version, VERSION, second.version]


def test_one_can_go_back_to_the_published_weights(database: Database) -> None:
    adopt(database, propose(database).version)

    back = adopt(database, PUBLISHED)

    assert in_use(database) == InUse(VERSION, WEIGHTS, back)


def test_what_a_simulated_history_taught_is_never_adopted(database: Database) -> None:
    proposed = propose(database, replace(LESSON, simulated=True))

    with pytest.raises(Conflict, match="simulated"):
        adopt(database, proposed.version)

    assert in_use(database).weights == WEIGHTS


def test_weights_of_another_engine_are_not_adopted_and_fall_out_of_use(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed = propose(database)
    adopt(database, proposed.version)
    monkeypatch.setattr(weightings, "VERSION", "99.0.0")

    assert in_use(database) == InUse("99.0.0", WEIGHTS, None)
    with pytest.raises(Conflict, match=r"this is 99\.0\.0"):
        adopt(database, proposed.version)
    with database.reading() as session:
        assert weightings.listed(session) == [proposed]


@pytest.mark.parametrize(
    ("version", "by", "refusal"),
    [
        ("0.0.1", "A", NotFound),
        ("w1", "A", NotFound),
        ("0.0.1+w1", "A", NotFound),
        (VERSION, "A", Conflict),
        (f"{VERSION}+w01", "A", NotFound),
        (f"{VERSION}+w2", "A", NotFound),
        (f"{VERSION}+w١", "A", NotFound),
        (f"{VERSION}+w99999999999999999999", "A", NotFound),
        ("", "A", NotFound),
        (PUBLISHED, "A", Conflict),
        (f"{VERSION}+w1", " ", Invalid),
        (f"{VERSION}+w1", "A\nB", Invalid),
        (f"{VERSION}+w1", "A" * 201, Invalid),
    ],
)
def test_what_cannot_be_adopted_is_refused(
    database: Database, version: str, by: str, refusal: type[Refusal]
) -> None:
    propose(database)

    with pytest.raises(refusal):
        adopt(database, version, by=by)

    assert in_use(database).adoption is None


def test_weights_in_use_are_not_adopted_again(database: Database) -> None:
    version = propose(database).version
    adopt(database, version)

    with pytest.raises(Conflict, match="in use already"):
        adopt(database, version)


def test_a_weighting_that_was_adopted_cannot_be_taken_out(database: Database) -> None:
    adopt(database, propose(database).version)

    with pytest.raises(Exception, match=r"(?i)foreign key"), database.transaction() as session:
        session.execute(text("DELETE FROM weightings"))
