"""A password goes only to the server that it is for, and what went wrong is told without it."""

import ssl
from email.message import EmailMessage

import pytest

from app.errors import Unusable
from app.mail.smtp import Carrier, Refused, Server, Unreachable, server_of
from app.settings import Settings, read
from tests.postbox import CERTIFICATE, Postbox, free_port, running

USER, PASSWORD = "puente@example.org", "s3cret/#"


@pytest.fixture
def postbox() -> Postbox:
    return Postbox(free_port())


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate of the tests' server is one that this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    assert any("Puente's tests" in str(one) for one in ssl.create_default_context().get_ca_certs())


def a_mail(to: str = "ana@example.org") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "puente@example.org", to, "Hola"
    mail.set_content("Buenos días\n.\n..\n", cte="quoted-printable")
    return mail


def carry(server: Server, *mails: EmailMessage, seconds: float = 5.0) -> None:
    with Carrier(server, "127.0.0.1", seconds) as carrier:
        for mail in mails or (a_mail(),):
            carrier.carry(mail, sender="puente@example.org", to=str(mail["To"]))


def server(postbox: Postbox, *, tls: bool = False, password: str = "", host: str = "127.0.0.1") -> Server:
    return Server(host, postbox.port, tls, USER if password else "", password)


def test_several_mails_go_over_one_connection_as_they_were_written(postbox: Postbox) -> None:
    with running(postbox):
        carry(server(postbox), a_mail(), a_mail("luis@example.org"))
    assert [one.to for one in postbox.received] == ["ana@example.org", "luis@example.org"]
    assert postbox.received[0].message.get_content().replace("\r\n", "\n") == "Buenos días\n.\n..\n"
    assert not postbox.received[0].encrypted


def test_the_connection_is_encrypted_where_that_is_offered_also_by_who_proves_nothing(
    postbox: Postbox,
) -> None:
    with running(postbox, starttls=True):
        carry(server(postbox))
    assert postbox.received[0].encrypted


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("tls", [True, False])
def test_who_signs_in_does_so_encrypted_and_to_the_server_of_that_name(postbox: Postbox, tls: bool) -> None:
    postbox.login = (USER, PASSWORD)
    with running(postbox, tls=tls, starttls=not tls):
        carry(server(postbox, tls=tls, password=PASSWORD))
    assert [(one.encrypted, one.user) for one in postbox.received] == [(True, USER)]


@pytest.mark.parametrize("tls", [True, False])
def test_no_password_is_sent_to_who_cannot_prove_its_name(postbox: Postbox, tls: bool) -> None:
    postbox.login = (USER, PASSWORD)
    with (
        running(postbox, tls=tls, starttls=not tls),
        pytest.raises(Unreachable, match="certificate is not trusted"),
    ):
        carry(server(postbox, tls=tls, password=PASSWORD))
    assert (postbox.received, postbox.tried) == ([], [])


def test_no_password_is_sent_in_the_clear(postbox: Postbox) -> None:
    postbox.login = (USER, PASSWORD)
    with running(postbox), pytest.raises(Unreachable, match="no STARTTLS"):
        carry(server(postbox, password=PASSWORD))
    assert postbox.tried == []


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_told_without_it(postbox: Postbox) -> None:
    postbox.login = (USER, PASSWORD)
    with running(postbox, starttls=True), pytest.raises(Unreachable) as refused:
        carry(server(postbox, password="wr0ng"))
    assert "refused name or password (535)" in str(refused.value)
    assert "wr0ng" not in str(refused.value)
    assert set(postbox.tried) == {"wr0ng"}


def test_a_server_that_is_not_there_is_out_of_reach(postbox: Postbox) -> None:
    with pytest.raises(Unreachable, match="out of reach"):
        carry(server(postbox))
    with pytest.raises(Unreachable, match="out of reach"):
        carry(server(postbox, tls=True))


def test_a_server_that_speaks_no_tls_is_out_of_reach_of_who_wants_it(postbox: Postbox) -> None:
    with running(postbox), pytest.raises(Unreachable, match="out of reach"):
        carry(server(postbox, tls=True), seconds=1.0)


def test_a_sender_that_is_refused_is_not_the_fault_of_a_mail(postbox: Postbox) -> None:
    postbox.refuses["puente@example.org"] = "550 not from you"
    with running(postbox), pytest.raises(Unreachable, match="PUENTE_MAIL_FROM: 550 not from you"):
        carry(server(postbox))


def test_a_mail_that_breaks_the_connection_holds_up_no_other(postbox: Postbox) -> None:
    with running(postbox), Carrier(server(postbox), "127.0.0.1", 0.5) as carrier:
        postbox.hangs = "before"
        with pytest.raises(Refused, match="the connection broke") as refused:
            carrier.carry(a_mail(), sender="puente@example.org", to="ana@example.org")
        assert not refused.value.for_good
        postbox.hangs = None
        carrier.carry(a_mail(), sender="puente@example.org", to="luis@example.org")
    assert [one.to for one in postbox.received] == ["luis@example.org"]


def test_a_connection_that_the_server_closed_meanwhile_is_opened_anew(postbox: Postbox) -> None:
    with Carrier(server(postbox), "127.0.0.1", 5.0) as carrier:
        for to in ("ana@example.org", "luis@example.org"):
            with running(postbox):
                carrier.carry(a_mail(to), sender="puente@example.org", to=to)
        with pytest.raises(Unreachable):
            carrier.carry(a_mail(), sender="puente@example.org", to="ana@example.org")
    assert [one.to for one in postbox.received] == ["ana@example.org", "luis@example.org"]


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("", None),
        ("smtp://mail.example.org", Server("mail.example.org", 587, tls=False)),
        ("smtp://127.0.0.1:25/", Server("127.0.0.1", 25, tls=False)),
        ("smtps://[::1]", Server("::1", 465, tls=True)),
        (
            "smtp://puente%40example.org:s3cret%2F%23@mail.example.org:2525",
            Server("mail.example.org", 2525, False, "puente@example.org", "s3cret/#"),
        ),
    ],
)
def test_a_server_is_named_by_a_url(url: str, server: Server | None) -> None:
    assert server_of(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hunter2@mail.example.org",
        "smtp://",
        "smtp://user:hunter2@mail.example.org:port",
        "smtp://user:hunter2/x@mail.example.org",
        "smtp://user:hunter2#x@mail.example.org",
        "smtp://user@mail.example.org",
        "smtp://:hunter2@mail.example.org",
        "smtp://user:hunter2%C3%B1@mail.example.org",
        "mail.example.org",
    ],
)
def test_a_url_that_names_no_server_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(Unusable, match="PUENTE_SMTP_URL") as refused:
        server_of(url)
    assert "hunter2" not in str(refused.value)


def test_a_password_is_never_shown() -> None:
    settings = read({"PUENTE_SMTP_URL": "smtp://user:hunter2@mail.example.org"})
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(server_of(settings.smtp_url))
    assert Settings().smtp_url == ""
