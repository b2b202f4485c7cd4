"""The pages: what anyone may see, drawn on the server, in the languages of the visitor."""

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from app.workbench.account import pages as account
from app.workbench.analysis import pages as analysis
from app.workbench.broker import pages as broker
from app.workbench.case import pages as case
from app.workbench.catalogue import pages as catalogue
from app.workbench.corrections import pages as corrections
from app.workbench.courses import pages as courses
from app.workbench.coverage import pages as coverage
from app.workbench.dossier import pages as dossier
from app.workbench.frame import failed, files, visit, wants_a_page
from app.workbench.home import pages as home
from app.workbench.interest import pages as interest
from app.workbench.own import pages as own
from app.workbench.pair import pages as pair
from app.workbench.posting import pages as posting
from app.workbench.proposals import pages as proposals
from app.workbench.review import pages as review
from app.workbench.signing import pages as signing
from app.workbench.support import pages as support
from app.workbench.writing import pages as writing

__all__ = ["mount"]


def mount(app: FastAPI) -> None:
    """Add the pages to an application whose API is in place already.

    An address that nobody answers is a page for a browser, and stays a problem document for others.
    """
    for pages in (
        home,
        posting,
        pair,
        catalogue,
        coverage,
        support,
        analysis,
        courses,
        signing,
        account,
        corrections,
        interest,
        own,
        writing,
        broker,
        review,
        case,
        dossier,
        proposals,
        files,
    ):
        app.include_router(pages)
    otherwise = app.exception_handlers[HTTPException]

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        if wants_a_page(request):
            return failed(visit(request), error)
        answer = otherwise(request, error)
        return answer if isinstance(answer, Response) else await answer
