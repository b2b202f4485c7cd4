"""Parts -> sentences for people, made of the score's own numbers.

Evidence is what a part rests on, as data; a `Reason` is a sentence in every language of the interface
with its source. Neither computes anything that the score does not: the contributions of the terms add
up to the contribution of the text part.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numba
import numpy as np
import numpy.typing as npt

from app.catalogue import Catalogue, Label
from app.catalogue.label import LANGUAGES
from app.language.translate import PIVOT
from app.matching.channels import FIT_WEIGHTS, ChannelTables, Fits, FitWeights, readings_for
from app.matching.features import CONCEPTS, NOTHING, PIVOT_STEMS, Ids, Rows, Spoken
from app.matching.posting import Posting
from app.matching.score import ANY_SECTOR, no_room
from app.matching.sentences import NEEDS, TONGUES, Listed, Reason, Said, Words, of_reading, say
from app.sources import Citation
from app.thesaurus import Thesaurus

Table = npt.NDArray[np.float64]

ALIKE = 0.6
"""Share of the features of the shorter of two words that both must have to be named as having met."""

MOST_TERMS = 8
"""Terms named as evidence of the text part; the others are summed up as the rest."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a part rests on: a term in the words of both sides, a sector, a row of Annex 1, ..."""

    kind: str
    id: str | None = None
    in_request: str | None = None
    in_offer: str | None = None
    contribution: float | None = None
    says: Said | None = None
    citation: Citation | None = None


def terms(
    request: Mapping[str, Spoken],
    offer: Mapping[str, Spoken],
    weighed_request: Rows,
    weighed_offer: Rows,
    shares: Sequence[float],
    thesaurus: Thesaurus,
) -> tuple[Evidence, ...]:
    """The words and concepts of both sides that met, with their contributions, greatest first; then the rest.

    A feature that both texts have contributes share x weight x weight. It is divided evenly among the
    words of each side that have it, so that runs of letters are told as the words they are part of.
    `request` and `offer` are the words by key, see `lexemes`; `shares` are what a unit of each view's
    cosine contributes to the score.
    """
    met, total = np.zeros((len(request), len(offer))), 0.0
    alike = np.zeros(met.shape, dtype=np.bool_)
    for view, share in enumerate(shares):
        common, here, there = np.intersect1d(
            weighed_request[view].ids, weighed_offer[view].ids, assume_unique=True, return_indices=True
        )
        worth = share * weighed_request[view].values[here].astype(float) * weighed_offer[view].values[there]
        left = _who_has([word.ids[view] for word in request.values()], common)
        right = _who_has([word.ids[view] for word in offer.values()], common)
        shared = np.zeros(met.shape)
        _add_met(met, shared, worth, left, right)
        alike |= _alike(shared, request.values(), offer.values(), view)
        total += float(worth.sum())
    if total <= 0.0:
        return ()
    ours, theirs = list(request), list(offer)
    found, told = [], 0.0
    named = np.where(alike, met, 0.0)
    for flat in np.argsort(-named, axis=None, kind="stable")[:MOST_TERMS]:
        row, column = divmod(int(flat), met.shape[1])
        contribution = float(named[row, column])
        if contribution < total / 100:
            break
        mine, other = request[ours[row]], offer[theirs[column]]
        found.append(_met(mine, other, contribution, thesaurus))
        told += contribution
    found.append(Evidence("rest", contribution=total - told, says=say("rest")))
    return tuple(found)


def _met(mine: Spoken, other: Spoken, contribution: float, thesaurus: Thesaurus) -> Evidence:
    """Two words, or two phrases that name a concept; if they name different ones, what both are part of."""
    met = Evidence("term", None, mine.surface, other.surface, contribution)
    if not mine.concept:
        meant = mine.key == other.key or bool(set(mine.ids[PIVOT_STEMS]) & set(other.ids[PIVOT_STEMS]))
        return met if meant else replace(met, kind="related_word")
    broader = set(thesaurus.lineage(other.key))
    concept = next(id for id in thesaurus.lineage(mine.key) if id in broader)
    return replace(met, kind="concept", id=concept, says=_named(concept, thesaurus))


def _named(concept: str, thesaurus: Thesaurus) -> Label:
    return Label(**{tag: thesaurus.concepts[concept].preferred(tag) for tag in LANGUAGES})


def subthemes(found: Iterable[str], thesaurus: Thesaurus) -> tuple[Evidence, ...]:
    """Sub-themes that both texts name."""
    return tuple(Evidence("subtheme", id, says=say("subtheme", name=_named(id, thesaurus))) for id in found)


def compared(request: Posting, offer: Posting) -> Words:
    """Through what two texts were compared."""
    if request.language == offer.language:
        return say("compared_same", name=TONGUES[request.language])
    sides = [one for one in (request, offer) if one.language != PIVOT]
    lacking = [one for one in sides if one.translation is None]
    names = Listed(tuple(TONGUES[one.language] for one in lacking or sides))
    return say("compared_unbridged" if lacking else "compared_bridged", names=names)


def lexemes(words: Sequence[Spoken]) -> dict[str, Spoken]:
    """The words and phrases of a text by key: as first written, with the features of all their forms."""
    forms: dict[str, list[Spoken]] = {}
    for word in words:
        forms.setdefault(f"{word.concept:d}{word.key}", []).append(word)
    return {key: same[0] if len(same) == 1 else _joined(same) for key, same in forms.items()}


def _joined(forms: Sequence[Spoken]) -> Spoken:
    by_view = zip(*(form.ids for form in forms), strict=True)
    return forms[0]._replace(ids=tuple(_union(of_view) for of_view in by_view))


def _union(found: Iterable[Ids]) -> Ids:
    """Every number once. Forms of a word mostly have the very same ones, or none in a view."""
    distinct = {id(ids): ids for ids in found if ids.size}
    if len(distinct) == 1:
        return next(iter(distinct.values()))
    return np.unique(np.concatenate([*distinct.values(), NOTHING]))


@numba.njit(nogil=True, cache=True)
def _add_met(met: Table, shared: Table, worth: Table, left: Table, right: Table) -> None:
    """met += (left x worth)' right, and shared += how many features two words have in common.

    Not a matrix product: the tables are nearly empty, and for ones so small BLAS wakes all its threads,
    which on a busy machine wait for each other ten times as long as they count.
    """
    for feature in range(left.shape[0]):
        for row in range(left.shape[1]):
            part = left[feature, row] * worth[feature]
            if left[feature, row] > 0.0:
                for column in range(right.shape[1]):
                    if right[feature, column] > 0.0:
                        met[row, column] += part * right[feature, column]
                        shared[row, column] += 1.0


def _alike(
    shared: Table, request: Iterable[Spoken], offer: Iterable[Spoken], view: int
) -> npt.NDArray[np.bool_]:
    """Which words share most of what the shorter one is made of, or which phrases a concept: only those are
    told as having met."""
    if view == CONCEPTS:
        return shared > 0
    mine = np.array([word.ids[view].size for word in request])
    other = np.array([word.ids[view].size for word in offer])
    least = np.minimum(mine[:, None], other[None, :])
    alike: npt.NDArray[np.bool_] = (shared >= ALIKE * least) & (shared > 0)
    return alike


def _who_has(words: Sequence[Ids], features: Ids) -> Table:
    """Which words have which features: features x words, each row divided by its sum."""
    table = np.zeros((features.size, len(words)))
    if features.size and words:
        found = np.concatenate(words)
        column = np.repeat(np.arange(len(words)), [ids.size for ids in words])
        places = np.minimum(np.searchsorted(features, found), features.size - 1)
        has = features[places] == found
        table[places[has], column[has]] = 1.0
    table /= np.maximum(table.sum(axis=1, keepdims=True), 1.0)
    return table


def evidence(part: str, request: Posting, offer: Posting, catalogue: Catalogue) -> tuple[Evidence, ...]:
    """What a part other than the text and the channel rests on; nothing where it is not known."""
    return _EVIDENCE[part](request, offer, catalogue) if part in _EVIDENCE else ()


def _sectors(request: Posting, offer: Posting, catalogue: Catalogue) -> tuple[Evidence, ...]:
    both = [slug for slug in catalogue.sectors if slug in request.topics and slug in offer.topics]
    named = bool(request.sectors and offer.sectors)
    if both or not (request.topics and offer.topics):
        names = ((slug, catalogue.sectors[slug].name) for slug in both)
        return tuple(
            Evidence("sector", slug, says=name if named else say("sector_read", name=name))
            for slug, name in names
        )
    if ANY_SECTOR in request.topics or ANY_SECTOR in offer.topics:
        return (Evidence("sector", ANY_SECTOR, says=say("meets_all")),)
    return ()


def _modalities(request: Posting, offer: Posting, catalogue: Catalogue) -> tuple[Evidence, ...]:
    known = catalogue.modalities
    both = [m for m in request.modalities if m in offer.modalities]
    if both:
        told = (Evidence("modality", m, m, m, says=_needs(known[m].name, known[m].needs)) for m in both)
        return (*told, *_lacking(request, offer, both, catalogue))
    akin = [
        (asked, given)
        for asked in request.modalities
        for given in offer.modalities
        if known[asked].family == known[given].family
    ]
    told = (
        Evidence(
            "related_modality",
            known[asked].family,
            asked,
            given,
            says=say("stands_in", asked=known[asked].name, given=known[given].name),
        )
        for asked, given in akin
    )
    return (*told, *_lacking(request, offer, [given for _, given in akin], catalogue))


def _lacking(
    request: Posting, offer: Posting, both: Sequence[str], catalogue: Catalogue
) -> Iterator[Evidence]:
    """What this pair is known to lack of what a modality needs."""
    here, there = catalogue.countries[request.country], catalogue.countries[offer.country]
    needs = {need for modality in both for need in catalogue.modalities[modality].needs}
    tongue = request.language == offer.language or set(here.languages) & set(there.languages)
    if "interpreter" in needs and not tongue:
        yield Evidence("need", "interpreter", says=say("lacks_tongue"))
    roomless = no_room(catalogue)
    for country in (here, there):
        if "facility" in needs and country.iso3 in roomless:
            says = say("lacks_room", country=country.name)
            yield Evidence("need", "facility", says=says, citation=roomless[country.iso3])


def _needs(name: Label, needs: Sequence[str]) -> Words:
    if not needs:
        return name
    return say("needs", name=name, needs=Listed(tuple(NEEDS[need] for need in needs)))


def about_sectors(request: Posting, offer: Posting) -> tuple[str, ...]:
    """The sectors that a pair is about: those of both; else those of the request, or of the offer.

    They may be read from the texts, where none are named.
    """
    both = tuple(sector for sector in request.topics if sector in offer.topics)
    return both or request.topics or offer.topics


def _precedents(request: Posting, offer: Posting, catalogue: Catalogue) -> tuple[Evidence, ...]:
    sectors = about_sectors(request, offer)
    return tuple(
        Evidence(
            "coverage",
            reading.id,
            says=of_reading(reading, catalogue),
            citation=reading.citation,
            in_request=country if country == request.country else None,
            in_offer=country if country == offer.country else None,
        )
        for country in (offer.country, request.country)
        for reading in catalogue.readings(country)
        if reading.sector in sectors
    )


def _nearness(request: Posting, offer: Posting, catalogue: Catalogue) -> tuple[Evidence, ...]:
    here, there = catalogue.countries[request.country], catalogue.countries[offer.country]
    found = []
    tongues: list[str] = [tag for tag in here.languages if tag in there.languages]
    if request.language == offer.language and request.language not in tongues:
        tongues.insert(0, request.language)
    if tongues:
        found.append(Evidence("language", tongues[0], says=say("shared_language", name=TONGUES[tongues[0]])))
    if here.subregion and here.subregion == there.subregion:
        area = catalogue.groups.get(here.subregion)
        found.append(
            Evidence("subregion", here.subregion, says=say("same_subregion", name=area.name if area else ""))
        )
    for channel in catalogue.channels.values():
        group = catalogue.groups.get(channel.countries.group or "")
        members = group.members if group and channel.kind == "regional-integration" else None
        if group and members and here.iso3 in members and there.iso3 in members:
            says = say("same_bloc", name=group.name)
            found.append(Evidence("membership", group.slug, says=says, citation=group.citation))
    return tuple(found)


def _proof(_request: Posting, offer: Posting, _catalogue: Catalogue) -> tuple[Evidence, ...]:
    if offer.practice is None:
        return ()
    level = offer.practice.level
    links = tuple(Evidence("proof", level, in_offer=proof) for proof in offer.practice.evidence)
    return (Evidence("practice", level, says=say(f"practice_{level}")), *links)


_EVIDENCE = {
    "sector": _sectors,
    "modality": _modalities,
    "precedent": _precedents,
    "proximity": _nearness,
    "practice": _proof,
}


@dataclass(frozen=True, slots=True)
class SpokenOf:
    """Concepts that two texts and a channel's chapter speak of, and where the chapter does so most."""

    concepts: tuple[str, ...]
    citation: Citation


def channel_reasons(
    channel: int,
    request: Posting,
    offer: Posting,
    fits: Fits,
    themes: set[int],
    spoken_of: SpokenOf | None,
    catalogue: Catalogue,
    thesaurus: Thesaurus,
    tables: ChannelTables,
) -> tuple[Reason, ...]:
    """Why a channel fits a pair as it does, the weightiest reason first.

    `fits` are of this pair alone; `themes` are the places of the themes closest to either text, and
    `spoken_of` is what the texts and the channel's chapter both speak of.
    """
    found = catalogue.channels[tables.slugs[channel]]
    reasons: list[tuple[float, Reason]] = []
    share = {name: float(getattr(fits, name)[0, channel]) * getattr(FIT_WEIGHTS, name) for name in _FIT_PARTS}
    if share["themes"] > 0 and found.themes:
        for place in sorted(themes):
            theme = found.themes[place]
            says = say("works_on", channel=found.abbreviation, theme=theme.label)
            reasons.append((share["themes"], Reason(says, theme.citation)))
    if share["chapter"] > 0 and spoken_of is not None:
        names = Listed(tuple(_named(concept, thesaurus) for concept in spoken_of.concepts))
        says = say("chapter_speaks", channel=found.abbreviation, names=names)
        reasons.append((share["chapter"], Reason(says, spoken_of.citation)))
    for role, posting in (("receiver", request), ("provider", offer)):
        sectors = {*about_sectors(request, offer), ANY_SECTOR}
        readings = [
            (worth, reading)
            for reading, worth in readings_for(catalogue, posting.country, role)
            if reading.channel == found.slug and reading.sector in sectors
        ]
        if readings:
            _, reading = max(readings, key=lambda one: (one[0], one[1].sector != ANY_SECTOR))
            says = of_reading(reading, catalogue)
            if reading.kind == "group":
                country = catalogue.countries[posting.country].name
                says = say("inherited", says=says, country=country)
            reasons.append((share[role], Reason(says, reading.citation)))
    wanted = {m for m in request.modalities if m in offer.modalities} or {
        *request.modalities,
        *offer.modalities,
    }
    for used in found.modalities:
        if used.modality in wanted:
            name = catalogue.modalities[used.modality].name
            says = say("uses_modality", channel=found.abbreviation, modality=name)
            reasons.append((share["modality"], Reason(says, used.citation)))
    place = list(catalogue.countries).index(request.country)
    standing = float(tables.members[place, channel])
    key = "works_for" if standing == 1.0 else "works_not_for" if standing == 0.0 else "membership_unknown"
    says = say(key, channel=found.abbreviation, country=catalogue.countries[request.country].name)
    reasons.append((share["membership"], Reason(says, found.countries.citation)))
    return tuple(reason for _, reason in sorted(reasons, key=lambda one: -one[0]))


_FIT_PARTS = tuple(field.name for field in fields(FitWeights))
