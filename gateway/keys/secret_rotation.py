"""New secrets for the register itself: the pepper over its index, and the data key over its sealed columns.

`begin` makes the next secret beside the current one and writes its id into the register. From that moment everything new is indexed, or
sealed, under the next one, and what is there is found, or opened, under either. A running gateway goes through what is there in the background
(`gateway.keys.renewal`); when it is through, the register rests on the next secret alone, and the file takes its place. Nothing is restarted.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.audit.recording import entry
from gateway.keys.peppers import with_pepper
from gateway.keys.secret_files import SecretFile, load_pairing, pairing_id, split_pairing_off
from gateway.model.renewal import Renewal
from gateway.ports import Clock, Store, UnitOfWork
from identity.agency.faults import KeyFault
from mappings.canonical.identifiers import PartnershipId

ACTOR = "gateway"


class Secret(StrEnum):
    """What is rotated."""

    PEPPER = "pepper"
    DATA_KEY = "data-key"


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """Where the gateway's secrets stand."""

    pepper: SecretFile
    data_key: SecretFile
    partnership: PartnershipId

    def file(self, secret: Secret) -> SecretFile:
        """The files of one."""
        return self.pepper if secret is Secret.PEPPER else self.data_key

    def settle(self, state: Renewal) -> None:
        """Bring the files into line with the register. Raises `KeyFault`, `OSError`."""
        if self.pepper.next.exists():
            # On a machine that got only the next pepper: while the former one is in its place the key can still be derived from it.
            check_pairing(state, load_pairing(self.pepper.path, self.partnership))
            split_pairing_off(self.pepper.path, self.partnership)
        for file, current in ((self.pepper, state.pepper), (self.data_key, state.data_key)):
            if current is not None:
                file.settle(current)


def begin(secret: Secret, place: SecretPlace, store: Store, clock: Clock) -> Renewal:
    """Begin to rotate it; nothing more where that is begun already. Raises `KeyFault`, `StoreDown`."""
    with store.read() as unit:
        state = unit.renewals.state()
    if _following(state, secret) is not None:
        return state
    place.settle(state)
    # First: what the register is told of is on the disk.
    pairing = split_pairing_off(place.pepper.path, place.partnership) if secret is Secret.PEPPER else None
    following = place.file(secret).make_next()
    with store.write() as unit:
        return _note(unit, secret, place, following, pairing_id(pairing) if pairing else None, clock)


def finish(unit: UnitOfWork, state: Renewal, clock: Clock) -> Renewal:
    """Everything was gone through: the register rests on the next secrets alone. Returns it as it is to be saved."""
    rotated = ((Secret.PEPPER, state.pepper, state.next_pepper), (Secret.DATA_KEY, state.data_key, state.next_data_key))
    for secret, before, after in rotated:
        if before is not None and after is not None:
            _record(unit, clock, "secret-rotated", secret, before, after)
    return replace(
        state,
        pepper=state.next_pepper or state.pepper,
        next_pepper=None,
        data_key=state.next_data_key or state.data_key,
        next_data_key=None,
        index_stale=None,
    )


def check_pairing(state: Renewal, key: bytes) -> None:
    """Raises `KeyFault` where pairs would get other names than they have, so that every connection would be told a second time."""
    if state.pairing is not None and state.pairing != pairing_id(key):
        raise KeyFault(
            "pairing.key beside the pepper is missing or another than the register rests on; restore it from its backup: without it every "
            "pair would get another name and be told again"
        )


def _note(
    unit: UnitOfWork, secret: Secret, place: SecretPlace, following: bytes, pairing: bytes | None, clock: Clock
) -> Renewal:
    state = with_pepper(unit.renewals.state(), place.pepper)
    if _following(state, secret) is not None:
        return state
    if secret is Secret.PEPPER:
        before, state = state.pepper, replace(state, next_pepper=following, pairing=pairing)
    else:
        before, state = state.data_key, replace(state, next_data_key=following)
    state = state.from_the_beginning()
    unit.renewals.save(state)
    _record(unit, clock, "secret-rotation-begun", secret, before or b"", following)
    return state


def _record(unit: UnitOfWork, clock: Clock, code: str, secret: Secret, before: bytes, after: bytes) -> None:
    event = entry(code, ACTOR, secret=secret.value, before=before.hex(), after=after.hex())
    unit.audit.append(clock.now(), event.code, event.actor, event.fields)


def _following(state: Renewal, secret: Secret) -> bytes | None:
    return state.next_pepper if secret is Secret.PEPPER else state.next_data_key
