"""New keys for a connector that is enrolled, without losing what is on its way.

Two steps, because a running program holds its keys in memory. First the new keys are made; a program started after that opens what is sealed
to the new decryption key as well as the old. Then the gateway is told, and the new keys take the place of the old: the old signing keys are
good for some days more, and the old decryption key stays for what was sealed to it. The TLS key follows when its certificate is fetched.
"""

import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from connectors.channel.https_settings import HttpsSettings
from connectors.enrolment import state as enrolment_state
from connectors.enrolment.office import EnrolmentOffice
from connectors.enrolment.state import Place
from connectors.keys import keys_folder
from connectors.keys.keys_folder import TLS_FILE
from identity.agency import enrolment_keys
from identity.agency.enrolment_keys import EnrolmentKeys
from identity.agency.faults import KeyFault
from identity.agency.keys import DecryptionKey, SigningKey, load_decryption, load_signing, save_private, save_public
from identity.agency.private_file import write_public
from identity.agency.tls_key import load_tls_key, make_tls_key, public_digest, write_request

# Read with the retired keys: a program opens what is sealed to it before it is the current one.
NEXT_DECRYPTION = "decryption-next.jwk"
NEXT_TLS = "tls-next.key"
NEXT_KEYS = "enrolment.next.json"


def make_next(place: Place) -> EnrolmentKeys:
    """New keys beside those in use; the same again where they were made and not handed over yet. Raises `KeyFault`."""
    enrolment = enrolment_state.load(place)
    if (place.keys / NEXT_KEYS).exists():
        return enrolment_keys.load(place.keys / NEXT_KEYS)
    _check_nothing_left(place)
    signing = []
    for position, agency in enumerate(enrolment.agencies):
        key = SigningKey.generate()
        save_private(place.keys / _next(position), key)
        signing.append((agency, key.public))
    decryption = DecryptionKey.generate()
    save_private(place.keys / NEXT_DECRYPTION, decryption)
    tls = public_digest(make_tls_key(place.keys / NEXT_TLS).public_key())
    keys = EnrolmentKeys(enrolment.connector, tuple(signing), decryption.public, tls)
    # Last: what is written here is complete.
    write_public(place.keys / NEXT_KEYS, _written(keys))
    return keys


def hand_over_to_next(place: Place, now: Callable[[], datetime]) -> EnrolmentKeys:
    """Tell the gateway, then put the new keys in the place of the old. What fails can be done again. Raises `KeyFault`,
    `ChannelDown`, `ChannelRefused`."""
    enrolment = enrolment_state.load(place)
    if not (place.keys / NEXT_KEYS).exists():
        raise KeyFault("there are no new keys to hand over to; make them first with: patchwork-connector keys rotate")
    keys = enrolment_keys.load(place.keys / NEXT_KEYS)
    positions = range(len(keys.signing))
    fresh = [load_signing(_either(place, position)) for position in positions]
    old = [load_signing(place.keys / keys_folder.signing_file(position)) for position in positions]
    handover = {
        "keys": enrolment_keys.document(keys),
        "proofs": enrolment_keys.prove(keys, enrolment_keys.rotation_of(keys.connector), fresh),
        "handovers": [enrolment_keys.hand_over(keys, key) for key in old],
    }
    # A gateway behind a proxy may ask for the certificate that the new keys are to follow; to others nothing is shown.
    cert_file, key_file = (place.certificate, place.keys / TLS_FILE) if place.certificate.exists() else (None, None)
    office = EnrolmentOffice(HttpsSettings(enrolment.url, enrolment.ca_file, cert_file, key_file), old[0], now)
    try:
        office.rotate(handover)
        office.certify(write_request(keys.connector, load_tls_key(place.keys / NEXT_TLS)))
    finally:
        office.close()
    _take_their_place(place, keys)
    return keys


def _take_their_place(place: Place, keys: EnrolmentKeys) -> None:
    """Every step leaves a folder that a program can start from, and can be done again."""
    for position in range(len(keys.signing)):
        if (place.keys / _next(position)).exists():
            (place.keys / _next(position)).replace(place.keys / keys_folder.signing_file(position))
    current, following = place.keys / "decryption.jwk", place.keys / NEXT_DECRYPTION
    if following.exists():
        retired = place.keys / f"decryption-{load_decryption(current).id.value[:16]}.jwk"
        if not retired.exists():
            os.link(current, retired)
        following.replace(current)
    save_public(place.keys / "public.json", keys.first)
    write_public(place.keys / keys_folder.ENROLMENT_FILE, _written(keys))
    (place.keys / NEXT_KEYS).unlink()


def _either(place: Place, position: int) -> Path:
    """Where the new signing key stands: beside the old one, or already in its place."""
    beside = place.keys / _next(position)
    return beside if beside.exists() else place.keys / keys_folder.signing_file(position)


def _check_nothing_left(place: Place) -> None:
    """Keys of a making that was broken off were never told to anybody; their files are in the way."""
    if (place.keys / NEXT_TLS).exists() and not (place.keys / NEXT_DECRYPTION).exists():
        raise KeyFault("the certificate of the last rotation was not fetched yet: patchwork-connector enrol --resume")
    for name in (NEXT_DECRYPTION, NEXT_TLS, *(path.name for path in place.keys.glob("next-*"))):
        (place.keys / name).unlink(missing_ok=True)


def _next(position: int) -> str:
    return f"next-{keys_folder.signing_file(position)}"


def _written(keys: EnrolmentKeys) -> bytes:
    return json.dumps(enrolment_keys.document(keys), indent=2).encode() + b"\n"
