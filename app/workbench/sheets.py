"""The facts of the catalogue for a spreadsheet: one a line, each with its source."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fastapi import Response

from app.catalogue import Catalogue, Channel, Country, Coverage, Instrument
from app.catalogue.facts import CitedStatement, Donor, NamedException, Scope, Step
from app.sources import Citation
from app.workbench import labels
from app.workbench.shown import Shower
from app.workbench.told import naming_channels, naming_rules, told

Cells = Sequence[str | int | float | None]

SOURCE = ("document", "locator", "offset", "quote")
COLUMNS = ("section", "item", "statement", "sectors", "role", *SOURCE)


def sheet(name: str, columns: Sequence[str], lines: Iterable[Cells], *, language: str) -> Response:
    """A file for a spreadsheet, in a language."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(columns)
    table.writerows([_harmless(cell) for cell in line] for line in lines)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "Content-Language": language,
        "Vary": "Accept-Language, Cookie",
    }
    # Spreadsheets take a file without the mark for Latin-1.
    return Response(f"\ufeff{written.getvalue()}", media_type="text/csv", headers=headers)


def _harmless(cell: str | int | float | None) -> str | int | float:
    """Text that a spreadsheet would run as a formula is marked as text."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{cell}"
    return "" if cell is None else cell


def cited(citation: Citation | None) -> Cells:
    """The cells of a source."""
    if citation is None:
        return ("", "", "", "")
    return (citation.document, citation.locator, citation.offset, citation.quote)


@dataclass(frozen=True, slots=True)
class Line:
    """One fact. `section` and `item` are codes that stay; `statement` is for people."""

    section: str
    item: str
    statement: str
    citation: Citation | None = None
    sectors: tuple[str, ...] = ()
    role: str = ""

    @property
    def cells(self) -> Cells:
        sectors = " ".join(self.sectors)
        return (self.section, self.item, self.statement, sectors, self.role, *cited(self.citation))


def facts(name: str, lines: Iterable[Line], *, language: str) -> Response:
    """The facts of one entry."""
    return sheet(name, COLUMNS, (line.cells for line in lines), language=language)


def of_channel(show: Shower, channel: Channel) -> Iterator[Line]:
    """Every fact of a channel, in the order of its page."""
    held, language = show.catalogue, show.language
    yield Line("about", "name", channel.name.in_(language))
    yield Line("about", "abbreviation", channel.abbreviation)
    yield Line("about", "kind", show.words.gettext(labels.CHANNEL_KINDS[channel.kind]))
    yield Line("about", "about", channel.about.in_(language))
    yield from _scope(show, channel.countries)
    for one in told(held, channel):
        name = held.countries[one.country].name.in_(language)
        knowledge = show.words.gettext(labels.KNOWLEDGE[one.knowledge].word)
        yield Line("region", one.country, f"{name}: {knowledge}", role=one.knowledge)
    yield from _readings(show, "coverage", (r for r in held.coverage if r.channel == channel.slug))
    for instrument in held.instruments_of(channel.slug):
        own = "own" if instrument.channel == channel.slug else "shared"
        yield Line("instruments", instrument.slug, instrument.name.in_(language), role=own)
    yield from _steps("cycle", channel.cycle, language)
    yield from _statements("matchmaking", channel.matchmaking)
    for theme in channel.themes:
        yield Line("themes", "", theme.label.in_(language), theme.citation, theme.sectors)
    for used in channel.modalities:
        name = held.modalities[used.modality].name.in_(language)
        yield Line("modalities", used.modality, name, used.citation)
    for platform in channel.platforms:
        yield Line("platforms", platform.kind or "", f"{platform.name}. {platform.about}", platform.citation)
    yield from _statements("funding", channel.funding)
    yield from _donors(channel.donors)
    yield from _statements("prospects", channel.prospects)
    yield from _statements("facts", channel.facts)
    yield from _not_stated(channel.not_stated)


def _scope(show: Shower, scope: Scope) -> Iterator[Line]:
    says = show.words.gettext(labels.SCOPES[scope.scope])
    yield Line("countries", scope.group or scope.scope, says, scope.citation)
    source = show.catalogue.groups[scope.group].citation if scope.group else scope.citation
    for iso3 in show.catalogue.named_in(scope):
        yield Line("countries", iso3, show.catalogue.countries[iso3].name.in_(show.language), source)
    yield from _exceptions(show, show.catalogue.excepted_from(scope))


def _exceptions(show: Shower, excepted: Iterable[NamedException]) -> Iterator[Line]:
    for one in excepted:
        name = show.catalogue.countries[one.country].name.in_(show.language)
        if one.since:
            since = show.words.gettext("since %(date)s") % {"date": one.since}
            name = f"{name} ({since})"
        yield Line("exceptions", one.country, name, one.citation)


def _readings(show: Shower, section: str, readings: Iterable[Coverage]) -> Iterator[Line]:
    for reading in readings:
        told = (show.area(reading.area), reading.unit, reading.note)
        yield Line(
            section,
            f"{reading.area} {reading.channel}",
            "; ".join(filter(None, told)),
            reading.citation,
            (reading.sector,),
            reading.role,
        )


def _statements(section: str, facts: Iterable[CitedStatement]) -> Iterator[Line]:
    for fact in facts:
        yield Line(section, "", fact.statement, fact.citation)


def _steps(section: str, steps: Iterable[Step], language: str) -> Iterator[Line]:
    for number, step in enumerate(steps, start=1):
        yield Line(section, str(number), step.step.in_(language), step.citation)


def _donors(donors: Iterable[Donor]) -> Iterator[Line]:
    for donor in donors:
        yield Line("donors", "", donor.name, donor.citation)


def _not_stated(items: Iterable[str]) -> Iterator[Line]:
    for item in items:
        yield Line("not-stated", "", item)


def of_instrument(show: Shower, instrument: Instrument) -> Iterator[Line]:
    """Every fact of an instrument, in the order of its page."""
    held, language, say = show.catalogue, show.language, show.words.gettext
    yield Line("about", "name", instrument.name.in_(language))
    yield Line("about", "kind", say(labels.INSTRUMENT_KINDS[instrument.kind]))
    yield Line("about", "about", instrument.about.in_(language))
    yield Line("about", "as-of", instrument.as_of)
    if instrument.told in labels.TOLD:
        yield Line("about", "told", say(labels.TOLD[instrument.told]))
    for slug in filter(None, (instrument.channel, *instrument.with_channels)):
        own = "own" if slug == instrument.channel else "shared"
        yield Line("channels", slug, held.channels[slug].name.in_(language), role=own)
    for rule in instrument.rules:
        about = getattr(rule, "about", None)
        party = about if about in labels.PARTIES else ""
        yield Line("rules", rule.id, rule.because.in_(language), rule.citation, role=party or "")
        yield Line("rules-ask", rule.id, rule.ask.in_(language))
        yield Line("rules-kind", rule.id, say(labels.RULES[rule.kind]))
        yield Line("rules-as-of", rule.id, rule.as_of or instrument.as_of)
    window = instrument.window
    says = window.statement or say(labels.WINDOWS[window.kind])
    yield Line("window", window.kind, says, window.citation)
    for amount in instrument.amounts:
        yield Line("amounts", f"USD {amount.usd}", amount.what, amount.citation)
    for share in instrument.shares:
        yield Line("shares", f"{share.percent:g} %", share.what, share.citation)
    yield from _donors(instrument.donors)
    section = "steps" if instrument.steps else "cycle"
    yield from _steps(section, held.steps_of(instrument), language)
    yield from _statements("facts", instrument.facts)
    yield from _not_stated(instrument.not_stated)


def of_country(show: Shower, country: Country) -> Iterator[Line]:
    """Every fact of a country, in the order of its page."""
    held, language, say = show.catalogue, show.language, show.words.gettext
    yield Line("about", "name", country.name.in_(language), country.citation)
    yield Line("about", "kind", say(labels.COUNTRY_KINDS[country.kind]))
    for tag in country.languages:
        yield Line("languages", tag, show.words.tongue(tag))
    own = held.readings(country.iso3)
    yield from _readings(show, "coverage", own)
    if not own and country.iso3 in held.region:
        nothing = labels.KNOWLEDGE["unknown"]
        yield Line("coverage", country.iso3, say(nothing.word))
    yield from _readings(show, "inherited", held.inherited(country.iso3))
    for group in held.groups.values():
        if group.kind == "membership" and country.iso3 in (group.members or ()):
            yield Line("memberships", group.slug, group.name.in_(language), group.citation)
    for channel, named in naming_channels(held, country.iso3):
        yield Line("channels", channel.slug, channel.name.in_(language), named)
    for instrument, rule in naming_rules(held, country.iso3):
        item = f"{instrument.slug} {rule.id}"
        yield Line("rules", item, rule.because.in_(language), rule.citation, role=rule.kind)


# The catalogue as lists

CHANNELS = (
    "slug",
    "abbreviation",
    "name",
    "kind",
    "countries",
    "sectors",
    "modalities",
    "instruments",
    "readings",
    "about",
    *SOURCE,
)


def channels(show: Shower) -> Iterator[Cells]:
    """A line for every channel; the source is that of its countries."""
    held, language = show.catalogue, show.language
    for channel in held.channels.values():
        yield (
            channel.slug,
            channel.abbreviation,
            channel.name.in_(language),
            show.words.gettext(labels.CHANNEL_KINDS[channel.kind]),
            channel.countries.group or channel.countries.scope,
            " ".join(held.sectors_of(channel.slug)),
            " ".join(used.modality for used in channel.modalities),
            " ".join(instrument.slug for instrument in held.instruments_of(channel.slug)),
            sum(reading.channel == channel.slug for reading in held.coverage),
            channel.about.in_(language),
            *cited(channel.countries.citation),
        )


INSTRUMENTS = (
    "slug",
    "name",
    "kind",
    "channel",
    "with_channels",
    "told",
    "as_of",
    "window",
    "rules",
    "not_stated",
    "about",
    *SOURCE,
)


def instruments(show: Shower) -> Iterator[Cells]:
    """A line for every instrument; the source is that of its window."""
    language = show.language
    for one in show.catalogue.instruments.values():
        yield (
            one.slug,
            one.name.in_(language),
            show.words.gettext(labels.INSTRUMENT_KINDS[one.kind]),
            one.channel,
            " ".join(one.with_channels),
            one.told,
            one.as_of,
            one.window.kind,
            len(one.rules),
            len(one.not_stated),
            one.about.in_(language),
            *cited(one.window.citation),
        )


COUNTRIES = (
    "iso3",
    "iso2",
    "name",
    "kind",
    "subregion",
    "languages",
    "own_row",
    "readings",
    "inherited",
    "memberships",
    *SOURCE,
)


def countries(show: Shower) -> Iterator[Cells]:
    """A line for every country; `own_row` is no where nothing is known of it, which is not nothing done."""
    held: Catalogue = show.catalogue
    memberships: Mapping[str, list[str]] = {iso3: [] for iso3 in held.countries}
    for group in held.groups.values():
        if group.kind == "membership":
            for iso3 in group.members or ():
                memberships[iso3].append(group.slug)
    for iso3, country in held.countries.items():
        own = held.readings(iso3)
        yield (
            iso3,
            country.iso2,
            country.name.in_(show.language),
            country.kind,
            country.subregion,
            " ".join(country.languages),
            "yes" if own else "no",
            len(own),
            len(held.inherited(iso3)),
            " ".join(memberships[iso3]),
            *cited(country.citation),
        )
