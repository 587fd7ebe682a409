"""New keys for the gateway itself, in two steps with an overlap, so that nothing on its way is lost.

1. `begin` makes the next keys and the current signing key's word for them (a succession). A gateway started after that opens what is sealed
   to the next decryption key too, and tells connectors of the succession, which pin the next keys beside the current.
2. `finish` makes the next keys the current ones. What was sealed before is still opened with the retired decryption key; connectors believe
   the old signature a while longer; the successions stay, so that a connector that was away follows them later.

Every step leaves a folder that a gateway can start from, and can be done again where it was broken off.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from gateway.audit.recording import entry
from gateway.keys.secrets_on_disk import (
    DECRYPTION_FILE,
    NEXT_DECRYPTION_FILE,
    NEXT_SIGNING_FILE,
    RETIRED_SIGNING_FILE,
    SIGNING_FILE,
    SUCCESSION_FILE,
    load_gateway_keys,
    load_successions,
)
from gateway.ports import Clock, Store
from gateway.refused import Refused
from identity.agency.faults import KeyFault
from identity.agency.keys import (
    DecryptionKey,
    PublicKeys,
    SigningKey,
    load_decryption,
    load_signing,
    save_private,
    save_public,
)
from identity.agency.private_file import read_public, write_public
from identity.agency.succession import MAX_SUCCESSIONS, Succession, issue, read
from mappings.canonical.envelope import GATEWAY

OVERLAP = timedelta(days=7)
ACTOR = "gateway"


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of the gateway's keys, and where the public document stands that is handed out by hand."""

    keys: Path
    public: Path

    @property
    def by_hand(self) -> Path:
        """The succession beside the public document, for connectors that do not ask for it over HTTPS."""
        return self.public.with_name("gateway-succession.jws")

    @property
    def next_succession(self) -> Path:
        """There from `begin` to `finish`."""
        return self.keys / SUCCESSION_FILE.format("next")


def begin(place: Place, store: Store, clock: Clock) -> Succession:
    """Make the next keys; the same again where they are made already. Raises `KeyFault`, `Refused`."""
    current = load_gateway_keys(place.keys)
    if place.next_succession.exists():
        if not (place.keys / NEXT_SIGNING_FILE).exists():
            raise Refused("the last rotation was broken off; do it again first: patchwork keys rotate --finish")
        return _begun(place, current.signing)
    if len(load_successions(place.keys)) >= MAX_SUCCESSIONS:
        raise Refused(
            f"{place.keys} holds {MAX_SUCCESSIONS} successions; move the oldest away once every connector has followed it"
        )
    # Left by a beginning that was broken off before anybody was told.
    for name in (NEXT_SIGNING_FILE, NEXT_DECRYPTION_FILE):
        (place.keys / name).unlink(missing_ok=True)
    signing, decryption = SigningKey.generate(), DecryptionKey.generate()
    save_private(place.keys / NEXT_SIGNING_FILE, signing)
    save_private(place.keys / NEXT_DECRYPTION_FILE, decryption)
    now = clock.now().replace(microsecond=0)
    following = PublicKeys(signing.public, decryption.public, GATEWAY)
    _record(store, now, "gateway-keys-begun", following)
    # Last: what it speaks of is on the disk.
    word = issue(current.signing, following, now) + b"\n"
    write_public(place.by_hand, word)
    write_public(place.next_succession, word)
    return Succession(following, now)


def finish(place: Place, store: Store, clock: Clock, *, early: bool = False) -> PublicKeys:
    """Put the next keys in the place of the current. Raises `Refused` before the overlap is over unless `early`, `KeyFault`."""
    if not place.next_succession.exists():
        raise Refused("no rotation is begun; begin with: patchwork keys rotate --begin")
    now = clock.now()
    following = _following(place, now, early=early)
    _check_invitations(store, now, early=early)
    _retire_decryption(place.keys)
    _retire_signing(place.keys)
    for fresh, name in ((NEXT_DECRYPTION_FILE, DECRYPTION_FILE), (NEXT_SIGNING_FILE, SIGNING_FILE)):
        if (place.keys / fresh).exists():
            (place.keys / fresh).replace(place.keys / name)
    if load_gateway_keys(place.keys).public != following:
        raise KeyFault(f"{place.keys} does not hold the keys that were begun; restore it from its backup")
    save_public(place.public, following)
    _record(store, now, "gateway-keys-rotated", following)
    place.next_succession.replace(place.keys / SUCCESSION_FILE.format(now.strftime("%Y%m%dT%H%M%SZ")))
    return following


def overlap_end(keys: Path) -> datetime | None:
    """When a rotation that was begun may be finished; None where none is. Raises `KeyFault`."""
    place = Place(keys, keys)
    if not place.next_succession.exists():
        return None
    current = load_signing(keys / SIGNING_FILE)
    # Broken off within `finish`: the next key is current already, and there is nothing to wait for.
    return _begun(place, current).begun_at + OVERLAP if (keys / NEXT_SIGNING_FILE).exists() else None


def _begun(place: Place, current: SigningKey) -> Succession:
    return read(read_public(place.next_succession), current.public)


def _following(place: Place, now: datetime, *, early: bool) -> PublicKeys:
    current = load_gateway_keys(place.keys)
    if not (place.keys / NEXT_SIGNING_FILE).exists():
        return current.public
    begun = _begun(place, current.signing)
    if not early and now < begun.begun_at + OVERLAP:
        raise Refused(
            f"connectors have until {(begun.begun_at + OVERLAP).date().isoformat()} to fetch the next keys; finish then, or "
            "with --early if every one has them"
        )
    _check_made(place.keys, begun.following)
    return begun.following


def _check_made(keys: Path, following: PublicKeys) -> None:
    """Both private halves belong to what was promised, before anything is moved."""
    moved = not (keys / NEXT_DECRYPTION_FILE).exists()
    decryption = load_decryption(keys / (DECRYPTION_FILE if moved else NEXT_DECRYPTION_FILE))
    if (load_signing(keys / NEXT_SIGNING_FILE).public, decryption.public) != (following.signing, following.encryption):
        raise KeyFault(
            f"the next keys in {keys} are not those that connectors were told of; restore them from a backup"
        )


def _check_invitations(store: Store, now: datetime, *, early: bool) -> None:
    with store.read() as unit:
        waiting = len(unit.enrolments.open_invitations(now))
    if waiting and not early:
        raise Refused(
            f"{waiting} open invitations name the old keys and would be good no more; wait until they are used, withdraw them, or "
            "finish with --early and invite again"
        )


def _retire_decryption(keys: Path) -> None:
    if not (keys / NEXT_DECRYPTION_FILE).exists():
        return
    current = keys / DECRYPTION_FILE
    retired = keys / f"retired-{load_decryption(current).id.value[:16]}-decryption.jwk"
    if not retired.exists():
        os.link(current, retired)


def _retire_signing(keys: Path) -> None:
    """What it signed before, audit checkpoints above all, is to be checked for years: its public half stays."""
    if (keys / NEXT_SIGNING_FILE).exists():
        current = load_signing(keys / SIGNING_FILE).public
        write_public(keys / RETIRED_SIGNING_FILE.format(current.id.value[:16]), json.dumps(current.to_jwk()).encode())


def _record(store: Store, now: datetime, code: str, following: PublicKeys) -> None:
    event = entry(code, ACTOR, signing_key=following.signing.id.value, encryption_key=following.encryption.id.value)
    with store.write() as unit:
        unit.audit.append(now, event.code, event.actor, event.fields)
