"""The conditions of instruments for the pages: in plain words, with what they demand and what to ask."""

from app.catalogue import Instrument
from app.catalogue.rules import Rule, statement_of
from app.workbench import labels
from app.workbench.frame import Visit
from app.workbench.shown import Shown
from app.workbench.told import naming_rules


def grouped(visit: Visit, instrument: Instrument) -> list[Shown]:
    """The rules of an instrument under plain words, in the order of the source within each."""
    say = visit.words.gettext
    groups = [
        {
            "name": say(name),
            "rules": [_rule(visit, instrument, rule) for rule in instrument.rules if rule.kind in kinds],
        }
        for name, kinds in labels.RULE_GROUPS.values()
    ]
    return [group for group in groups if group["rules"]]


def _rule(visit: Visit, instrument: Instrument, rule: Rule) -> Shown:
    language = visit.words.language
    return {
        "kind": visit.words.gettext(labels.RULES[rule.kind]),
        "says": rule.because.in_(language),
        "ask": rule.ask.in_(language),
        "dated": rule.as_of or instrument.as_of,
        "source": visit.show.source(rule.citation),
        "demands": _demands(visit, rule),
    }


def _demands(visit: Visit, rule: Rule) -> Shown:
    """What a rule compares with: words before, names with their pages, and words after."""
    held, show, words, say = visit.house.catalogue, visit.show, visit.words, visit.words.gettext
    names: list[Shown] = []
    text, after = "", ""
    match rule.kind:
        case "at_most":
            text = f"USD {words.number(rule.value)}"
        case "at_most_share":
            text = say(labels.BASES[rule.of]) % {"percent": show.percentage(rule.percent)}
        case "at_least":
            text = words.ngettext("%(num)s country", "%(num)s countries", rule.value)
        case "member_of":
            group = held.groups[rule.group]
            text, after = group.name.in_(words.language), say(labels.LISTS[group.list])
            names = [show.country(iso3) for iso3 in group.members or ()]
        case "not_among":
            names = [_left_out(visit, iso3, rule.since.get(iso3)) for iso3 in rule.countries]
        case "contributes_only" | "documented_use":
            names = [show.country(iso3) for iso3 in rule.countries]
        case "sector_in":
            names, after = [show.sector(one) for one in rule.sectors], say(labels.ENUMERATIONS[rule.list])
        case "modality_in":
            names = [show.modality(one) for one in rule.modalities]
            after = say(labels.ENUMERATIONS[rule.list])
        case "shares_cost" if rule.percent:
            text = show.percentage(rule.percent)
        case "within_window":
            text = say(labels.WINDOWS[rule.window])
    if statement := statement_of(rule):
        stated = words.gettext("“%(words)s”") % {"words": held.statements[statement].says.in_(words.language)}
        text = ". ".join(filter(None, (text, stated)))
    party = str(getattr(rule, "about", ""))
    return {
        "text": text,
        "names": names,
        "after": after,
        "party": say(labels.PARTIES[party]) if party in labels.PARTIES else "",
    }


def _left_out(visit: Visit, iso3: str, date: str | None) -> Shown:
    country = visit.show.country(iso3)
    if date is None:
        return country
    since = visit.words.gettext("since %(date)s") % {"date": date}
    return country | {"name": f"{country['name']} ({since})"}


def naming(visit: Visit, iso3: str) -> list[Shown]:
    """How the rules of the instruments name a country."""
    say, language = visit.words.gettext, visit.words.language
    return [
        {
            "how": say(labels.NAMING[rule.kind]),
            "instrument": instrument.name.in_(language),
            "href": f"/instruments/{instrument.slug}",
            "says": rule.because.in_(language),
            "dated": rule.as_of or instrument.as_of,
            "source": visit.show.source(rule.citation),
        }
        for instrument, rule in naming_rules(visit.house.catalogue, iso3)
    ]
