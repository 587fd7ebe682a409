"""Client certificates shown to a proxy: believed through the proxy's own door alone, in addition to the signature, never instead of it."""

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from gateway.api.application import create_app
from gateway.api.parts import Parts
from gateway.api.proxy import ABOUT_CERTIFICATES, LONGEST, ProxyDoor
from gateway.enrolment.authority import issue, make_authority
from gateway.enrolment.certificates import issue_missing
from gateway.keys.key_rotation import OVERLAP
from gateway.store.channel_queue import QueueGatewayEnd
from gateway.store.sql_store import SqlStore
from gateway.trust.operators import Office
from identity.agency.keys import SigningKey
from identity.agency.tls_key import read_request, write_request
from mappings.canonical.identifiers import ConnectorId
from tests.builders import HOME, HOUSING
from tests.gateway.enrolling import FACTS, Newcomer, invited, two_people
from tests.gateway.staff import StillClock

LEASE, STATUS, ENROL, CERTIFICATE = "/channel/inbox/lease", "/enrolment/status", "/enrolment", "/enrolment/certificate"
NOW = {"limit": 1, "wait": 0}
Changed = Callable[[bytes], list[tuple[str, str]]]


class Front:
    """A gateway with two doors: `proxy` is the socket of a proxy that asks for certificates, `street` is everybody's."""

    def __init__(self, office: Office, store: SqlStore, folder: Path, certified: bool = True) -> None:
        self.office, self.store, self.people = office, store, two_people(office)
        self.authority = make_authority(folder / "authority", "Patchwork seaton trial authority", office.clock.now())
        queue = QueueGatewayEnd(store.transactions, office.clock)
        self.claimed: list[str] = []
        parts = Parts(
            store,
            office.clock,
            queue,
            dict,
            lambda: False,
            "1.2.3",
            FACTS,
            self.certify,
            certified,
            lambda connector: self.claimed.append(connector.value),
        )
        app = create_app(parts)
        self.street = TestClient(app, raise_server_exceptions=False)
        self.proxy = TestClient(ProxyDoor(app), raise_server_exceptions=False)

    def later(self, time: timedelta) -> None:
        """Let it pass."""
        assert isinstance(self.office.clock, StillClock)
        self.office.clock.instant += time

    def certify(self) -> None:
        """Issue what is missing."""
        issue_missing(self.store, self.office.clock, lambda: self.authority, HOME)

    def welcome(self, *arguments: Any) -> Newcomer:
        """An approved connector that has its certificate."""
        made = self.people.welcome(*arguments)
        self.certify()
        return made

    def certificate(self, newcomer: Newcomer) -> bytes:
        """The one issued last, DER."""
        with self.store.read() as unit:
            found = unit.enrolments.certificate(newcomer.connector)
        assert found
        return x509.load_pem_x509_certificate(found.pem).public_bytes(Encoding.DER)

    def ask(
        self,
        door: TestClient,
        newcomer: Newcomer,
        path: str = LEASE,
        body: Any = None,
        headers: list[tuple[str, str]] | None = None,
        signer: SigningKey | None = None,
    ) -> tuple[int, bytes]:
        """Status and whole answer of a signed POST."""
        data, signed = newcomer.signed(path, NOW if body is None else body, self.office.clock.now(), signer)
        answer = door.post(path, content=data, headers=[*signed.items(), *(headers or [])])
        return answer.status_code, answer.content

    def refusal(self, newcomer: Newcomer) -> tuple[int, bytes]:
        """The answer to a signature by nobody's key."""
        return self.ask(self.street, newcomer, signer=SigningKey.generate())


@pytest.fixture
def front(office: Office, store: SqlStore, tmp_path: Path) -> Front:
    return Front(office, store, tmp_path)


def shown(der: bytes) -> list[tuple[str, str]]:
    """As RFC 9440 has it."""
    return [("Client-Cert", f":{base64.b64encode(der).decode()}:")]


def test_a_connector_that_shows_its_own_certificate_comes_in(front: Front) -> None:
    school = front.welcome()
    assert front.ask(front.proxy, school, headers=shown(front.certificate(school))) == (200, b'{"parcels":[]}')


def test_a_certificate_alone_opens_nothing(front: Front) -> None:
    school = front.welcome()
    headers = shown(front.certificate(school))
    assert front.ask(front.proxy, school, headers=headers, signer=SigningKey.generate()) == front.refusal(school)


def test_without_one_it_stays_out_whichever_door_it_takes(front: Front) -> None:
    school = front.welcome()
    with capture_logs() as log:
        assert front.ask(front.proxy, school) == front.ask(front.street, school) == front.refusal(school)
    assert [(each["fault"], each.get("connector")) for each in log] == [
        ("certificate-missing", "school-1"),
        ("certificate-missing", "school-1"),
        ("signature-refused", None),
    ]


def test_another_connectors_certificate_does_not_do(front: Front) -> None:
    school, housing = front.welcome(), front.welcome("housing-1", (HOUSING,))
    with capture_logs() as log:
        answer = front.ask(front.proxy, school, headers=shown(front.certificate(housing)))
    assert answer == front.refusal(school)
    assert log[0]["fault"] == "certificate-not-its-own"


def test_another_authoritys_certificate_for_the_right_key_and_name_does_not_do(front: Front, tmp_path: Path) -> None:
    school = front.welcome()
    other = make_authority(tmp_path / "other", "Patchwork seaton trial authority", front.office.clock.now())
    asked = read_request(write_request(school.connector, school.tls), school.connector)
    forged = issue(other, asked, HOME, front.office.clock.now())
    der = x509.load_pem_x509_certificate(forged.pem).public_bytes(Encoding.DER)
    assert front.ask(front.proxy, school, headers=shown(der)) == front.refusal(school)


def test_one_that_has_run_out_does_not_do_and_the_next_is_fetched_without(front: Front) -> None:
    school = front.welcome()
    old = front.certificate(school)
    front.later(timedelta(days=398))
    with capture_logs() as log:
        assert front.ask(front.proxy, school, headers=shown(old)) == front.refusal(school)
    assert log[0]["fault"] == "certificate-not-valid-now"
    assert front.ask(front.proxy, school, STATUS, {}, shown(old))[0] == 200
    assert front.ask(front.proxy, school, headers=shown(front.certificate(school)))[0] == 200


def test_an_old_key_counts_for_a_week_more_and_no_longer(front: Front) -> None:
    school = front.welcome()
    old = shown(front.certificate(school))
    following = {"certificate_request": write_request(school.connector, generate_private_key(SECP256R1())).decode()}
    assert front.ask(front.proxy, school, CERTIFICATE, following, old)[0] == 202
    new = shown(front.certificate(school))
    assert new != old
    front.later(OVERLAP - timedelta(seconds=1))
    assert front.ask(front.proxy, school, headers=old)[0] == front.ask(front.proxy, school, headers=new)[0] == 200
    front.later(timedelta(seconds=1))
    with capture_logs() as log:
        assert front.ask(front.proxy, school, headers=old) == front.refusal(school)
    assert log[0]["fault"] == "certificate-retired"
    assert front.ask(front.proxy, school, headers=new)[0] == 200


def test_the_same_key_certified_anew_retires_nothing(front: Front) -> None:
    school = front.welcome()
    old = shown(front.certificate(school))
    front.later(timedelta(days=370))
    front.certify()
    assert shown(front.certificate(school)) != old
    front.later(timedelta(days=20))
    assert front.ask(front.proxy, school, headers=old)[0] == 200


def test_who_has_none_yet_enrols_and_asks_how_it_stands_through_the_proxy(front: Front) -> None:
    _, newcomer = invited(front.people.registrar)
    assert front.ask(front.proxy, newcomer, ENROL, newcomer.body())[0] == 202
    assert front.ask(front.proxy, newcomer, STATUS, {})[0] == 200
    assert front.ask(front.proxy, newcomer, CERTIFICATE, {"certificate_request": "x"}) == front.refusal(newcomer)


@pytest.mark.parametrize("path", [LEASE, STATUS, ENROL])
def test_through_any_other_door_every_header_of_the_kind_is_a_lie(front: Front, path: str) -> None:
    school = front.welcome()
    _, newcomer = invited(front.people.registrar, "housing-1", (HOUSING,))
    who, body = (newcomer, newcomer.body()) if path == ENROL else (school, NOW if path == LEASE else {})
    refusal = front.refusal(school)
    for written in [*ABOUT_CERTIFICATES, *(name.replace("-", "_").upper() for name in ABOUT_CERTIFICATES)]:
        with capture_logs() as log:
            answer = front.ask(front.street, who, path, body, [(written, shown(front.certificate(school))[0][1])])
        assert answer == refusal
        assert [each["fault"] for each in log] == ["certificate-header-forged"], written
    with front.store.read() as unit:
        assert unit.trust.connector(ConnectorId("housing-1")) is None


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        (lambda der: shown(der) * 2, "certificate-headers-several"),
        (lambda der: [*shown(der), ("X-SSL-Client-Cert", "MIIB")], "certificate-headers-several"),
        (lambda der: [("X-Forwarded-Client-Cert", "Hash=ab")], "certificate-headers-several"),
        (lambda der: [("Client-Cert", f"{shown(der)[0][1]}, {shown(der)[0][1]}")], "certificate-header-malformed"),
        (lambda der: [("Client-Cert", f"{shown(der)[0][1]};a=1")], "certificate-header-malformed"),
        (lambda der: [("Client-Cert", shown(der)[0][1].strip(":"))], "certificate-header-malformed"),
        (lambda der: [("Client-Cert", "::")], "certificate-header-malformed"),
        (lambda der: [("Client-Cert", "")], "certificate-header-malformed"),
        (lambda der: [("Client-Cert", ":MIIBx:")], "certificate-header-malformed"),
        (lambda der: [("Client-Cert", f":{'A' * LONGEST}:")], "certificate-header-malformed"),
        (lambda der: shown(der[:-1]), "certificate-not-its-own"),
        (lambda der: shown(der + b"\0"), "certificate-not-its-own"),
        (lambda der: shown(der[:200] + bytes([der[200] ^ 1]) + der[201:]), "certificate-not-its-own"),
    ],
)
def test_through_the_proxy_exactly_one_well_formed_header_is_read(front: Front, changed: Changed, fault: str) -> None:
    school = front.welcome()
    with capture_logs() as log:
        answer = front.ask(front.proxy, school, headers=changed(front.certificate(school)))
    assert answer == front.refusal(school)
    assert log[0]["fault"] == fault


def test_where_no_certificate_is_asked_for_the_signature_is_enough(
    office: Office, store: SqlStore, tmp_path: Path
) -> None:
    front = Front(office, store, tmp_path, certified=False)
    school = front.welcome()
    assert front.ask(front.street, school)[0] == front.ask(front.proxy, school)[0] == 200
    assert front.ask(front.street, school, headers=shown(front.certificate(school))) == front.refusal(school)


def test_a_request_in_a_connectors_name_that_is_not_believed_is_counted_against_nobody_else(front: Front) -> None:
    school, housing = front.welcome(), front.welcome("housing-1", (HOUSING,))
    assert front.ask(front.proxy, school, headers=shown(front.certificate(school)))[0] == 200
    assert front.claimed == []
    front.ask(front.proxy, school, headers=shown(front.certificate(housing)))
    front.ask(front.street, school)
    assert front.claimed == ["school-1", "school-1"]
    front.ask(front.street, school, signer=SigningKey.generate())
    front.ask(front.street, school, headers=[("Client-Cert", "::")])
    assert front.claimed == ["school-1", "school-1"], "a stranger's key, and a lie before any name, are nobody's"
    body, headers = housing.signed(LEASE, NOW, front.office.clock.now())
    front.street.post(LEASE, content=body + b" ", headers=headers)
    assert front.claimed[2:] == ["housing-1"]
