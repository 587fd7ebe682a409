"""Enrolling at an agency: keys that stay, a gateway that is believed only if it is the invited one, and doing it again after a failure."""

import json
import stat
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

from connectors import enrol, settings
from connectors.__main__ import app
from connectors.channel.port import ChannelDown, ChannelRefused
from connectors.configuration import starting as starting_settings
from connectors.enrol import Newcomer, begin, resume
from connectors.enrolment.office import BrokerAddress, SealedEpoch, Standing
from connectors.enrolment.state import Place
from connectors.keys import keys_folder, rotation
from connectors.keys.rotation import hand_over_to_next, make_next
from connectors.keys.steward_keys import stewards_in
from identity.agency import enrolment_keys
from identity.agency.enrolment_keys import EnrolmentKeys, check_proofs, fingerprint, from_document
from identity.agency.faults import KeyFault
from identity.agency.invitation_token import InvitationToken, new_secret, write
from identity.agency.keys import SigningKey, generate, load_public
from identity.agency.tls_key import load_tls_key, read_request
from identity.agency.trust import Status
from identity.custody.epoch import new_epoch
from identity.custody.sealed_epoch import seal
from identity.custody.steward_list import Steward, StewardList, sign_list
from mappings.canonical.codes import Mode, ServiceLine
from mappings.canonical.identifiers import AgencyId, ConnectorId, GatewayId, MessageId, PartnershipId

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SCHOOL, HOUSING = AgencyId("urn:patchwork:seaton:school"), AgencyId("urn:patchwork:seaton:housing")
SEATON = PartnershipId("seaton")
GATEWAY = generate().public("gateway")
KEYHOLDER = SigningKey.generate()
NEWCOMER = Newcomer((("Seaton School", ServiceLine.SCHOOL),))
TWO = Newcomer((("Seaton School", ServiceLine.SCHOOL), ("Seaton Housing", ServiceLine.HOUSING)))


def now() -> datetime:
    return NOW


@dataclass
class Office:
    """A gateway that answers as it is told, and remembers what it was asked."""

    standing: Standing
    asked: list[dict[str, Any]]
    fault: Exception | None = None

    def apply(self, application: dict[str, Any]) -> Standing:
        self.asked.append(application)
        if self.fault is not None:
            raise self.fault
        return self.standing

    def status(self) -> Standing:
        if self.fault is not None:
            raise self.fault
        return self.standing

    def close(self) -> None:
        pass


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    made = Office(Standing(Status.REQUESTED, GATEWAY, KEYHOLDER.public), [])
    monkeypatch.setattr(enrol, "EnrolmentOffice", lambda *_: made)
    return made


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "school")


def invitation(**changes: Any) -> InvitationToken:
    token = InvitationToken(
        id=MessageId("0c0ffee0-0000-4000-8000-000000000001"),
        url="https://gateway.seaton.example/patchwork",
        partnership=SEATON,
        mode=Mode.TRIAL,
        home=GatewayId("urn:patchwork:seaton:gateway"),
        connector=ConnectorId("school-1"),
        agencies=(SCHOOL,),
        carrier="https",
        gateway_signing=GATEWAY.signing.id,
        gateway_encryption=GATEWAY.encryption.id,
        keyholder=KEYHOLDER.id,
        expires_at=NOW + timedelta(hours=72),
        secret=new_secret(),
    )
    return replace(token, **changes)


def certified(place: Place, name: str = "school-1", key: EllipticCurvePrivateKey | None = None) -> tuple[bytes, bytes]:
    """A certificate for the connector's TLS key and the chain above it, from some authority."""
    own = key or load_tls_key(place.keys / keys_folder.TLS_FILE)
    above = generate_private_key(SECP256R1())

    def certificate(text: str, public: Any) -> bytes:
        builder = x509.CertificateBuilder().public_key(public).serial_number(x509.random_serial_number())
        builder = builder.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]))
        builder = builder.issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")]))
        builder = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1))
        return builder.sign(above, hashes.SHA256()).public_bytes(Encoding.PEM)

    return certificate(name, own.public_key()), certificate("authority", above.public_key())


def approved(place: Place, keys: EnrolmentKeys, **changes: Any) -> Standing:
    """What a gateway answers to an approved connector, with one epoch."""
    epoch = new_epoch(SEATON, changes.pop("mode", Mode.TRIAL))
    sealed = seal(epoch, keys.first, changes.pop("keyholder_key", KEYHOLDER))
    pem, chain = certified(place)
    standing = Standing(
        Status.APPROVED,
        GATEWAY,
        KEYHOLDER.public,
        inbox="inbox.school-1." + "0" * 32,
        certificate=pem,
        chain=chain,
        epochs=(SealedEpoch(epoch.id, sealed),),
    )
    return replace(standing, **changes)


def test_every_private_key_is_nobody_elses_to_read_and_stays(office: Office, place: Place) -> None:
    token = invitation(agencies=(SCHOOL, HOUSING))
    keys = begin(place, token, TWO, now)
    secret = {"signing.jwk", "reference.key", "ledger.key", "decryption.jwk", "tls.key"}
    secret |= {"signing-2.jwk", "reference-2.key", "ledger-2.key"}
    public = {"public.json", "enrolment.public.json"}
    assert {path.name for path in place.keys.iterdir()} == secret | public
    for name in secret:
        assert stat.S_IMODE((place.keys / name).stat().st_mode) == 0o600
    (sent,) = office.asked
    assert set(sent) == {"invitation", "secret", "keys", "proofs", "certificate_request"}
    said = json.dumps(sent)
    for name in secret:
        data = (place.keys / name).read_text()
        held = (
            json.loads(data)["d"]
            if name.endswith("jwk")
            else "".join(data.split()[3:-4])
            if name == "tls.key"
            else data
        )
        assert held.strip()
        assert held.strip() not in said
    assert from_document(sent["keys"]) == keys
    check_proofs(keys, token.id.value, sent["proofs"])
    assert read_request(sent["certificate_request"].encode(), keys.connector).key_digest == keys.tls


def test_the_secret_of_the_invitation_is_not_kept(office: Office, place: Place) -> None:
    token = invitation()
    begin(place, token, NEWCOMER, now)
    for path in place.folder.rglob("*"):
        assert path.is_dir() or token.secret not in path.read_text("utf-8")
    assert token.secret not in repr(token)


def test_the_gateway_is_pinned_and_the_settings_can_be_read(office: Office, place: Place) -> None:
    begin(place, invitation(), NEWCOMER, now)
    assert load_public(place.gateway) == GATEWAY
    said = settings.load(place.settings)
    assert (said.connector.value, [each.id for each in said.agencies], said.mode) == ("school-1", [SCHOOL], Mode.TRIAL)
    assert said.channel.kind == "https"
    assert said.keys.folder == place.keys.resolve()


def test_a_gateway_with_other_keys_than_the_invitation_names_is_not_pinned(office: Office, place: Place) -> None:
    office.standing = replace(office.standing, gateway=generate().public("gateway"))
    with pytest.raises(KeyFault, match="not those that the invitation names"):
        begin(place, invitation(), NEWCOMER, now)
    assert not place.gateway.exists()
    assert not place.settings.exists()
    with pytest.raises(KeyFault, match="has not taken these keys yet"):
        resume(place, None, now)


def test_a_gateway_that_changes_its_keys_later_is_not_believed(office: Office, place: Place) -> None:
    keys = begin(place, invitation(), NEWCOMER, now)
    office.standing = approved(place, keys, gateway=generate().public("gateway"))
    with pytest.raises(KeyFault, match="other keys than those pinned"):
        resume(place, KEYHOLDER.id.value, now)
    assert not place.certificate.exists()


def test_after_a_failure_the_same_keys_are_handed_in_again(office: Office, place: Place) -> None:
    token = invitation()
    office.fault = ChannelDown("away")
    with pytest.raises(ChannelDown):
        begin(place, token, NEWCOMER, now)
    office.fault = None
    begin(place, token, NEWCOMER, now)
    begin(place, token, NEWCOMER, now)
    first, second, third = office.asked
    assert first["keys"] == second["keys"] == third["keys"]
    other = replace(token, id=MessageId("0c0ffee0-0000-4000-8000-000000000002"))
    with pytest.raises(KeyFault, match="another invitation"):
        begin(place, other, NEWCOMER, now)


def test_an_expired_invitation_makes_no_keys(office: Office, place: Place) -> None:
    with pytest.raises(KeyFault, match="has expired"):
        begin(place, invitation(expires_at=NOW), NEWCOMER, now)
    assert not place.folder.exists()


def test_an_address_that_would_be_reached_in_the_clear_is_refused(office: Office, place: Place) -> None:
    with pytest.raises(KeyFault, match="https url"):
        begin(place, invitation(url="http://gateway.seaton.example"), NEWCOMER, now)
    assert not place.folder.exists()


def test_settings_that_are_there_are_not_overwritten(office: Office, place: Place) -> None:
    place.folder.mkdir()
    place.settings.write_text("mine")
    with pytest.raises(KeyFault, match="exists already"):
        begin(place, invitation(), NEWCOMER, now)
    assert place.settings.read_text() == "mine"


def test_waiting_says_for_what(office: Office, place: Place) -> None:
    begin(place, invitation(), NEWCOMER, now)
    waiting = resume(place, None, now)
    assert (waiting.status, waiting.certificate, waiting.epochs) == (Status.REQUESTED, False, ())
    assert "two people" in waiting.missing[0]
    office.standing = replace(office.standing, status=Status.SUSPENDED)
    assert "stopped" in resume(place, None, now).missing[0]


def test_the_keyholders_key_is_pinned_only_when_it_was_read_out(office: Office, place: Place) -> None:
    keys = begin(place, invitation(), NEWCOMER, now)
    office.standing = approved(place, keys)
    first = resume(place, None, now)
    assert first.epochs == ()
    assert KEYHOLDER.id.value in first.missing[0]
    assert not place.keyholder.exists()
    with pytest.raises(KeyFault, match="not the one whose fingerprint was read out"):
        resume(place, SigningKey.generate().id.value, now)
    assert not place.keyholder.exists()
    done = resume(place, KEYHOLDER.id.value, now)
    assert done.missing == ()
    assert len(done.epochs) == 1
    assert resume(place, None, now).missing == ()
    with pytest.raises(KeyFault, match="holds another key"):
        resume(place, SigningKey.generate().id.value, now)


def test_a_keyholder_key_that_was_exchanged_on_the_way_is_refused(office: Office, place: Place) -> None:
    keys = begin(place, invitation(), NEWCOMER, now)
    evil = SigningKey.generate()
    office.standing = approved(place, keys, keyholder=evil.public, keyholder_key=evil)
    with pytest.raises(KeyFault, match="another keyholder key than the invitation named"):
        resume(place, evil.id.value, now)


def test_an_epoch_that_the_keyholder_did_not_sign_is_refused(office: Office, place: Place) -> None:
    keys = begin(place, invitation(), NEWCOMER, now)
    office.standing = approved(place, keys, keyholder_key=SigningKey.generate())
    with pytest.raises(KeyFault, match="not signed by the keyholder"):
        resume(place, KEYHOLDER.id.value, now)
    office.standing = approved(place, keys, mode=Mode.LIVE)
    with pytest.raises(KeyFault, match="two never mix"):
        resume(place, KEYHOLDER.id.value, now)
    assert not (place.folder / "epochs").exists()


def test_a_connector_that_was_sent_live_fetches_nothing_into_its_trial_and_says_what_to_do(
    office: Office, place: Place
) -> None:
    keys = begin(place, invitation(), NEWCOMER, now)
    before = place.settings.read_text()
    office.standing = replace(approved(place, keys, mode=Mode.LIVE), status=Status.LIVE, mode=Mode.LIVE)
    progress = resume(place, KEYHOLDER.id.value, now)
    assert progress.epochs == ()
    (missing,) = progress.missing
    assert "works in live mode now" in missing
    assert "patchwork-connector go-live" in missing
    assert place.settings.read_text() == before
    assert not (place.folder / "epochs").exists()


def test_the_list_of_stewards_is_kept_only_where_the_pinned_keyholder_signed_it(office: Office, place: Place) -> None:
    keys, steward = begin(place, invitation(), NEWCOMER, now), Steward("sam", generate().decryption.public)
    listed = StewardList(SEATON, Mode.TRIAL, NOW, (steward,))
    office.standing = approved(place, keys, stewards=sign_list(listed, SigningKey.generate()))
    with pytest.raises(KeyFault, match="list of stewards is not signed by the keyholder"):
        resume(place, KEYHOLDER.id.value, now)
    assert not (place.folder / "stewards.jws").exists()
    office.standing = approved(place, keys, stewards=sign_list(listed, KEYHOLDER))
    assert resume(place, None, now).missing == ()
    assert stewards_in(place.folder / "stewards.jws", place.keyholder, SEATON, Mode.TRIAL) == (steward.key,)
    office.standing = approved(place, keys)
    resume(place, None, now)
    assert stewards_in(place.folder / "stewards.jws", place.keyholder, SEATON, Mode.TRIAL) == ()


def test_a_certificate_for_another_key_or_name_is_refused(office: Office, place: Place) -> None:
    keys = begin(place, invitation(), NEWCOMER, now)
    for pem, chain in (
        certified(place, "housing-1"),
        certified(place, key=generate_private_key(SECP256R1())),
        (b"nonsense", b""),
    ):
        office.standing = approved(place, keys, certificate=pem, chain=chain)
        with pytest.raises(KeyFault, match="certificate"):
            resume(place, KEYHOLDER.id.value, now)
    assert not place.certificate.exists()


def test_the_channel_is_completed_and_the_rest_of_the_settings_stays(office: Office, place: Place) -> None:
    keys = begin(place, invitation(carrier="amqp"), NEWCOMER, now)
    mine = place.settings.read_text() + '\n[[sinks]]\nkind = "folder"\npath = "alerts"\n'
    place.settings.write_text(mine)
    office.standing = approved(place, keys, broker=BrokerAddress("broker.seaton.example", 5671, "patchwork"))
    assert resume(place, KEYHOLDER.id.value, now).missing == ()
    said = settings.load(place.settings)
    assert said.channel.kind == "amqp"
    assert (said.channel.host, said.channel.inbox) == ("broker.seaton.example", office.standing.inbox)
    assert said.channel.key_file == place.keys.resolve() / "tls.key"
    assert said.channel.ca_file is None, "what the operating system believes"
    _, authority = certified(place)
    broker = BrokerAddress("broker.seaton.example", 5671, "patchwork", authority)
    office.standing = replace(office.standing, broker=broker)
    assert resume(place, KEYHOLDER.id.value, now).missing == ()
    written = settings.load(place.settings).channel.ca_file
    assert written == place.broker_authority.resolve()
    assert written.read_bytes() == authority
    assert [sink.name for sink in said.agencies[0].sinks] == ["folder"]
    assert stat.S_IMODE(place.settings.stat().st_mode) == 0o600
    place.settings.write_text(mine.replace(starting_settings.END, ""))
    assert "write the channel" in resume(place, None, now).missing[0]


def test_each_agency_signs_with_its_own_key(office: Office, place: Place) -> None:
    keys = begin(place, invitation(agencies=(SCHOOL, HOUSING)), TWO, now)
    own = {agency: keys_folder.load(place.keys, agency) for agency in keys.agencies}
    for agency, key in keys.signing:
        assert own[agency].signing.public == key
    assert own[SCHOOL].ledger != own[HOUSING].ledger
    with pytest.raises(KeyFault, match=r"no signing key for urn:patchwork:seaton:police.*correct the agency's id"):
        keys_folder.load(place.keys, AgencyId("urn:patchwork:seaton:police"))


def test_the_settings_of_several_agencies_hold_each_with_a_ledger_of_its_own(office: Office, place: Place) -> None:
    begin(place, invitation(agencies=(SCHOOL, HOUSING)), TWO, now)
    said = settings.load(place.settings)
    assert [(each.id, each.name, each.service) for each in said.agencies] == [
        (SCHOOL, "Seaton School", ServiceLine.SCHOOL),
        (HOUSING, "Seaton Housing", ServiceLine.HOUSING),
    ]
    assert [each.ledger.path.name for each in said.agencies] == ["ledger.sqlite3", "ledger-2.sqlite3"]
    written = (
        place.settings.read_text().replace("\n# [", "\n[").replace("\n# name", "\nname").replace("\n# path", "\npath")
    )
    place.settings.write_text(
        written.replace("\n# kind", "\nkind").replace("\n# id", "\nid").replace("\n# version", "\nversion")
    )
    said = settings.load(place.settings)
    assert [[source.path.name for source in each.sources] for each in said.agencies] == [
        ["export.csv"],
        ["export-2.csv"],
    ]
    assert [each.agreement.version for each in said.agencies if each.agreement] == [1, 1], (
        "what it proposes can be used"
    )


def test_names_and_services_are_asked_for_each_agency_of_the_invitation(office: Office, place: Place) -> None:
    with pytest.raises(KeyFault, match=f"for {SCHOOL}, {HOUSING}: give --agency-name and --service once for each"):
        begin(place, invitation(agencies=(SCHOOL, HOUSING)), NEWCOMER, now)
    assert not place.folder.exists(), "nothing was made and nobody was asked"
    assert office.asked == []


def test_new_keys_take_the_place_of_the_old_after_the_gateway_took_them(
    office: Office, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = begin(place, invitation(agencies=(SCHOOL, HOUSING)), TWO, now)
    handed: list[dict[str, Any]] = []
    monkeypatch.setattr(rotation, "EnrolmentOffice", lambda *_: Gateway(handed))
    with pytest.raises(KeyFault, match="make them first"):
        hand_over_to_next(place, now)
    made = make_next(place)
    assert make_next(place) == made
    assert enrolment_keys.load(place.keys / keys_folder.ENROLMENT_FILE) == old
    assert keys_folder.load_decryption(place.keys).get(made.encryption.id) is not None, "opens both already"
    Gateway.fault = ChannelDown("away")
    with pytest.raises(ChannelDown):
        hand_over_to_next(place, now)
    assert keys_folder.load(place.keys, SCHOOL).signing.public == old.signing[0][1]
    Gateway.fault = None
    assert hand_over_to_next(place, now) == made
    for agency, key in made.signing:
        assert keys_folder.load(place.keys, agency).signing.public == key
    assert keys_folder.load_decryption(place.keys).get(old.encryption.id) is not None, (
        "still opens what was sealed before"
    )
    said = from_document(handed[-1]["keys"])
    check_proofs(said, enrolment_keys.rotation_of(made.connector), handed[-1]["proofs"])
    for (_, key), word in zip(old.signing, handed[-1]["handovers"], strict=True):
        enrolment_keys.check_handover(said, made.connector, key, word)
    with pytest.raises(KeyFault, match="not fetched yet"):
        make_next(place)


class Gateway:
    """Takes new keys, or is away."""

    fault: Exception | None = None

    def __init__(self, handed: list[dict[str, Any]]) -> None:
        self._handed = handed

    def rotate(self, handover: dict[str, Any]) -> None:
        if self.fault is not None:
            raise self.fault
        self._handed.append(handover)

    def certify(self, certificate_request: bytes) -> None:
        assert read_request(certificate_request, ConnectorId("school-1"))

    def close(self) -> None:
        pass


def run(*arguments: object, given: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["enrol", *map(str, arguments)], input=given)
    return result.exit_code, result.output


def test_the_command_reads_the_invitation_from_a_file_or_standard_input_only(
    office: Office, place: Place, tmp_path: Path
) -> None:
    token = invitation(expires_at=datetime.now(UTC) + timedelta(hours=1))
    text, file = write(token), tmp_path / "invitation"
    said = ("--agency-name", "Seaton School", "--service", "school", "--folder", place.folder)
    status, output = run(text, *said)
    assert (status, "other users can see it" in output) == (2, True)
    assert token.secret not in output
    file.write_text(text)
    file.chmod(0o644)
    assert "can be read by other users" in run(file, *said)[1]
    file.chmod(0o600)
    status, output = run(file, *said)
    assert status == 0, output
    keys = office.asked[0]["keys"]
    assert fingerprint(from_document(keys)) in output
    assert token.secret not in output
    status, output = run("-", *said, "--json", given=text + "\n")
    assert (status, json.loads(output)["fingerprint"]) == (0, fingerprint(from_document(keys)))


def test_the_command_enrols_for_several_agencies_at_once(office: Office, place: Place) -> None:
    token = invitation(agencies=(SCHOOL, HOUSING), expires_at=datetime.now(UTC) + timedelta(hours=1))
    names = ("--agency-name", "Seaton School", "--agency-name", "Seaton Housing")
    uneven = run("-", *names, "--service", "school", "--folder", place.folder, given=write(token))
    assert (uneven[0], "as often as --agency-name" in uneven[1]) == (2, True)
    services = ("--service", "school", "--service", "housing")
    status, output = run("-", *names, *services, "--folder", place.folder, "--json", given=write(token))
    assert (status, json.loads(output)["agencies"]) == (0, [SCHOOL.value, HOUSING.value])
    assert [each.name for each in settings.load(place.settings).agencies] == ["Seaton School", "Seaton Housing"]


def test_the_command_says_what_it_needs(office: Office, place: Place, tmp_path: Path) -> None:
    file = tmp_path / "invitation"
    file.write_text("hello")
    file.chmod(0o600)
    said = ("--agency-name", "Seaton School", "--folder", place.folder)
    assert "not an invitation" in run(file, *said, "--service", "school")[1]
    file.write_text(write(invitation(expires_at=datetime.now(UTC) + timedelta(hours=1))))
    assert "--service: one of" in run(file, *said)[1]
    assert "--agency-name" in run(file, "--folder", place.folder)[1]
    assert "--resume" in run("--folder", place.folder)[1]
    assert "nothing was enrolled" in run("--resume", "--folder", place.folder)[1]
    office.fault = ChannelRefused("this invitation was used already")
    status, output = run(file, *said, "--service", "school")
    assert (status, "used already" in output) == (2, True)
    office.fault = ChannelDown("away")
    assert run(file, *said, "--service", "school")[0] == 1
