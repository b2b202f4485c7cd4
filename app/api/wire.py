"""Suggestions as the public contract shows them. No web in here: the command line speaks them too."""

from typing import Any

from app.brokering.refusals import label_of as refusal_label
from app.catalogue import Catalogue
from app.catalogue.rules import Rule
from app.eligibility import Verdict
from app.matching.blend import BLEND, MEETINGS
from app.matching.explain import Evidence
from app.matching.gates import Gate
from app.matching.posting import Posting
from app.matching.score import PART_NAMES, VERSION, Weights
from app.matching.sentences import NO_STEPS, Reason
from app.matching.suggest import ChannelFit, Part, Suggestion
from app.sources import Citation


def engine(catalogue: Catalogue, weighting: str, weights: Weights) -> dict[str, Any]:
    """Which engine, weights and edition of the catalogue an answer was made with."""
    return {
        "version": VERSION,
        "weighting": weighting,
        "weights": {name: getattr(weights, name) for name in PART_NAMES},
        "blend": {meeting: getattr(BLEND, meeting)._asdict() for meeting in MEETINGS},
        "edition": catalogue.edition,
    }


def suggestion(found: Suggestion, language: str, *, rank: int | None = None) -> dict[str, Any]:
    """One pair; `rank` is its place in a list, None for a pair that was asked for by itself."""
    return {
        "rank": rank,
        "offer": brief(found.offer),
        "request": brief(found.request),
        "score": found.score,
        "coverage": round(found.coverage, 6),
        "across_languages": found.across_languages,
        "compared": {"languages": found.meeting, "says": found.compared.in_(language)},
        "kept_out": found.kept_out,
        "parts": [_part(part, language) for part in found.parts],
        "gates": [_gate(gate, language) for gate in found.gates],
        "channels": [_channel(fit, language) for fit in found.channels],
    }


def _gate(gate: Gate, language: str) -> dict[str, Any]:
    told: dict[str, Any] = {"name": gate.name, "answer": gate.answer, "because": list(gate.because)}
    if gate.name == "not_parked":
        told["parks"] = [
            {
                "kind": park.kind,
                "until": park.until,
                "reason": park.reason,
                "label": refusal_label(park.reason).in_(language),
                "case": park.case or None,
            }
            for park in gate.parks
        ]
    if gate.load is not None:
        told["load"] = {
            "taken": gate.load.taken,
            "capacity": gate.load.capacity,
            "lowered": gate.load.lowered,
            "until": gate.load.until,
        }
    return told


def brief(posting: Posting) -> dict[str, Any]:
    """What of a posting is shown beside a score."""
    return {
        "id": posting.id,
        "title": posting.title,
        "country": posting.country,
        "language": posting.language,
        "sectors": list(posting.sectors),
        "modalities": list(posting.modalities),
    }


def _part(part: Part, language: str) -> dict[str, Any]:
    return {
        "name": part.name,
        "value": part.value,
        "weight": part.weight,
        "contribution": round(part.contribution, 6),
        "known": part.known,
        "evidence": [_evidence(one, language) for one in part.evidence],
    }


def _evidence(one: Evidence, language: str) -> dict[str, Any]:
    fields = {
        "kind": one.kind,
        "id": one.id,
        "in_request": one.in_request,
        "in_offer": one.in_offer,
        "contribution": None if one.contribution is None else round(one.contribution, 6),
        "says": one.says.in_(language) if one.says else None,
        "citation": citation(one.citation) if one.citation else None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _channel(fit: ChannelFit, language: str) -> dict[str, Any]:
    return {
        "channel": fit.channel,
        "fit": fit.fit,
        "reasons": [one.says.in_(language) for one in fit.reasons],
        "cited_reasons": [reason(one, language) for one in fit.reasons],
        "instruments": [verdict(one, language) for one in fit.instruments],
    }


def reason(given: Reason, language: str) -> dict[str, Any]:
    return {
        "says": given.says.in_(language),
        "citation": citation(given.citation) if given.citation else None,
    }


def verdict(found: Verdict, language: str) -> dict[str, Any]:
    """An instrument's rules, answered; what to ask, and what to do next."""
    instrument = found.instrument
    return {
        "instrument": instrument.slug,
        "verdict": found.standing,
        "as_of": instrument.as_of,
        "findings": [
            {
                "rule": one.rule.id,
                "kind": one.rule.kind,
                "answer": one.answer,
                "as_of": one.as_of,
                **because(one.rule, language),
            }
            for one in found.findings
        ],
        "ask": [rule.ask.in_(language) for rule in found.open_questions],
        "next_steps": [step.step.in_(language) for step in found.steps] or [NO_STEPS.in_(language)],
        "steps_of": "instrument" if instrument.steps else "channel" if found.steps else None,
        "window": {
            "kind": instrument.window.kind,
            "statement": instrument.window.statement,
            "citation": citation(instrument.window.citation) if instrument.window.citation else None,
        },
    }


def because(rule: Rule, language: str) -> dict[str, Any]:
    """Why a rule is there, and where it is written."""
    return {"because": rule.because.in_(language), "citation": citation(rule.citation)}


def citation(cited: Citation) -> dict[str, Any]:
    """A place in a document."""
    return {
        "document": cited.document,
        "locator": cited.locator,
        "offset": cited.offset,
        "quote": cited.quote,
    }
