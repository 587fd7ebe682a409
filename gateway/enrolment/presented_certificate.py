"""Is the certificate that a connector showed to the proxy its own? Asked in addition to the signature of its request, never instead.

* It must be, byte for byte, one that this gateway issued to that connector or that was brought in for it from outside. So its issuer, its
  name and its key are the ones that were approved, and nothing in it need be parsed: a stranger's bytes are compared and thrown away.
* It must be valid now. A key that another has taken the place of counts for `OVERLAP` more, as a signing key does.
* That whoever shows it holds its private key is proven by the TLS handshake, which the proxy makes (RFC 9440, section 4).
"""

import ssl
from datetime import datetime

from gateway.keys.key_rotation import OVERLAP
from gateway.model.client_certificate import ClientCertificate
from gateway.ports import UnitOfWork
from mappings.canonical.identifiers import ConnectorId

MOST_LOOKED_AT = 20
"""Of a connector's certificates, the newest. They last a year; nobody has more that still count."""


class NotItsOwn(Exception):
    """The certificate does not count. `code` is for the security log alone."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_presented(unit: UnitOfWork, connector: ConnectorId, der: bytes | None, now: datetime) -> None:
    """Raises `NotItsOwn`. `der` is what the proxy passed on, None where it passed on nothing."""
    if der is None:
        raise NotItsOwn("certificate-missing")
    issued = unit.enrolments.certificates(connector, MOST_LOOKED_AT)
    found = next((position for position, each in enumerate(issued) if _der(each) == der), None)
    if found is None:
        raise NotItsOwn("certificate-not-its-own")
    shown = issued[found]
    if not shown.valid_from <= now < shown.valid_until:
        raise NotItsOwn("certificate-not-valid-now")
    if shown.key_digest != issued[0].key_digest and _replaced_at(issued[:found], shown) + OVERLAP <= now:
        raise NotItsOwn("certificate-retired")


def _replaced_at(later: list[ClientCertificate], shown: ClientCertificate) -> datetime:
    """When the first certificate for another key came after it. There is one: the newest is for another."""
    return min(each.issued_at for each in later if each.key_digest != shown.key_digest)


def _der(certificate: ClientCertificate) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.pem.decode("ascii"))
