"""From notices to a mail: what happened, why, who acts next and by when, in the reader's language.

What people wrote stays in their language and is marked with it. A country's name never stands inside a
sentence: in three of the four languages the words around it would have to change with it.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.catalogue import Catalogue
from app.errors import Unusable
from app.language.detect import detect
from app.notices import Notice
from app.settings import Settings
from app.workbench.words import N_, SPOKEN, Words

Facts = Mapping[str, Any]

LONGEST_SUBJECT = 120
LONGEST_DISPLAYED = 60
SURE = 0.9
"""How sure the language of a text must be to be told to whoever reads it aloud."""

BY_ITSELF = "Puente"
"""Who did what nobody did: what the clock brought."""

EVENTS: Mapping[str, tuple[str, str]] = {
    "case.suggested": (
        N_("Suggested: %(about)s"),
        N_("%(by)s has suggested to bring these two postings together."),
    ),
    "case.shortlisted": (
        N_("Shortlisted: %(about)s"),
        N_("%(by)s has put these two postings on the short list."),
    ),
    "case.proposed": (N_("Proposal: %(about)s"), N_("%(by)s proposes an exchange on these two postings.")),
    "case.answered": (N_("Accepted by one side: %(about)s"), N_("%(by)s has accepted the proposal.")),
    "case.agreed": (N_("Agreed: %(about)s"), N_("Both sides have accepted: the exchange is agreed.")),
    "case.under_way": (N_("Under way: %(about)s"), N_("%(by)s reports that the exchange has begun.")),
    "case.completed": (N_("Completed: %(about)s"), N_("%(by)s reports that the exchange is completed.")),
    "case.declined": (N_("Declined: %(about)s"), N_("%(by)s has declined this exchange.")),
    "case.lapsed": (N_("Lapsed: %(about)s"), N_("Nobody acted in time, so this case has lapsed.")),
    "case.withdrawn": (N_("Withdrawn: %(about)s"), N_("%(by)s has withdrawn this case.")),
    "case.reopened": (N_("Open again: %(about)s"), N_("%(by)s has opened this case again.")),
    "case.commented": (N_("Comment: %(about)s"), N_("%(by)s has written a comment.")),
    "case.reminder": (N_("Reminder: %(about)s"), N_("This case is waiting for you.")),
    "case.escalation": (N_("Waiting for long: %(about)s"), N_("This case has been waiting for long.")),
    "case.held": (
        N_("On hold: %(about)s"),
        N_("This case is on hold: all places of the offer are taken."),
    ),
    "case.freed": (N_("Free again: %(about)s"), N_("The offer has a place again, and this case can go on.")),
    "case.posting_gone": (
        N_("No longer open: %(about)s"),
        N_("A posting of this case is not open any more."),
    ),
    "posting.expiring": (
        N_("Soon to expire: %(about)s"),
        N_("This posting soon expires. Renew it if it still holds."),
    ),
    "interest.expressed": (N_("Interest: %(about)s"), N_("%(by)s is interested in this posting.")),
}
"""Per kind: the subject, and what happened in a sentence."""

POSTINGS: Mapping[str, str] = {"request": N_("Request"), "offer": N_("Offer")}


class Unaddressable(Exception):
    """An address that no mail can be written to."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What all letters have in common: whom they come from, and what their links begin with."""

    sender: Address
    address: str

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line with a label: what it says, in which language if not the letter's, and what stands beside."""

    label: str
    says: str
    lang: str | None = None
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """One notice as a letter tells it."""

    subject: str
    happened: str
    rows: Sequence[Row]
    note: Row | None
    why: Sequence[str]
    next: Sequence[Row]
    link: Row


def letterhead_of(settings: Settings) -> Letterhead:
    """The letterhead that PUENTE_MAIL_FROM and PUENTE_ADDRESS give.

    Raises:
        Unusable: naming the one that cannot be used.
    """
    try:
        senders = SMTP.header_factory("From", settings.mail_from)
        (sender,) = senders.addresses
        if senders.defects or not sender.domain or not str(sender).isascii():
            raise ValueError
    except (ValueError, IndexError, MessageError):
        raise Unusable(
            "PUENTE_MAIL_FROM is not one address such as Puente <puente@example.org>, in ASCII"
        ) from None
    address = settings.address.rstrip("/")
    try:
        parts = urlsplit(address)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        host = None
    plain = address.isascii() and address.isprintable() and not set(' <>"') & set(address)
    if not plain or not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise Unusable("PUENTE_ADDRESS is not an address such as https://puente.example.org")
    return Letterhead(sender, address)


def letter(
    notices: Sequence[Notice], name: str, head: Letterhead, catalogue: Catalogue, *, now: datetime
) -> EmailMessage:
    """One mail that tells of all notices, in the language and to the address of the newest of them.

    `name` is unique to the notices; with it their mail can be told from others if it comes twice.

    Raises:
        Unaddressable: for an address that is none.
    """
    to = notices[-1].to
    words = SPOKEN.get(to.language) or SPOKEN["en"]
    stories = [_Teller(words, catalogue, head).story(one) for one in notices]
    if len(stories) == 1:
        title = stories[0].subject
    else:
        title = words.ngettext("%(num)s notice from Puente", "%(num)s notices from Puente", len(stories))
    shown = {"title": title, "to": to, "stories": stories, "account": f"{head.address}/account"}
    text, html = (_ENVIRONMENTS[words.language].get_template(f"letter.{kind}") for kind in ("txt", "html"))
    message = EmailMessage(policy=SMTP)
    message["From"] = head.sender
    message["To"] = _mailbox(to.name, to.address)
    message["Subject"] = _in_one_line(title, LONGEST_SUBJECT)
    message["Date"] = now
    message["Message-ID"] = f"<{name}@{head.host}>"
    # Nobody is away from a machine: no automatic answers, please (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{shown['account']}>"
    message.set_content(text.render(shown), cte="quoted-printable")
    message.add_alternative(html.render(shown), subtype="html", cte="quoted-printable")
    # Last, for until there are two parts it would go with the first of them.
    message["Content-Language"] = words.language
    return message


def _environment(words: Words) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        words.gettext, words.translations.ngettext, newstyle=True
    )
    environment.globals["language"] = words.language
    return environment


_ENVIRONMENTS: Mapping[str, Environment] = {tag: _environment(words) for tag, words in SPOKEN.items()}


class _Teller:
    """Tells stories in one language."""

    def __init__(self, words: Words, catalogue: Catalogue, head: Letterhead) -> None:
        self.words, self.say, self.catalogue, self.head = words, words.gettext, catalogue, head

    def story(self, notice: Notice) -> Story:
        facts = notice.facts
        postings = _postings(facts)
        subject, happened = EVENTS[notice.kind]
        told = {"about": self._about(facts, postings), "by": _in_one_line(facts.get("by") or BY_ITSELF)}
        note = facts.get("note")
        return Story(
            subject=_in_one_line(self.say(subject) % told, LONGEST_SUBJECT),
            happened=self.say(happened) % told,
            rows=[*self._pair(postings), *self._particulars(facts)],
            note=Row(self.say("%(by)s writes") % told, _legible(note), _language_of(note)) if note else None,
            why=self._sentences(facts.get("why")),
            next=self._next(facts),
            link=self._link(facts, postings),
        )

    def _about(self, facts: Facts, postings: Mapping[str, Facts]) -> str:
        """The posting that is news to the reader: the other side's."""
        other = "offer" if facts.get("role") == "receiver" else "request"
        posting = postings.get(other) or next(iter(postings.values()))
        return f"{_in_one_line(posting['title'])} ({self._country(posting['country'])})"

    def _pair(self, postings: Mapping[str, Facts]) -> list[Row]:
        return [
            Row(
                self.say(POSTINGS[kind]),
                _in_one_line(posting["title"]),
                posting.get("language") or _language_of(posting["title"]),
                self._country(posting["country"]),
            )
            for kind, posting in postings.items()
        ]

    def _particulars(self, facts: Facts) -> list[Row]:
        """What applies of: whose answer it is, channel and instrument, how long, why and to what effect."""
        rows = []
        if side := facts.get("side"):
            rows.append(Row(self.say("On behalf of"), self._side(facts, side)))
        if channel := facts.get("channel"):
            held = self.catalogue.channels.get(channel)
            rows.append(Row(self.say("Channel"), held.name.in_(self.words.language) if held else channel))
        if instrument := facts.get("instrument"):
            fund = self.catalogue.instruments.get(instrument)
            says = fund.name.in_(self.words.language) if fund else instrument
            rows.append(Row(self.say("Instrument"), says))
        if isinstance(gone := facts.get("posting"), str):
            rows.append(Row(self.say("No longer open"), self.say(POSTINGS[gone])))
        if last := facts.get("valid_until"):
            rows.append(Row(self.say("Last day"), self._day(last)))
        if (days := facts.get("days")) is not None:
            label = self.say("Days left") if "valid_until" in facts else self.say("Waiting time")
            rows.append(Row(label, self.words.ngettext("%(num)s day", "%(num)s days", days)))
        if reason := facts.get("reason"):
            rows.append(Row(self.say("Reason"), self._in_words(reason["label"])))
        if effect := facts.get("effect"):
            rows.append(Row(self.say("Effect"), self._in_words(effect)))
        return rows

    def _next(self, facts: Facts) -> list[Row]:
        """Who acts next, and by when."""
        waiting_on, role = facts.get("waiting_on"), facts.get("role")
        if waiting_on is None:
            return []
        yours = waiting_on == role or (waiting_on == "both" and role in ("provider", "receiver"))
        if yours and waiting_on == "both":
            who = self.say("you, and the other side")
        elif yours:
            who = self.say("you")
        elif waiting_on == "broker":
            who = self.say("the broker")
        elif waiting_on == "both":
            who = self.say("both sides")
        elif waiting_on == "nobody":
            return [Row(self.say("Next to act"), self.say("nobody"))]
        else:
            who = self._side(facts, waiting_on)
        rows = [Row(self.say("Next to act"), who)]
        if last := facts.get("lapses_on"):
            by_then = self.say("%(day)s; without a step the case then lapses") % {"day": self._day(last)}
            rows.append(Row(self.say("By when"), by_then))
        return rows

    def _link(self, facts: Facts, postings: Mapping[str, Facts]) -> Row:
        if case := facts.get("case"):
            return Row(self.say("Open the case"), f"{self.head.address}/cases/{case}")
        kind, posting = next(iter(postings.items()))
        return Row(self.say("Open the posting"), f"{self.head.address}/{kind}s/{posting['id']}")

    def _side(self, facts: Facts, side: str) -> str:
        return self._country(facts["offer" if side == "provider" else "request"]["country"])

    def _country(self, iso3: str) -> str:
        country = self.catalogue.countries.get(iso3)
        return country.name.in_(self.words.language) if country else iso3

    def _in_words(self, label: Mapping[str, str]) -> str:
        return label.get(self.words.language) or label["en"]

    def _sentences(self, why: Mapping[str, str | Sequence[str]] | None) -> Sequence[str]:
        found = (why.get(self.words.language) or why["en"]) if why else ()
        return (found,) if isinstance(found, str) else found

    def _day(self, text: str) -> str:
        return self.words.day(date.fromisoformat(text))


def _postings(facts: Facts) -> dict[str, Facts]:
    """The postings that a notice is about, by kind; of a pair the request first. Where there is a pair,
    `posting` is no more than the kind of the one that something happened to."""
    if isinstance(facts.get("posting"), Mapping):
        return {facts["posting"]["kind"]: facts["posting"]}
    return {kind: facts[kind] for kind in POSTINGS if facts.get(kind)}


def _mailbox(name: str, address: str) -> Address:
    """A name is decoration here, and what has a meaning of its own in a header is taken out of it: a long
    name with commas is folded by Python 3.11 into several addresses."""
    composed = unicodedata.normalize("NFC", name)
    kept = "".join(one if one.isalnum() or one in "-'’." else " " for one in composed)
    try:
        return Address(_in_one_line(kept, LONGEST_DISPLAYED), addr_spec=address)
    except (ValueError, IndexError, MessageError) as wrong:
        raise Unaddressable(str(wrong)) from None


def _in_one_line(text: str, longest: int | None = None) -> str:
    """What can stand in a header: without line ends and other signs that are not seen."""
    plain = "".join(one for one in " ".join(text.split()) if one.isprintable())
    return plain if longest is None or len(plain) <= longest else plain[: longest - 1].rstrip() + "…"


def _legible(text: str) -> str:
    """What somebody wrote, with its lines and without control characters."""
    lines = text.strip().splitlines()
    return "\n".join("".join(one for one in line if unicodedata.category(one) != "Cc") for line in lines)


def _language_of(text: str) -> str:
    """BCP 47 tag of what somebody wrote; “und”, undetermined, if that is not plain."""
    found = detect(text)
    return found.language if found.confidence >= SURE else "und"
