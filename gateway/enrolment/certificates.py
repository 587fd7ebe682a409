"""The certificates of connectors that are trusted: issued by the built-in authority, or brought from an external one.

* Nobody is certified before being approved, and only the key that was approved, or one asked for since with an approved key.
* Issuing follows from an approval that two people signed; it needs no signature of its own. Bringing one from outside does.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.audit.recording import entry
from gateway.enrolment.approval import request_of
from gateway.enrolment.authority import Authority, issue
from gateway.enrolment.external_authority import check_issued, read_chain
from gateway.model.client_certificate import ClientCertificate
from gateway.model.connector import Connector
from gateway.ports import Clock, Store, UnitOfWork
from gateway.refused import Refused
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.lifecycle import find
from gateway.trust.operators import VerifiedChange, record
from gateway.trust.permissions import check_may_onboard
from identity.agency.tls_key import CertificateRequest, read_request
from identity.agency.trust import may_speak
from mappings.canonical.identifiers import ConnectorId, GatewayId

IMPORT = "authority.import"
RENEW_WITHIN = timedelta(days=30)
ACTOR = "authority"


def certificate_request(store: Store, id: str) -> bytes:
    """The request of an approved connector in PEM form, for an external authority. Raises `Refused`."""
    connector = Content("request", {"connector": id}, frozenset({"connector"})).identifier("connector", ConnectorId)
    with store.read() as unit:
        _check_trusted(find(unit, connector))
        return request_of(unit, connector).certificate_request


def import_content(id: str, file: Path) -> dict[str, Any]:
    """What is signed to bring in a certificate. Raises `Refused` before anything is signed."""
    chain = read_chain(file)
    pem = b"".join(each.public_bytes(Encoding.PEM) for each in chain).decode()
    content = {"connector": id, "chain": pem}
    _read_import(content)
    return content


def import_certificate(unit: UnitOfWork, change: VerifiedChange) -> ClientCertificate:
    """Keep the certificate that a verified `authority.import` brings. Raises `Refused`."""
    id, chain = _read_import(change.content)
    _check_trusted(find(unit, id))
    wanted = _verified(request_of(unit, id).certificate_request, id)
    certificate = check_issued(id, wanted.key_digest, chain, change.at)
    unit.enrolments.add_certificate(certificate)
    record(unit, change, "certificate-imported", **_fields(certificate))
    return certificate


def issue_missing(
    store: Store, clock: Clock, authority: Callable[[], Authority], home: GatewayId
) -> list[ClientCertificate]:
    """A certificate for every trusted connector that has none for the key it last asked for, or whose certificate runs out
    within a month. The authority's key is read only where it is needed. Raises `KeyFault`, `StoreDown`."""
    if not _missing(store, clock):
        return []
    opened = authority()
    with store.write() as unit:
        now = clock.now()
        issued = [
            issue(opened, _verified(request_of(unit, connector.id).certificate_request, connector.id), home, now)
            for connector in _wanting(unit, now)
        ]
        for certificate in issued:
            unit.enrolments.add_certificate(certificate)
            event = entry("certificate-issued", ACTOR, **_fields(certificate), issuer=certificate.issuer.value)
            unit.audit.append(now, event.code, event.actor, event.fields)
        return issued


def ask_again(store: Store, clock: Clock, id: ConnectorId, pem: bytes) -> CertificateRequest:
    """A connector asks, with an approved signing key, to have a new TLS key certified. Raises `KeyFault`, `Refused`."""
    asked = read_request(pem, id)
    with store.write() as unit:
        now = clock.now()
        _check_trusted(find(unit, id))
        before = _verified(request_of(unit, id).certificate_request, id)
        if before.key_digest != asked.key_digest:
            unit.enrolments.renew_request(id, pem)
            event = entry("certificate-asked", id.value, connector=id.value, tls_key=asked.key_digest)
            unit.audit.append(now, event.code, event.actor, event.fields)
    return asked


def _missing(store: Store, clock: Clock) -> bool:
    with store.read() as unit:
        return bool(_wanting(unit, clock.now()))


def _wanting(unit: UnitOfWork, now: datetime) -> list[Connector]:
    return [
        connector
        for connector in unit.trust.connectors()
        if may_speak(connector.status) and _wants(unit, connector.id, now)
    ]


def _wants(unit: UnitOfWork, id: ConnectorId, now: datetime) -> bool:
    request = unit.enrolments.request(id)
    if request is None:
        return False
    newest = unit.enrolments.certificate(id)
    if newest is None or newest.valid_until - now < RENEW_WITHIN:
        return True
    return newest.key_digest != _verified(request.certificate_request, id).key_digest


def _verified(pem: bytes, id: ConnectorId) -> CertificateRequest:
    return read_request(pem, id)


def _check_trusted(connector: Connector) -> None:
    if not may_speak(connector.status):
        raise Refused(f"connector {connector.id} is {connector.status}; only an approved or live one is certified")


def _read_import(content: Mapping[str, Any]) -> tuple[ConnectorId, list[x509.Certificate]]:
    read = Content("certificate", content, frozenset({"connector", "chain"}))
    id, chain = read.identifier("connector", ConnectorId), content["chain"]
    if not isinstance(chain, str) or len(chain) > 32 * 1024:
        raise read.refusal("chain", "must be certificates in PEM form")
    try:
        return id, x509.load_pem_x509_certificates(chain.encode())
    except ValueError:
        raise read.refusal("chain", "does not hold certificates in PEM form") from None


def _fields(certificate: ClientCertificate) -> dict[str, str]:
    return {
        "connector": certificate.connector.value,
        "serial": certificate.serial,
        "tls_key": certificate.key_digest,
        "until": certificate.valid_until.isoformat(timespec="seconds"),
    }


EXECUTORS = {IMPORT: Executor(check_may_onboard, check_may_onboard, never, import_certificate)}
