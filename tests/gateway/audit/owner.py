"""The owner of a gateway, as an adversary: holds the database, the checkpoints and the signing key, and uses all three."""

from datetime import datetime
from pathlib import Path
from typing import Protocol

from gateway.audit.checkpoints import Checkpoint, CheckpointFolder, read
from gateway.keys.secrets_on_disk import load_gateway_keys, own_verify_keys
from gateway.ports import Store


class Owned(Protocol):
    """What the owner has."""

    @property
    def store(self) -> Store: ...
    @property
    def kept(self) -> CheckpointFolder: ...
    @property
    def keys(self) -> Path: ...
    def sql(self, *statements: str) -> None:
        """Straight into the database."""

    def reopen(self) -> None: ...


def rewrite(owned: Owned, changed: int, **fields: str | int) -> None:
    """Change fields of one event, and write the chain anew from there, as the gateway itself would; then sign every checkpoint anew, at the moment
    at which it was made."""
    with owned.store.read() as unit:
        events = unit.audit.events(changed - 1, 10_000)
    made = _taken_away(owned)
    _drop_from(owned, changed)
    with owned.store.write() as unit:
        for event in events:
            said = dict(event.fields) | (fields if event.seq == changed else {})
            unit.audit.append(event.at, event.code, event.actor, said)
    _sign_anew(owned, made)


def cut_off(owned: Owned, last: int) -> None:
    """Take away every event after `last` and the head with them; sign the checkpoints made since anew, at the new end."""
    made = _taken_away(owned)
    _drop_from(owned, last + 1)
    _sign_anew(owned, [(min(seq, last), at) for seq, at in made])


def _drop_from(owned: Owned, first: int) -> None:
    owned.sql(
        f"DELETE FROM audit_salt WHERE seq >= {first}",
        f"DELETE FROM audit_event WHERE seq >= {first}",
        f"UPDATE audit_head SET seq = {first - 1}, hash = (SELECT hash FROM audit_event WHERE seq = {first - 1})",
    )
    owned.reopen()


def _taken_away(owned: Owned) -> list[tuple[int, datetime]]:
    keys = own_verify_keys(owned.keys)
    made = []
    for file in owned.kept.files():
        checkpoint = read(file.read_bytes(), keys)
        made.append((checkpoint.seq, checkpoint.made_at))
        file.unlink()
    return made


def _sign_anew(owned: Owned, made: list[tuple[int, datetime]]) -> None:
    signer = load_gateway_keys(owned.keys).signing
    with owned.store.read() as unit:
        hashes = {each.seq: each.hash for each in unit.audit.events(0, 10_000)}
        register = unit.incarnation()
    for seq, at in made:
        owned.kept.write(Checkpoint(register, owned.kept.mode, seq, hashes[seq], at), signer)
