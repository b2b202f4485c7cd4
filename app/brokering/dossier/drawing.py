"""A case drawn up as a dossier: the decision first, then why, on what conditions, what to ask and to do."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from app.brokering.dossier.telling import Teller, file_name, shortened, spoken_in
from app.brokering.dossier.terms import shared_tongues, terms
from app.brokering.dossier.values import (
    Block,
    Dossier,
    Facts,
    Line,
    Listing,
    Matter,
    Paragraph,
    Piece,
    References,
    Section,
    Table,
)
from app.brokering.dossier.wording import (
    ANSWERED,
    ENTRIES,
    FINDINGS,
    GATES,
    HEADINGS,
    MEETINGS,
    PARTIES,
    PARTS,
    PRACTICE,
    QUESTIONS,
    SHAPES,
    STANDINGS,
    STATES,
    VERDICTS,
    WINDOWS,
)
from app.brokering.frozen import Frozen
from app.brokering.refusals import label_of
from app.brokering.steps import ENDS, SIDES, Side
from app.catalogue import Catalogue
from app.catalogue.facts import Step
from app.eligibility import Verdict, judge
from app.language.translate import PIVOT
from app.matching.explain import Evidence, about_sectors
from app.matching.posting import Posting
from app.matching.rounding import adding_up
from app.matching.sentences import NO_STEPS
from app.matching.suggest import ChannelFit, Part, Suggestion, situation_of

MOST_TERMS, MOST_EVIDENCE, MOST_REASONS, MOST_FUNDS = 5, 2, 3, 4
"""Met words, evidence of another part, reasons for the channel and other funds of it that are told before
the annexes; how many more there are is said."""

LONGEST_EVIDENCE = 160


def dossier(matter: Matter, frozen: Frozen, catalogue: Catalogue, language: str, *, now: datetime) -> Dossier:
    """Everything about a case that its reader may take to a meeting, in one language.

    What was shown when the case was made comes from `frozen`; only names of channels and documents, and the
    cycle of a channel without an instrument, come from the catalogue of today.
    """
    return _Drawing(matter, frozen, Teller(language, catalogue)).drawn(now)


@dataclass(frozen=True)
class _Drawing:
    """One dossier while it is drawn up: its sections are told in their order, which numbers the sources."""

    matter: Matter
    frozen: Frozen
    tell: Teller

    def drawn(self, now: datetime) -> Dossier:
        tell = self.tell
        receiver, provider = tell.country(self.request.country), tell.country(self.offer.country)
        sections = tuple(
            made(f"{number}. {tell.in_words(HEADINGS[name])}")
            for number, (name, made) in enumerate(
                (
                    ("decision", self._decision),
                    ("why", self._why),
                    ("fund", self._fund),
                    ("ask", self._ask),
                    ("steps", self._steps),
                    ("terms", self._terms),
                ),
                start=1,
            )
        )
        told = [("request", self._text("receiver")), ("offer", self._text("provider"))]
        if self.matter.outcome is not None:
            told.append(("outcome", self._outcome(self.matter.outcome)))
        if self.matter.taken:
            told.append(("history", self._history()))
        told.append(("made_with", self._made_with()))
        if sources := tell.sources():
            note = Paragraph(tell.line(tell.say("sources_note")), "note")
            told.append(("sources", (note, References(sources))))
        return Dossier(
            language=tell.language,
            title=tell.say("title", receiver=receiver, provider=provider),
            note=tell.say(
                "drawn_up",
                case=self.matter.id,
                day=tell.day(now.date()),
                taken_up=tell.day(self.matter.opened_at.date()),
            ),
            sections=sections,
            annexes=tuple(
                Section(
                    name,
                    tell.say("annex", letter="ABCDEF"[place], name=tell.in_words(HEADINGS[name])),
                    blocks,
                )
                for place, (name, blocks) in enumerate(told)
            ),
            drawn_up=now,
            file_name=file_name("dossier", receiver, provider, self.matter.id),
        )

    # What the case rests on

    @property
    def found(self) -> Suggestion:
        return self.frozen.suggestion

    @property
    def request(self) -> Posting:
        return self.frozen.suggestion.request

    @property
    def offer(self) -> Posting:
        return self.frozen.suggestion.offer

    def _of(self, side: Side) -> Posting:
        return self.offer if side == "provider" else self.request

    @cached_property
    def channel(self) -> str | None:
        """The channel that is told of: the chosen one, or else the one that fits best."""
        if self.matter.channel is not None or not self.found.channels:
            return self.matter.channel
        return self.found.channels[0].channel

    @cached_property
    def fit(self) -> ChannelFit | None:
        return next((fit for fit in self.found.channels if fit.channel == self.channel), None)

    @cached_property
    def verdict(self) -> Verdict | None:
        """Of the chosen instrument, judged now if it was not shown; or else of the channel's first."""
        wanted = self.matter.instrument
        if wanted is None:
            return self.fit.instruments[0] if self.fit and self.fit.instruments else None
        if (shown := self._shown(wanted)) is not None:
            return shown
        known = self.tell.catalogue.instruments.get(wanted)
        if known is None:
            return None
        return judge(known, situation_of(self.request, self.offer), self.tell.catalogue)

    def _shown(self, instrument: str) -> Verdict | None:
        """The verdict of an instrument as it was when the case was made."""
        fits = (*([self.fit] if self.fit else []), *self.found.channels)
        verdicts = (verdict for fit in fits for verdict in fit.instruments)
        return next((one for one in verdicts if one.instrument.slug == instrument), None)

    @cached_property
    def fund(self) -> str | None:
        """What the chosen instrument is called; None while none is chosen."""
        if self.matter.instrument is None:
            return None
        return self.tell.in_words(self.verdict.instrument.name) if self.verdict else self.matter.instrument

    # 1. The decision

    def _decision(self, heading: str) -> Section:
        tell, state = self.tell, self.matter.state
        question = QUESTIONS["suggested" if state == "shortlisted" or self.matter.held else state]
        asked = tell.line(tell.in_words(question).format(who=self._waited_for()))
        rows = (
            ("who_asks", self._side("receiver")),
            ("who_offers", self._side("provider")),
            ("what_for", tell.line(self._subject())),
            ("channel", tell.line(_begun(self._channel_in_short()))),
            ("fund", tell.line(_begun(self._fund_in_short()))),
            ("open", self._open_in_short()),
            ("state", tell.line(self._state())),
            ("who_acts", tell.line(_begun(self._who_acts()))),
        )
        facts = Facts(tuple((tell.say(key), line) for key, line in rows))
        return Section("decision", heading, (Paragraph(asked, "lead"), facts))

    def _side(self, side: Side) -> Line:
        tell, posting = self.tell, self._of(side)
        title = tell.quoted(posting.title, posting.language)
        name = Piece(tell.country(posting.country), strong=True)
        parts: list[str | Piece | Line] = [name, ", ", tell.organisation(posting), "; ", title]
        if contact := self.matter.contacts.get(side):
            parts += ["; ", tell.say("contact", name=contact.name, email=contact.email)]
        return tell.line(*parts)

    def _subject(self) -> str:
        """Sectors and ways of exchanging, or that they are not known."""
        tell, request, offer = self.tell, self.request, self.offer
        sectors = tell.listed(map(tell.sector, about_sectors(request, offer)))
        read = not (request.sectors or offer.sectors)
        told = [tell.say("sectors_read" if read else "sectors", names=sectors or tell.say("not_said"))]
        if not sectors:
            told = [tell.say("sectors_unknown")]
        if both := [slug for slug in request.modalities if slug in offer.modalities]:
            told.append(tell.say("modalities", names=tell.listed(map(tell.modality, both))))
        elif request.modalities or offer.modalities:
            asked, given = (
                tell.listed(map(tell.modality, one.modalities)) or tell.say("not_said")
                for one in (request, offer)
            )
            told.append(tell.say("modalities_apart", asked=asked, given=given))
        else:
            told.append(tell.say("modalities_unknown"))
        return _begun("; ".join(told))

    def _channel_in_short(self) -> str:
        tell = self.tell
        if self.channel is None:
            return tell.say("no_channel_at_all")
        name, short = tell.channel(self.channel), tell.short(self.channel)
        name = name if name == short else f"{name} ({short})"
        return name if self.matter.channel is not None else tell.say("no_channel", names=name)

    def _fund_in_short(self) -> str:
        tell = self.tell
        if self.fund is not None:
            return f"{self.fund}; {self._in_words(self.verdict)}" if self.verdict else self.fund
        if self.verdict is not None:
            name = tell.in_words(self.verdict.instrument.name)
            return tell.say("no_fund_best", name=name, verdict=self._in_words(self.verdict))
        return tell.say("no_fund" if self.channel is None else "no_fund_known")

    def _in_words(self, verdict: Verdict) -> str:
        answers: list[str] = [finding.answer for finding in verdict.findings]
        counts = {name: self.tell.number(answers.count(name)) for name in FINDINGS}
        told = VERDICTS[verdict.standing if answers else "no_rules"]
        return self.tell.in_words(told).format(all=self.tell.number(len(answers)), **counts)

    def _open_in_short(self) -> Line:
        tell, questions = self.tell, self._questions()
        if not questions:
            return tell.line(_begun(tell.say("nothing_open")))
        count = tell.number(len(questions))
        key = "one_question" if len(questions) == 1 else "first_question"
        return tell.line(tell.say(key, count=count), " ", questions[0])

    def _state(self) -> str:
        tell, matter = self.tell, self.matter
        told = [tell.in_words(STATES[matter.state])]
        if matter.state in ENDS:
            told = [f"{told[0]} {tell.say('on', day=tell.day(matter.since.date()))}"]
        if matter.state == "proposed":
            told += [
                f"{tell.country(self._of(side).country)}: {tell.in_words(ANSWERED[matter.answers.of(side)])}"
                for side in SIDES
            ]
        if matter.held:
            told.append(tell.say("held"))
        if matter.refusal is not None:
            told.append(tell.say("refused_for", label=tell.in_words(label_of(matter.refusal))))
        return "; ".join(told)

    def _waited_for(self) -> str:
        tell, waiting = self.tell, self.matter.waiting_on
        if waiting == "nobody":
            return tell.say("nobody")
        if waiting == "broker":
            return tell.in_words(PARTIES["broker"])
        if waiting == "both":
            return tell.both(tell.country(self.request.country), tell.country(self.offer.country))
        return tell.country(self._of(waiting).country)

    def _who_acts(self) -> str:
        tell, matter = self.tell, self.matter
        if matter.waiting_on == "nobody":
            return tell.say("nobody")
        who, day = self._waited_for(), tell.day(matter.since.date())
        if matter.ends_on is None:
            return tell.say("since_whom", who=who, day=day)
        return tell.say("by_when", who=who, day=day, end=tell.day(matter.ends_on.date()))

    # 2. Why this pair

    def _why(self, heading: str) -> Section:
        tell, found = self.tell, self.found
        said = [
            tell.say("score", score=tell.number(found.score, 3), coverage=tell.share(found.coverage)),
            tell.say("place", rank=tell.number(self.frozen.rank))
            if self.frozen.rank is not None
            else tell.say("no_place"),
        ]
        if shut := [tell.in_words(GATES[gate.name]) for gate in found.gates if gate.answer == "not_met"]:
            said.append(tell.say("gates_shut", names=tell.listed(shut)))
        told = adding_up([part.contribution for part in found.parts], found.score)
        table = Table(
            tell.say("sum"),
            tuple(tell.say(key) for key in ("part", "rests_on", "adds", "at_most")),
            tuple(
                (
                    tell.line(tell.in_words(PARTS[part.name])),
                    self._rests_on(part),
                    tell.line(tell.number(adds, 3) if part.known else tell.say("not_known")),
                    tell.line(tell.number(part.weight, 2)),
                )
                for part, adds in zip(found.parts, told, strict=True)
            ),
            (
                tell.line(tell.say("total")),
                tell.line(tell.in_words(found.compared)),
                tell.line(tell.number(sum(told), 3)),
                tell.line(tell.number(sum(part.weight for part in found.parts), 2)),
            ),
            frozenset({2, 3}),
        )
        return Section("why", heading, (Paragraph(tell.line(" ".join(said))), table))

    def _rests_on(self, part: Part) -> Line:
        tell = self.tell
        if not part.known:
            return tell.line(tell.say("not_known"))
        if part.name == "text":
            return self._met(part)
        said = [one for one in part.evidence if one.says is not None]
        if not said:
            return tell.line(tell.say("met_nothing"))
        if part.name == "channel":
            return tell.line(tell.say("best_channel", name=tell.in_words(said[0].says or NO_STEPS)))
        parts: list[str | Piece | Line] = []
        for one in said[:MOST_EVIDENCE]:
            words = shortened(tell.in_words(one.says or NO_STEPS), LONGEST_EVIDENCE)
            parts += ["; " if parts else "", words.rstrip("."), tell.cite(one.citation)]
        if more := len(said) - MOST_EVIDENCE:
            parts += [f"; {tell.say('and_more', count=tell.number(more))}"] if more > 0 else []
        return tell.line(*parts)

    def _met(self, part: Part) -> Line:
        """The words and concepts of both texts that met, in both languages."""
        tell = self.tell
        met = [one for one in part.evidence if one.in_request and one.in_offer]
        if not met:
            return tell.line(tell.say("met_nothing"))
        if self.matter.readable != frozenset(SIDES):
            return tell.line(tell.say("words_kept"))
        parts: list[str | Piece | Line] = []
        for one in met[:MOST_TERMS]:
            parts += ["; " if parts else "", self._met_once(one)]
        if (more := len(met) - MOST_TERMS) > 0:
            parts.append(f"; {tell.say('and_more', count=tell.number(more))}")
        return tell.line(f"{tell.say('met')} ", *parts)

    def _met_once(self, one: Evidence) -> Line:
        tell = self.tell
        mine, other = one.in_request or "", one.in_offer or ""
        words: list[str | Piece | Line] = [Piece(mine, spoken_in(mine, self.request, PIVOT))]
        if mine.casefold() != other.casefold():
            words += [" / ", Piece(other, spoken_in(other, self.offer, PIVOT))]
        if one.says is None:
            return tell.line(*words)
        return tell.line(tell.in_words(one.says), " (", *words, ")")

    # 3. Channel and fund

    def _fund(self, heading: str) -> Section:
        blocks: list[Block] = []
        if self.matter.channel is None:
            blocks += self._best_channels()
        if self.channel is not None:
            blocks.append(self._channel_told(self.channel))
        blocks += self._conditions()
        return Section("fund", heading, tuple(blocks))

    def _best_channels(self) -> list[Block]:
        tell, fits = self.tell, self.found.channels[:MOST_REASONS]
        if not fits:
            return [Paragraph(tell.line(tell.say("no_channel_at_all")))]
        items = tuple(
            tell.line(
                tell.say(
                    "best_funds",
                    short=tell.short(fit.channel),
                    fit=tell.number(fit.fit, 2),
                    funds=self._funds(fit.instruments) or tell.say("no_fund_known"),
                )
            )
            for fit in fits
        )
        return [Paragraph(tell.line(tell.say("not_chosen"))), Listing(items)]

    def _funds(self, verdicts: tuple[Verdict, ...]) -> str:
        tell = self.tell
        told = [
            f"{tell.in_words(one.instrument.name)} ({tell.in_words(STANDINGS[one.standing])})"
            for one in verdicts[:MOST_FUNDS]
        ]
        if (more := len(verdicts) - MOST_FUNDS) > 0:
            told.append(tell.say("and_more", count=tell.number(more)))
        return tell.listed(told)

    def _channel_told(self, channel: str) -> Block:
        tell = self.tell
        names = {"name": tell.channel(channel), "short": tell.short(channel)}
        if self.fit is None:
            return Paragraph(tell.line(tell.say("fit_unknown", **names)))
        parts: list[str | Piece | Line] = [tell.say("fit", fit=tell.number(self.fit.fit, 2), **names)]
        for reason in self.fit.reasons[:MOST_REASONS]:
            parts += [" ", tell.in_words(reason.says), tell.cite(reason.citation)]
        return Paragraph(tell.line(*parts))

    def _conditions(self) -> list[Block]:
        tell, verdict = self.tell, self.verdict
        if verdict is None:
            told = (
                tell.say("fund_unknown", name=self.fund)
                if self.fund is not None
                else tell.say("no_fund_yet" if self.channel else "no_fund")
            )
            return [Paragraph(tell.line(told))]
        instrument = verdict.instrument
        name = tell.in_words(instrument.name)
        window = tell.in_words(WINDOWS[instrument.window.kind])
        told = tell.say(
            "may_pay", name=name, as_of=instrument.as_of, window=window, verdict=self._in_words(verdict)
        )
        parts: list[str | Piece | Line] = [told, tell.cite(instrument.window.citation)]
        if self._shown(instrument.slug) is None:
            parts += [" ", tell.say("judged_now", edition=_short(tell.catalogue.edition))]
        blocks: list[Block] = [Paragraph(tell.line(*parts))]
        if verdict.findings:
            rows = tuple(
                (
                    tell.line(tell.in_words(one.rule.because), tell.cite(one.rule.citation)),
                    tell.line(f"{SHAPES[one.answer]} {tell.in_words(FINDINGS[one.answer])}"),
                )
                for one in verdict.findings
            )
            caption = tell.say("conditions_of", name=name)
            blocks.append(Table(caption, (tell.say("condition"), tell.say("finding")), rows))
        if self.fit and (others := tuple(one for one in self.fit.instruments if one != verdict)):
            blocks.append(Paragraph(tell.line(tell.say("other_funds", funds=self._funds(others)))))
        return blocks

    # 4. Still to be asked

    def _ask(self, heading: str) -> Section:
        questions = self._questions()
        if not questions:
            nothing = self.tell.line(f"{_begun(self.tell.say('nothing_open'))}.")
            return Section("ask", heading, (Paragraph(nothing),))
        return Section("ask", heading, (Listing(tuple(questions), "boxes"),))

    def _questions(self) -> list[Line]:
        """What nobody knows yet, with whom to ask: first what the conditions leave open, then the pair."""
        tell, verdict, asked = self.tell, self.verdict, list[Line]()
        if self.matter.channel is None:
            asked.append(tell.line(tell.say("ask_channel")))
        for rule in verdict.open_questions if verdict else ():
            asked.append(tell.line(tell.in_words(rule.ask), tell.cite(rule.citation)))
        if self.channel is not None:
            if verdict is None:
                asked.append(tell.line(tell.say("ask_fund", name=tell.short(self.channel))))
            elif not verdict.findings:
                fund = tell.in_words(verdict.instrument.name)
                asked.append(tell.line(tell.say("ask_rules", name=tell.short(self.channel), fund=fund)))
        if self.request.budget_usd is None:
            asked.append(tell.line(tell.say("ask_budget", country=tell.country(self.request.country))))
        if any(gate.name == "capacity" and gate.answer == "unknown" for gate in self.found.gates):
            asked.append(tell.line(tell.say("ask_room", country=tell.country(self.offer.country))))
        if not shared_tongues(tell, self.request, self.offer):
            asked.append(tell.line(tell.say("ask_tongue")))
        return asked

    # 5. Steps

    def _steps(self, heading: str) -> Section:
        tell, verdict = self.tell, self.verdict
        channel = tell.catalogue.channels.get(self.channel or "")
        steps: tuple[Step, ...] = verdict.steps if verdict else channel.cycle if channel else ()
        if not steps:
            return Section("steps", heading, (Paragraph(tell.line(tell.in_words(NO_STEPS))),))
        if verdict and verdict.instrument.steps:
            told = tell.say("steps_own", name=tell.in_words(verdict.instrument.name))
        else:
            told = tell.say("steps_of_cycle", name=tell.short(self.channel or ""))
        items = tuple(tell.line(tell.in_words(one.step), tell.cite(one.citation)) for one in steps)
        return Section("steps", heading, (Paragraph(tell.line(told)), Listing(items, "boxes")))

    # 6. Terms

    def _terms(self, heading: str) -> Section:
        return terms(
            self.tell,
            heading,
            self.request,
            self.offer,
            channel=self.matter.channel,
            fund=self.fund,
            verdict=self.verdict,
        )

    # Annexes

    def _text(self, side: Side) -> tuple[Block, ...]:
        """A posting as it was written, in its own language."""
        tell, posting = self.tell, self._of(side)
        where, tongue = tell.country(posting.country), tell.tongue(posting.language)
        blocks = [
            Paragraph(tell.line(tell.say("written_in", country=where, tongue=tongue)), "note"),
            Paragraph(tell.line(Piece(posting.title, posting.language, strong=True))),
        ]
        if side not in self.matter.readable:
            return (blocks[0], Paragraph(tell.line(tell.say("text_kept"))))
        blocks += [
            Paragraph((Piece(line.strip(), posting.language),))
            for line in posting.description.splitlines()
            if line.strip()
        ]
        if posting.keywords:
            words = Piece(", ".join(posting.keywords), posting.language)
            blocks.append(Paragraph(tell.line(f"{tell.say('keywords')} ", words)))
        if posting.practice is not None:
            level = tell.in_words(PRACTICE[posting.practice.level])
            blocks.append(Paragraph(tell.line(tell.say("proven", level=level))))
        return tuple(blocks)

    def _outcome(self, outcome: Any) -> tuple[Block, ...]:
        """What a side reported; people wrote it, in a language that nobody recorded."""
        tell = self.tell
        held_on = outcome.get("held_on")
        if not outcome.get("held", True):
            held = tell.say("o_not_held")
        elif held_on:
            held = tell.say("o_held_on", day=tell.day(date.fromisoformat(held_on)))
        else:
            held = tell.say("o_held")
        useful = outcome.get("useful")
        said = f"{held} {tell.say('o_useful', grade=tell.number(useful))}" if useful else held
        blocks = [Paragraph(tell.line(said)), Paragraph((Piece(outcome["summary"], "und"),))]
        for field, key in (("changed", "o_changed"), ("good_practice", "o_good_practice")):
            if text := outcome.get(field):
                blocks.append(Paragraph(tell.line(f"{tell.say(key)} ", Piece(text, "und"))))
        return tuple(blocks)

    def _history(self) -> tuple[Block, ...]:
        """Days and decisions. What was said is between those who said it."""
        tell = self.tell
        rows = []
        for one in self.matter.taken:
            side = tell.country(self._of(one.side).country) if one.side else ""
            rows.append(
                (
                    tell.line(tell.day(one.at.date())),
                    tell.line(tell.in_words(ENTRIES[one.entry]).format(side=side)),
                    tell.line(tell.in_words(PARTIES[one.party])),
                )
            )
        head = tuple(tell.say(key) for key in ("day", "step", "by"))
        return (Table(tell.say("steps_taken"), head, tuple(rows)),)

    def _made_with(self) -> tuple[Block, ...]:
        """Engine, weights and edition, so that an old decision stays explainable."""
        tell, engine = self.tell, self.frozen.engine
        edition = str(engine.get("edition", ""))
        said = tell.say(
            "made_by",
            engine=str(engine.get("version", "")),
            weighting=str(engine.get("weighting", "")),
            edition=_short(edition),
        )
        if edition != tell.catalogue.edition:
            said += " " + tell.say("other_edition", edition=_short(tell.catalogue.edition))
        weights = tell.listed(
            f"{tell.in_words(PARTS[part.name])} {tell.number(part.weight, 2)}" for part in self.found.parts
        )
        gates = tuple(
            tell.line(f"{tell.in_words(GATES[gate.name])}: {tell.in_words(FINDINGS[gate.answer])}")
            for gate in self.found.gates
        )
        return (
            Paragraph(tell.line(said)),
            Paragraph(tell.line(tell.say("weights", names=weights))),
            Paragraph(tell.line(tell.say("languages_met", how=tell.in_words(MEETINGS[self.found.meeting])))),
            Paragraph(tell.line(tell.say("gates"))),
            Listing(gates),
        )


def _begun(words: str) -> str:
    """Words as they stand at the beginning."""
    return words[:1].upper() + words[1:]


def _short(edition: str) -> str:
    """Enough of an edition's digest to tell it from others."""
    return edition.removeprefix("sha256:")[:10]
