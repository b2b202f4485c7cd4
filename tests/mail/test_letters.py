"""Letters say what happened, why and who acts next, in the reader's language; no name slips into a header."""

import re
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import Catalogue
from app.errors import Unusable
from app.mail.letters import EVENTS, Unaddressable, letter, letterhead_of
from app.notices import KINDS, Notice
from app.settings import Settings
from app.workbench.words import LANGUAGES
from tests.mail.told import ADDRESS, NOW, a_case, a_reader, a_refusal, settings_for

HEAD = letterhead_of(settings_for(""))
EXPIRING = {
    "posting": {"kind": "offer", "id": "bra-agua", "title": "Água e saneamento", "country": "BRA"},
    "valid_until": "2026-12-24",
    "days": 30,
}


def a_notice(kind: str = "case.proposed", facts: dict[str, Any] | None = None, **to: Any) -> Notice:
    return Notice(f"e:{kind}", kind, a_reader(**to), a_case() if facts is None else facts, NOW)


def written(catalogue: Catalogue, *notices: Notice, name: str = "n1") -> EmailMessage:
    """A letter as it is after its way through the wire."""
    made = letter(notices, name, HEAD, catalogue, now=NOW)
    return message_from_bytes(made.as_bytes(), policy=policy.default)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    text: str = body.get_content()
    return text.replace("\r\n", "\n")


def plain(catalogue: Catalogue, *notices: Notice) -> str:
    return part(written(catalogue, *notices), "plain")


class Seen(HTMLParser):
    """What a reader sees, the languages that are told to whoever reads aloud, links and headings."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.languages, self.links, self.headings = "", dict[str, str](), list[str](), list[str]()
        self._open: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        assert tag not in ("img", "script", "iframe", "object", "form")
        if tag == "a":
            self.links.append(str(dict(attrs)["href"]))
        if tag in ("h1", "h2"):
            self.headings.append(tag)
        if tag != "meta" and tag != "hr":
            self._open.append((tag, dict(attrs).get("lang")))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1][0] != "style":
            self.text += data
            if self._open[-1][1]:
                self.languages[data] = self._open[-1][1]


def test_there_is_a_letter_for_everything_that_somebody_is_told_of() -> None:
    assert set(EVENTS) == set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_letter_is_whole_in_every_language(catalogue: Catalogue, kind: str, language: str) -> None:
    facts = EXPIRING if kind == "posting.expiring" else a_refusal(days=9)
    message = written(catalogue, a_notice(kind, facts, language=language))

    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["Content-Language"] == language
    assert f'<html lang="{language}">' in part(message, "html")
    for text in (part(message, "plain"), Seen(part(message, "html")).text):
        assert not re.search(r"%\(|\{\{|None|Undefined", text)
        assert "Brasil" in text or "Brazil" in text or "Brésil" in text
    assert len(message["Subject"]) < 125


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_subject_tells_one_event_from_another(catalogue: Catalogue, language: str) -> None:
    subjects = {written(catalogue, a_notice(kind, language=language))["Subject"] for kind in KINDS}
    assert len(subjects) == len(KINDS)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Hello Ana", "Reason: Not at this time", "until 2027-02-22", "On behalf of: Brazil")),
        ("es", ("Saludos, Ana", "Razón: No en este momento", "hasta el 2027-02-22", "En nombre de: Brasil")),
        ("pt", ("Olá, Ana", "Razão: Não neste momento", "até 2027-02-22", "Em nome de: Brasil")),
        ("fr", ("Bonjour Ana", "Raison\u202f: Pas en ce moment", "avant le 2027-02-22", "Brésil")),
        ("nl", ("Hello Ana", "Reason: Not at this time")),
    ],
)
def test_the_full_reason_is_told_in_the_readers_language(
    catalogue: Catalogue, language: str, said: tuple[str, ...]
) -> None:
    text = plain(catalogue, a_notice("case.declined", a_refusal(), language=language))
    for one in said:
        assert one in text
    assert "> A nossa equipe está em campo até março.\n> Depois disso podemos conversar." in text


def test_what_people_wrote_is_marked_with_its_own_language(catalogue: Catalogue) -> None:
    page = part(written(catalogue, a_notice("case.declined", a_refusal())), "html")
    seen = Seen(page)
    assert seen.languages["Eau potable et lutte contre le choléra"] == "fr"
    assert seen.languages["Água e saneamento em comunidades rurais"] == "pt"
    assert next(lang for text, lang in seen.languages.items() if "nossa equipe" in text) == "pt"


@pytest.mark.parametrize(
    ("waiting_on", "role", "said"),
    [
        ("both", "receiver", "you, and the other side"),
        ("receiver", "receiver", "you"),
        ("provider", "receiver", "Brazil"),
        ("receiver", "provider", "Haiti"),
        ("broker", "broker", "you"),
        ("broker", "provider", "the broker"),
        ("both", "broker", "both sides"),
    ],
)
def test_who_acts_next_and_by_when_is_told(
    catalogue: Catalogue, waiting_on: str, role: str, said: str
) -> None:
    facts = a_case(waiting_on=waiting_on, role=role)
    text = plain(catalogue, a_notice("case.reminder", facts, language="en"))
    assert f"Next to act: {said}\nBy when: Jan 8, 2027; without a step the case then lapses\n" in text


def test_where_nobody_acts_no_day_is_told(catalogue: Catalogue) -> None:
    facts = a_case(waiting_on="nobody")
    text = plain(catalogue, a_notice("case.completed", facts, language="en"))
    assert "Next to act: nobody" in text
    assert "By when" not in text


@pytest.mark.parametrize(
    ("kind", "facts", "path"),
    [
        ("case.proposed", a_case(), "/cases/c_17"),
        ("case.reminder", a_case(days=9), "/cases/c_17"),
        ("posting.expiring", EXPIRING, "/offers/bra-agua"),
        ("interest.expressed", {"request": a_case()["request"], "by": "Ana"}, "/requests/hti-eau-cholera"),
    ],
)
def test_one_link_leads_to_what_it_is_about(
    catalogue: Catalogue, kind: str, facts: dict[str, Any], path: str
) -> None:
    message = written(catalogue, a_notice(kind, facts))
    assert Seen(part(message, "html")).links == [ADDRESS + path, f"{ADDRESS}/account"]
    assert f"\n{ADDRESS}{path}\n" in part(message, "plain")


def test_the_subject_names_the_posting_of_the_other_side(catalogue: Catalogue) -> None:
    of = {
        role: written(catalogue, a_notice(facts=a_case(role=role)))["Subject"]
        for role in ("receiver", "provider")
    }
    assert of == {
        "receiver": "Propuesta: Água e saneamento em comunidades rurais (Brasil)",
        "provider": "Propuesta: Eau potable et lutte contre le choléra (Haití)",
    }


def test_a_digest_tells_everything_in_one_letter_under_headings_of_its_own(catalogue: Catalogue) -> None:
    both = (a_notice("case.proposed"), a_notice("case.commented", a_case(case="c_18", note="¿Cuándo?")))
    message = written(catalogue, *both)
    seen = Seen(part(message, "html"))
    assert message["Subject"] == "2 avisos de Puente"
    assert seen.headings == ["h1", "h2", "h2"]
    assert seen.links == [f"{ADDRESS}/cases/c_17", f"{ADDRESS}/cases/c_18", f"{ADDRESS}/account"]
    assert "== Propuesta: " in part(message, "plain")
    assert "> ¿Cuándo?" in part(message, "plain")


def test_the_contact_of_a_posting_is_told_why_it_gets_mail(catalogue: Catalogue) -> None:
    text = plain(catalogue, a_notice(person=None, language="en"))
    assert "a posting at Puente names you as its contact" in text
    assert "/account" not in text


def test_headers_say_that_a_machine_wrote_and_how_to_be_spared(catalogue: Catalogue) -> None:
    message = written(catalogue, a_notice(), name="abc")
    assert message["From"] == "Puente <puente@example.org>"
    assert message["To"] == "Ana Pérez <ana@apci.example.org>"
    assert message["Message-ID"] == "<abc@puente.example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == f"<{ADDRESS}/account>"
    assert message["Date"].datetime == NOW.replace(microsecond=0)
    assert message.as_bytes().isascii()


def test_which_of_the_two_postings_is_gone_is_told(catalogue: Catalogue) -> None:
    gone = a_case(role="broker", posting="offer", status="withdrawn")
    text = plain(catalogue, a_notice("case.posting_gone", gone, language="en"))
    assert "No longer open: Offer" in text
    assert "Offer: Água e saneamento em comunidades rurais (Brazil)" in text


def test_what_is_not_in_the_catalogue_any_more_is_told_by_its_code(catalogue: Catalogue) -> None:
    gone = a_case(channel="gone", instrument="gone-fund", offer=a_case()["offer"] | {"country": "XXX"})
    text = plain(catalogue, a_notice(facts=gone, language="en"))
    assert all(one in text for one in ("Channel: gone", "Instrument: gone-fund", "(XXX)"))


HOSTILE = "Ana\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script>\u2028{{ 7*7 }}"


def test_nothing_that_people_wrote_becomes_a_header_or_markup(catalogue: Catalogue) -> None:
    facts = a_refusal(by=HOSTILE) | {"note": HOSTILE, "offer": a_case()["offer"] | {"title": HOSTILE}}
    message = written(catalogue, a_notice("case.declined", facts, name=HOSTILE))
    assert message["Bcc"] is None
    assert len(message["To"].addresses) == 1
    page = part(message, "html")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "{{ 7*7 }}" in page
    assert Seen(page).text.count("alert(1)") >= 3


@given(
    st.one_of(
        st.text(max_size=250),
        st.lists(st.sampled_from(["Ñandú", "a,", "<x@y.z>", '"', "é\r\n", ";:", "e@f.g", "x" * 90])).map(
            " ".join
        ),
    )
)
def test_whatever_a_name_is_made_of_there_is_one_address(catalogue: Catalogue, text: str) -> None:
    message = written(
        catalogue, a_notice(facts=a_case(by=text, request=a_case()["request"] | {"title": text}), name=text)
    )
    assert [one.addr_spec for one in message["To"].addresses] == ["ana@apci.example.org"]
    assert [name for name, _ in message.items()] == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "List-Unsubscribe",
        "MIME-Version",
        "Content-Type",
        "Content-Language",
    ]


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b\r\nBcc: c@d", "a@b, c@d", "a b@c.d", "x@", "josé@example.org"]
)
def test_an_address_that_is_none_is_told_from_one_that_is(catalogue: Catalogue, address: str) -> None:
    with pytest.raises(Unaddressable):
        written(catalogue, a_notice(address=address))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"mail_from": ""}, "PUENTE_MAIL_FROM"),
        ({"mail_from": "nobody"}, "PUENTE_MAIL_FROM"),
        ({"mail_from": "a@b.org, c@d.org"}, "PUENTE_MAIL_FROM"),
        ({"mail_from": "a@b.org\r\nBcc: c@d.org"}, "PUENTE_MAIL_FROM"),
        ({"address": "puente.example.org"}, "PUENTE_ADDRESS"),
        ({"address": "javascript://x"}, "PUENTE_ADDRESS"),
        ({"address": "https://x.org/?a"}, "PUENTE_ADDRESS"),
        ({"address": "https://x.org:nowhere"}, "PUENTE_ADDRESS"),
        ({"address": "https://x.org\r\nBcc: c@d.org"}, "PUENTE_ADDRESS"),
    ],
)
def test_a_setting_that_no_letter_can_be_written_with_is_named(changed: dict[str, str], said: str) -> None:
    settings = Settings(**{"mail_from": "p@example.org", "address": ADDRESS} | changed)  # type: ignore[arg-type]
    with pytest.raises(Unusable, match=said):
        letterhead_of(settings)
