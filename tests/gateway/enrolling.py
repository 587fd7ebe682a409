"""A connector at an agency that enrols, honest unless told otherwise, and what a gateway says about itself."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from connectors.channel.request_signature import sign_request
from gateway.enrolment.approval import APPROVE, approval_content
from gateway.enrolment.facts import EnrolmentFacts
from gateway.enrolment.invitations import INVITE, Wanted, invitation_content
from gateway.enrolment.requests import Application, apply
from gateway.model.connector import Connector
from gateway.model.invitation import Invitation
from gateway.trust.onboarding import ADD_AGENCY, agency_content
from gateway.trust.operators import ENROL, Office, enrolment_content
from gateway.trust.proposals import approve, hand_in
from gateway.trust.signed_change import co_sign
from identity.agency.enrolment_keys import EnrolmentKeys, document, fingerprint, prove
from identity.agency.keys import DecryptionKey, SigningKey, generate
from identity.agency.tls_key import public_digest, read_request, write_request
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId, PartnershipId
from tests.builders import HOME, SCHOOL
from tests.gateway.staff import Staff

GATEWAY_KEYS = generate()
KEYHOLDER = SigningKey.generate()
FACTS = EnrolmentFacts(
    gateway=GATEWAY_KEYS.public("gateway"),
    keyholder=KEYHOLDER.public,
    partnership=PartnershipId("seaton"),
    mode=Mode.TRIAL,
    home=HOME,
)


@dataclass
class Newcomer:
    """A connector that has made its keys and holds an invitation."""

    connector: ConnectorId
    agencies: tuple[AgencyId, ...]
    invitation: MessageId
    secret: str
    signers: tuple[SigningKey, ...] = ()
    decryption: DecryptionKey = field(default_factory=DecryptionKey.generate)
    tls: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    def __post_init__(self) -> None:
        self.signers = self.signers or tuple(SigningKey.generate() for _ in self.agencies)

    @property
    def keys(self) -> EnrolmentKeys:
        """What is handed in."""
        signing = tuple((agency, key.public) for agency, key in zip(self.agencies, self.signers, strict=True))
        return EnrolmentKeys(self.connector, signing, self.decryption.public, public_digest(self.tls.public_key()))

    @property
    def fingerprint(self) -> str:
        """What its people read out."""
        return fingerprint(self.keys)

    @property
    def application(self) -> Application:
        """As the gateway sees it once it has read it."""
        request = read_request(write_request(self.connector, self.tls), self.connector)
        return Application(self.invitation, self.secret, self.keys, request)

    def body(self, **changes: Any) -> dict[str, Any]:
        """What is sent, with some members exchanged."""
        return {
            "invitation": self.invitation.value,
            "secret": self.secret,
            "keys": document(self.keys),
            "proofs": prove(self.keys, self.invitation.value, self.signers),
            "certificate_request": write_request(self.connector, self.tls).decode(),
            **changes,
        }

    def signed(
        self, path: str, body: dict[str, Any], now: datetime, signer: SigningKey | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a POST, signed with the first key or the one given."""
        data = json.dumps(body).encode()
        return data, sign_request("POST", path, data, "application/json", signer or self.signers[0], now)

    def with_other_keys(self) -> "Newcomer":
        """The same invitation in somebody else's hands."""
        return replace(
            self,
            signers=tuple(SigningKey.generate() for _ in self.agencies),
            decryption=DecryptionKey.generate(),
            tls=generate_private_key(SECP256R1()),
        )


def invited(
    staff: Staff, connector: str = "school-1", agencies: tuple[AgencyId, ...] = (SCHOOL,), **wanted: Any
) -> tuple[Invitation, Newcomer]:
    """A new invitation for agencies that are added where they are missing, and a connector that holds it."""
    with staff.office.store.read() as unit:
        missing = [agency for agency in agencies if unit.trust.agency(agency) is None]
    for agency in missing:
        name = agency.value.rpartition(":")[2]
        hand_in(staff.office, staff.sign(ADD_AGENCY, agency_content(agency.value, name, "school", "Seaton Council")))
    content, secret = invitation_content(
        Wanted(connector, tuple(agency.value for agency in agencies), **wanted), staff.office.clock.now()
    )
    made: Invitation = hand_in(staff.office, staff.sign(INVITE, content)).result
    return made, Newcomer(made.connector, agencies, made.id, secret)


@dataclass
class TwoPeople:
    """A registrar and a security officer, who sign one after the other."""

    registrar: Staff
    officer: Staff

    @property
    def office(self) -> Office:
        """Where they work."""
        return self.registrar.office

    def approve(self, newcomer: Newcomer, read_out: str = "") -> Connector:
        """Both sign, after the fingerprint was read out."""
        content = approval_content(self.office, newcomer.connector.value, read_out or newcomer.fingerprint)
        signed = self.registrar.sign(APPROVE, content)
        handed = hand_in(self.office, signed)
        assert handed.proposal is not None
        result: Connector = approve(self.office, handed.proposal.id, co_sign(signed.statement, self.officer.key)).result
        return result

    def welcome(self, connector: str = "school-1", agencies: tuple[AgencyId, ...] = (SCHOOL,)) -> Newcomer:
        """Invite, let enrol and approve a connector."""
        _, newcomer = invited(self.registrar, connector, agencies)
        apply(self.office.store, self.office.clock, newcomer.application)
        self.approve(newcomer)
        return newcomer


def two_people(office: Office) -> TwoPeople:
    """Both enrolled, in an empty register."""
    people = TwoPeople(Staff(office, SigningKey.generate()), Staff(office, SigningKey.generate()))
    for name, person, roles in (
        ("anna", people.registrar, ["registrar", "ig-lead"]),
        ("boris", people.officer, ["security-officer", "registrar"]),
    ):
        content = enrolment_content(name, roles, person.key.public)
        hand_in(office, people.registrar.sign(ENROL, content))
    return people
