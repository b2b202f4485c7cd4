"""The dossier of a case as a page to read and to print, and as a Word document to take along."""

from fastapi import Response

from app.api.cases import Id
from app.api.dossier import STYLE, as_docx, dossier_for
from app.documents import html
from app.workbench.frame import Visiting, router

pages = router()


@pages.get("/cases/{id}/dossier")
def dossier(id: Id, visit: Visiting) -> Response:
    """In the visitor's language, for whoever may see the case."""
    found = dossier_for(visit.house, id, visit.by, visit.words.language)
    return visit.page(
        "dossier.html",
        title=found.title,
        way=[(visit.words.gettext("Case"), f"/cases/{id}")],
        body=html.body(found),
        style=STYLE,
        document=f"/cases/{id}/dossier.docx",
    )


@pages.get("/cases/{id}/dossier.docx")
def document(id: Id, visit: Visiting) -> Response:
    return as_docx(
        dossier_for(visit.house, id, visit.by, visit.words.language), vary="Accept-Language, Cookie"
    )
