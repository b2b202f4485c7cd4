"""The pages: what anyone may see, drawn on the server, in the languages of the visitor."""

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from app.workbench import catalogue, coverage, frame, home, pair, posting

__all__ = ["mount"]


def mount(app: FastAPI) -> None:
    """Add the pages to an application whose API is in place already.

    An address that nobody answers is a page for a browser, and stays a problem document for others.
    """
    for pages in (
        home.pages,
        posting.pages,
        pair.pages,
        catalogue.pages,
        coverage.pages,
        frame.files,
    ):
        app.include_router(pages)
    otherwise = app.exception_handlers[HTTPException]

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        if frame.wants_a_page(request):
            return frame.failed(frame.visit(request), error)
        answer = otherwise(request, error)  # type: ignore[arg-type]  # the handler of this very class
        return answer if isinstance(answer, Response) else await answer
