"""Enrolment over HTTP: what an honest connector does, and what everybody else tries."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from connectors.channel.request_signature import sign_request
from gateway.api.application import create_app
from gateway.api.parts import Parts
from gateway.enrolment.authority import make_authority
from gateway.enrolment.certificates import issue_missing
from gateway.enrolment.status import status_document
from gateway.keys.epoch_relay import RELAY, relay_content
from gateway.keys.epoch_retirement import RETIRE, retire_content
from gateway.model.invitation import MOST_WRONG_TRIES
from gateway.ports import StoreDown
from gateway.refused import Refused
from gateway.store.channel_queue import QueueGatewayEnd
from gateway.store.sql_store import SqlStore
from gateway.trust.lifecycle import GO_LIVE_CONNECTOR, SUSPEND_CONNECTOR, move_content
from gateway.trust.operators import Office
from gateway.trust.proposals import hand_in
from identity.agency.enrolment_keys import document, prove
from identity.agency.faults import KeyFault
from identity.agency.invitation_token import new_secret
from identity.agency.keys import SigningKey, public_document
from identity.agency.tls_key import write_request
from identity.agency.trust import Status
from identity.custody.addressed_epoch import address
from identity.custody.epoch import LinkageEpoch, new_epoch
from identity.custody.epoch_word import EpochWord
from identity.custody.epoch_word import issue as issue_word
from identity.custody.epoch_word import read as read_word
from identity.custody.sealed_epoch import open_sealed, seal
from identity.custody.steward_list import StewardList, sign_list
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId
from tests.builders import HOME, HOUSING, SCHOOL, agreement
from tests.gateway.enrolling import FACTS, KEYHOLDER, Newcomer, invited, two_people
from tests.gateway.staff import StillClock

ENROL, STATUS, CERTIFICATE = "/enrolment", "/enrolment/status", "/enrolment/certificate"


class Door:
    """The public application of a gateway with a built-in authority, and the two people behind it."""

    def __init__(self, office: Office, store: SqlStore, folder: Path) -> None:
        self.office, self.people = office, two_people(office)
        authority = make_authority(folder / "authority", "Patchwork seaton trial authority", office.clock.now())

        def certify() -> None:
            issue_missing(store, office.clock, lambda: authority, HOME)

        queue = QueueGatewayEnd(store.transactions, office.clock)
        self.parts = Parts(store, office.clock, queue, dict, lambda: False, "1.2.3", FACTS, certify)
        self.public = TestClient(create_app(self.parts), raise_server_exceptions=False)

    def post(self, newcomer: Newcomer, path: str, body: dict[str, Any], signer: SigningKey | None = None) -> Any:
        data, headers = newcomer.signed(path, body, self.office.clock.now(), signer)
        return self.public.post(path, content=data, headers=headers)

    def enrol(self, newcomer: Newcomer, **changes: Any) -> tuple[int, str]:
        """Status and code (or status word) of the answer."""
        answer = self.post(newcomer, ENROL, newcomer.body(**changes))
        return answer.status_code, answer.json().get("code") or answer.json()["status"]

    def newcomer(self, *arguments: Any, **wanted: Any) -> Newcomer:
        return invited(self.people.registrar, *arguments, **wanted)[1]


@pytest.fixture
def door(office: Office, store: SqlStore, tmp_path: Path) -> Door:
    return Door(office, store, tmp_path)


def test_the_whole_way(door: Door, tmp_path: Path) -> None:
    newcomer = door.newcomer()
    taken = door.post(newcomer, ENROL, newcomer.body())
    assert taken.status_code == 202
    assert taken.json()["gateway"] == public_document(FACTS.gateway)
    asked = door.post(newcomer, STATUS, {}).json()
    assert (asked["status"], asked["inbox"], asked["certificate"], asked["epochs"]) == ("requested", None, None, [])
    door.people.approve(newcomer)
    epoch = new_epoch(FACTS.partnership, Mode.TRIAL)
    (tmp_path / "epoch.relay").write_bytes(address(epoch, newcomer.keys.first, KEYHOLDER))
    content = relay_content(door.office, tmp_path / "epoch.relay", "school-1", FACTS)
    hand_in(door.office, door.people.registrar.sign(RELAY, content))
    told = door.post(newcomer, STATUS, {}).json()
    assert (told["status"], told["connector"]) == ("approved", "school-1")
    assert told["inbox"].startswith("inbox.school-1.")
    assert told["certificate"]["pem"].startswith("-----BEGIN CERTIFICATE-----")
    (sealed,) = told["epochs"]
    assert open_sealed(sealed["sealed"].encode(), [newcomer.decryption], KEYHOLDER.public).key == epoch.key


def test_the_keyholders_list_of_stewards_is_passed_on_where_an_agreement_says_that_details_are_sent(door: Door) -> None:
    listed = StewardList(FACTS.partnership, Mode.TRIAL, door.office.clock.now(), ())
    signed = sign_list(listed, KEYHOLDER)
    door.parts = replace(door.parts, facts=replace(FACTS, stewards={FACTS.mode: signed}))
    door.public = TestClient(create_app(door.parts), raise_server_exceptions=False)
    newcomer = door.people.welcome()
    told = []
    for version, says_so in ((1, False), (2, True), (3, False)):
        with door.office.store.write() as unit:
            unit.agreements.add(agreement(SCHOOL, HOUSING, version=version, sealed_details=says_so))
        told.append(door.post(newcomer, STATUS, {}).json()["stewards"])
    assert told == [None, signed.decode(), None]


def test_each_signing_key_may_ask(door: Door) -> None:
    newcomer = door.newcomer(agencies=(SCHOOL, HOUSING))
    assert door.enrol(newcomer) == (202, "requested")
    for signer in newcomer.signers:
        assert door.post(newcomer, STATUS, {}, signer).json()["status"] == "requested"
    assert door.post(newcomer, STATUS, {}, SigningKey.generate()).status_code == 401


def test_who_waits_or_is_suspended_is_told_nothing_else(door: Door) -> None:
    newcomer = door.people.welcome()
    assert door.post(newcomer, STATUS, {}).json()["certificate"] is not None
    with door.office.store.write() as unit:
        connector = unit.trust.connector(newcomer.connector)
        assert connector is not None
        unit.trust.update_connector(replace(connector, status=Status.LIVE))
    hand_in(door.office, door.people.registrar.sign(SUSPEND_CONNECTOR, move_content("school-1", "looked at")))
    told = door.post(newcomer, STATUS, {}).json()
    assert (told["status"], told["inbox"], told["certificate"], told["epochs"]) == ("suspended", None, None, [])
    assert door.post(newcomer, CERTIFICATE, {"certificate_request": "x"}).status_code == 403


def test_a_revoked_connector_is_a_stranger(door: Door) -> None:
    newcomer = door.people.welcome()
    hand_in(door.office, door.people.registrar.sign("connector.revoke", move_content("school-1", "gone")))
    answer = door.post(newcomer, STATUS, {})
    assert (answer.status_code, answer.json()["code"]) == (401, "signature-refused")


def test_wrong_used_and_expired_say_so(door: Door) -> None:
    newcomer = door.newcomer()
    assert door.enrol(newcomer, secret=new_secret()) == (403, "invitation-wrong")
    assert door.enrol(newcomer, invitation="00000000-0000-0000-0000-000000000000", proofs=[]) == (422, "shape")
    assert door.enrol(newcomer) == (202, "requested")
    assert door.enrol(newcomer) == (202, "requested")
    assert door.enrol(newcomer.with_other_keys()) == (403, "invitation-used")
    late = door.newcomer("housing-1", (HOUSING,), valid_hours=1)
    assert isinstance(door.office.clock, StillClock)
    door.office.clock.instant += timedelta(hours=1)
    assert door.enrol(late) == (403, "invitation-expired")


def test_guessing_the_secret_ends(door: Door) -> None:
    newcomer = door.newcomer()
    answers = {door.enrol(newcomer, secret=new_secret()) for _ in range(MOST_WRONG_TRIES)}
    assert answers == {(403, "invitation-wrong")}
    assert door.enrol(newcomer) == (403, "invitation-locked")


def test_an_unknown_invitation_is_answered_like_a_wrong_secret(door: Door) -> None:
    newcomer = door.newcomer()
    wrong = door.post(newcomer, ENROL, newcomer.body(secret=new_secret()))
    newcomer.invitation = type(newcomer.invitation)("00000000-0000-0000-0000-000000000000")
    unknown = door.post(newcomer, ENROL, newcomer.body())
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())


def other_request(newcomer: Newcomer) -> dict[str, Any]:
    return {"certificate_request": write_request(ConnectorId("gateway"), newcomer.tls).decode()}


def other_tls(newcomer: Newcomer) -> dict[str, Any]:
    return {"certificate_request": write_request(newcomer.connector, newcomer.with_other_keys().tls).decode()}


def stolen_key(newcomer: Newcomer) -> dict[str, Any]:
    """Another's public key is brought as the second, without the private half."""
    other = newcomer.with_other_keys()
    mixed = Newcomer(
        newcomer.connector,
        newcomer.agencies,
        newcomer.invitation,
        newcomer.secret,
        (newcomer.signers[0], *other.signers[1:]),
        newcomer.decryption,
        newcomer.tls,
    )
    return {
        "keys": document(mixed.keys),
        "proofs": prove(mixed.keys, newcomer.invitation.value, newcomer.signers),
    }


def proofs_of_another_enrolment(newcomer: Newcomer) -> dict[str, Any]:
    return {"proofs": prove(newcomer.keys, "00000000-0000-0000-0000-000000000000", newcomer.signers)}


def swapped_proofs(newcomer: Newcomer) -> dict[str, Any]:
    return {"proofs": prove(newcomer.keys, newcomer.invitation.value, newcomer.signers)[::-1]}


def one_key_for_two(newcomer: Newcomer) -> dict[str, Any]:
    keys = document(newcomer.keys)
    keys["signing"][1]["key"] = keys["signing"][0]["key"]
    return {"keys": keys}


@pytest.mark.parametrize(
    "change", [other_request, other_tls, stolen_key, proofs_of_another_enrolment, swapped_proofs, one_key_for_two]
)
def test_keys_that_do_not_prove_themselves_are_refused(
    door: Door, change: Callable[[Newcomer], dict[str, Any]]
) -> None:
    newcomer = door.newcomer(agencies=(SCHOOL, HOUSING))
    assert door.enrol(newcomer, **change(newcomer)) == (403, "keys")
    assert door.enrol(newcomer) == (202, "requested"), "the invitation is still good"


def test_a_request_not_signed_by_the_key_it_brings_is_refused(door: Door) -> None:
    newcomer = door.newcomer(agencies=(SCHOOL, HOUSING))
    for signer in (SigningKey.generate(), newcomer.signers[1]):
        answer = door.post(newcomer, ENROL, newcomer.body(), signer)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature-refused")
    data, headers = newcomer.signed(ENROL, newcomer.body(), door.office.clock.now())
    changed = data.replace(newcomer.secret.encode(), new_secret().encode())
    assert door.public.post(ENROL, content=changed, headers=headers).status_code == 401
    assert door.public.post(ENROL, content=data, headers={"content-type": "application/json"}).status_code == 401


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"keys": []}, 403),
        ({"keys": {}}, 403),
        ({"proofs": "x"}, 422),
        ({"proofs": [1]}, 422),
        ({"secret": ""}, 422),
        ({"secret": "é"}, 422),
        ({"secret": 7}, 422),
        ({"invitation": "x"}, 422),
        ({"certificate_request": "x" * 9000}, 422),
        ({"certificate_request": "x" * 900}, 403),
        ({"certificate_request": None}, 422),
        ({"more": 1}, 422),
        ({"secret": "x" * 70_000}, 413),
    ],
)
def test_bodies_of_another_shape_are_refused(door: Door, changes: dict[str, Any], status: int) -> None:
    newcomer = door.newcomer()
    answer = door.post(newcomer, ENROL, newcomer.body(**changes))
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert newcomer.secret not in answer.text


def test_status_takes_no_members_and_a_request_counts_once(door: Door) -> None:
    newcomer = door.people.welcome()
    assert door.post(newcomer, STATUS, {"connector": "housing-1"}).status_code == 422
    data, headers = newcomer.signed(STATUS, {}, door.office.clock.now())
    assert door.public.post(STATUS, content=data, headers=headers).status_code == 200
    again = door.public.post(STATUS, content=data, headers=headers)
    assert (again.status_code, again.json()["code"]) == (401, "signature-replayed")


def test_a_new_tls_key_is_certified_at_once(door: Door) -> None:
    newcomer = door.people.welcome()
    before = door.post(newcomer, STATUS, {}).json()["certificate"]
    asked = write_request(newcomer.connector, newcomer.with_other_keys().tls).decode()
    assert door.post(newcomer, CERTIFICATE, {"certificate_request": asked}).status_code == 202
    assert door.post(newcomer, STATUS, {}).json()["certificate"] != before
    stolen = write_request(ConnectorId("housing-1"), newcomer.tls).decode()
    assert door.post(newcomer, CERTIFICATE, {"certificate_request": stolen}).json()["code"] == "certificate-request"


def test_a_database_that_is_away_is_not_the_connectors_fault(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    newcomer = door.newcomer()

    def away(*_: object) -> None:
        raise StoreDown("gone")

    monkeypatch.setattr(door.parts.store, "read", away)
    assert door.enrol(newcomer) == (503, "store-away")


UNKNOWING = replace(FACTS, keyholder=None)
TWO_SIDES = replace(FACTS, mode=Mode.LIVE, trial_side=True)


def test_on_two_sides_a_connector_is_passed_the_epochs_of_the_side_it_is_on(door: Door, tmp_path: Path) -> None:
    newcomer, path = door.people.welcome(), tmp_path / "epoch"
    trial, live = new_epoch(FACTS.partnership, Mode.TRIAL), new_epoch(FACTS.partnership, Mode.LIVE)

    def passed_on() -> Any:
        content = relay_content(door.office, path, "school-1", TWO_SIDES)
        return hand_in(door.office, door.people.registrar.sign(RELAY, content)).result.mode

    def told() -> tuple[str, list[str]]:
        with door.office.store.read() as unit:
            connector = unit.trust.connector(ConnectorId("school-1"))
            assert connector is not None
            document = status_document(unit, connector, TWO_SIDES)
        return document["mode"], [each["epoch"] for each in document["epochs"]]

    path.write_bytes(address(trial, newcomer.keys.first, KEYHOLDER))
    assert passed_on() is Mode.TRIAL
    assert told() == ("trial", [trial.id])
    path.write_bytes(address(live, newcomer.keys.first, KEYHOLDER))
    with pytest.raises(Refused, match="live epoch, and connector school-1 works in trial mode"):
        passed_on()
    forced = {"connector": "school-1", "epoch": live.id, "mode": "live", "sealed": "sealed"}
    with pytest.raises(Refused, match="a live linkage key once it is live"):
        hand_in(door.office, door.people.registrar.sign(RELAY, forced))
    door.people.registrar.second = door.people.officer
    door.people.registrar.move("school-1", GO_LIVE_CONNECTOR, "the trial went well")
    assert passed_on() is Mode.LIVE
    assert told() == ("live", [live.id])


def test_the_gateway_passes_on_only_what_is_addressed_to_the_connector(door: Door, tmp_path: Path) -> None:
    newcomer, other = door.people.welcome(), door.people.welcome("housing-1", (HOUSING,))
    epoch, path = new_epoch(FACTS.partnership, Mode.TRIAL), tmp_path / "epoch"
    path.write_bytes(address(epoch, other.keys.first, KEYHOLDER))
    with pytest.raises(Refused, match="addressed to connector housing-1"):
        relay_content(door.office, path, "school-1", FACTS)
    path.write_bytes(seal(epoch, other.keys.first, KEYHOLDER))
    content = relay_content(door.office, path, "school-1", UNKNOWING)
    with pytest.raises(Refused, match="not sealed to the encryption key"):
        hand_in(door.office, door.people.registrar.sign(RELAY, content))
    path.write_bytes(address(epoch, newcomer.keys.first, SigningKey.generate()))
    with pytest.raises(KeyFault, match="keyholder addressed and signed"):
        relay_content(door.office, path, "school-1", FACTS)
    live = new_epoch(FACTS.partnership, Mode.LIVE)
    path.write_bytes(address(live, newcomer.keys.first, KEYHOLDER))
    with pytest.raises(Refused, match="live epoch, and connector school-1 works in trial mode"):
        relay_content(door.office, path, "school-1", FACTS)
    path.write_bytes(b"nonsense")
    with pytest.raises(KeyFault):
        relay_content(door.office, path, "school-1", UNKNOWING)


def test_no_epoch_for_who_is_not_approved(door: Door, tmp_path: Path) -> None:
    newcomer = door.newcomer()
    assert door.enrol(newcomer) == (202, "requested")
    epoch = new_epoch(FACTS.partnership, Mode.TRIAL)
    (tmp_path / "epoch").write_bytes(address(epoch, newcomer.keys.first, KEYHOLDER))
    content = relay_content(door.office, tmp_path / "epoch", "school-1", FACTS)
    with pytest.raises(Refused, match="approve it before"):
        hand_in(door.office, door.people.registrar.sign(RELAY, content))


def test_a_requested_connector_may_not_use_the_channel(door: Door) -> None:
    newcomer = door.newcomer()
    door.enrol(newcomer)
    signed = sign_request(
        "POST", "/channel/notices", b"sealed", "application/jose", newcomer.signers[0], door.office.clock.now()
    )
    assert door.public.post("/channel/notices", content=b"sealed", headers=signed).status_code == 401


def test_a_retired_epoch_is_handed_out_no_more_and_the_keyholders_word_is(door: Door, tmp_path: Path) -> None:
    newcomer = door.people.welcome()
    old, new = (new_epoch(FACTS.partnership, Mode.TRIAL) for _ in range(2))
    office, registrar = door.office, door.people.registrar

    def relayed(epoch: LinkageEpoch) -> dict[str, Any]:
        (tmp_path / "relay").write_bytes(address(epoch, newcomer.keys.first, KEYHOLDER))
        return relay_content(office, tmp_path / "relay", newcomer.connector.value, FACTS)

    for epoch in (old, new):
        registrar.carry_out(RELAY, relayed(epoch))
    assert door.post(newcomer, STATUS, {}).json()["epochs_word"] is None
    said = EpochWord(FACTS.partnership, Mode.TRIAL, 1, (new.id,), (old.id,), office.clock.now())
    (tmp_path / "word").write_bytes(issue_word(said, KEYHOLDER))
    registrar.carry_out(RETIRE, retire_content(office, tmp_path / "word", KEYHOLDER.public, Mode.TRIAL, {}))
    told = door.post(newcomer, STATUS, {}).json()
    assert [each["epoch"] for each in told["epochs"]] == [new.id]
    assert read_word(told["epochs_word"].encode(), KEYHOLDER.public).retired == (old.id,)
    with pytest.raises(Refused, match="is retired"):
        registrar.carry_out(RELAY, relayed(old))
