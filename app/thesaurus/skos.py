"""The thesaurus as SKOS in Turtle, for whoever wants to read it with other tools or to link to it.

Two concept schemes: the subjects, and the modalities with the phrases that ask for them. The sectors are
collections, because a subject can belong to several. The order is that of the files, so that two exports
differ only where the thesaurus does.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from app.catalogue import Catalogue, Label
from app.language.detect import LANGUAGES
from app.thesaurus.concepts import Thesaurus

BASE = "https://puente.example/thesaurus/"
"""What every address begins with, unless another base is wanted. Nothing is served there."""

TITLE = Label(
    en="Thesaurus of development cooperation",
    es="Tesauro de la cooperación para el desarrollo",
    pt="Tesauro da cooperação para o desenvolvimento",
    fr="Thésaurus de la coopération au développement",
    nl="Thesaurus van ontwikkelingssamenwerking",
)
MODALITIES_TITLE = Label(
    en="Modalities of cooperation, and the phrases that name them",
    es="Modalidades de cooperación y las frases que las nombran",
    pt="Modalidades de cooperação e as frases que as nomeiam",
    fr="Modalités de coopération et les expressions qui les nomment",
    nl="Vormen van samenwerking en de uitdrukkingen die ze noemen",
)

_BASE = re.compile(r"[a-z][a-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*[/#:]")
_ESCAPED = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


def is_base(text: str) -> bool:
    """Tell whether addresses can be made by writing after `text`: an absolute one that ends in / # or :"""
    return bool(_BASE.fullmatch(text)) and text[text.index(":") :] not in (":", ":/", "://", "://:")


def turtle(thesaurus: Thesaurus, catalogue: Catalogue, *, base: str = BASE) -> str:
    """All of it as one document.

    Raises:
        ValueError: if `base` is not one, see `is_base`.
    """
    if not is_base(base):
        raise ValueError(f"{base!r} is not an absolute address that ends in / # or :")
    prefixes = (
        ("skos", "http://www.w3.org/2004/02/skos/core#"),
        ("dcterms", "http://purl.org/dc/terms/"),
        ("scheme", f"{base}scheme/"),
        ("concept", f"{base}concept/"),
        ("modality", f"{base}modality/"),
        ("sector", f"{base}sector/"),
    )
    blocks = [
        "\n".join(f"@prefix {name}: <{address}> ." for name, address in prefixes),
        _scheme("scheme:subjects", TITLE, [f"concept:{id}" for id in thesaurus.subthemes]),
        *_concepts(thesaurus),
        *_sectors(thesaurus, catalogue),
        _scheme("scheme:modalities", MODALITIES_TITLE, [f"modality:{id}" for id in thesaurus.modalities]),
        *_modalities(thesaurus, catalogue),
    ]
    return "\n\n".join(blocks) + "\n"


def _scheme(name: str, title: Label, top: list[str]) -> str:
    return _block(
        name,
        "skos:ConceptScheme",
        [("dcterms:title", _said(_tags(title))), ("skos:hasTopConcept", top)],
    )


def _concepts(thesaurus: Thesaurus) -> Iterator[str]:
    narrower: dict[str, list[str]] = {}
    for concept in thesaurus.concepts.values():
        if concept.broader is not None:
            narrower.setdefault(concept.broader, []).append(f"concept:{concept.id}")
    for concept in thesaurus.concepts.values():
        preferred = {tag: labels[0] for tag, labels in concept.labels.items()}
        others = {
            tag: (*concept.labels.get(tag, ())[1:], *concept.exact.get(tag, ()))
            for tag in LANGUAGES
            if tag in concept.labels or tag in concept.exact
        }
        yield _block(
            f"concept:{concept.id}",
            "skos:Concept",
            [
                ("skos:inScheme", ["scheme:subjects"]),
                ("skos:topConceptOf", ["scheme:subjects"] if concept.broader is None else []),
                ("skos:notation", [_literal(concept.id)]),
                *_labels(preferred, others),
                ("skos:broader", [f"concept:{concept.broader}"] if concept.broader else []),
                ("skos:narrower", narrower.get(concept.id, [])),
            ],
        )


def _sectors(thesaurus: Thesaurus, catalogue: Catalogue) -> Iterator[str]:
    for sector in catalogue.sectors.values():
        members = [f"concept:{c.id}" for c in thesaurus.concepts.values() if sector.slug in c.sectors]
        yield _block(
            f"sector:{sector.slug}",
            "skos:Collection",
            [
                ("skos:notation", [_literal(sector.slug)]),
                ("skos:prefLabel", _said(_tags(sector.name))),
                ("skos:member", members),
            ],
        )


def _modalities(thesaurus: Thesaurus, catalogue: Catalogue) -> Iterator[str]:
    for id, phrases in thesaurus.modalities.items():
        yield _block(
            f"modality:{id}",
            "skos:Concept",
            [
                ("skos:inScheme", ["scheme:modalities"]),
                ("skos:topConceptOf", ["scheme:modalities"]),
                ("skos:notation", [_literal(id)]),
                *_labels(_tags(catalogue.modalities[id].name), phrases),
            ],
        )


def _block(name: str, kind: str, properties: Iterable[tuple[str, list[str]]]) -> str:
    """What is said of one thing; a property without values is left out."""
    lines = [f"{name} a {kind}"]
    lines += [f"  {said} " + ", ".join(values) for said, values in properties if values]
    return " ;\n".join(lines) + " ."


def _labels(
    preferred: Mapping[str, str], others: Mapping[str, Iterable[str]]
) -> Iterator[tuple[str, list[str]]]:
    """Preferred and other labels. No label is both, which SKOS forbids (S13), and none is said twice."""
    yield "skos:prefLabel", _said(preferred)
    for tag in LANGUAGES:
        listed = dict.fromkeys(label for label in others.get(tag, ()) if label != preferred.get(tag))
        yield "skos:altLabel", [_literal(label, tag) for label in listed]


def _tags(label: Label) -> dict[str, str]:
    return {tag: words for tag in LANGUAGES if (words := getattr(label, tag))}


def _said(labels: Mapping[str, str]) -> list[str]:
    return [_literal(label, tag) for tag, label in labels.items()]


def _literal(text: str, language: str | None = None) -> str:
    escaped = "".join(_ESCAPED.get(character, character) for character in text)
    return f'"{escaped}"' + (f"@{language}" if language else "")
