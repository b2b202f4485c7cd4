"""The parts put together: the only module that knows them all."""

import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app import settings as from_environment
from app.api import (
    cases,
    checking,
    contract,
    corrections,
    dossier,
    interests,
    operations,
    postings,
    problems,
    suggestions,
)
from app.api import catalogue as catalogue_routes
from app.api import support as support_routes
from app.api.house import House
from app.api.limits import BodyLimit, Meter, RateLimit
from app.api.operations import State, state_of
from app.catalogue import BadSeed, load
from app.clockwork import Clockwork
from app.db import Database
from app.desk import Desk
from app.errors import Unusable
from app.evaluation.tagging import trained
from app.interpreter import Interpreter
from app.language.translate import Translator
from app.matching.market import Ground
from app.matching.tags import Tagger
from app.settings import Settings
from app.thesaurus import load as load_thesaurus
from app.translators import translator_of
from app.workbench import mount


def create_app(
    settings: Settings,
    *,
    ground: Ground | None = None,
    tagger: Tagger | None = None,
    translator: Translator | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> FastAPI:
    """Build the service. The database is touched only when it starts; what is at hand is not read again.

    Raises:
        Unusable: in one line, for a setting or a catalogue that the service cannot run with.
    """
    try:
        ground = ground or _ground(settings)
        catalogue, thesaurus = ground.catalogue, ground.thesaurus
        tagger = tagger or trained(settings.seed, catalogue, thesaurus, today=clock().date())
    except BadSeed as bad:
        raise Unusable(str(bad)) from None
    database = Database(settings.database_url)
    desk = Desk(database, ground, tagger)
    interpreter = Interpreter(
        database, translator or translator_of(settings.translator, settings.translator_key)
    )
    works = Clockwork(database, catalogue, settings, clock)
    house = House(
        settings, database, catalogue, thesaurus, Meter(settings.rate_limit), desk, interpreter, clock
    )

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(house.database.prepare)
        await run_in_threadpool(tagger.fit)
        await run_in_threadpool(desk.open)
        interpreter.open()
        works.open()
        try:
            yield
        finally:
            await run_in_threadpool(works.close)
            await run_in_threadpool(interpreter.close)
            await run_in_threadpool(desk.close)
            house.database.close()

    app = FastAPI(
        title="Puente",
        version=contract.VERSION,
        lifespan=life,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.house = house
    contract.describe(app)
    problems.install(app)

    app.include_router(catalogue_routes.routes(catalogue))
    app.include_router(support_routes.routes(catalogue))
    app.include_router(postings.routes("offer"))
    app.include_router(postings.routes("request"))
    app.include_router(checking.router)
    app.include_router(suggestions.router)
    app.include_router(cases.router)
    app.include_router(interests.router)
    app.include_router(dossier.router)
    app.include_router(corrections.router)
    app.include_router(operations.routes(_parts(house)))
    app.include_router(operations.described)
    app.include_router(problems.router)
    # The pages come last, as a router: a Mount at “/” would take every address that a route above has
    # with another method, and answer 404 where 405 is right.
    mount(app)

    # The last one added is the first one met.
    app.add_middleware(BodyLimit)
    app.add_middleware(RateLimit, meter=house.meter)
    app.add_middleware(operations.Heads)
    app.add_middleware(problems.Unexpected)
    app.add_middleware(operations.Guarded)
    return app


def _ground(settings: Settings) -> Ground:
    catalogue = load(settings.seed)
    return Ground(catalogue, load_thesaurus(settings.seed, catalogue))


def _parts(house: House) -> dict[str, Callable[[], State]]:
    """What /readyz asks, part by part."""
    edition = f"{house.catalogue.edition}, {len(house.catalogue.coverage)} readings"
    return {
        "database": lambda: state_of(house.database.is_well(), "answers"),
        "catalogue": lambda: State("ok", edition),
        "index": lambda: state_of(house.desk.is_well(), f"{len(house.desk)} open postings"),
        "translator": lambda: _translator(house),
    }


def _translator(house: House) -> State:
    """Never what keeps the service from being ready: postings are matched without it, less well."""
    state, detail = house.interpreter.translator.state()
    waiting = house.interpreter.waiting()
    told = f"{detail}; {waiting} postings wait to be translated" if waiting else detail
    return State("ok" if state == "ok" else "absent", told)


def from_the_environment() -> FastAPI:
    """The service as PUENTE_... sets it, for a server that makes one in every worker process."""
    settings = from_environment.read(os.environ)
    logging.basicConfig(level=settings.log_level.upper())
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return create_app(settings)
