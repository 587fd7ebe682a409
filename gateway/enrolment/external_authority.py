"""Certificates from an authority outside Patchwork, by file exchange: what comes back is believed only if it certifies the very key that
was approved, under the connector's name, for clients, now."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.enrolment.authority import as_issued
from gateway.model.client_certificate import ClientCertificate, Issuer
from gateway.refused import Refused
from identity.agency.private_file import read_public
from identity.agency.tls_key import public_digest
from mappings.canonical.identifiers import ConnectorId

MOST_CERTIFICATES = 5


def read_chain(path: Path) -> list[x509.Certificate]:
    """The certificates in a PEM file: the connector's first, then those it is signed by, up to the top. Raises `Refused`."""
    try:
        chain = x509.load_pem_x509_certificates(read_public(path))
    except (ValueError, UnsupportedAlgorithm):
        raise Refused(f"{path} does not hold certificates in PEM form") from None
    if not 2 <= len(chain) <= MOST_CERTIFICATES:
        raise Refused(
            f"{path} must hold the connector's certificate and, after it, the authority's (at most {MOST_CERTIFICATES})"
        )
    return chain


def check_issued(
    connector: ConnectorId, key_digest: str, chain: list[x509.Certificate], now: datetime
) -> ClientCertificate:
    """The certificate as it will be kept. Raises `Refused`, saying what is wrong with it."""
    certificate = chain[0]
    public = certificate.public_key()
    if not isinstance(public, EllipticCurvePublicKey) or public_digest(public) != key_digest:
        raise Refused(
            f"this certificate is not for the key that connector {connector} was approved with; sign its own request"
        )
    if [(part.oid, part.value) for part in certificate.subject] != [(NameOID.COMMON_NAME, connector.value)]:
        raise Refused(
            f"this certificate names another subject; the common name must be {connector}, and nothing beside it"
        )
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise Refused("this certificate is not valid now; ask the authority for one that is")
    _check_usage(certificate)
    for signed, signer in pairwise(chain):
        try:
            signed.verify_directly_issued_by(signer)
        except (ValueError, TypeError, InvalidSignature):
            raise Refused(
                "the certificates in the file do not sign each other; put them in order, the connector's first"
            ) from None
    above = b"".join(each.public_bytes(Encoding.PEM) for each in chain[1:])
    return as_issued(connector, certificate, above, Issuer.EXTERNAL, now)


def _check_usage(certificate: x509.Certificate) -> None:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound as missing:
        raise Refused(
            f"this certificate lacks the extension {missing.oid._name}; ask the authority for a client's"
        ) from None
    except (ValueError, x509.DuplicateExtension):
        raise Refused("the extensions of this certificate cannot be read") from None
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usages:
        raise Refused("this certificate is not for clients (extended key usage clientAuth)")
    if constraints.ca:
        raise Refused("this certificate may certify others; a connector's must not")
