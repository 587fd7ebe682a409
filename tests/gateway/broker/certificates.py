"""A certificate authority for tests: server and client certificates with P-256 keys, as files. Made with `cryptography`."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.enrolment.authority import Authority as BuiltIn

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its private key (mode 0600), as PEM files."""

    certificate: Path
    key: Path


class Authority:
    """`folder` gets every file it makes. Each authority believes its own certificates only. With `like` it is that one: what the built-in
    authority of a gateway certified is believed where this one's is."""

    def __init__(self, folder: Path, name: str = "test authority", like: BuiltIn | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        if like is not None:
            self._key, self._name, self.file = like.key, like.certificate.subject, folder / "ca.pem"
            self.file.write_bytes(like.pem)
            return
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = self._begin(self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        made = builder.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.file = folder / "ca.pem"
        self.file.write_bytes(made.public_bytes(Encoding.PEM))

    def server(self, name: str = "localhost") -> Pair:
        """A certificate for a server at 127.0.0.1 and localhost."""
        names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))])
        return self._issue(name, [names, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])])

    def client(self, common_name: str, ended: bool = False) -> Pair:
        """A client's certificate; `ended`: one that ran out yesterday."""
        return self._issue(common_name, [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])], ended)

    def _issue(self, common_name: str, extensions: list[x509.ExtensionType], ended: bool = False) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        builder = self._begin(subject, key.public_key(), -DAY if ended else 30 * DAY)
        for each in (x509.BasicConstraints(ca=False, path_length=None), *extensions):
            builder = builder.add_extension(each, critical=False)
        made = builder.sign(self._key, hashes.SHA256())
        serial = f"{made.serial_number:x}"[:12]
        pair = Pair(self._folder / f"{serial}.pem", self._folder / f"{serial}.key")
        pair.certificate.write_bytes(made.public_bytes(Encoding.PEM))
        pair.key.touch(mode=0o600)
        pair.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return pair

    def _begin(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, until: timedelta = 30 * DAY
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        begun = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key)
        return (
            begun.serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * DAY)
            .not_valid_after(now + until)
        )
