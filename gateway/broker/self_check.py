"""Does the broker really refuse what it must refuse? Asked by doing it: as a connector that does not exist, against one that does not
exist either, with exactly the rights that connectors get.

* What the rows of `attempts` say must be refused, and reading the own inbox must work (else the refusals would prove nothing).
* One thing is told and borne: before RabbitMQ 4.3.1 whoever knows a queue's name can learn its length. Inbox names are secret.
* A message without a user id is let through by every broker; it is intake that refuses it (`gateway.notices.letter`).

Everything it makes at the broker is removed again; what a killed check leaves cannot be used by anybody, and goes with the next
reconciliation.
"""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from connectors.channel.amqp_probe import AmqpProbe
from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.port import ChannelRefused
from connectors.channel.topology import Topology
from gateway.broker.attempts import Attempt, Target, attempts
from gateway.broker.desired import LIMITS, rights
from gateway.broker.live import delete_user, remove_inbox
from gateway.broker.management import BrokerRefused, ManagementApi
from gateway.broker.place import BrokerPlace
from gateway.broker.probe_name import new_probe_name
from gateway.broker.reconcile import make_user
from gateway.refused import Refused
from identity.agency.private_file import write_private

PROBE_QUEUE_SECONDS = 600
_KNOWN_LENGTH = "learn the length of a queue whose name it knows"


class Outcome(StrEnum):
    """What the broker did."""

    REFUSED = "refused"
    ALLOWED = "allowed"
    BORNE = "borne"
    WORKS = "works"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried. `name` completes "a connector could ..."; `code` is the broker's reply code, 0 for none."""

    name: str
    outcome: Outcome
    code: int = 0


class BrokerTooWide(Refused):
    """The broker would let a connector do what it must not; the message names it."""


def self_check(place: BrokerPlace, api: ManagementApi, now: datetime) -> list[Finding]:
    """Try everything, as a connector of each side. Raises `ChannelDown`, `BrokerRefused` where it could not be tried."""
    findings: list[Finding] = []
    for side, topology in place.sides:
        found = _tried_on(place, api, now, topology)
        findings += found if side.alone else [replace(each, name=f"{each.name} ({side.mode} side)") for each in found]
    return findings


def _tried_on(place: BrokerPlace, api: ManagementApi, now: datetime, topology: Topology) -> list[Finding]:
    with _probe(place, api, now, topology) as (probe, target, password):
        findings = [_control(probe, target)]
        findings += [_tried(probe, attempt) for attempt in attempts(probe, target)]
        findings.append(_length(probe, target))
        if password:
            refused = api.refuses(target.user, password)
            findings.append(
                Finding("look into the broker by its management API", Outcome.REFUSED if refused else Outcome.ALLOWED)
            )
        many = probe.connections_beyond(LIMITS.connections or 0)
        findings.append(Finding("open more connections than its limit", Outcome.ALLOWED if many else Outcome.REFUSED))
    return findings


def check_broker(place: BrokerPlace, api: ManagementApi, now: datetime) -> list[Finding]:
    """As `self_check`. Raises `BrokerTooWide` besides, naming everything that was allowed."""
    findings = self_check(place, api, now)
    if wide := [finding.name for finding in findings if finding.outcome is Outcome.ALLOWED]:
        raise BrokerTooWide(
            f"the broker would let a connector do what it must not: {'; '.join(wide)}. Nothing is taken from this broker until that "
            "is mended: look at its configuration and its version, then run patchwork broker check"
        )
    return findings


def _control(probe: AmqpProbe, target: Target) -> Finding:
    code = probe.attempt(lambda channel: channel.basic_get(target.own))
    if code is not None:
        raise BrokerRefused(
            f"the self-check's user cannot read its own inbox (code {code}), so refusals would prove nothing"
        )
    return Finding("read its own inbox", Outcome.WORKS)


def _tried(probe: AmqpProbe, attempt: Attempt) -> Finding:
    code = probe.attempt(attempt.do)
    return Finding(attempt.name, Outcome.REFUSED if code in attempt.refusals else Outcome.ALLOWED, code or 0)


def _length(probe: AmqpProbe, target: Target) -> Finding:
    code = probe.attempt(lambda channel: channel.queue_declare(target.inbox, passive=True))
    return Finding(_KNOWN_LENGTH, Outcome.BORNE if code is None else Outcome.REFUSED, code or 0)


@contextmanager
def _probe(
    place: BrokerPlace, api: ManagementApi, now: datetime, topology: Topology
) -> Iterator[tuple[AmqpProbe, Target, str]]:
    """A user as a connector has it, two inboxes with a parcel each, and the password where one was needed."""
    user = _certified_name(place) or new_probe_name(now)
    other = new_probe_name(now)
    own, inbox = (f"inbox.{name}.{secrets.token_hex(16)}" for name in (new_probe_name(now), other))
    across = next((names for _, names in place.sides if names != topology), None)
    password = "" if place.check_cert_file else secrets.token_urlsafe(32)
    try:
        with tempfile.TemporaryDirectory(prefix="patchwork-") as folder:
            make_user(api, place.vhost, rights(user, own, topology), _credentials(password))
            for queue in (own, inbox):
                _put_inbox(api, place.vhost, queue)
            probe = AmqpProbe(_settings(place, user, password, Path(folder)))
            try:
                yield probe, Target(user, own, other, inbox, topology, across), password
            except ChannelRefused as problem:
                raise BrokerRefused(
                    f"the self-check's user is not let in, so nothing could be tried: {problem}. {_WAY_OUT}"
                ) from None
            finally:
                probe.close()
    finally:
        delete_user(api, user)
        api.delete("exchanges", place.vhost, f"{user}.more")
        for queue in (own, inbox):
            remove_inbox(api, place.vhost, queue)


_WAY_OUT = (
    "Where the broker takes no passwords, give the check a client certificate with a common name that begins with self-check- in "
    "broker_check_cert_file and broker_check_key_file"
)


def _credentials(password: str) -> dict[str, str]:
    return {"password": password, "tags": ""} if password else {"password_hash": "", "tags": ""}


def _put_inbox(api: ManagementApi, vhost: str, queue: str) -> None:
    api.put(("queues", vhost, queue), {"durable": True, "arguments": {"x-expires": PROBE_QUEUE_SECONDS * 1000}})
    body = {"routing_key": queue, "payload": "patchwork self-check", "payload_encoding": "string", "properties": {}}
    api.post(("exchanges", vhost, "amq.default", "publish"), body)


def _settings(place: BrokerPlace, user: str, password: str, folder: Path) -> AmqpSettings:
    if not password:
        return replace(
            place.amqp, user=user, password_file=None, cert_file=place.check_cert_file, key_file=place.check_key_file
        )
    path = folder / "password"
    write_private(path, password.encode())
    return replace(place.amqp, user=user, password_file=path)


def _certified_name(place: BrokerPlace) -> str:
    """The common name of the certificate for the check; empty where there is none. Raises `BrokerRefused`."""
    if place.check_cert_file is None:
        return ""
    try:
        certificate = x509.load_pem_x509_certificate(place.check_cert_file.read_bytes())
        name = str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    except (OSError, ValueError, IndexError):
        raise BrokerRefused(f"{place.check_cert_file} is no certificate with a common name") from None
    if not name.startswith("self-check-"):
        raise BrokerRefused(
            f"the common name in {place.check_cert_file} must begin with self-check-, so that it is never a connector's"
        )
    return name
