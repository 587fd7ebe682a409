"""Invitations, applications, certificates, epochs and the signing keys of agencies, on every store."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from gateway.model.client_certificate import ClientCertificate, Issuer
from gateway.model.connector import AgencyKey, Carrier, Connector
from gateway.model.enrolment_request import EnrolmentRequest
from gateway.model.invitation import MOST_WRONG_TRIES, Invitation
from gateway.model.sealed_epoch_blob import SealedEpochBlob
from gateway.store.faults import StoreConflict
from gateway.store.sql_store import SqlStore
from identity.agency.enrolment_keys import EnrolmentKeys
from identity.agency.invitation_token import hash_of, new_secret
from identity.agency.keys import SigningKey, generate
from identity.agency.tls_key import public_digest, write_request
from identity.agency.trust import Status
from mappings.canonical.identifiers import ConnectorId, MessageId
from tests.builders import HOUSING, NOON, SCHOOL, agency

ID = ConnectorId("school-1")
FIRST, SECOND = (
    MessageId("0" * 8 + "-0000" * 3 + "-" + "0" * 11 + "1"),
    MessageId("0" * 8 + "-0000" * 3 + "-" + "0" * 11 + "2"),
)


def invitation(**changes: object) -> Invitation:
    made = Invitation(
        FIRST, ID, (SCHOOL, HOUSING), Carrier.HTTPS, hash_of(new_secret()), "anna", NOON, NOON + timedelta(hours=1)
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def request() -> EnrolmentRequest:
    keys, tls = generate().public("school-1"), generate_private_key(SECP256R1())
    handed = EnrolmentKeys(ID, ((SCHOOL, keys.signing),), keys.encryption, public_digest(tls.public_key()))
    return EnrolmentRequest(ID, FIRST, handed, write_request(ID, tls), NOON)


def test_an_invitation_comes_back_as_it_was_kept(store: SqlStore) -> None:
    made = invitation()
    with store.write() as unit:
        unit.enrolments.add_invitation(made)
    with store.read() as unit:
        assert unit.enrolments.invitation(FIRST) == made
        assert unit.enrolments.invitation(SECOND) is None
    used = replace(made, wrong_tries=3, used_at=NOON)
    with store.write() as unit:
        unit.enrolments.save_invitation(used)
    with store.read() as unit:
        assert unit.enrolments.invitation(FIRST) == used
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.enrolments.save_invitation(invitation(id=SECOND))
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.enrolments.add_invitation(made)


@pytest.mark.parametrize(
    "closed",
    [{"used_at": NOON}, {"withdrawn_at": NOON}, {"expires_at": NOON}, {"wrong_tries": MOST_WRONG_TRIES}],
)
def test_only_open_invitations_are_listed(store: SqlStore, closed: dict[str, object]) -> None:
    made = invitation(id=SECOND)
    with store.write() as unit:
        unit.enrolments.add_invitation(invitation(**closed))
        unit.enrolments.add_invitation(made)
    with store.read() as unit:
        assert unit.enrolments.open_invitations(NOON) == [made]


def test_an_application_is_kept_once(store: SqlStore) -> None:
    made = request()
    with store.write() as unit:
        unit.enrolments.add_request(made)
    with store.read() as unit:
        assert unit.enrolments.request(ID) == made
        assert unit.enrolments.requests() == [made]
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.enrolments.add_request(replace(request(), connector=ConnectorId("school-2")))
    with store.write() as unit:
        unit.enrolments.renew_request(ID, b"another")
    with store.read() as unit:
        assert unit.enrolments.request(ID) == replace(made, certificate_request=b"another")
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.enrolments.renew_request(ConnectorId("school-2"), b"another")


def test_the_certificate_issued_last_counts(store: SqlStore) -> None:
    first = ClientCertificate(
        "1f", ID, b"pem", b"chain", "a" * 64, Issuer.BUILT_IN, NOON, NOON + timedelta(days=9), NOON
    )
    second = replace(first, serial="1e", issuer=Issuer.EXTERNAL, valid_until=NOON + timedelta(days=1))
    with store.write() as unit:
        assert unit.enrolments.certificate(ID) is None
        unit.enrolments.add_certificate(first)
        unit.enrolments.add_certificate(second)
    with store.read() as unit:
        assert unit.enrolments.certificate(ID) == second
        assert unit.enrolments.certificates(ID, 9) == [second, first]
        assert unit.enrolments.certificates(ID, 1) == [second]
        assert unit.enrolments.certificates(ConnectorId("school-2"), 9) == []
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.enrolments.add_certificate(first)


def test_an_epoch_that_is_sealed_again_takes_the_place_of_the_first(store: SqlStore) -> None:
    key = generate().public("school-1").encryption.id
    first, other = (SealedEpochBlob(ID, epoch, key, b"sealed", NOON) for epoch in ("trial-1", "trial-2"))
    again = replace(first, sealed=b"anew", relayed_at=NOON + timedelta(seconds=1))
    with store.write() as unit:
        for blob in (first, other, again):
            unit.enrolments.put_epoch(blob)
    with store.read() as unit:
        assert unit.enrolments.epochs(ID) == [other, again]
        assert unit.enrolments.epochs(ConnectorId("school-2")) == []


def test_a_connector_is_found_by_every_key_it_ever_signed_with(store: SqlStore) -> None:
    keys, old, new = generate().public("school-1"), SigningKey.generate().public, SigningKey.generate().public
    signing = (
        AgencyKey(SCHOOL, keys.signing, NOON),
        AgencyKey(HOUSING, old, NOON, NOON + timedelta(days=7)),
        AgencyKey(HOUSING, new, NOON + timedelta(days=1)),
    )
    inbox = "inbox.school-1." + "0" * 32
    made = Connector(ID, (SCHOOL, HOUSING), keys, Status.LIVE, Carrier.HTTPS, inbox, NOON, signing=signing)
    with store.write() as unit:
        unit.trust.add_agency(agency(SCHOOL))
        unit.trust.add_agency(agency(HOUSING))
        unit.trust.add_connector(made)
    with store.read() as unit:
        assert unit.trust.connectors() == [made]
        for key in (keys.signing, old, new):
            assert unit.trust.connector_by_key(key.id) == made
    assert made.agencies_of(old.id, NOON) == made.agencies_of(new.id, NOON + timedelta(days=8)) == (HOUSING,)
    assert made.agencies_of(old.id, NOON + timedelta(days=7)) == made.agencies_of(new.id, NOON) == ()
    assert set(made.verify_keys(NOON + timedelta(days=2))) == {keys.signing, old, new}
    changed = replace(made, signing=signing[:2])
    with store.write() as unit:
        unit.trust.update_connector(changed)
    with store.read() as unit:
        assert unit.trust.connector(ID) == changed
        assert unit.trust.connector_by_key(new.id) is None
