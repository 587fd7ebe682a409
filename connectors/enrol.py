"""Enrolling: an invitation becomes keys that never leave this machine, and, once two people at the gateway have approved them, all that the
connector needs to begin.

* Keys are made here. What leaves is their public halves, proofs that we hold the private ones, and the invitation's secret.
* The gateway is believed if its keys have the thumbprints that the invitation names, and pinned: another gateway is refused from then on.
* The keyholder's key is pinned only after its fingerprint was read out by the keyholder: the gateway, which passes it on, could exchange it.
* Whatever fails can be done again: the same keys are handed in again, and what was fetched is fetched again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.x509.oid import NameOID

from connectors.channel.https_settings import HttpsSettings
from connectors.configuration import starting as starting_settings
from connectors.enrolment import state as enrolment_state
from connectors.enrolment.office import EnrolmentOffice, Standing
from connectors.enrolment.state import Enrolment, Place
from connectors.keys import epochs, keys_folder
from connectors.keys.gateway_pins import GatewayPins
from connectors.keys.retired_epochs import take_word
from connectors.keys.rotation import NEXT_TLS
from connectors.keys.steward_keys import keep_list
from identity.agency import enrolment_keys
from identity.agency.enrolment_keys import EnrolmentKeys
from identity.agency.faults import KeyFault
from identity.agency.invitation_token import InvitationToken
from identity.agency.key_ring import KeyRing
from identity.agency.keys import DecryptionKey, SigningKey, load_decryption, load_signing, save_public
from identity.agency.private_file import write_public
from identity.agency.tls_key import load_tls_key, public_digest, write_request
from identity.agency.trust import Status, may_speak
from identity.custody.pinned import pin_keyholder
from mappings.canonical.codes import ServiceLine

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come. `missing` says, in sentences, what is still to happen; empty: everything is there."""

    status: Status
    certificate: bool
    epochs: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What the agencies say of themselves for their first settings: the name and service line of each, in the order of the invitation."""

    agencies: tuple[tuple[str, ServiceLine], ...]
    ca_file: Path | None = None


def begin(place: Place, token: InvitationToken, newcomer: Newcomer, now: Clock) -> EnrolmentKeys:
    """Make keys and hand them in. Done again with the same invitation, it hands in the same keys. Raises `KeyFault`, `ChannelDown`,
    `ChannelRefused`."""
    if token.expires_at <= now():
        raise KeyFault(
            "this invitation has expired (or the clock of this machine is wrong); ask the registrar for a new one"
        )
    if len(newcomer.agencies) != len(token.agencies):
        raise KeyFault(
            f"this invitation is for {', '.join(map(str, token.agencies))}: give --agency-name and --service once for each, in this order"
        )
    enrolment, keys = _prepare(place, token, newcomer)
    signers = [load_signing(place.keys / keys_folder.signing_file(n)) for n in range(len(keys.signing))]
    request = write_request(keys.connector, load_tls_key(place.keys / keys_folder.TLS_FILE))
    application = {
        "invitation": token.id.value,
        "secret": token.secret,
        "keys": enrolment_keys.document(keys),
        "proofs": enrolment_keys.prove(keys, token.id.value, signers),
        "certificate_request": request.decode("ascii"),
    }
    office = _office(enrolment, signers[0], now)
    try:
        standing = office.apply(application)
    finally:
        office.close()
    _pin_gateway(place, token, standing)
    if not place.settings.exists():
        starting_settings.write(place, enrolment, newcomer.agencies)
    enrolment_state.save(place, replace(enrolment, accepted=True))
    return keys


def resume(place: Place, keyholder_fingerprint: str | None, now: Clock) -> Progress:
    """Ask how we stand and fetch what there is. Raises `KeyFault`, `ChannelDown`, `ChannelRefused`."""
    enrolment = enrolment_state.load(place)
    if not enrolment.accepted:
        raise KeyFault("the gateway has not taken these keys yet; run enrol again with the invitation")
    office = _office(enrolment, load_signing(place.keys / keys_folder.signing_file(0)), now)
    try:
        standing = office.status()
    finally:
        office.close()
    GatewayPins(place.gateway).learn(standing.gateway, standing.successions, now())
    if not may_speak(standing.status):
        return Progress(standing.status, False, (), (_WAITING.get(standing.status, _STOPPED),))
    return _fetch(place, enrolment, standing, keyholder_fingerprint)


def _fetch(place: Place, enrolment: Enrolment, standing: Standing, read_out: str | None) -> Progress:
    missing = []
    if moved := standing.moved_from(enrolment.mode):
        return Progress(standing.status, False, (), (f"{moved}. Nothing was fetched",))
    if standing.certificate:
        _keep_certificate(place, enrolment, standing)
    else:
        missing.append(
            "the certificate is not issued yet; it is fetched by the next: patchwork-connector enrol --resume"
        )
    if standing.broker is not None and standing.broker.ca:
        write_public(place.broker_authority, standing.broker.ca)
    problem = pin_keyholder(place.keyholder, standing.keyholder, enrolment.keyholder, read_out)
    kept = () if problem else _keep_epochs(place, enrolment, standing)
    if not problem:
        listed = place.folder / enrolment.stewards
        keep_list(listed, standing.stewards, place.keyholder, enrolment.partnership, enrolment.mode)
    if problem:
        missing.append(problem)
    elif not kept:
        missing.append(
            "no linkage epoch is here yet: send keys/enrolment.public.json to the keyholder and read out the fingerprint"
        )
    if not starting_settings.complete(place, enrolment, standing):
        missing.append(f"write the channel into {place.settings} yourself; it lacks the marks that enrol looks for")
    return Progress(standing.status, bool(standing.certificate), kept, tuple(missing))


_WAITING = {
    Status.REQUESTED: "two people at the gateway must approve this connector first: ring the registrar and read out the fingerprint",
}
_STOPPED = "this connector is stopped; ask the registrar why"


def _prepare(place: Place, token: InvitationToken, newcomer: Newcomer) -> tuple[Enrolment, EnrolmentKeys]:
    """The keys for this invitation: new ones, or those made for it before."""
    if place.state.exists():
        enrolment = enrolment_state.load(place)
        if enrolment.invitation != token.id:
            raise KeyFault(
                f"{place.folder} holds the enrolment of another invitation; name another folder with --folder"
            )
        return enrolment, enrolment_keys.load(place.keys / keys_folder.ENROLMENT_FILE)
    enrolment = Enrolment(
        invitation=token.id,
        url=token.url,
        ca_file=newcomer.ca_file.absolute() if newcomer.ca_file else None,
        partnership=token.partnership,
        mode=token.mode,
        home=token.home,
        connector=token.connector,
        agencies=token.agencies,
        carrier=token.carrier,
        keyholder=token.keyholder,
    )
    _settings_of(enrolment)
    if place.settings.exists():
        raise KeyFault(f"{place.settings} exists already; enrol in a folder of its own, or move it away first")
    try:
        place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise KeyFault(f"{place.folder} cannot be made: {problem.strerror}") from None
    keys = keys_folder.make_enrolling(place.keys, token.connector, token.agencies)
    enrolment_state.save(place, enrolment)
    return enrolment, keys


def _office(enrolment: Enrolment, key: SigningKey, now: Clock) -> EnrolmentOffice:
    return EnrolmentOffice(_settings_of(enrolment), key, now)


def _settings_of(enrolment: Enrolment) -> HttpsSettings:
    try:
        return HttpsSettings(enrolment.url, ca_file=enrolment.ca_file)
    except ValueError as problem:
        raise KeyFault(f"the address in the invitation cannot be used: {problem}") from None


def _pin_gateway(place: Place, token: InvitationToken, standing: Standing) -> None:
    keys = standing.gateway
    if (keys.signing.id, keys.encryption.id) != (token.gateway_signing, token.gateway_encryption):
        raise KeyFault(
            "the gateway's keys are not those that the invitation names: somebody may stand between. Nothing was pinned; ring "
            "the registrar"
        )
    save_public(place.gateway, keys)


def _keep_certificate(place: Place, enrolment: Enrolment, standing: Standing) -> None:
    """Ours is the key it certifies, and ours the name; who signed it is for the broker to believe."""
    own = {
        public_digest(load_tls_key(place.keys / name).public_key()): name
        for name in (keys_folder.TLS_FILE, NEXT_TLS)
        if (place.keys / name).exists()
    }
    try:
        certificate = x509.load_pem_x509_certificate(standing.certificate)
        public, names = (
            certificate.public_key(),
            [str(part.value) for part in certificate.subject if part.oid == NameOID.COMMON_NAME],
        )
        x509.load_pem_x509_certificates(standing.chain)
    except ValueError:
        raise KeyFault("the gateway sent a certificate that cannot be read; ask its registrar") from None
    if (
        not isinstance(public, EllipticCurvePublicKey)
        or public_digest(public) not in own
        or names != [enrolment.connector.value]
    ):
        raise KeyFault("the gateway sent a certificate for another key or name than ours; ask its registrar")
    write_public(place.authority, standing.chain)
    write_public(place.certificate, standing.certificate)
    if own[public_digest(public)] == NEXT_TLS:
        (place.keys / NEXT_TLS).replace(place.keys / keys_folder.TLS_FILE)


def _keep_epochs(place: Place, enrolment: Enrolment, standing: Standing) -> tuple[str, ...]:
    ring = KeyRing(
        [_decryption(place), *(load_decryption(path) for path in sorted(place.keys.glob("decryption-*.jwk")))]
    )
    keyholder = epochs.keyholder_key(place.keyholder)
    folder, which = place.folder / enrolment.epochs, (keyholder, enrolment.partnership, enrolment.mode)
    for each in standing.epochs:
        epochs.keep(each.sealed, Path("the linkage epoch from the gateway"), folder, ring, *which)
    if standing.epochs_word:
        take_word(standing.epochs_word, folder, *which)
    # After a rotation the gateway passes on none that was sealed to the keys before; those that are here still open.
    held = epochs.load(folder, ring, *which) if epochs.are_any(folder) else []
    return tuple(each.id for each in held)


def _decryption(place: Place) -> DecryptionKey:
    return load_decryption(place.keys / "decryption.jwk")
