"""The certificate authority of one partnership: it certifies that a TLS key is a connector's, and nothing else.

* A certificate names the connector (common name) and this gateway (URI), is for clients only, and cannot certify others.
* Its key is a file (0600) that `patchwork authority init` makes. Where the partnership has an authority of its own there is no such
  file: requests and certificates then travel as files (`external_authority`).
* A certificate alone lets nobody in: the broker knows a name only while the register says that its connector may speak.

Format: X.509 v3 (RFC 5280), ECDSA P-256 with SHA-256.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.model.client_certificate import ClientCertificate, Issuer
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_public, write_public
from identity.agency.tls_key import CertificateRequest, load_tls_key, make_tls_key, public_digest
from mappings.canonical.identifiers import ConnectorId, GatewayId

KEY_FILE = "authority.key"
CERTIFICATE_FILE = "authority.pem"
VALID_FOR = timedelta(days=397)
"""The longest that browsers and operating systems still accept of a certificate (CA/Browser Forum ballot SC31)."""

AUTHORITY_VALID_FOR = timedelta(days=3653)
# A connector's clock may be a little behind.
_BACKDATED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Authority:
    """The built-in authority, opened."""

    key: EllipticCurvePrivateKey
    certificate: x509.Certificate

    def __repr__(self) -> str:
        return f"Authority({self.certificate.serial_number:x})"

    @property
    def pem(self) -> bytes:
        """Its own certificate: what the broker and a proxy believe."""
        return self.certificate.public_bytes(Encoding.PEM)


def make_authority(folder: Path, name: str, now: datetime) -> Authority:
    """A new authority in `folder`, valid for ten years. Raises `KeyFault` where there is one."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise KeyFault(f"{folder} cannot be made: {problem.strerror}") from None
    key = make_tls_key(folder / KEY_FILE)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + AUTHORITY_VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certifies=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_public(folder / CERTIFICATE_FILE, certificate.public_bytes(Encoding.PEM))
    return Authority(key, certificate)


def has_authority(folder: Path) -> bool:
    """Whether there is a built-in authority."""
    return (folder / KEY_FILE).exists()


def load_authority(folder: Path) -> Authority:
    """The authority in `folder`. Raises `KeyFault`, naming the file and the way out."""
    if not has_authority(folder):
        raise KeyFault(
            f"there is no authority in {folder}: make one with patchwork authority init, or use your own with "
            "patchwork authority csr and import"
        )
    key = load_tls_key(folder / KEY_FILE)
    certificate = read_certificate(read_public(folder / CERTIFICATE_FILE), str(folder / CERTIFICATE_FILE))
    if certificate.public_key() != key.public_key():
        raise KeyFault(
            f"{folder}: {KEY_FILE} and {CERTIFICATE_FILE} do not belong together; restore both from one backup"
        )
    return Authority(key, certificate)


def issue(
    authority: Authority, request: CertificateRequest, home: GatewayId, now: datetime, valid_for: timedelta = VALID_FOR
) -> ClientCertificate:
    """A certificate for the connector of a verified request. Never valid longer than the authority's own."""
    own = authority.certificate
    until = min(now + valid_for, own.not_valid_after_utc)
    if until <= now:
        raise KeyFault(
            "the authority's own certificate has expired; make a new authority and certify every connector anew"
        )
    serial = x509.random_serial_number()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, request.connector.value)]))
        .issuer_name(own.subject)
        .public_key(request.public)
        .serial_number(serial)
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certifies=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(home.value)]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(request.public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
        .sign(authority.key, hashes.SHA256())
    )
    return as_issued(request.connector, certificate, authority.pem, Issuer.BUILT_IN, now)


def as_issued(
    connector: ConnectorId, certificate: x509.Certificate, chain: bytes, issuer: Issuer, now: datetime
) -> ClientCertificate:
    """The row that is kept of a certificate for a P-256 key."""
    return ClientCertificate(
        serial=f"{certificate.serial_number:x}",
        connector=connector,
        pem=certificate.public_bytes(Encoding.PEM),
        chain=chain,
        key_digest=public_digest(certificate.public_key()),  # type: ignore[arg-type]  # requests are for P-256 only
        issuer=issuer,
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
        issued_at=now,
    )


def read_certificate(pem: bytes, source: str) -> x509.Certificate:
    """The first certificate in PEM text. Raises `KeyFault`, naming the source."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise KeyFault(f"{source} does not hold a certificate in PEM form") from None


def _usage(certifies: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certifies,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifies,
        crl_sign=certifies,
        encipher_only=False,
        decipher_only=False,
    )
