"""A dossier as values: whole in every language, what is not known is said, and each fact has its source."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from string import Formatter
from typing import Any, get_args

import pytest

from app.brokering.dossier import Dossier, Matter, Taken, dossier
from app.brokering.dossier import wording as said
from app.brokering.dossier.telling import Teller, shortened
from app.brokering.dossier.values import (
    BLANK,
    Block,
    Facts,
    Line,
    Listing,
    Paragraph,
    Piece,
    References,
    Section,
    Source,
    Table,
)
from app.brokering.frozen import Frozen, freeze, packed, unpacked
from app.brokering.steps import ENDS, SIDES, STATES, Answers, State, waiting_on
from app.cases.tables import Entry
from app.catalogue import Catalogue, Label
from app.catalogue.label import LANGUAGES
from app.documents.dossiers import UNTOLD
from app.intake import Contact
from app.matching.market import Market
from app.matching.posting import Demand, Organisation, Posting
from app.matching.rounding import STEP
from app.matching.suggest import consider, suggest
from tests.builders import TODAY, a_market, a_request, an_offer

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HAITI = "hti-eau-cholera"
SECTIONS = ["decision", "why", "fund", "ask", "steps", "terms"]


def a_matter(state: State = "proposed", **named: Any) -> Matter:
    """A case that was opened three days ago and waits since today."""
    answers = named.pop("answers", Answers())
    known = {
        "id": "3f2a90c1d4e5b687",
        "state": state,
        "answers": answers,
        "waiting_on": waiting_on(state, answers, held=named.get("held", False)),
        "since": NOW,
        "opened_at": NOW - timedelta(days=3),
        "ends_on": None if state in ENDS else NOW + timedelta(days=45),
    }
    return Matter(**(known | named))


def frozen(request: Posting, offer: Posting, market: Market, channel: str | None = None) -> Frozen:
    """A pair as it is kept: written down and read again."""
    found = consider(request, offer, market, today=TODAY)
    listed = suggest(request, market, today=TODAY)
    engine = {"version": "2.0.0", "weighting": "2.0.0", "edition": "sha256:0123456789abcdef"}
    return unpacked(packed(freeze(found, engine, listed, channel)))


@pytest.fixture(scope="module")
def haiti(sample_market: Market, sample_postings: list[Posting]) -> Frozen:
    """A request of the study in French, and the offer in Spanish that suits it best."""
    request = next(one for one in sample_postings if one.id == HAITI)
    best = suggest(request, sample_market, today=TODAY)[0]
    return frozen(request, best.offer, sample_market, "paho")


def a_pair(catalogue: Catalogue, *, request: dict[str, Any] | None = None, **offer: Any) -> Frozen:
    """A pair that nobody knows more of than a test says."""
    asked, given = a_request(**(request or {})), an_offer(**offer)
    return frozen(asked, given, a_market(catalogue, asked, given))


def drawn(matter: Matter, kept: Frozen, catalogue: Catalogue, language: str = "en") -> Dossier:
    return dossier(matter, kept, catalogue, language, now=NOW)


def lines(block: Block) -> Iterator[Line]:
    match block:
        case Paragraph():
            yield block.line
        case Listing():
            yield from block.items
        case Facts():
            yield from (line for _, line in block.rows)
        case Table():
            yield from (cell for row in (*block.rows, block.foot) for cell in row)
        case References():
            pass


def pieces(found: Dossier) -> Iterator[Piece]:
    for section in (*found.sections, *found.annexes):
        for block in section.blocks:
            for line in lines(block):
                yield from line


def words(line: Line) -> str:
    return "".join(piece.text for piece in line)


def text(part: Section | Dossier) -> str:
    sections = [part] if isinstance(part, Section) else [*part.sections, *part.annexes]
    return "\n".join(words(line) for section in sections for block in section.blocks for line in lines(block))


def section(found: Dossier, name: str) -> Section:
    return next(one for one in (*found.sections, *found.annexes) if one.name == name)


def decision(found: Dossier) -> dict[str, str]:
    """What the first half page tells, by what it is called."""
    facts = next(one for one in section(found, "decision").blocks if isinstance(one, Facts))
    return {name: words(line) for name, line in facts.rows}


def sources(found: Dossier) -> tuple[Source, ...]:
    blocks = [one for one in section(found, "sources").blocks if isinstance(one, References)]
    return blocks[0].sources


class TestTheWording:
    def tables(self) -> Iterator[tuple[str, Label]]:
        for name, table in vars(said).items():
            if name.isupper() and isinstance(table, dict):
                yield from ((f"{name}.{key}", one) for key, one in table.items() if isinstance(one, Label))

    def test_every_sentence_has_the_same_names_in_every_language(self) -> None:
        for where, label in self.tables():
            names = {
                tag: sorted(name for _, name, _, _ in Formatter().parse(label.in_(tag)) if name)
                for tag in LANGUAGES
            }
            assert len(set(map(tuple, names.values()))) == 1, f"{where}: {names}"

    def test_every_sentence_has_as_many_blanks_in_every_language(self) -> None:
        for where, label in self.tables():
            assert len({label.in_(tag).count(BLANK) for tag in LANGUAGES}) == 1, where

    def test_every_state_step_and_party_has_a_name(self) -> None:
        assert set(said.STATES) == set(STATES)
        assert set(said.QUESTIONS) == set(STATES) - {"shortlisted"}
        entries = {name for kind in get_args(Entry) for name in (get_args(kind) or (kind,))}
        assert set(said.ENTRIES) == entries - set(UNTOLD)

    def test_french_keeps_its_marks_with_the_word_before(self, haiti: Frozen, catalogue: Catalogue) -> None:
        found = drawn(a_matter(channel="paho", instrument="paho-tcc"), haiti, catalogue, "fr")
        own = [found.title, found.note, *(one.text for one in pieces(found) if one.lang is None)]
        assert found.title == "Dossier\u202f: Haïti demande, République dominicaine offre"
        assert [one for one in own if any(mark in one for mark in (" :", " ;", " ?", "\u202f\u202f"))] == []


class TestTheDecision:
    def test_the_first_section_carries_the_decision(self, haiti: Frozen, catalogue: Catalogue) -> None:
        matter = a_matter(channel="paho", instrument="paho-tcc", answers=Answers(provider="accepted"))
        found = drawn(matter, haiti, catalogue)
        told = decision(found)
        assert [one.name for one in found.sections] == SECTIONS
        assert "To be decided by Haiti: is this exchange accepted?" in text(found.sections[0])
        assert told["Who asks"].startswith("Haiti, Ministère de la Santé publique et de la Population; “")
        assert told["Who offers"].startswith("Dominican Republic, Ministerio de Salud Pública; “")
        assert "Health" in told["What for"]
        assert "Training" in told["What for"]
        assert told["Channel"] == "Pan American Health Organization (PAHO)"
        assert told["Fund"] == (
            "Technical Cooperation among Countries (TCC); conditional, 3 of 7 conditions met, 4 not known"
        )
        assert told["Still to be asked"].startswith("7 questions (section 4). The first: Ask ")
        assert told["State"] == (
            "Proposed to both countries; Dominican Republic: accepted; Haiti: no answer yet"
        )
        assert told["Who must act"] == (
            "Haiti, since March 2, 2026. If nobody acts, the case ends on April 16, 2026 at the earliest."
        )

    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_a_case_in_any_state_is_told_in_any_language(
        self, haiti: Frozen, catalogue: Catalogue, state: State, language: str
    ) -> None:
        found = drawn(a_matter(state, channel="paho", instrument="paho-tcc"), haiti, catalogue, language)
        assert [one.name for one in found.sections] == SECTIONS
        assert len(decision(found)) == 8
        assert all(decision(found).values())
        assert "{" not in text(found)

    def test_who_acts_is_the_broker_while_another_exchange_takes_the_place(
        self, haiti: Frozen, catalogue: Catalogue
    ) -> None:
        told = decision(drawn(a_matter(held=True), haiti, catalogue))
        assert told["State"].endswith("held: another exchange takes the place that this one needs")
        assert told["Who must act"].startswith("The broker, since")

    def test_a_case_that_is_over_waits_for_nobody(self, haiti: Frozen, catalogue: Catalogue) -> None:
        told = decision(drawn(a_matter("declined", refusal="not_now"), haiti, catalogue))
        assert told["State"] == "Declined on March 2, 2026; reason: Not at this time"
        assert told["Who must act"] == "Nobody"

    def test_a_contact_is_told_where_it_is_given(self, haiti: Frozen, catalogue: Catalogue) -> None:
        there = {"provider": Contact(name="Ana Paz", email="ana@example.org")}
        told = decision(drawn(a_matter("agreed", contacts=there), haiti, catalogue))
        assert told["Who offers"].endswith("; contact: Ana Paz, ana@example.org")
        assert "contact" not in told["Who asks"]


class TestWhy:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_the_parts_that_are_told_add_up_to_the_score(
        self, haiti: Frozen, catalogue: Catalogue, language: str
    ) -> None:
        table = next(
            one
            for one in section(drawn(a_matter(), haiti, catalogue, language), "why").blocks
            if isinstance(one, Table)
        )
        adds = [float(words(row[2]).replace(",", ".")) for row in table.rows]
        assert float(words(table.foot[2]).replace(",", ".")) == pytest.approx(sum(adds))
        assert sum(adds) == pytest.approx(haiti.suggestion.score, abs=float(STEP))

    def test_words_that_met_are_told_in_both_languages(self, haiti: Frozen, catalogue: Catalogue) -> None:
        why = section(drawn(a_matter(), haiti, catalogue), "why")
        met = [piece for block in why.blocks for line in lines(block) for piece in line if piece.lang]
        assert Piece("choléra", "fr") in met
        assert Piece("cólera", "es") in met

    def test_what_is_not_known_is_said(self, catalogue: Catalogue) -> None:
        found = drawn(a_matter(), a_pair(catalogue), catalogue)
        table = next(one for one in section(found, "why").blocks if isinstance(one, Table))
        practice = next(row for row in table.rows if words(row[0]) == "Practice")
        assert [words(cell) for cell in practice[1:3]] == ["not known", "not known"]
        assert "institution not named" in decision(found)["Who asks"]
        assert decision(found)["What for"].endswith("modality not known")

    def test_a_gate_that_was_not_met_is_told_without_who_refused_whom(
        self, haiti: Frozen, catalogue: Catalogue
    ) -> None:
        gates = tuple(
            replace(gate, answer="not_met") if gate.name == "not_parked" else gate
            for gate in haiti.suggestion.gates
        )
        kept = replace(haiti, suggestion=replace(haiti.suggestion, gates=gates))
        why = text(section(drawn(a_matter(), kept, catalogue), "why"))
        assert "Not so when the case was opened: no refusal keeps them apart." in why


class TestChannelAndFund:
    def test_every_condition_is_told_with_its_answer_and_its_source(
        self, haiti: Frozen, catalogue: Catalogue
    ) -> None:
        found = drawn(a_matter(channel="paho", instrument="paho-tcc"), haiti, catalogue)
        table = next(one for one in section(found, "fund").blocks if isinstance(one, Table))
        rules = catalogue.instruments["paho-tcc"].rules
        assert [words(row[0]) for row in table.rows] == [rule.because.en for rule in rules]
        assert {words(row[1]) for row in table.rows} == {"✓ met", "? not known"}
        cited = {one.number: one for one in sources(found)}
        for row, rule in zip(table.rows, rules, strict=True):
            number = row[0][-1].source
            assert number is not None
            assert (cited[number].locator, cited[number].quote) == (
                rule.citation.locator,
                rule.citation.quote,
            )

    def test_what_is_open_is_a_question_with_whom_to_ask(self, haiti: Frozen, catalogue: Catalogue) -> None:
        found = drawn(a_matter(channel="paho", instrument="paho-tcc"), haiti, catalogue)
        asked = next(one for one in section(found, "ask").blocks if isinstance(one, Listing))
        verdict = next(
            one for one in haiti.suggestion.channels[0].instruments if one.instrument.slug == "paho-tcc"
        )
        told = [words(line) for line in asked.items]
        assert told[: len(verdict.open_questions)] == [rule.ask.en for rule in verdict.open_questions]
        assert all(one.startswith("Ask ") for one in told)
        assert "Ask the receiver (Haiti): what may the exchange cost? The request names no sum." in told

    def test_the_checklist_is_the_cycle_of_the_instrument_each_step_with_its_source(
        self, haiti: Frozen, catalogue: Catalogue
    ) -> None:
        found = drawn(a_matter(channel="paho", instrument="paho-tcc"), haiti, catalogue, "pt")
        boxes = next(one for one in section(found, "steps").blocks if isinstance(one, Listing))
        steps = catalogue.steps_of(catalogue.instruments["paho-tcc"])
        assert boxes.kind == "boxes"
        assert [words(line) for line in boxes.items] == [one.step.pt for one in steps]
        assert all(line[-1].source for line in boxes.items)

    def test_without_a_channel_the_best_are_told_and_the_choice_is_asked_for(
        self, haiti: Frozen, catalogue: Catalogue
    ) -> None:
        found = drawn(a_matter("suggested"), haiti, catalogue)
        told = decision(found)
        assert told["Channel"].startswith("Not chosen yet; the best fit is ")
        assert told["Fund"].startswith("Not chosen yet; of this channel, ")
        assert "Ask the broker: which channel carries this exchange?" in text(section(found, "ask"))
        assert "No channel is chosen yet. These fit best" in text(section(found, "fund"))
        assert f"Carried by: {BLANK}." in text(section(found, "terms"))
        assert f"Who pays is not known: {BLANK}." in text(section(found, "terms"))

    def test_where_the_study_names_no_fund_and_no_step_it_says_so(
        self, haiti: Frozen, catalogue: Catalogue
    ) -> None:
        found = drawn(a_matter(channel="isdr"), haiti, catalogue)
        assert decision(found)["Fund"] == "The study names no fund of this channel"
        assert "Ask ISDR what could pay for this exchange." in text(section(found, "ask"))
        assert text(section(found, "steps")).startswith("The study names no steps for this")

    def test_an_instrument_that_was_not_shown_is_judged_now_and_says_so(
        self, haiti: Frozen, catalogue: Catalogue
    ) -> None:
        found = drawn(a_matter(channel="segib", instrument="ibero-american-programme"), haiti, catalogue)
        assert "This fund was not among those shown when the case was opened" in text(section(found, "fund"))

    def test_what_a_later_edition_has_no_more_goes_by_its_code(
        self, haiti: Frozen, catalogue: Catalogue
    ) -> None:
        later = replace(
            catalogue,
            channels={slug: one for slug, one in catalogue.channels.items() if slug != "paho"},
            countries={iso3: one for iso3, one in catalogue.countries.items() if iso3 != "HTI"},
            documents={},
        )
        found = drawn(a_matter(channel="paho", instrument="paho-tcc"), haiti, later)
        assert decision(found)["Channel"] == "PAHO"
        assert decision(found)["Who asks"].startswith("HTI, ")
        assert {one.document for one in sources(found)} == {"undp-2011"}
        gone = drawn(a_matter(channel="gone", instrument="gone-fund"), haiti, later)
        assert "Nothing is known of the conditions of gone-fund." in text(section(gone, "fund"))


class TestTerms:
    def test_the_terms_are_a_draft_with_blanks(self, haiti: Frozen, catalogue: Catalogue) -> None:
        terms = section(drawn(a_matter(channel="paho", instrument="paho-tcc"), haiti, catalogue), "terms")
        told = text(terms)
        assert terms.heading == "6. Draft terms of understanding"
        assert "Draft for negotiation, not signed." in told
        assert f"Training: on {BLANK}, in {BLANK}, for {BLANK} people." in told
        assert f"From {BLANK} to {BLANK}." in told
        assert "releases its experts from their work for the time agreed" in told
        signatures = terms.blocks[-1]
        assert isinstance(signatures, Table)
        assert signatures.head == ("", "For Dominican Republic", "For Haiti")

    def test_what_the_request_says_of_money_time_and_backing_is_put_in(self, catalogue: Catalogue) -> None:
        kept = a_pair(
            catalogue,
            request={
                "budget_usd": 15_000,
                "needed_by": date(2026, 9, 1),
                "organisation": Organisation("Ministry of Health", "ministry"),
                "demand": Demand(plan="Vision 2030", endorsed_by="Cabinet"),
                "outcome": "Every parish has a milk bank.",
                "modalities": ["study-visit"],
                "co_applicants": ["BRB"],
            },
            modalities=["study-visit", "training"],
        )
        told = text(section(drawn(a_matter(channel="wbg", instrument="seetf"), kept, catalogue), "terms"))
        for part in (
            "The request names 15,000 US dollars.",
            "The request needs it by September 1, 2026.",
            "Part of the plan: Vision 2030. Endorsed by: Cabinet.",
            "Hoped for in the request: Every parish has a milk bank.",
            "Also taking part: Barbados.",
            "receives the visitors in its institutions",
            "Working language: English.",
        ):
            assert part in told
        assert "Training:" not in told, "only what both name is agreed on"

    def test_a_fund_that_does_not_pay_for_this_is_not_put_down_as_paying(self, catalogue: Catalogue) -> None:
        asked, given = a_request(), an_offer()
        kept = frozen(asked, given, a_market(catalogue, asked, given), "mercosur")
        found = drawn(a_matter(channel="mercosur", instrument="focem"), kept, catalogue)
        assert "; not eligible, " in decision(found)["Fund"]
        assert "does not pay for this (section 3); it is paid by" in text(section(found, "terms"))


class TestTheAnnexes:
    def test_both_texts_stand_in_their_own_language(self, haiti: Frozen, catalogue: Catalogue) -> None:
        found = drawn(a_matter(), haiti, catalogue, "pt")
        for name, lang, of in (("request", "fr", "receiver"), ("offer", "es", "provider")):
            posting = haiti.suggestion.request if of == "receiver" else haiti.suggestion.offer
            written = [
                piece
                for block in section(found, name).blocks
                for line in lines(block)
                for piece in line
                if piece.lang
            ]
            assert Piece(posting.title, lang, strong=True) in written
            assert Piece(posting.description, lang) in written

    def test_a_long_text_is_whole_and_stays_behind_the_first_pages(self, catalogue: Catalogue) -> None:
        long = "\n\n".join(f"Parágrafo {number}. " + "Água potável. " * 60 for number in range(12))[:10_000]
        title = "Transferência " * 14
        kept = a_pair(catalogue, title=title.strip(), description=long, language="pt")
        found = drawn(a_matter(), kept, catalogue)
        assert "".join(text(section(found, "offer")).split()).count("Parágrafo") == 12
        assert all("Água potável. Água" not in text(one) for one in found.sections)

    def test_a_text_that_the_reader_may_not_read_is_not_there_nor_are_its_words(
        self, haiti: Frozen, catalogue: Catalogue
    ) -> None:
        found = drawn(a_matter(readable=frozenset({"provider"})), haiti, catalogue)
        told = text(found)
        assert haiti.suggestion.request.description not in told
        assert haiti.suggestion.offer.description in told
        assert "What met:" not in told
        assert "This text is not for everybody who may see the case" in text(section(found, "request"))

    def test_the_history_tells_days_and_decisions(self, haiti: Frozen, catalogue: Catalogue) -> None:
        taken = (Taken("take_up", NOW, "broker"), Taken("accept", NOW, "provider", "provider"))
        told = text(section(drawn(a_matter(taken=taken), haiti, catalogue, "es"), "history"))
        assert "2 de marzo de 2026\ncaso abierto\nel equipo de intermediación" in told
        assert "aceptado por República Dominicana" in told

    def test_an_outcome_is_an_annex_of_its_own(self, haiti: Frozen, catalogue: Catalogue) -> None:
        outcome = {"summary": "Doce técnicos formados.", "held": True, "held_on": "2026-06-12", "useful": 4}
        found = drawn(a_matter("completed", outcome=outcome), haiti, catalogue)
        told = text(section(found, "outcome"))
        assert told == "It was held, to June 12, 2026. Useful: 4 of 5.\nDoce técnicos formados."

    def test_engine_weights_and_edition_are_told(self, haiti: Frozen, catalogue: Catalogue) -> None:
        told = text(section(drawn(a_matter(), haiti, catalogue), "made_with"))
        assert "Engine 2.0.0, weights 2.0.0, edition 0123456789 of the catalogue." in told
        assert "are as in the edition of today" in told
        assert "Weights: Text 0.68" in told

    def test_every_source_is_numbered_once_and_told(self, haiti: Frozen, catalogue: Catalogue) -> None:
        found = drawn(a_matter(channel="paho", instrument="paho-tcc"), haiti, catalogue)
        cited = {piece.source for piece in pieces(found) if piece.source}
        assert cited == {one.number for one in sources(found)} == set(range(1, len(cited) + 1))
        first = list(dict.fromkeys(piece.source for piece in pieces(found) if piece.source))
        assert first[0] == 1


def test_the_same_case_gives_the_same_dossier(haiti: Frozen, catalogue: Catalogue) -> None:
    assert drawn(a_matter(), haiti, catalogue) == drawn(a_matter(), haiti, catalogue)


def test_a_file_has_a_name_that_people_read(haiti: Frozen, catalogue: Catalogue) -> None:
    found = drawn(a_matter(), haiti, catalogue, "fr")
    assert found.file_name == "dossier-haiti-republique-dominicaine-3f2a90c1d4e5b687"


def test_a_clause_is_cut_between_words() -> None:
    assert shortened("one two\nthree", 20) == "one two three"
    assert shortened("one two three, four", 16) == "one two three …"


def test_both_sides_may_be_read_unless_somebody_says_otherwise() -> None:
    assert a_matter().readable == frozenset(SIDES)


def test_a_catalogue_is_asked_for_names_alone(catalogue: Catalogue) -> None:
    tell = Teller("fr", catalogue)
    assert tell.country("HTI") == "Haïti"
    assert tell.sector("no-such-sector") == "no-such-sector"
    assert tell.channel("paho").startswith("Organisation panaméricaine")
    assert tell.tongue("nl") == "néerlandais"


def test_nobody_who_decided_is_named_and_nothing_they_said() -> None:
    assert not {"by", "by_name", "broker", "note", "why"} & set(Matter.__dataclass_fields__)
    assert not {"by", "by_name", "note", "reason", "facts"} & set(Taken.__dataclass_fields__)
