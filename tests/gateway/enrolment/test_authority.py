"""The built-in authority and the one outside: who is certified, for what, for how long; and what openssl says of it."""

import ssl
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.enrolment.authority import VALID_FOR, Authority, issue, load_authority, make_authority
from gateway.enrolment.certificates import IMPORT, ask_again, certificate_request, import_content, issue_missing
from gateway.enrolment.external_authority import read_chain
from gateway.enrolment.requests import apply
from gateway.model.client_certificate import ClientCertificate, Issuer
from gateway.refused import Refused
from gateway.trust.operators import Office
from gateway.trust.proposals import hand_in
from identity.agency.faults import KeyFault
from identity.agency.tls_key import CertificateRequest, make_tls_key, public_digest, read_request, write_request
from mappings.canonical.identifiers import ConnectorId
from tests.builders import HOME, HOUSING, NOON
from tests.gateway.enrolling import TwoPeople, invited, two_people

ID = ConnectorId("school-1")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return make_authority(tmp_path / "authority", "Patchwork seaton trial authority", NOON)


@pytest.fixture
def people(office: Office) -> TwoPeople:
    return two_people(office)


def asked() -> CertificateRequest:
    return read_request(write_request(ID, generate_private_key(SECP256R1())), ID)


def issued(people: TwoPeople, authority: Authority) -> list[ClientCertificate]:
    return issue_missing(people.office.store, people.office.clock, lambda: authority, HOME)


def test_a_certificate_names_the_connector_for_clients_only(authority: Authority) -> None:
    request = asked()
    kept = issue(authority, request, HOME, NOON)
    certificate = x509.load_pem_x509_certificate(kept.pem)
    assert certificate.subject == x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "school-1")])
    assert certificate.public_key() == request.public
    extensions = certificate.extensions
    usages = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usages) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [HOME.value]
    assert (kept.valid_until, kept.issuer) == (NOON + VALID_FOR, Issuer.BUILT_IN)
    assert issue(authority, asked(), HOME, NOON).serial != kept.serial


def test_openssl_believes_it_as_a_client_and_not_as_a_server(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = make_authority(tmp_path / "now", "Patchwork seaton trial authority", now)
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    (tmp_path / "client.pem").write_bytes(issue(authority, asked(), HOME, now).pem)
    for purpose, believed in (("sslclient", True), ("sslserver", False)):
        run = subprocess.run(
            ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca.pem", "client.pem"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert (run.returncode == 0) is believed, run.stderr
    ssl.create_default_context(cadata=authority.pem.decode())


def test_the_authoritys_key_is_nobodys_to_read(authority: Authority, tmp_path: Path) -> None:
    key = tmp_path / "authority" / "authority.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert load_authority(tmp_path / "authority").certificate == authority.certificate
    key.chmod(0o644)
    with pytest.raises(KeyFault, match="can be read by other users"):
        load_authority(tmp_path / "authority")
    with pytest.raises(KeyFault, match="exists already"):
        make_authority(tmp_path / "authority", "another", NOON)
    with pytest.raises(KeyFault, match="patchwork authority init"):
        load_authority(tmp_path / "nowhere")


def test_a_mixed_up_authority_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = make_authority(tmp_path / "other", "other", NOON)
    (tmp_path / "authority" / "authority.pem").write_bytes(other.pem)
    with pytest.raises(KeyFault, match="do not belong together"):
        load_authority(tmp_path / "authority")


def test_nothing_outlives_the_authority(authority: Authority) -> None:
    late = authority.certificate.not_valid_after_utc - timedelta(days=3)
    assert issue(authority, asked(), HOME, late).valid_until == authority.certificate.not_valid_after_utc
    with pytest.raises(KeyFault, match="has expired"):
        issue(authority, asked(), HOME, late + timedelta(days=3))


def test_only_an_approved_connector_is_certified_and_once(people: TwoPeople, authority: Authority) -> None:
    people.welcome()
    _, waiting = invited(people.registrar, "housing-1", (HOUSING,))
    apply(people.office.store, people.office.clock, waiting.application)
    assert [each.connector for each in issued(people, authority)] == [ID]
    assert issued(people, authority) == []


def test_a_new_tls_key_is_certified_for_who_asks_with_an_approved_key(
    people: TwoPeople, authority: Authority, office: Office, tmp_path: Path
) -> None:
    people.welcome()
    issued(people, authority)
    key = make_tls_key(tmp_path / "tls.key")
    ask_again(office.store, office.clock, ID, write_request(ID, key))
    (renewed,) = issued(people, authority)
    assert renewed.key_digest == public_digest(key.public_key())
    with office.store.read() as unit:
        assert unit.enrolments.certificate(ID) == renewed
    with pytest.raises(KeyFault, match="own id as common name"):
        ask_again(office.store, office.clock, ID, write_request(ConnectorId("housing-1"), key))


def external(key_digest_of: bytes, tmp_path: Path, **changes: object) -> Path:
    """What an authority outside makes of a request, honest unless told otherwise."""
    request = x509.load_pem_x509_csr(key_digest_of)
    ca_key = generate_private_key(SECP384R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Council authority")])
    days = changes.get("days", 365)
    assert isinstance(days, int)

    def certificate(name: x509.Name, public: object, ca: bool, client: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(ca_name)
            .public_key(public)  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOON - timedelta(days=400))
            .not_valid_after(NOON + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if not ca or changes.get("may_certify"):
            usage = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.sign(changes.get("signer", ca_key), hashes.SHA256())  # type: ignore[arg-type]

    subject = changes.get("subject", request.subject)
    public = changes.get("public", request.public_key())
    made = certificate(subject, public, bool(changes.get("may_certify")), not changes.get("server"))  # type: ignore[arg-type]
    changes.pop("signer", None)
    top = certificate(ca_name, ca_key.public_key(), True, True)
    path = tmp_path / "signed.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM) + top.public_bytes(Encoding.PEM))
    return path


def test_a_certificate_from_outside_is_kept(people: TwoPeople, tmp_path: Path, office: Office) -> None:
    newcomer = people.welcome()
    path = external(certificate_request(office.store, "school-1"), tmp_path)
    content = import_content("school-1", path)
    kept = hand_in(office, people.registrar.sign(IMPORT, content)).result
    assert (kept.issuer, kept.key_digest) == (Issuer.EXTERNAL, newcomer.keys.tls)
    assert kept.chain.count(b"BEGIN CERTIFICATE") == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"public": generate_private_key(SECP256R1()).public_key()}, "not for the key"),
        ({"public": Ed25519PrivateKey.generate().public_key()}, "not for the key"),
        ({"subject": x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "housing-1")])}, "another subject"),
        ({"days": -1}, "not valid now"),
        ({"server": True}, "not for clients"),
        ({"may_certify": True}, "may certify others"),
        ({"signer": generate_private_key(SECP384R1())}, "do not sign each other"),
    ],
)
def test_what_comes_from_outside_is_looked_at(
    people: TwoPeople, tmp_path: Path, office: Office, changes: dict[str, object], said: str
) -> None:
    people.welcome()
    path = external(certificate_request(office.store, "school-1"), tmp_path, **changes)
    with pytest.raises(Refused, match=said):
        hand_in(office, people.registrar.sign(IMPORT, import_content("school-1", path)))


def test_a_file_that_holds_no_chain_is_refused(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "one.pem").write_bytes(authority.pem)
    with pytest.raises(Refused, match="after it, the authority's"):
        read_chain(tmp_path / "one.pem")
    (tmp_path / "none.pem").write_bytes(b"nothing")
    with pytest.raises(Refused, match="PEM"):
        read_chain(tmp_path / "none.pem")


def test_requests_that_ask_for_more_or_prove_nothing_are_refused() -> None:
    key, name = generate_private_key(SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "school-1")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    more = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    with pytest.raises(KeyFault, match="no extensions"):
        read_request(more.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM), ID)
    with pytest.raises(KeyFault, match="P-256"):
        read_request(builder.sign(generate_private_key(SECP384R1()), hashes.SHA256()).public_bytes(Encoding.PEM), ID)
    der = bytearray(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))
    der[-3] ^= 1
    spoilt = x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM)
    with pytest.raises(KeyFault, match="not signed by the key"):
        read_request(spoilt, ID)
    for nonsense in (
        b"",
        b"x" * 9000,
        b"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
    ):
        with pytest.raises(KeyFault):
            read_request(nonsense, ID)
