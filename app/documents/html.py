"""A dossier as HTML: a page of its own, or what stands between the header and the footer of another."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from app.brokering.dossier import Dossier

HERE = Path(__file__).parent
STYLE = (HERE / "dossier.css").read_bytes()
"""How it looks, on a screen and on paper. A page links to it, for our policy forbids style inside a page."""

_templates = Environment(
    loader=FileSystemLoader(HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def body(dossier: Dossier) -> Markup:
    """The dossier without a page around it."""
    return Markup(_templates.get_template("dossier.html").render(dossier=dossier))  # noqa: S704  # escaped


def page(dossier: Dossier, style: str) -> bytes:
    """A page of its own. `style` is the address of STYLE."""
    content = _templates.get_template("page.html").render(dossier=dossier, body=body(dossier), style=style)
    return content.encode()
