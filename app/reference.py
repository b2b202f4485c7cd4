"""The generated pages of docs/, written from what they describe so that they cannot drift from it."""

import inspect
from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.catalogue import Catalogue
from app.matching import channels, market, score, suggest
from app.settings import ROOT

DOCS = ROOT / "docs"


def pages(catalogue: Catalogue) -> dict[Path, str]:
    """Every generated page, by where it stands."""
    return {DOCS / "scoring.md": scoring(catalogue)}


def scoring(catalogue: Catalogue) -> str:
    """How a pair is scored: the weights, constants and functions in use."""
    families: dict[str, list[str]] = {}
    for slug, modality in catalogue.modalities.items():
        if modality.for_postings:
            families.setdefault(modality.family, []).append(slug)
    # The pages are Markdown for people who read the repository: nothing in them needs escaping for HTML.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(DOCS / "templates"), undefined=StrictUndefined, keep_trailing_newline=True
    )
    environment.filters["summary"] = lambda documented: (inspect.getdoc(documented) or "").splitlines()[0]
    return environment.get_template("scoring.md.j2").render(
        score=score,
        channels=channels,
        market=market,
        blend=suggest.BLEND,
        families=families,
        fit_weights=asdict(channels.FIT_WEIGHTS),
    )
