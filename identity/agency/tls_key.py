"""A connector's TLS key: ECDSA P-256 (FIPS 186-5), and the certificate request (PKCS #10, RFC 2986) that carries its public half.

* Not Ed25519: the Erlang of Debian 12, on which the broker runs, has trouble with such certificates.
* A request proves by its own signature that whoever made it holds the key. It asks for one name only, the connector's id;
  whatever else it asks for is refused, so that nobody is certified for more than was looked at.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private, write_private
from mappings.canonical.identifiers import ConnectorId

MAX_REQUEST_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """A request whose signature was verified. `key_digest` is SHA-256 over the SubjectPublicKeyInfo, hex."""

    connector: ConnectorId
    public: EllipticCurvePublicKey
    pem: bytes

    @property
    def key_digest(self) -> str:
        """What the fingerprint covers of the TLS key."""
        return public_digest(self.public)


def make_tls_key(path: Path) -> EllipticCurvePrivateKey:
    """A new private key as PKCS#8 PEM with mode 0600. Never overwrites. Raises `KeyFault`."""
    key = generate_ec(SECP256R1())
    write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def load_tls_key(path: Path) -> EllipticCurvePrivateKey:
    """The private key in a file that only its owner can read. Raises `KeyFault`, naming the file."""
    try:
        key = load_pem_private_key(read_private(path), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise KeyFault(f"{path} does not hold an unencrypted P-256 private key in PEM form")
    return key


def public_digest(public: EllipticCurvePublicKey) -> str:
    """SHA-256 over the DER SubjectPublicKeyInfo, 64 lower-case hexadecimal digits."""
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def write_request(connector: ConnectorId, key: EllipticCurvePrivateKey) -> bytes:
    """A certificate request in PEM form for the name of the connector, and nothing else."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, connector.value)])
    return (
        x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    )


def read_request(pem: bytes, connector: ConnectorId) -> CertificateRequest:
    """The request, if it is signed by the key it brings, of the right kind, and asks for this connector's name and nothing
    else. Raises `KeyFault`, which says what to do and repeats nothing of the request."""
    if len(pem) > MAX_REQUEST_BYTES:
        raise KeyFault(f"a certificate request is at most {MAX_REQUEST_BYTES} bytes")
    try:
        request = x509.load_pem_x509_csr(pem)
        public = request.public_key()
        subject = [(part.oid, part.value) for part in request.subject]
        extensions = len(request.extensions)
        genuine = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature, x509.DuplicateExtension):
        raise KeyFault("the certificate request is not a PKCS #10 request in PEM form") from None
    if not isinstance(public, EllipticCurvePublicKey) or not isinstance(public.curve, SECP256R1):
        raise KeyFault("the certificate request must be for an ECDSA P-256 key")
    if not genuine:
        raise KeyFault("the certificate request is not signed by the key it brings")
    if subject != [(NameOID.COMMON_NAME, connector.value)]:
        raise KeyFault(
            "the certificate request must ask for the connector's own id as common name, and for nothing else"
        )
    if extensions:
        raise KeyFault("the certificate request must ask for no extensions; the authority decides what it certifies")
    return CertificateRequest(connector, public, pem)
