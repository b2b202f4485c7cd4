"""The page of a channel, an instrument, a country: every fact with its source, and the same as a table."""

import csv
import html
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.catalogue import Catalogue
from app.catalogue.facts import CitedStatement
from app.settings import Settings
from app.sources import Citation
from app.workbench.sheets import COLUMNS, sheet
from app.workbench.tiles import PLACES
from tests.web.test_pages import elements, look
from tests.web.visitors import Clock, Service, running

HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")


@pytest.fixture(scope="module")
def reading(catalogue: Catalogue, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service without postings. Read it; change nothing."""
    folder = tmp_path_factory.mktemp("profiles")
    settings = Settings(database_url=f"sqlite:///{folder}/puente.db", rate_limit="off")
    with running(settings, catalogue, Clock()) as service:
        yield service


def words(service: Service, path: str) -> str:
    """What a page says, its marks taken away."""
    page = look(service, path)
    assert page.status_code == 200, path
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


def folded(text: str) -> str:
    return " ".join(text.split())


def lines(service: Service, path: str) -> list[dict[str, str]]:
    answer = look(service, path)
    assert answer.status_code == 200, path
    assert answer.headers["content-type"].startswith("text/csv"), path
    assert 'filename="' in answer.headers["content-disposition"]
    assert answer.text.startswith("\ufeff"), "the mark by which spreadsheets know UTF-8"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def quotes(facts: list[Any]) -> set[str]:
    return {folded(fact.citation.quote) for fact in facts if fact.citation and fact.citation.quote}


def test_the_page_of_a_channel_shows_every_fact_of_it(reading: Service, catalogue: Catalogue) -> None:
    for slug, channel in catalogue.channels.items():
        page = words(reading, f"/channels/{slug}")
        statements = (*channel.matchmaking, *channel.funding, *channel.prospects, *channel.facts)
        told = [channel.abbreviation, channel.about.en, *channel.not_stated]
        told += [fact.statement for fact in statements]
        told += [step.step.en for step in channel.cycle]
        told += [theme.label.en for theme in channel.themes]
        told += [donor.name for donor in channel.donors]
        told += [one.name for one in channel.platforms] + [one.about for one in channel.platforms]
        told += [catalogue.modalities[one.modality].name.en for one in channel.modalities]
        told += [one.name.en for one in catalogue.instruments_of(slug)]
        cited = [*statements, *channel.cycle, *channel.themes, *channel.donors, *channel.platforms]
        told += sorted(quotes([*cited, *channel.modalities, channel.countries]))
        assert [one for one in map(folded, told) if one not in page] == [], slug


def test_the_page_of_an_instrument_shows_its_conditions_amounts_and_steps(
    reading: Service, catalogue: Catalogue
) -> None:
    for slug, one in catalogue.instruments.items():
        page = words(reading, f"/instruments/{slug}")
        told = [one.about.en, *one.not_stated, *(fact.statement for fact in one.facts)]
        told += [rule.because.en for rule in one.rules] + [rule.ask.en for rule in one.rules]
        told += [f"as of {rule.as_of or one.as_of}" for rule in one.rules]
        told += [step.step.en for step in catalogue.steps_of(one)]
        told += [f"USD {amount.usd:,}" for amount in one.amounts] + [share.what for share in one.shares]
        told += [donor.name for donor in one.donors]
        told += [catalogue.channels[other].name.en for other in one.with_channels]
        told += [catalogue.channels[one.channel].name.en if one.channel else "Beside the channels"]
        told += sorted(quotes([*one.rules, *one.amounts, *one.shares, *one.donors, *one.facts, one.window]))
        assert [text for text in map(folded, told) if text not in page] == [], slug


def test_steps_that_are_the_channels_are_said_to_be(reading: Service, catalogue: Catalogue) -> None:
    borrowed = [one for one in catalogue.instruments.values() if not one.steps and catalogue.steps_of(one)]
    for one in catalogue.instruments.values():
        said = "these are the steps of its channel" in words(reading, f"/instruments/{one.slug}")
        assert said == (one in borrowed), one.slug


def test_what_the_study_does_not_describe_is_told_apart(reading: Service, catalogue: Catalogue) -> None:
    said = {"example": "as an example of one exchange", "named-only": "The study only names it."}
    for one in catalogue.instruments.values():
        page = words(reading, f"/instruments/{one.slug}")
        assert [told for told, sentence in said.items() if sentence in page] == (
            [one.told] if one.told in said else []
        ), one.slug


def test_the_page_of_a_country_shows_what_is_its_own_what_it_shares_and_what_names_it(
    reading: Service, catalogue: Catalogue
) -> None:
    for iso3, country in catalogue.countries.items():
        page = words(reading, f"/countries/{iso3}")
        found = look(reading, f"/countries/{iso3}").text
        inherited = [one for area in catalogue.areas_of(iso3) for one in catalogue.readings(area)]
        told = [country.name.en, *sorted(quotes([*catalogue.readings(iso3), *inherited]))]
        for instrument in catalogue.instruments.values():
            for rule in instrument.rules:
                named = getattr(rule, "countries", ())
                if rule.kind == "member_of":
                    named = catalogue.groups[rule.group].members or ()
                if iso3 in named:
                    told += [instrument.name.en, rule.because.en]
        assert [text for text in map(folded, told) if text not in page] == [], iso3
        silent = iso3 in catalogue.region and not catalogue.readings(iso3)
        assert ("which is not the same as nothing" in page) == silent, iso3
        assert (f'href="/support?country={iso3}"' in found) == (iso3 in catalogue.region), iso3


def test_a_rule_that_leaves_a_country_out_stands_on_its_page(reading: Service) -> None:
    page = words(reading, "/countries/HND")
    assert "left out Special Multilateral Fund" in page
    assert "Left out OAS, Organization of American States (since 2009-07)" in page


def test_every_profile_has_its_facts_as_a_table(reading: Service, catalogue: Catalogue) -> None:
    entries = [
        *(f"/channels/{slug}" for slug in catalogue.channels),
        *(f"/instruments/{slug}" for slug in catalogue.instruments),
        *(f"/countries/{iso3}" for iso3 in catalogue.countries),
    ]
    for path in entries:
        assert f'href="{path}.csv"' in look(reading, path).text
        found = lines(reading, f"{path}.csv")
        assert tuple(found[0]) == COLUMNS
        assert all(line["section"] and line["statement"] for line in found), path
        assert all(bool(line["quote"]) == bool(line["offset"]) for line in found), path
        assert {line["document"] for line in found} <= {"", *catalogue.documents}, path
        assert {s for line in found for s in line["sectors"].split()} <= catalogue.sectors.keys(), path


def test_the_table_of_a_channel_has_each_fact_once_with_its_source(
    reading: Service, catalogue: Catalogue
) -> None:
    for slug, channel in catalogue.channels.items():
        found = lines(reading, f"/channels/{slug}.csv")
        sections = [line["section"] for line in found]
        for name in (
            "themes",
            "cycle",
            "funding",
            "donors",
            "platforms",
            "matchmaking",
            "prospects",
            "facts",
        ):
            assert sections.count(name) == len(getattr(channel, name)), f"{slug} {name}"
        readings = [one for one in catalogue.coverage if one.channel == slug]
        told = [(line["sectors"], line["role"]) for line in found if line["section"] == "coverage"]
        assert told == [(one.sector, one.role) for one in readings]
        assert [line["item"] for line in found if line["section"] == "region"] == list(catalogue.region)
        expected = {str(fact.citation.offset) for fact in channel.facts if fact.citation.quote}
        assert {line["offset"] for line in found if line["section"] == "facts"} == expected


def test_the_catalogue_as_tables_has_a_line_for_every_entry(reading: Service, catalogue: Catalogue) -> None:
    page = look(reading, "/catalogue").text
    for name, key, entries in (
        ("channels", "slug", catalogue.channels),
        ("instruments", "slug", catalogue.instruments),
        ("countries", "iso3", catalogue.countries),
    ):
        assert f'href="/catalogue/{name}.csv"' in page
        assert [line[key] for line in lines(reading, f"/catalogue/{name}.csv")] == list(entries)


def test_a_table_comes_in_the_language_of_the_reader(reading: Service) -> None:
    answer = look(reading, "/catalogue/countries.csv", "es")
    assert answer.headers["content-language"] == "es"
    assert "Brasil" in answer.text


@pytest.mark.parametrize("cell", HOSTILE)
def test_no_cell_is_run_as_a_formula(cell: str) -> None:
    answer = sheet("facts", ("one", "other"), [(cell, -5)], language="en")
    [_, line] = csv.reader(io.StringIO(bytes(answer.body).decode("utf-8-sig"), newline=""))
    assert line == [f"'{cell}", "-5"]


def test_a_hostile_fact_is_text_on_the_page_and_in_the_table(
    settings: Settings, catalogue: Catalogue, clock: Clock
) -> None:
    hostile = '=HYPERLINK("http://example.org","<script>alert(1)</script>")'
    fact = CitedStatement(statement=hostile, citation=Citation(document="undp-2011", locator="nowhere"))
    channel = catalogue.channels["paho"].model_copy(update={"facts": (fact,)})
    changed = replace(catalogue, channels={**catalogue.channels, "paho": channel})
    with running(settings, changed, clock) as service:
        page = look(service, "/channels/paho").text
        assert "<script>alert" not in page
        assert html.escape(hostile, quote=False) in page.replace("&#34;", '"')
        [line] = [one for one in lines(service, "/channels/paho.csv") if one["section"] == "facts"]
        assert line["statement"] == f"'{hostile}"


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/channels/phao", "/channels/paho"),
        ("/channels/unicfe", "/channels/unicef"),
        ("/instruments/femcdi", "/instruments/femcidi"),
        ("/countries/BRZ", "/countries/BRA"),
        ("/countries/Brazl", "/countries/BRA"),
        ("/countries/Antigua", "/countries/ATG"),
        ("/sectors/helth", "/sectors/health"),
    ],
)
def test_a_name_that_nothing_has_leads_to_those_near_it(reading: Service, path: str, near: str) -> None:
    page = look(reading, path)
    assert page.status_code == 404
    assert "There is nothing here" in page.text
    assert f'href="{near}"' in page.text


def test_a_table_of_nothing_is_not_found(reading: Service) -> None:
    for path in ("/channels/unknown.csv", "/instruments/unknown.csv", "/countries/XXX.csv"):
        assert look(reading, path).status_code == 404


# The region as tiles


def test_every_country_of_the_region_has_a_place_and_no_two_share_one(catalogue: Catalogue) -> None:
    assert PLACES.keys() == set(catalogue.region)
    assert len(set(PLACES.values())) == len(PLACES)
    assert all(0 <= column <= 9 and 0 <= row <= 9 for column, row in PLACES.values())


def tiles(service: Service, path: str) -> dict[str, dict[str, str | None]]:
    """The tiles of a page by country."""
    found = elements(look(service, path).text)
    labelled = (a for tag, a in found if tag == "a" and re.search(r" \([A-Z]{3}\): ", a.get("title") or ""))
    return {str(a["title"]).partition(" (")[2][:3]: a for a in labelled}


def test_a_tile_tells_what_is_known_of_a_channel_in_a_country(reading: Service, catalogue: Catalogue) -> None:
    for slug in catalogue.channels:
        shown = tiles(reading, f"/channels/{slug}")
        assert shown.keys() == set(catalogue.region)
        own = {one.area for one in catalogue.coverage if one.channel == slug and one.kind == "country"}
        assert {iso3 for iso3, tile in shown.items() if tile["class"] == "recorded"} == own
        for iso3 in own:
            assert shown[iso3]["href"] == f"/coverage?area={iso3}&channel={slug}"
    mercosur = tiles(reading, "/channels/mercosur")
    assert mercosur["JAM"]["class"] == "excluded"
    assert mercosur["BRA"]["title"] == "Brazil (BRA): recorded for this country, provider"
    assert "not among those that the chapter lists" in str(mercosur["BOL"]["title"])
    assert tiles(reading, "/channels/unicef")["DOM"]["class"] == "recorded"
    assert tiles(reading, "/channels/isdr")["JAM"]["class"] == "unknown"
    assert "the source counts it out" in str(tiles(reading, "/channels/oas")["HND"]["title"])


def test_a_tile_counts_the_channels_of_a_sector_in_a_country(reading: Service, catalogue: Catalogue) -> None:
    for slug in catalogue.sectors:
        shown = tiles(reading, f"/sectors/{slug}")
        for iso3 in catalogue.region:
            own = {one.channel for one in catalogue.readings(iso3) if one.sector == slug}
            counted = re.search(r": (\d+) channels? recorded", str(shown[iso3]["title"]))
            assert int(counted[1] if counted else 0) == len(own), f"{slug} {iso3}"


def test_the_picture_stands_once_more_as_a_table(reading: Service, catalogue: Catalogue) -> None:
    page = words(reading, "/channels/paho")
    table = page[page.index("The same as a table") :]
    for iso3 in catalogue.region:
        assert catalogue.countries[iso3].name.en in table


# Annex 1


def test_a_country_without_a_row_is_in_the_matrix_as_one_of_which_nothing_is_known(
    reading: Service, catalogue: Catalogue
) -> None:
    page = look(reading, "/coverage").text
    [without] = re.findall(r'<tbody class="without">(.*?)</tbody>', page, flags=re.DOTALL)
    assert (
        "Without a row in Annex 1: nothing is known, which is not the same as nothing being done" in without
    )
    rows = re.findall(r'data-area="(\w+)"', without)
    assert sorted(rows) == sorted(iso3 for iso3 in catalogue.region if not catalogue.readings(iso3))
    assert 'class="without"' not in look(reading, "/coverage?channel=paho").text


def test_what_the_filters_leave_out_does_not_look_as_if_it_was_not_known(reading: Service) -> None:
    page = look(reading, "/coverage?channel=undp&role=receiver").text
    [honduras] = re.findall(r'data-area="HND">(.*?)</tr>', page, flags=re.DOTALL)
    cells = re.findall(r"<td.*?</td>", honduras)
    assert len(cells) == 11
    assert "not known" in cells[0], "nothing is recorded there at all"
    assert "other readings, left out by the filters" in cells[1], "of PAHO and UNICEF"
    assert "UNDP" in cells[2]


def test_every_cell_with_a_reading_leads_to_its_citations(reading: Service, catalogue: Catalogue) -> None:
    page = html.unescape(look(reading, "/coverage").text)
    for area, sector in {(one.area, one.sector) for one in catalogue.coverage}:
        assert f'<td><a href="/coverage?area={area}&sector={sector}">' in page
    cell = words(reading, "/coverage?area=HTI&sector=childhood-youth")
    assert "Haiti , Childhood and youth" in cell
    assert "“UNICEF (r)”" in cell or "UNICEF (r)" in cell


def test_of_one_sector_the_countries_that_are_not_known_are_named(
    reading: Service, catalogue: Catalogue
) -> None:
    page = words(reading, "/coverage?sector=gender")
    silent = page[page.index("No such reading is known of") :]
    for iso3 in catalogue.region:
        known = any(one.sector == "gender" for one in catalogue.readings(iso3))
        assert (f" {catalogue.countries[iso3].name.en}" in silent) != known, iso3


def test_every_link_of_the_profiles_leads_somewhere(reading: Service) -> None:
    pages = (
        "/channels/oas",
        "/instruments/rpg",
        "/countries/HND",
        "/sectors/health",
        "/coverage?sector=gender",
    )
    links = {
        str(attributes["href"]).partition("#")[0]
        for path in pages
        for _, attributes in elements(look(reading, path).text)
        if str(attributes.get("href", "")).startswith("/")
    }
    broken = [link for link in sorted(links) if link and look(reading, link).status_code != 200]
    assert broken == []
