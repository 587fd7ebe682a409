"""A sink: e-mail that says only that there is an alert, never about whom. The alert itself is read in the agency's own system.

Subject and text hold the spoken reference and, where the settings give one, the agency's own link. It goes to the worker whom the staff file
names, else to the duty contact that it names for their team, else to the one address of the sink. The message id is the alert's, so that the same
alert sent twice can be told for one.
"""

import csv
import smtplib
import ssl
import string
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from connectors.channel.amqp_settings import is_loopback
from connectors.sinks.port import Delivery, Digest, SinkDown, SinkRefused
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private
from mappings.canonical.alert import NO_ALERT_MEANS
from mappings.canonical.codes import AlertEvent

_MAX_STAFF_BYTES = 5 * 1024 * 1024
_SAID = {
    AlertEvent.MADE: "Somebody else is involved with one of your clients.",
    AlertEvent.CHANGED: "Something changed about who else is involved with one of your clients.",
    AlertEvent.ENDED: "What you know under this reference is no longer shared through Patchwork.",
    AlertEvent.RETRACTED: "Please disregard what you were told under this reference: it was wrong or was withdrawn.",
}


class Tls(StrEnum):
    """How the connection to the mail server is protected. `NONE` is for a server on this machine only."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """`to` is where it goes if neither the worker nor their team is found in `staff_file` (CSV: name,email, of workers and of teams). `link` is the
    agency's own, with `{alert}` for the alert's id. `password_file` holds the password of `user`. Times in seconds. Raises `ValueError`, naming
    the setting."""

    host: str
    sender: str
    to: str
    port: int = 587
    tls: Tls = Tls.STARTTLS
    user: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    staff_file: Path | None = None
    link: str = ""
    timeout: float = 20.0

    def __post_init__(self) -> None:
        for name in ("sender", "to"):
            if not is_address(getattr(self, name)):
                raise ValueError(f"sink email: {name} must be one address, such as duty@agency.example")
        if self.tls is Tls.NONE and not is_loopback(self.host):
            raise ValueError(
                "sink email: without TLS only a server on this machine can be reached; use starttls or implicit"
            )
        if bool(self.user) != bool(self.password_file):
            raise ValueError("sink email: user and password_file belong together")
        if self.link and (urlsplit(self.link).scheme != "https" or _fields(self.link) - {"alert"}):
            raise ValueError("sink email: link must be an https address, in which only {alert} stands for something")
        if self.timeout <= 0:
            raise ValueError("sink email: times must be greater than 0")


class EmailSink:
    """See the port. A connection of its own for every alert: there are few."""

    def __init__(self, settings: EmailSettings, name: str = "email") -> None:
        self.name = name
        self._settings = settings
        self._context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)

    def deliver(self, delivery: Delivery) -> None:
        """See the port."""
        self._send(message_of(delivery, self._settings, self._recipient(delivery.worker, delivery.team)))

    def deliver_digest(self, digest: Digest) -> None:
        """See the port."""
        teams = {delivery.team for delivery in digest.deliveries}
        team = teams.pop() if len(teams) == 1 else ""
        self._send(digest_message(digest, self._settings, self._recipient(digest.worker, team)))

    def _send(self, message: EmailMessage) -> None:
        try:
            with self._connected() as server:
                if self._settings.user and self._settings.password_file:
                    server.login(self._settings.user, read_private(self._settings.password_file).decode().strip())
                server.send_message(message)
        except KeyFault as problem:
            raise SinkDown(f"sink {self.name!r}: {problem}") from None
        except smtplib.SMTPResponseException as problem:
            self._refused(problem.smtp_code)
        except smtplib.SMTPRecipientsRefused as problem:
            self._refused(max(code for code, _ in problem.recipients.values()))
        except (smtplib.SMTPException, UnicodeDecodeError, OSError) as problem:
            raise SinkDown(f"the mail server of sink {self.name!r} cannot be used ({type(problem).__name__})") from None

    def _connected(self) -> smtplib.SMTP:
        said = self._settings
        if said.tls is Tls.IMPLICIT:
            return smtplib.SMTP_SSL(said.host, said.port, timeout=said.timeout, context=self._context)
        server = smtplib.SMTP(said.host, said.port, timeout=said.timeout)
        try:
            if said.tls is Tls.STARTTLS:
                # Raises where the server does not offer it: nothing is ever sent in clear instead.
                server.starttls(context=self._context)
        except BaseException:
            server.close()
            raise
        return server

    def _refused(self, code: int) -> None:
        if 400 <= code < 500 or code in (530, 535):
            # A password that has run out is renewed by somebody; the alert must not be given up for it.
            raise SinkDown(f"the mail server of sink {self.name!r} does not take mail now (status {code})") from None
        way_out = "see the addresses in the settings and the staff file, then: patchwork-connector deliveries retry"
        raise SinkRefused(
            f"the mail server of sink {self.name!r} refuses this mail (status {code}); {way_out}"
        ) from None

    def _recipient(self, worker: str, team: str) -> str:
        """The worker, else the team's duty contact, else the address for everything."""
        if self._settings.staff_file is None:
            return self._settings.to
        try:
            known = staff(self._settings.staff_file)
            found = (known.get(_plain(name)) for name in (worker, team) if name)
            return next(filter(None, found), self._settings.to)
        except (OSError, ValueError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) else str(problem)
            raise SinkDown(f"the staff file of sink {self.name!r} cannot be used: {reason}") from None


def message_of(delivery: Delivery, settings: EmailSettings, recipient: str) -> EmailMessage:
    """The whole message. Nothing in it is about the client but the reference."""
    alert, message = delivery.alert, EmailMessage()
    message["From"], message["To"] = settings.sender, recipient
    message["Subject"] = f"Patchwork alert {alert.spoken_reference}"
    message["Date"] = format_datetime(alert.made_at)
    message["Message-ID"] = (
        f"<{alert.id}.{alert.version}{'.rerouted' if delivery.rerouted else ''}@{settings.sender.rpartition('@')[2]}>"
    )
    message["Auto-Submitted"] = "auto-generated"
    where = f"Read it here: {settings.link.format(alert=alert.id)}" if settings.link else "Read it in your own system."
    lines = [_SAID[alert.event], f"Reference: {alert.spoken_reference}", where, "", NO_ALERT_MEANS]
    message.set_content("\n".join(lines) + "\n")
    return message


def digest_message(digest: Digest, settings: EmailSettings, recipient: str) -> EmailMessage:
    """The whole message: how many, and the reference of each. Nothing else in it is about the clients."""
    message = EmailMessage()
    message["From"], message["To"] = settings.sender, recipient
    message["Subject"] = f"Patchwork: {len(digest.deliveries)} alerts"
    message["Date"] = format_datetime(digest.made_at)
    message["Message-ID"] = f"<{digest.id}@{settings.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    alerts = [each.alert for each in digest.deliveries]
    places = [f"  {settings.link.format(alert=each.id)}" if settings.link else "" for each in alerts]
    changed = ", or something changed about it" if any(each.event is AlertEvent.CHANGED for each in alerts) else ""
    listed = [f"{each.spoken_reference}{place}" for each, place in zip(alerts, places, strict=True)]
    said = f"{len(alerts)} times somebody else is involved with one of your clients{changed}."
    where = "Read each here:" if settings.link else "Read them in your own system. The references:"
    message.set_content("\n".join([said, where, *listed, "", NO_ALERT_MEANS]) + "\n")
    return message


def staff(path: Path) -> dict[str, str]:
    """Addresses by worker's or team's name, whatever its case and spacing. Raises `OSError`, and `ValueError` naming column or line."""
    if path.stat().st_size > _MAX_STAFF_BYTES:
        raise ValueError("it is larger than any list of staff")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"name", "email"} <= set(rows.fieldnames or ()):
            raise ValueError("it needs the columns name and email")
        found: dict[str, str] = {}
        for row in rows:
            if not row["name"] or not is_address(row["email"] or ""):
                raise ValueError(f"line {rows.line_num} holds no name, or no address")
            found[_plain(row["name"])] = row["email"]
        return found


def is_address(text: str) -> bool:
    """Whether this is one plain address; never a list, a name beside it, or a line break."""
    local, at, domain = text.rpartition("@")
    return bool(local and at and "." in domain) and text.isascii() and not set(text) & set(" \t\r\n,;<>\"'()")


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _fields(template: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
    except ValueError:
        return {"unbalanced"}
