"""The catalogue as partners read it, without a key."""

from typing import Any

import pytest
from pydantic import BaseModel

from app.api.catalogue import (
    ChannelOut,
    CountryOut,
    CoverageOut,
    GroupOut,
    InstrumentOut,
    ModalityOut,
    SectorOut,
)
from tests.web.visitors import Service, Visitor, pointers

SHAPES: dict[str, type[BaseModel]] = {
    "sectors": SectorOut,
    "modalities": ModalityOut,
    "countries": CountryOut,
    "groups": GroupOut,
    "channels": ChannelOut,
    "instruments": InstrumentOut,
}
SECTORS = (
    "education-culture childhood-youth environment agriculture-food-security health social "
    "economic-development infrastructure-science-it public-sector gender cross-sector"
)
CHANNELS = (
    "eclac fao ilo paho undp unesco unep unicef su-ssc wfp cdb iadb oas segib tt-ssc wbg caricom mercosur "
    "sica unasur unhchr isdr"
)


@pytest.fixture(scope="module")
def service(one_service: Service) -> Service:
    """One for all of these, since reading changes nothing."""
    return one_service


def everything(visitor: Visitor, address: str) -> list[Any]:
    """Every item of a list, page by page."""
    found: list[Any] = []
    following: str | None = address
    while following:
        answer = visitor.get(following)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        following = answer.links["next"]["url"] if "next" in answer.links else None
    return found


@pytest.mark.parametrize("resource", SHAPES)
def test_every_entry_is_listed_and_has_its_own_address(anyone: Visitor, resource: str) -> None:
    entries = everything(anyone, f"/v1/{resource}?limit=7")

    assert anyone.get(f"/v1/{resource}").json()["total"] == len(entries) > 0
    for entry in entries:
        SHAPES[resource].model_validate(entry)
    assert anyone.get(f"/v1/{resource}/{entries[-1]['slug']}").json() == entries[-1]


def test_the_slugs_are_those_of_the_contract(anyone: Visitor) -> None:
    assert [sector["slug"] for sector in everything(anyone, "/v1/sectors")] == SECTORS.split()
    assert sorted(channel["slug"] for channel in everything(anyone, "/v1/channels")) == sorted(
        CHANNELS.split()
    )
    instruments = {instrument["slug"] for instrument in everything(anyone, "/v1/instruments")}
    assert {"seetf", "ct-intra", "rpg", "femcidi", "pgtf", "paho-tcc", "ctcs", "focem"} <= instruments
    modalities = {m["slug"]: m["for_postings"] for m in everything(anyone, "/v1/modalities")}
    assert modalities["study-visit"] is True


def test_a_rule_says_why_and_where_it_is_written(anyone: Visitor) -> None:
    rules = anyone.get("/v1/instruments/ct-intra").json()["rules"]
    ceiling = next(rule for rule in rules if rule["id"] == "ceiling")

    assert (ceiling["kind"], ceiling["about"], ceiling["value"]) == ("at_most", "amount_usd", 20000)
    assert ceiling["because"]
    assert ceiling["citation"]["document"] == "undp-2011"
    assert ceiling["citation"]["quote"]


def test_a_country_is_found_by_either_code_in_any_case(anyone: Visitor) -> None:
    jamaica = anyone.get("/v1/countries/JAM").json()

    assert jamaica["iso3"] == "JAM"
    assert {"lac", "caribbean", "caricom"} <= set(jamaica["groups"])
    assert anyone.get("/v1/countries/jam").json() == anyone.get("/v1/countries/jm").json() == jamaica


def test_what_is_not_there_is_told_with_what_is_near(anyone: Visitor) -> None:
    missing = anyone.get("/v1/channels/pahoo")

    assert missing.status_code == 404
    assert "paho" in missing.json()["detail"].split("near it:")[1]


@pytest.mark.parametrize(
    ("wished", "language", "name"),
    [
        ("es", "es", "Salud"),
        ("pt-BR,pt;q=0.9", "pt", "Saúde"),
        ("fr;q=0.5, es;q=0.8", "es", "Salud"),
        ("de, fr;q=0.1", "fr", "Santé"),
        ("nl", "en", "Health"),
        ("*", "en", "Health"),
        ("es;q=0", "en", "Health"),
        (";;q=x,,", "en", "Health"),
    ],
)
def test_labels_come_in_the_language_asked_for(
    anyone: Visitor, wished: str, language: str, name: str
) -> None:
    health = anyone.get("/v1/sectors/health", headers={"Accept-Language": wished})

    assert (health.headers["content-language"], health.json()["name"]) == (language, name)
    assert health.json()["names"]["fr"] == "Santé"
    assert "Accept-Language" in health.headers["vary"]


def test_who_has_an_entry_already_is_told_so(anyone: Visitor) -> None:
    first = anyone.get("/v1/channels/paho")
    again = anyone.get("/v1/channels/paho", headers={"If-None-Match": first.headers["etag"]})
    other = anyone.get(
        "/v1/channels/paho", headers={"If-None-Match": first.headers["etag"], "Accept-Language": "es"}
    )

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200, "another language is another answer"


def test_an_unknown_key_is_refused_here_too(service: Service) -> None:
    assert Visitor(service.client, "puente_not-a-key").get("/v1/sectors").status_code == 401


class TestCoverage:
    def test_without_filters_it_is_all_that_is_printed(self, anyone: Visitor) -> None:
        readings = everything(anyone, "/v1/coverage")

        assert len(readings) == 289
        assert len({reading["id"] for reading in readings}) == 289
        for reading in readings:
            CoverageOut.model_validate(reading)
            assert ("country" in reading) != ("group" in reading)
        groups = {reading["group"] for reading in readings if "group" in reading}
        assert groups == {"lac", "caribbean", "central-america", "south-america"}
        assert anyone.get("/v1/coverage").json()["note"] is None

    def test_a_country_also_has_the_rows_of_its_groups_and_they_are_marked(self, anyone: Visitor) -> None:
        readings = everything(anyone, "/v1/coverage?country=jm")
        own = [reading for reading in readings if "inherited_from" not in reading]
        inherited = [reading for reading in readings if "inherited_from" in reading]

        assert {reading["country"] for reading in own} == {"JAM"}
        assert {reading["inherited_from"] for reading in inherited} == {"lac", "caribbean"}
        assert all(reading["group"] == reading["inherited_from"] for reading in inherited)
        assert "our reading" in anyone.get("/v1/coverage?country=JAM").json()["note"]

    def test_filters_go_together(self, anyone: Visitor) -> None:
        readings = everything(anyone, "/v1/coverage?country=BRA&sector=health&channel=paho")

        assert readings
        assert {(reading["sector"], reading["channel"]) for reading in readings} == {("health", "paho")}

    @pytest.mark.parametrize(
        ("query", "places"),
        [
            ("country=XXX", ["/query/country"]),
            ("sector=helth&channel=pahoo", ["/query/channel", "/query/sector"]),
            ("cursor=-1", ["/query/cursor"]),
            ("cursor=x", ["/query/cursor"]),
            ("cursor=9999", ["/query/cursor"]),
            ("role=provider", ["/query/role"]),
        ],
    )
    def test_what_is_not_known_is_refused(self, anyone: Visitor, query: str, places: list[str]) -> None:
        assert pointers(anyone.get(f"/v1/coverage?{query}")) == places
