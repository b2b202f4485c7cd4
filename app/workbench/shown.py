"""From the values of the trade to what a template shows: labels, formatted numbers, geometry. No decisions.

Everything is a plain mapping of texts and flags. Lengths of bars are shares of the full width in percent,
ready for an SVG attribute.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from app.brokering.refusals import label_of
from app.catalogue import Catalogue
from app.eligibility import Verdict
from app.language.translate import PIVOT
from app.matching.gates import Gate
from app.matching.posting import Posting
from app.matching.rounding import adding_up
from app.matching.sentences import NO_STEPS, Reason
from app.matching.standing import Load, Park
from app.matching.suggest import ChannelFit, Part, Suggestion
from app.sources import Citation
from app.workbench import labels, marks
from app.workbench.words import Words

STUDY = "undp-2011"
"""The document that is called “the study”, here as in the glossary."""

PLURAL = {"offer": "offers", "request": "requests"}

Shown = dict[str, Any]


class Addend(Protocol):
    """A part of a sum: its contribution is its value times its weight."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def weight(self) -> float: ...
    @property
    def contribution(self) -> float: ...
    @property
    def known(self) -> bool: ...


class Shower:
    """Shows values of one catalogue in one language."""

    def __init__(self, words: Words, catalogue: Catalogue) -> None:
        self.words, self.catalogue = words, catalogue
        self.language = words.language

    # The catalogue

    def source(self, citation: Citation) -> Shown:
        """A citation: its words as they stand in the document, and where."""
        document = self.catalogue.documents.get(citation.document)
        study = citation.document == STUDY
        # An old case may cite what this edition does not have any more.
        title = document.title if document else citation.document
        return {
            "document": self.words.gettext("the study") if study else title,
            "id": citation.document,
            "locator": citation.locator,
            "quote": citation.quote,
            "offset": None if citation.offset is None else self.words.number(citation.offset),
        }

    def country(self, iso3: str) -> Shown:
        return {
            "name": self.catalogue.countries[iso3].name.in_(self.language),
            "href": f"/countries/{iso3}",
            "code": iso3,
        }

    def area(self, code: str) -> str:
        """The name of a row of Annex 1: a country's or a group's."""
        held = self.catalogue.countries.get(code) or self.catalogue.groups[code]
        return held.name.in_(self.language)

    def sector(self, slug: str) -> Shown:
        return {"name": self.catalogue.sectors[slug].name.in_(self.language), "href": f"/sectors/{slug}"}

    def modality(self, slug: str) -> Shown:
        name = self.catalogue.modalities[slug].name.in_(self.language)
        return {"name": name, "href": f"/catalogue#{slug}"}

    def channel(self, slug: str) -> Shown:
        channel = self.catalogue.channels[slug]
        return {
            "short": channel.abbreviation,
            "name": channel.name.in_(self.language),
            "href": f"/channels/{slug}",
        }

    def percentage(self, percent: float) -> str:
        """A percentage as the source has it; what is no whole number is not rounded to one."""
        if percent == round(percent):
            return self.words.percent(percent / 100)
        return f"{self.words.number(percent, 1)} %"

    def mark(self, mark: labels.Mark) -> Shown:
        return {"shape": mark.shape, "word": self.words.gettext(mark.word), "tone": mark.tone}

    def cited(self, facts: Iterable[Any]) -> list[Shown]:
        """Statements with their source; they are written in the language of the study."""
        return [{"says": fact.statement, "source": self.source(fact.citation)} for fact in facts]

    # Postings

    def brief(self, posting: Posting) -> Shown:
        """What of a posting is shown in a list."""
        return {
            "id": posting.id,
            "href": f"/{PLURAL[posting.kind]}/{posting.id}",
            "kind": posting.kind,
            "title": posting.title,
            "lang": posting.language,
            "tongue": self.words.tongue(posting.language),
            "country": self.country(posting.country),
            "sectors": [self.sector(slug) for slug in posting.sectors],
            "day": self.words.day(posting.updated_at) if posting.updated_at else None,
        }

    # Suggestions

    def waterfall(self, found: Suggestion) -> list[Shown]:
        """The parts as the sum that they are: each begins where the one before it ended.

        `room` is as long as the part's weight: what it could have added. A part that is not known adds
        nothing, and its room is hatched.
        """
        rows = self.addends(found.parts, labels.PARTS)
        return [row | {"evidence": self._evidence(part)} for row, part in zip(rows, found.parts, strict=True)]

    def addends(self, parts: Sequence[Addend], names: Mapping[str, tuple[str, str]]) -> list[Shown]:
        """The addends of a sum, each with the place where its bar begins."""
        rows, reached = [], 0.0
        told = _told(parts)
        for part, adds in zip(parts, told, strict=True):
            name, about = names[part.name]
            rows.append(
                {
                    "label": self.words.gettext(name),
                    "about": self.words.gettext(about),
                    "known": part.known,
                    "x": length(reached),
                    "room": length(part.weight),
                    "width": length(part.contribution),
                    "adds": self.words.number(adds, 3),
                    "weight": self.words.number(part.weight, 2),
                    "value": self.words.number(part.value, 2),
                    "evidence": [],
                }
            )
            reached += part.contribution
        return rows

    def _evidence(self, part: Part) -> list[Shown]:
        """What a part other than the text rests on, in sentences; for the text see `met`."""
        shown: list[Shown] = []
        for one in part.evidence if part.name != "text" else ():
            if one.says is not None:
                source = self.source(one.citation) if one.citation else None
                shown.append({"says": one.says.in_(self.language), "source": source, "lang": None})
            elif one.kind == "proof":
                shown.append({"says": one.in_offer, "source": None, "lang": "und"})
        return shown

    def met(self, found: Suggestion) -> Shown:
        """The words and concepts that met, numbered, in the words of both sides, and the rest; they add up
        to the part of the text."""
        listed, rest = marks.met(found)
        text = next(part for part in found.parts if part.name == "text")
        # What the waterfall tells of the text is what this list has to add up to.
        shown = dict(zip((part.name for part in found.parts), _told(found.parts), strict=True))["text"]
        *adds, remains = adding_up([*(one.contribution for one in listed), rest], shown)
        sides = [(side, marks.only_read(side, listed)) for side in (found.request, found.offer)]
        return {
            "items": [
                {
                    "number": one.number,
                    "concept": one.concept.in_(self.language) if one.concept else None,
                    "same": one.same,
                    "alike": _alike(one) and not any(read & {*one.on(side.kind)} for side, read in sides),
                    "sides": [
                        [
                            {
                                "says": phrase,
                                "lang": PIVOT if phrase in read else side.language,
                                "read": phrase in read,
                            }
                            for phrase in one.on(side.kind)
                        ]
                        for side, read in sides
                    ],
                    "adds": self.words.number(worth, 3),
                    "width": length(worth / text.contribution),
                }
                for one, worth in zip(listed, adds, strict=True)
            ],
            "rest": self.words.number(remains, 3) if text.evidence else None,
            "rest_width": length(remains / text.contribution) if text.contribution else length(0),
            "total": self.words.number(sum(adds) + remains, 3),
        }

    def gate(self, gate: Gate) -> Shown:
        name, otherwise = labels.GATES[gate.name]
        because = {
            "request": self.words.gettext("The request is at fault."),
            "offer": self.words.gettext("The offer is at fault."),
        }
        reasons = [self.words.gettext(otherwise), *(because[kind] for kind in gate.because)]
        return {
            "label": self.words.gettext(name),
            "mark": self.mark(labels.ANSWERS[gate.answer]),
            "why": " ".join(reasons) if gate.answer == "not_met" else None,
            "parks": [self.park(park) for park in gate.parks],
            "load": self.load(gate.load) if gate.load else None,
        }

    def park(self, park: Park) -> Shown:
        """A refusal in effect, with its case for whom it concerns."""
        says = self.words.gettext("parked until %(day)s: %(reason)s")
        told = {"day": self.words.day(park.until), "reason": label_of(park.reason).in_(self.language)}
        return {"says": says % told, "href": f"/cases/{park.case}" if park.case else None}

    def load(self, load: Load) -> str | None:
        """What an offer carries, of how much; nothing where nothing is known of either."""
        say, number = self.words.gettext, self.words.number
        told = {"taken": number(load.taken), "capacity": number(load.capacity or 0)}
        says = []
        if load.capacity is not None:
            says.append(say("%(taken)s of %(capacity)s taken") % told)
        elif load.taken:
            says.append(say("%(taken)s taken; how many it carries is not stated") % told)
        if load.lowered and load.until:
            fewer = self.words.ngettext(
                "%(num)s fewer because of a refusal", "%(num)s fewer because of refusals", load.lowered
            )
            says.append(say("%(fewer)s, until %(day)s") % {"fewer": fewer, "day": self.words.day(load.until)})
        return "; ".join(says) or None

    def reason(self, reason: Reason) -> Shown:
        return {
            "says": reason.says.in_(self.language),
            "source": self.source(reason.citation) if reason.citation else None,
        }

    def fit(self, fit: ChannelFit, *, reasons: int | None = None) -> Shown:
        """A channel for a pair, with its best reasons and its instruments' verdicts."""
        return self.channel(fit.channel) | {
            "fit": self.words.number(fit.fit, 2),
            "width": length(fit.fit),
            "reasons": [self.reason(reason) for reason in fit.reasons[:reasons]],
            "instruments": [self.verdict(verdict) for verdict in fit.instruments],
        }

    def verdict(self, verdict: Verdict) -> Shown:
        instrument = verdict.instrument
        return {
            "name": instrument.name.in_(self.language),
            "href": f"/instruments/{instrument.slug}",
            "mark": self.mark(labels.STANDINGS[verdict.standing]),
            "as_of": instrument.as_of,
            "window": self.words.gettext(labels.WINDOWS[instrument.window.kind]),
            "findings": [
                {
                    "mark": self.mark(labels.ANSWERS[finding.answer]),
                    "because": finding.rule.because.in_(self.language),
                    "source": self.source(finding.rule.citation),
                }
                for finding in verdict.findings
            ],
            "ask": [rule.ask.in_(self.language) for rule in verdict.open_questions],
            "steps": [step.step.in_(self.language) for step in verdict.steps],
            "no_steps": NO_STEPS.in_(self.language),
        }

    def suggestion(self, found: Suggestion, partner: Posting, *, rank: int | None = None) -> Shown:
        """A suggestion as it is shown in a list, with the best three channels."""
        return {
            "rank": rank,
            "partner": self.brief(partner),
            "pair": f"/requests/{found.request.id}/suggestions/{found.offer.id}",
            "score": self.words.number(found.score, 3),
            "width": length(found.score),
            "coverage": self.words.percent(found.coverage),
            "coverage_lacks": not all(part.known for part in found.parts),
            "compared": found.compared.in_(self.language),
            "across": found.across_languages,
            "parts": self.waterfall(found),
            "met": self.met(found),
            "gates": [self.gate(gate) for gate in found.gates],
            "channels": [self.fit(fit, reasons=3) for fit in found.channels[:3]],
        }


def length(share: float) -> str:
    """A share of the full width, for an attribute of SVG."""
    return f"{max(0.0, min(1.0, share)) * 100:.2f}%"


def _told(parts: Sequence[Addend]) -> list[float]:
    """What is shown of each addend, so that what is shown adds up."""
    return adding_up([part.contribution for part in parts], sum(part.contribution for part in parts))


def _alike(one: marks.Met) -> bool:
    """Whether both sides have it in the same words."""
    return [phrase.casefold() for phrase in one.in_request] == [phrase.casefold() for phrase in one.in_offer]
