"""E-mail says that there is an alert and never about whom; over TLS or not at all; to the worker, or else to the team."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from connectors.sinks.email import EmailSettings, EmailSink, Tls, staff
from connectors.sinks.port import Delivery, Digest, SinkDown, SinkRefused
from deploy.servers.ports import free_ports
from mappings.canonical.codes import AlertEvent
from mappings.canonical.identifiers import InvolvementRef, PersonRef
from tests.connectors.office import MONDAY, SCHOOL
from tests.counterparts import an_alert
from tests.gateway.broker.certificates import Authority

ALERT = an_alert(SCHOOL, PersonRef("a" * 64), InvolvementRef("b" * 64), MONDAY)
DELIVERY = Delivery(
    ALERT, "C-4711", "O. Testcase", "I-4711", "Alex Worker", "Somebody else is involved with O. Testcase."
)
PASSWORD = "only invented"


@dataclass
class Mailbox:
    """A mail server that keeps what it takes. `answer` refuses instead."""

    port: int = 0
    authority: Path = Path()
    answer: str = ""
    mail: list[tuple[list[str], bytes]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if not self.answer:
            self.mail.append((envelope.rcpt_tos, bytes(envelope.content or b"")))
        return self.answer or "250 taken"

    def authenticated(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == PASSWORD.encode()
        if good and isinstance(data, LoginPassword):
            self.logins.append(data.login.decode())
        return AuthResult(success=good)

    def last(self) -> Message:
        return message_from_bytes(self.mail[-1][1])


@contextmanager
def mail_server(folder: Path, *, starttls: bool = True) -> Iterator[Mailbox]:
    authority = Authority(folder / "authority")
    pair = authority.server("localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    box = Mailbox(port=free_ports(1)[0], authority=authority.file)
    secured = {"tls_context": context, "authenticator": box.authenticated} if starttls else {}
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **secured)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Mailbox]:
    with mail_server(tmp_path) as one:
        yield one


def settings(box: Mailbox, **changes: object) -> EmailSettings:
    made = EmailSettings(
        host="localhost",
        port=box.port,
        sender="patchwork@school.example",
        to="duty@school.example",
        ca_file=box.authority,
        timeout=5,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_it_says_that_there_is_an_alert_and_never_about_whom(box: Mailbox) -> None:
    EmailSink(settings(box, link="https://ehr.school.example/alerts/{alert}")).deliver(DELIVERY)
    ((recipients, raw),) = box.mail
    assert recipients == ["duty@school.example"]
    body = box.last().get_payload(decode=True)
    assert isinstance(body, bytes)
    text = raw.decode() + body.decode()
    assert str(ALERT.spoken_reference) in text
    assert f"https://ehr.school.example/alerts/{ALERT.id}" in text
    for secret in (
        "Testcase",
        "4711",
        "Alex",
        ALERT.recipient_person.value,
        ALERT.other.agency_name if ALERT.other else "-",
    ):
        assert secret not in text


def test_the_same_alert_twice_can_be_told_for_one(box: Mailbox) -> None:
    sink = EmailSink(settings(box))
    sink.deliver(DELIVERY)
    sink.deliver(DELIVERY)
    first, second = (message_from_bytes(raw)["Message-ID"] for _, raw in box.mail)
    assert first == second


@pytest.mark.parametrize("event", list(AlertEvent))
def test_every_kind_of_alert_has_its_sentence(box: Mailbox, event: AlertEvent) -> None:
    EmailSink(settings(box)).deliver(replace(DELIVERY, alert=replace(ALERT, event=event)))
    body = str(box.last().get_payload())
    assert ("disregard" in body) == (event is AlertEvent.RETRACTED)
    assert "No alert does not mean" in " ".join(body.split())


def test_it_goes_to_the_worker_whom_the_staff_file_names_and_else_to_the_team(box: Mailbox, tmp_path: Path) -> None:
    listed = tmp_path / "staff.csv"
    listed.write_text("name,email\nAlex  WORKER,alex@school.example\n")
    sink = EmailSink(settings(box, staff_file=listed))
    sink.deliver(DELIVERY)
    sink.deliver(replace(DELIVERY, worker="Somebody New"))
    assert [recipients for recipients, _ in box.mail] == [["alex@school.example"], ["duty@school.example"]]


def test_where_the_worker_is_not_listed_it_goes_to_the_duty_contact_of_their_team(box: Mailbox, tmp_path: Path) -> None:
    listed = tmp_path / "staff.csv"
    listed.write_text("name,email\nYear 6,year6@school.example\n")
    sink = EmailSink(settings(box, staff_file=listed))
    sink.deliver(replace(DELIVERY, team="Year 6"))
    sink.deliver_digest(Digest("d" * 8, "Alex Worker", MONDAY, (replace(DELIVERY, team="Year 6"),), "-"))
    sink.deliver(replace(DELIVERY, team="Year 7"))
    assert [recipients for recipients, _ in box.mail] == [["year6@school.example"]] * 2 + [["duty@school.example"]]


def test_it_logs_in_with_a_password_from_a_file(box: Mailbox, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)
    EmailSink(settings(box, user="patchwork", password_file=password)).deliver(DELIVERY)
    assert box.logins == ["patchwork"]
    password.write_text("another")
    with pytest.raises(SinkDown, match="mail server of sink"):
        EmailSink(settings(box, user="patchwork", password_file=password)).deliver(DELIVERY)


def test_a_server_without_tls_is_told_nothing(tmp_path: Path) -> None:
    with mail_server(tmp_path, starttls=False) as box:
        with pytest.raises(SinkDown):
            EmailSink(settings(box)).deliver(DELIVERY)
        assert not box.mail
        EmailSink(settings(box, host="127.0.0.1", tls=Tls.NONE, ca_file=None)).deliver(DELIVERY)
        assert len(box.mail) == 1


def test_a_server_with_another_authoritys_certificate_is_told_nothing(box: Mailbox, tmp_path: Path) -> None:
    with pytest.raises(SinkDown):
        EmailSink(settings(box, ca_file=Authority(tmp_path / "another").file)).deliver(DELIVERY)
    assert not box.mail


@pytest.mark.parametrize(("answer", "fault"), [("451 later", SinkDown), ("550 nobody of that name", SinkRefused)])
def test_what_may_pass_is_tried_again_and_what_will_not_is_kept(
    box: Mailbox, answer: str, fault: type[Exception]
) -> None:
    box.answer = answer
    with pytest.raises(fault, match=answer[:3]) as caught:
        EmailSink(settings(box)).deliver(DELIVERY)
    assert "nobody of that name" not in str(caught.value)


def test_a_server_that_is_not_there_is_down(tmp_path: Path) -> None:
    with pytest.raises(SinkDown, match="cannot be used"):
        EmailSink(settings(Mailbox(port=9), ca_file=None)).deliver(DELIVERY)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"to": "duty@school.example, head@school.example"}, "to must be one address"),
        ({"sender": "Duty <duty@school.example>"}, "sender must be one address"),
        ({"to": "duty@school.example\r\nBcc: all@school.example"}, "to must be one address"),
        ({"host": "mail.school.example", "tls": Tls.NONE}, "without TLS"),
        ({"user": "patchwork"}, "belong together"),
        ({"link": "http://ehr.school.example/"}, "link must be an https address"),
        ({"link": "https://ehr.school.example/{client}"}, "only {alert}"),
        ({"link": "https://ehr.school.example/{"}, "only {alert}"),
        ({"timeout": 0}, "greater than 0"),
    ],
)
def test_settings_that_cannot_be_safe_are_refused(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match="sink email: ") as caught:
        settings(Mailbox(port=25), **changes)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "text", ["name,mail\nA,a@b.example\n", "name,email\nA,\n", "name,email\nA,a@b.example;c@d.example\n"]
)
def test_a_staff_file_that_cannot_be_used_holds_the_alert_back(tmp_path: Path, text: str) -> None:
    path = tmp_path / "staff.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"columns|line 2"):
        staff(path)
    with pytest.raises(SinkDown, match="staff file"):
        EmailSink(settings(Mailbox(port=9), ca_file=None, staff_file=path)).deliver(DELIVERY)


def test_a_digest_is_one_message_to_its_worker_and_a_refused_one_is_said_so(tmp_path: Path, box: Mailbox) -> None:
    digest = Digest(
        "d1", "Alex Worker", MONDAY, (DELIVERY, replace(DELIVERY, client_local_id="C-4712")), "not for e-mail"
    )
    sink = EmailSink(settings(box))
    sink.deliver_digest(digest)
    [(to, sent)] = box.mail
    assert len(to) == 1
    assert b"Patchwork: 2 alerts" in sent
    assert not any(word in sent for word in (b"Testcase", b"C-4711", b"not for e-mail"))
    box.answer = "550 no such mailbox"
    with pytest.raises(SinkRefused):
        sink.deliver_digest(digest)
