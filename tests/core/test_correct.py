"""A correction says what stands in an entry and what should, and rests on a source; nothing else is taken."""

from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import Catalogue
from app.catalogue.correct import (
    FIXED,
    LONGEST_VALUE,
    READINGS,
    SHAPES,
    Correction,
    EntryKind,
    Op,
    Outdated,
    Source,
    applied,
    coined,
    entries,
    entry_of,
    is_in,
    propose,
)
from app.errors import Invalid
from app.sources import Document

REPORT = Document(id="report-2013", title="Annual report", publisher="Ministry of Health", year=2013)
SOURCE = Source(REPORT, "page 41")
CITED = {"document": "report-2013", "locator": "page 41", "offset": None, "quote": None}
INVENTED = {"document": "undp-2011", "locator": "PAHO", "offset": 7, "quote": "never printed"}
WORDS = {"en": "water", "es": "agua", "pt": "água", "fr": "eau"}
A_READING = {"sector": "health", "channel": "paho", "role": "receiver"}


def proposed(
    catalogue: Catalogue, place: str, op: Op, value: Any = None, *, source: Source = SOURCE
) -> Correction:
    """Propose a change of the field at a place such as `channel paho /facts/0`."""
    kind, slug, pointer = place.split(" ", 2)
    (known,) = (one for one in get_args(EntryKind) if one == kind)
    return propose(catalogue, known, slug, op, pointer, value, source)


def faults(catalogue: Catalogue, place: str, op: Op, value: Any = None) -> list[str]:
    """Where a change is refused, and why, each as one text."""
    with pytest.raises(Invalid) as refused:
        proposed(catalogue, place, op, value)
    assert all(fault.detail.endswith(".") for fault in refused.value.faults)
    return [f"{fault.pointer}: {fault.detail}" for fault in refused.value.faults]


def field(catalogue: Catalogue, place: str, name: str) -> Any:
    kind, slug = place.split()
    (known,) = (one for one in get_args(EntryKind) if one == kind)
    entry = entry_of(catalogue, known, slug)
    assert entry is not None
    return entry[name]


class TestWhatIsChanged:
    def test_a_fact_that_is_added_stands_last_and_cites_the_source(self, catalogue: Catalogue) -> None:
        before = field(catalogue, "channel paho", "facts")
        correction = proposed(catalogue, "channel paho /facts/-", "add", {"statement": "It has an office."})

        added = {"statement": "It has an office.", "citation": CITED}
        assert (correction.before, correction.after) == (None, added)
        after = applied(catalogue, correction)
        assert field(after, "channel paho", "facts") == [*before, added]
        assert after.documents["report-2013"] == REPORT

    def test_a_fact_that_is_replaced_keeps_its_place(self, catalogue: Catalogue) -> None:
        before = field(catalogue, "channel paho", "facts")
        correction = proposed(catalogue, "channel paho /facts/1", "replace", {"statement": "Otherwise."})

        assert correction.before == before[1]
        after = field(applied(catalogue, correction), "channel paho", "facts")
        assert after == [before[0], {"statement": "Otherwise.", "citation": CITED}, *before[2:]]

    def test_a_fact_that_is_taken_out_is_gone_and_the_others_stay(self, catalogue: Catalogue) -> None:
        before = field(catalogue, "channel paho", "facts")
        correction = proposed(catalogue, "channel paho /facts/0", "remove")

        assert (correction.before, correction.after) == (before[0], None)
        assert field(applied(catalogue, correction), "channel paho", "facts") == before[1:]

    def test_the_last_item_can_be_taken_out(self, catalogue: Catalogue) -> None:
        (spelt, *others) = field(catalogue, "country JAM", "languages")
        assert others == []
        correction = proposed(catalogue, "country JAM /languages/0", "remove")
        assert correction.before == spelt
        assert applied(catalogue, correction).countries["JAM"].languages == ()

    def test_part_of_a_fact_changes_the_fact_and_its_source(self, catalogue: Catalogue) -> None:
        before = field(catalogue, "channel paho", "facts")[0]
        correction = proposed(catalogue, "channel paho /facts/0/statement", "replace", "Otherwise.")

        assert correction.before == before
        assert correction.after == {"statement": "Otherwise.", "citation": CITED}

    def test_a_name_in_one_language_changes_no_other(self, catalogue: Catalogue) -> None:
        correction = proposed(catalogue, "country JAM /name/es", "replace", "Xamaica")

        assert correction.field == "name"
        assert correction.after == correction.before | {"es": "Xamaica"}

    def test_a_field_that_is_one_value_is_replaced_as_a_whole(self, catalogue: Catalogue) -> None:
        correction = proposed(catalogue, "channel paho /abbreviation", "replace", "OPS")
        assert (correction.before, correction.after) == ("PAHO", "OPS")

    def test_a_field_that_may_be_unknown_can_be_filled_and_emptied(self, catalogue: Catalogue) -> None:
        outside = next(iso3 for iso3, one in catalogue.countries.items() if one.subregion is None)
        filled = proposed(catalogue, f"country {outside} /subregion", "add", "caribbean")
        assert (filled.before, filled.after) == (None, "caribbean")
        assert applied(catalogue, filled).countries[outside].subregion == "caribbean"

        emptied = proposed(catalogue, "country JAM /subregion", "remove")
        assert (emptied.before, emptied.after) == ("caribbean", None)
        assert applied(catalogue, emptied).countries["JAM"].subregion is None

    def test_a_list_of_words_can_be_replaced_as_a_whole(self, catalogue: Catalogue) -> None:
        correction = proposed(catalogue, "country JAM /languages", "replace", ["en", "es"])
        assert (correction.before, correction.after) == (["en"], ["en", "es"])
        assert applied(catalogue, correction).countries["JAM"].languages == ("en", "es")
        emptied = proposed(catalogue, "country JAM /languages", "remove")
        assert applied(catalogue, emptied).countries["JAM"].languages == ()

    def test_adding_to_a_list_needs_no_dash(self, catalogue: Catalogue) -> None:
        dashed = proposed(catalogue, "country JAM /languages/-", "add", "es")
        assert proposed(catalogue, "country JAM /languages", "add", "es") == dashed

    def test_a_list_inside_a_fact_is_added_to(self, catalogue: Catalogue) -> None:
        before = field(catalogue, "channel paho", "themes")[0]
        correction = proposed(catalogue, "channel paho /themes/0/sectors/-", "add", "gender")
        assert correction.before == before
        assert correction.after == before | {"sectors": [*before["sectors"], "gender"], "citation": CITED}

    def test_a_name_that_stands_not_yet_in_a_mapping_is_added(self, catalogue: Catalogue) -> None:
        slug, at, rule = next(
            (slug, at, rule)
            for slug, one in catalogue.instruments.items()
            for at, rule in enumerate(one.rules)
            if rule.kind == "not_among"
        )
        country = rule.countries[-1]
        without = proposed(catalogue, f"instrument {slug} /rules/{at}/since", "replace", {})
        emptied = applied(catalogue, without) if rule.since else catalogue
        added = proposed(emptied, f"instrument {slug} /rules/{at}/since/{country}", "add", "2012")
        assert added.after["since"] == {country: "2012"}

    def test_the_catalogue_itself_is_not_changed(self, catalogue: Catalogue) -> None:
        before = field(catalogue, "channel paho", "facts")
        correction = proposed(catalogue, "channel paho /facts/0/statement", "replace", "Otherwise.")
        applied(catalogue, correction)
        assert field(catalogue, "channel paho", "facts") == before
        assert "report-2013" not in catalogue.documents


class TestItsSource:
    """What a fact cites is what the correction rests on; nobody brings a citation of their own."""

    def test_a_citation_that_is_sent_along_is_not_kept(self, catalogue: Catalogue) -> None:
        told = {"statement": "So it is.", "citation": INVENTED}
        for place, op in (("/facts/-", "add"), ("/facts/0", "replace")):
            correction = proposed(catalogue, f"channel paho {place}", op, told)  # type: ignore[arg-type]
            assert correction.after["citation"] == CITED

    def test_facts_inside_a_fact_cite_it_too(self, catalogue: Catalogue) -> None:
        told = {
            "scope": "listed",
            "members": ["JAM"],
            "exceptions": [{"country": "CUB", "citation": INVENTED}],
            "citation": INVENTED,
        }
        after = proposed(catalogue, "channel paho /countries", "replace", told).after
        assert after["citation"] == CITED
        assert [one["citation"] for one in after["exceptions"]] == [CITED]

    def test_of_facts_inside_a_fact_those_that_stood_there_keep_theirs(self, catalogue: Catalogue) -> None:
        slug, scope = next(
            (slug, field(catalogue, f"channel {slug}", "countries"))
            for slug, one in catalogue.channels.items()
            if one.countries.exceptions
        )
        stood = scope["exceptions"]
        new = {"country": "JAM", "citation": INVENTED}
        whole = proposed(
            catalogue,
            f"channel {slug} /countries",
            "replace",
            scope | {"exceptions": [*stood, new]},
        ).after
        one = proposed(catalogue, f"channel {slug} /countries/exceptions/-", "add", new).after
        cited_now = {"country": "JAM", "since": None, "citation": CITED}
        assert whole["exceptions"] == one["exceptions"] == [*stood, cited_now]
        assert (whole["citation"], one["citation"]) == (CITED, scope["citation"])

    @pytest.mark.parametrize("name", ["facts", "themes", "rules", "coverage"])
    def test_a_list_of_facts_is_not_replaced_as_a_whole(self, catalogue: Catalogue, name: str) -> None:
        entry = {"rules": "instrument ct-intra", "coverage": "country JAM"}.get(name, "channel paho")
        for op, value in (("replace", []), ("replace", [{"citation": INVENTED}]), ("remove", None)):
            (fault,) = faults(catalogue, f"{entry} /{name}", op, value)  # type: ignore[arg-type]
            assert fault.startswith("/pointer: Each item has its source")

    @pytest.mark.parametrize("place", ["/facts/0/citation", "/facts/0/citation/quote", "/countries/citation"])
    def test_a_citation_is_not_corrected_by_itself(self, catalogue: Catalogue, place: str) -> None:
        (fault,) = faults(catalogue, f"channel paho {place}", "replace", INVENTED)
        assert fault.startswith("/pointer: The citation is made of “source”")

    def test_another_source_for_the_same_words_is_a_correction(self, catalogue: Catalogue) -> None:
        said = field(catalogue, "channel paho", "facts")[0]
        correction = proposed(catalogue, "channel paho /facts/0", "replace", said)
        assert correction.after == said | {"citation": CITED}

    def test_a_document_of_the_register_stays_as_the_register_has_it(self, catalogue: Catalogue) -> None:
        other = Source(Document(id="undp-2011", title="Another", publisher="Nobody"), "page 1")
        correction = proposed(catalogue, "country JAM /languages/-", "add", "es", source=other)
        assert applied(catalogue, correction).documents == catalogue.documents


class TestReadings:
    def test_a_reading_is_told_by_sector_channel_and_role(self, catalogue: Catalogue) -> None:
        before = catalogue.readings("JAM")
        correction = proposed(catalogue, "country JAM /coverage/-", "add", A_READING)

        after = applied(catalogue, correction)
        assert after.readings("JAM")[:-1] == before
        new = after.readings("JAM")[-1]
        assert (new.area, new.kind, new.sector, new.role) == ("JAM", "country", "health", "receiver")
        assert new.citation.model_dump() == CITED
        others = [one for one in after.coverage if one.area != "JAM"]
        assert others == [one for one in catalogue.coverage if one.area != "JAM"]

    def test_it_stands_with_the_others_of_its_country(self, catalogue: Catalogue) -> None:
        after = applied(catalogue, proposed(catalogue, "country JAM /coverage/-", "add", A_READING))
        rows = [one.area for one in after.coverage]
        at = rows.index("JAM")
        assert rows[at : at + rows.count("JAM")] == ["JAM"] * rows.count("JAM")

    def test_two_that_differ_have_different_ids_though_neither_is_known_to_the_other(
        self, catalogue: Catalogue
    ) -> None:
        one = proposed(catalogue, "country JAM /coverage/-", "add", A_READING)
        other = proposed(catalogue, "country JAM /coverage/-", "add", A_READING | {"unit": "CAREC"})
        assert one.after["id"] != other.after["id"]
        both = applied(applied(catalogue, one), other)
        assert len({reading.id for reading in both.coverage}) == len(catalogue.coverage) + 2

    def test_the_same_reading_told_twice_is_one(self, catalogue: Catalogue) -> None:
        once = proposed(catalogue, "country JAM /coverage/-", "add", A_READING)
        assert proposed(catalogue, "country JAM /coverage", "add", A_READING) == once
        (fault,) = faults(applied(catalogue, once), "country JAM /coverage/-", "add", A_READING)
        assert fault.startswith("/value: There is a reading jam-health-paho-")

    def test_a_reading_is_named_by_its_place_or_its_id_and_keeps_the_id(self, catalogue: Catalogue) -> None:
        first = catalogue.readings("JAM")[0]
        by_place = proposed(catalogue, "country JAM /coverage/0", "replace", A_READING)
        by_id = proposed(catalogue, f"country JAM /coverage/{first.id}", "replace", A_READING)
        assert by_place == by_id
        assert by_place.after["id"] == first.id
        role = proposed(catalogue, f"country JAM /coverage/{first.id}/role", "replace", "provider")
        assert role.after == role.before | {"role": "provider", "citation": CITED}

    @pytest.mark.parametrize(
        "told", [{"id": "a1-001"}, {"id": "mine"}, {"area": "BRA"}, {"kind": "group"}, {"area": ["JAM"]}]
    )
    def test_a_reading_is_not_renamed_nor_moved_to_another_row(
        self, catalogue: Catalogue, told: dict[str, Any]
    ) -> None:
        ((name, value),) = told.items()
        for place, op, sent in (
            ("/coverage/-", "add", A_READING | told),
            ("/coverage/0", "replace", A_READING | told),
            (f"/coverage/0/{name}", "replace", value),
        ):
            (fault,) = faults(catalogue, f"country JAM {place}", op, sent)  # type: ignore[arg-type]
            assert fault.startswith(f"/value: The {name} of a reading is not corrected")

    @pytest.mark.parametrize("empty", [None, "", "  ", "\n"])
    def test_an_empty_note_is_none(self, catalogue: Catalogue, empty: str | None) -> None:
        told = A_READING | {"note": empty, "unit": empty}
        plain = proposed(catalogue, "country JAM /coverage/-", "add", A_READING)
        assert proposed(catalogue, "country JAM /coverage/-", "add", told) == plain

    def test_a_country_without_a_row_gets_one(self, catalogue: Catalogue) -> None:
        bare = next(iso3 for iso3 in catalogue.region if not catalogue.readings(iso3))
        correction = proposed(catalogue, f"country {bare} /coverage/-", "add", A_READING)
        assert applied(catalogue, correction).coverage[-1].area == bare

    def test_the_row_of_a_group_belongs_to_no_country(self, catalogue: Catalogue) -> None:
        with pytest.raises(KeyError):
            propose(catalogue, "country", "lac", "add", "/coverage/-", A_READING, SOURCE)


class TestPointers:
    @pytest.mark.parametrize(
        "pointer",
        [
            "",
            "facts/0",
            "#/facts/0",
            "/",
            "//",
            "/nothing",
            "/Facts/0",
            "/slug",
            "/iso3",
            "/facts~1-",
            "/facts~0",
            "/" + "x" * 300,
            "/__class__",
        ],
    )
    def test_a_pointer_begins_with_a_field_of_the_entry(self, catalogue: Catalogue, pointer: str) -> None:
        for op in get_args(Op):
            (fault,) = faults(catalogue, f"channel paho {pointer}", op, None)
            assert fault.startswith("/pointer: ")

    @pytest.mark.parametrize("name", FIXED)
    def test_what_names_an_entry_is_not_corrected(self, catalogue: Catalogue, name: str) -> None:
        for kind, slug in (("country", "JAM"), ("channel", "paho"), ("instrument", "ct-intra")):
            (fault,) = faults(catalogue, f"{kind} {slug} /{name}", "replace", "jam")
            assert f"“{name}” is not a field to correct; those are " in fault

    @pytest.mark.parametrize(
        "pointer",
        [
            "/facts/9999",
            "/facts/10000000000000000000000000",
            "/facts/-1",
            "/facts/-",
            "/facts/00",
            "/facts/+1",
            "/facts/1.0",
            "/facts/1e0",
            "/facts/ 1",
            "/facts/٠",
            "/facts/",
            "/facts/0/",
            "/facts/0/nothing",
            "/facts/0/statement/0",
            "/facts/0/statement/-",
            "/facts/-/statement",
            "/abbreviation/0",
            "/abbreviation/",
            "/name/de",
            "/name/en/0",
            "/name/-",
            "/cycle_of/0",
            "/themes/0/sectors/99",
        ],
    )
    def test_a_pointer_leads_somewhere(self, catalogue: Catalogue, pointer: str) -> None:
        for op in ("replace", "remove"):
            (fault,) = faults(catalogue, f"channel paho {pointer}", op, None)
            assert fault == "/pointer: There is nothing at this place of the entry."

    def test_an_item_is_added_at_the_end_and_nowhere_else(self, catalogue: Catalogue) -> None:
        for pointer in ("/facts/0", "/facts/9999", "/facts/", "/themes/0/sectors/0"):
            (fault,) = faults(catalogue, f"channel paho {pointer}", "add", {"statement": "First."})
            assert fault.startswith("/pointer: Adding to a list ends with “-”")

    def test_a_field_that_there_is_not_cannot_be_added(self, catalogue: Catalogue) -> None:
        assert faults(catalogue, "channel paho /facts/0/remark", "add", "x") == [
            "/value: facts: remark: Extra inputs are not permitted."
        ]
        assert faults(catalogue, "channel paho /name/de", "add", "x") == [
            "/value: name: de: Extra inputs are not permitted."
        ]

    @given(st.text(max_size=40), st.sampled_from(get_args(Op)))
    def test_no_pointer_whatsoever_breaks_it(self, catalogue: Catalogue, rest: str, op: Op) -> None:
        for beginning in ("", "/", "/facts/", "/facts/0/", "/name/", "/countries/"):
            try:
                correction = propose(
                    catalogue, "channel", "paho", op, beginning + rest, {"statement": "x"}, SOURCE
                )
            except Invalid:
                continue
            applied(catalogue, correction)


class TestValues:
    @pytest.mark.parametrize(
        ("place", "value", "about"),
        [
            ("channel paho /facts/-", None, "null"),
            ("channel paho /facts/-", "A sentence.", "Input should be an object"),
            ("channel paho /facts/-", ["A sentence."], "Input should be an object"),
            ("channel paho /facts/-", 7, "Input should be an object"),
            ("channel paho /facts/-", {}, "statement: Field required"),
            ("channel paho /facts/-", {"statement": ""}, "statement: String should have at least 1"),
            ("channel paho /facts/-", {"statement": " \n "}, "statement: String should"),
            ("channel paho /facts/-", {"statement": 7}, "statement: Input should be a valid string"),
            (
                "channel paho /facts/-",
                {"statement": {"en": "x"}},
                "statement: Input should be a valid string",
            ),
            ("channel paho /facts/-", {"statement": "x", "remark": "y"}, "remark: Extra inputs"),
            ("channel paho /cycle/-", {"step": {"en": "x"}}, "step es: Field required"),
            ("channel paho /platforms/-", {"name": "x", "about": "y", "kind": "club"}, "kind: Input should"),
            ("channel paho /themes/-", {"label": WORDS, "sectors": "health"}, "sectors: Input should"),
            ("channel paho /not_stated/-", "", "not_stated: String should"),
            ("channel paho /name", "PAHO", "Input should be an object"),
            ("channel paho /name/en", "", "name: en: String should"),
            ("channel paho /abbreviation", None, "abbreviation: Input should be a valid string"),
            ("channel paho /kind", "bank", "kind: Input should be"),
            ("channel paho /countries/scope", "world", "countries: scope: Input should be"),
            ("country JAM /languages/-", "tlh", "languages: Input should be"),
            ("country JAM /languages", "en", "languages: Input should be"),
            ("country JAM /languages", ["en", None], "languages: Input should be"),
            ("country JAM /coverage/-", "health", "Input should be"),
            ("country JAM /coverage/-", {"sector": "health"}, "channel: Field required"),
            ("country JAM /coverage/-", A_READING | {"role": "boss"}, "role: Input should be"),
            ("country JAM /coverage/-", A_READING | {"note": ["x"]}, "note: Input should be"),
            ("country JAM /coverage/-", A_READING | {"note": 0}, "note: Input should be"),
            ("country JAM /coverage/-", A_READING | {"sector": ["health"]}, "sector: Input should be"),
            ("instrument ct-intra /amounts/-", {"what": "x", "usd": "20.000"}, "usd: Input should be"),
            ("instrument ct-intra /amounts/-", {"what": "x", "usd": "20000"}, "usd: Input should be"),
            ("instrument ct-intra /amounts/-", {"what": "x", "usd": True}, "usd: Input should be"),
            ("instrument ct-intra /amounts/-", {"what": "x", "usd": 0.5}, "usd: Input should be"),
            ("instrument ct-intra /amounts/-", {"what": "x", "usd": 10**30}, "above 1,000,000,000,000,000"),
            ("instrument ct-intra /shares/-", {"what": "x", "percent": 101}, "percent: Input should be"),
            ("instrument ct-intra /as_of", "yesterday", "as_of: String should match"),
            ("instrument ct-intra /rules/0/kind", "at_random", "rules: Input tag 'at_random'"),
            ("instrument ct-intra /rules/0/value", 0, "value: Input should be greater than 0"),
            ("instrument ct-intra /rules/0/id", "borrower", "“borrower” stands twice"),
        ],
    )
    def test_what_the_edition_would_not_load_is_refused_with_its_place(
        self, catalogue: Catalogue, place: str, value: Any, about: str
    ) -> None:
        op: Op = "add" if place.endswith("-") else "replace"
        found = faults(catalogue, place, op, value)
        assert any(about in fault for fault in found), found
        assert all(fault.startswith("/value: ") for fault in found)

    @pytest.mark.parametrize(
        ("place", "value", "unknown"),
        [
            ("country JAM /coverage/-", A_READING | {"sector": "helth"}, "“helth” is not a sector"),
            ("country JAM /coverage/-", A_READING | {"channel": "opas"}, "“opas” is not a channel"),
            ("channel paho /themes/-", {"label": WORDS, "sectors": ["x"]}, "“x” is not a sector"),
            ("channel paho /modalities/-", {"modality": "visits"}, "“visits” is not a modality"),
            ("channel paho /countries/members", ["JAM", "XXX"], "“XXX” is not a country"),
            ("channel paho /countries/group", "friends", "“friends” is not a group"),
            ("channel paho /cycle_of", "nothing", "“nothing” is not a cycle_of"),
            ("instrument ct-intra /channel", "bank", "“bank” is not a channel"),
            ("instrument ct-intra /with_channels/-", "bank", "“bank” is not a channel"),
        ],
    )
    def test_names_are_those_of_the_catalogue(
        self, catalogue: Catalogue, place: str, value: Any, unknown: str
    ) -> None:
        op: Op = "add" if place.endswith("-") else "replace"
        assert faults(catalogue, place, op, value) == [f"/value: {unknown} of the catalogue."]

    def test_a_statement_of_the_applicants_is_one_of_the_catalogue(self, catalogue: Catalogue) -> None:
        slug, at = next(
            (slug, at)
            for slug, one in catalogue.instruments.items()
            for at, rule in enumerate(one.rules)
            if rule.kind == "confirmed"
        )
        (fault,) = faults(catalogue, f"instrument {slug} /rules/{at}/about", "replace", "made-up")
        assert fault == "/value: “made-up” is not a statement of the applicants of the catalogue."

    def test_a_reading_names_a_document_that_is_there_or_comes_along(self, catalogue: Catalogue) -> None:
        after = applied(catalogue, proposed(catalogue, "country JAM /coverage/-", "add", A_READING))
        assert after.readings("JAM")[-1].citation.document in after.documents

    @pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x9f", "\ud800"])
    def test_control_characters_are_refused_wherever_they_stand(
        self, catalogue: Catalogue, character: str
    ) -> None:
        for place, value in (
            ("/facts/-", {"statement": f"a{character}b"}),
            ("/not_stated/-", character),
            ("/facts/-", {f"state{character}ment": "x"}),
            ("/countries/members", ["JAM", character]),
        ):
            op: Op = "add" if place.endswith("-") else "replace"
            (fault,) = faults(catalogue, f"channel paho {place}", op, value)
            assert fault == f"/value: This contains the control character U+{ord(character):04X}."

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85"])
    def test_a_line_ends_in_one_way(self, catalogue: Catalogue, end: str) -> None:
        told = {"statement": f"  One,{end}two. {end}"}
        correction = proposed(catalogue, "channel paho /facts/-", "add", told)
        assert correction.after["statement"] == "One,\ntwo."

    def test_a_value_is_not_endless(self, catalogue: Catalogue) -> None:
        long = "x" * (LONGEST_VALUE - 100)
        assert proposed(catalogue, "channel paho /facts/-", "add", {"statement": long})
        for value in (
            {"statement": "x" * 2**20},
            ["x"] * 10_000,
            {str(number): "x" for number in range(5000)},
        ):
            assert faults(catalogue, "channel paho /facts/-", "add", value) == [
                f"/value: This is longer than {LONGEST_VALUE:,} characters."
            ]

    def test_a_deep_value_is_a_wrong_one_like_any_other(self, catalogue: Catalogue) -> None:
        deep: Any = "x"
        for _ in range(150):
            deep = {"statement": deep}
        for value in (deep, {"statement": [[[["x"]]]]}):
            (fault,) = faults(catalogue, "channel paho /facts/-", "add", value)
            assert "statement: Input should be a valid string" in fault

    def test_every_fault_is_told(self, catalogue: Catalogue) -> None:
        told = {"sector": 7, "channel": 7, "role": "boss", "remark": "x"}
        assert len(faults(catalogue, "country JAM /coverage/-", "add", told)) == 4


class TestWhatIsSaidAlready:
    @pytest.mark.parametrize(
        ("place", "op", "value"),
        [
            ("channel paho /abbreviation", "replace", "PAHO"),
            ("channel paho /abbreviation", "replace", " PAHO "),
            ("country JAM /languages/-", "add", "en"),
            ("country JAM /languages/0", "replace", "en"),
            ("country JAM /languages", "replace", ["en"]),
            ("country JAM /subregion", "replace", "caribbean"),
            ("country BLZ /languages/0", "replace", "es"),
            ("channel paho /themes/0/sectors/-", "add", "health"),
        ],
    )
    def test_it_is_no_correction(self, catalogue: Catalogue, place: str, op: Op, value: Any) -> None:
        assert faults(catalogue, place, op, value) == ["/value: This is what the entry says already."]

    def test_nor_is_a_fact_with_the_same_words_and_source(self, catalogue: Catalogue) -> None:
        told = {"statement": "It has an office."}
        once = applied(catalogue, proposed(catalogue, "channel paho /facts/-", "add", told))
        last = len(once.channels["paho"].facts) - 1
        for pointer, op in (("/facts/-", "add"), (f"/facts/{last}", "replace"), ("/facts/0", "replace")):
            found = faults(once, f"channel paho {pointer}", op, told)  # type: ignore[arg-type]
            assert found == ["/value: This is what the entry says already."]

    def test_nor_is_taking_out_what_is_not_there(self, catalogue: Catalogue) -> None:
        outside = next(iso3 for iso3, one in catalogue.countries.items() if one.subregion is None)
        (fault,) = faults(catalogue, f"country {outside} /subregion", "remove")
        assert fault == "/value: This is what the entry says already."


class TestAnotherEdition:
    """A correction knows what it changes by what is said, so that others may come before it."""

    @pytest.mark.parametrize(
        ("place", "op", "value"),
        [
            ("channel paho /facts/-", "add", {"statement": "  New.  "}),
            ("channel paho /cycle/-", "add", {"step": WORDS}),
            ("channel paho /themes/-", "add", {"label": WORDS, "sectors": []}),
            ("channel paho /platforms/-", "add", {"name": "Net", "about": "A net."}),
            ("channel paho /facts/0", "remove", None),
            ("channel paho /facts/0/statement", "replace", "Otherwise."),
            ("channel paho /name", "replace", WORDS),
            ("channel paho /countries", "replace", {"scope": "listed", "members": ["JAM"]}),
            ("country JAM /coverage/-", "add", A_READING | {"note": " x "}),
            ("country JAM /coverage/0", "remove", None),
            ("country JAM /languages", "replace", []),
            ("country JAM /subregion", "remove", None),
            ("instrument ct-intra /shares/-", "add", {"what": "x", "percent": 50}),
            ("instrument ct-intra /window", "replace", {"kind": "rolling"}),
            ("instrument ct-intra /channel", "replace", None),
        ],
    )
    def test_it_is_known_again_in_the_edition_that_it_made(
        self, catalogue: Catalogue, place: str, op: Op, value: Any
    ) -> None:
        correction = proposed(catalogue, place, op, value)
        assert not is_in(catalogue, correction)
        assert is_in(applied(catalogue, correction), correction)

    def test_others_may_come_before_it(self, catalogue: Catalogue) -> None:
        facts = catalogue.channels["paho"].facts
        third = proposed(catalogue, "channel paho /facts/2/statement", "replace", "The third.")
        before = applied(catalogue, proposed(catalogue, "channel paho /facts/0", "remove"))
        before = applied(before, proposed(before, "channel paho /facts/-", "add", {"statement": "New."}))
        after = applied(before, third).channels["paho"].facts
        assert [fact.statement for fact in after] == [
            facts[1].statement,
            "The third.",
            *(fact.statement for fact in facts[3:]),
            "New.",
        ]

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (("/facts/0/statement", "Otherwise."), ("/facts/0/statement", "Otherwise yet.")),
            (("/facts/0/statement", "Otherwise."), ("/facts/0", None)),
            (("/abbreviation", "OPS"), ("/abbreviation", "OPAS")),
            (("/countries/members", ["JAM"]), ("/countries/group", "caricom")),
        ],
    )
    def test_what_has_changed_since_is_not_changed_again(
        self, catalogue: Catalogue, first: tuple[str, Any], second: tuple[str, Any]
    ) -> None:
        ops: list[Op] = ["replace" if value is not None else "remove" for _, value in (first, second)]
        one, other = (
            proposed(catalogue, f"channel paho {pointer}", op, value)
            for (pointer, value), op in zip((first, second), ops, strict=True)
        )
        with pytest.raises(Outdated):
            applied(applied(catalogue, one), other)

    def test_an_entry_that_is_gone_is_not_changed(self, catalogue: Catalogue) -> None:
        without = replace(
            catalogue, channels={slug: one for slug, one in catalogue.channels.items() if slug != "paho"}
        )
        for place, op, value in (("/abbreviation", "replace", "OPS"), ("/cycle/0", "remove", None)):
            if op == "remove" and not catalogue.channels["paho"].cycle:
                continue
            correction = proposed(catalogue, f"channel paho {place}", op, value)  # type: ignore[arg-type]
            assert not is_in(without, correction)
            with pytest.raises(Outdated, match="there is no channel paho"):
                applied(without, correction)

    def test_what_does_not_go_with_another_is_refused(self, catalogue: Catalogue) -> None:
        rule = field(catalogue, "instrument ct-intra", "rules")[0]
        one, other = (
            proposed(
                catalogue,
                "instrument ct-intra /rules/-",
                "add",
                rule | {"id": "second", "because": WORDS | {"en": words}},
            )
            for words in ("One.", "Another.")
        )
        with pytest.raises(Invalid):
            applied(applied(catalogue, one), other)


@pytest.mark.parametrize("kind", get_args(EntryKind))
def test_every_entry_reads_as_itself_as_strictly_as_a_correction_is_read(
    catalogue: Catalogue, kind: EntryKind
) -> None:
    for slug in entries(catalogue, kind):
        entry = entry_of(catalogue, kind, slug)
        assert entry is not None
        entry.pop(READINGS, None)
        correction = Correction(kind, slug, "name", entry["name"], entry["name"], SOURCE)
        again = entries(applied(catalogue, correction), kind)[slug]
        assert again == entries(catalogue, kind)[slug]
        assert isinstance(again, SHAPES[kind])


def test_names_are_coined_to_be_read_and_never_for_two_contents() -> None:
    assert coined("Annual report 2013", "x").startswith("annual-report-2013-")
    assert coined("Доклад", "x").startswith("new-")
    assert coined("", "x") != coined("", "y")
    assert coined("Annual report", "x") == coined("annual  REPORT!", "x")
    assert len(coined("word " * 100, "x")) <= 67
