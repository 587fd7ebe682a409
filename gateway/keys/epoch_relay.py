"""Passing a sealed linkage epoch on to the connector it is for. The gateway cannot open it, and does not try.

Checked is what can be: that it is addressed to this connector's own encryption key, and, where the settings name the keyholder's public
key, that the keyholder signed the address. What is inside is believed by the connector alone, from the keyholder key it has pinned.

An epoch is for one side. A connector gets those of the side it is on, and no live key before it is live.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.enrolment.facts import EnrolmentFacts
from gateway.model.sealed_epoch_blob import SealedEpochBlob
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import LOCAL_READER
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.lifecycle import find, show_connector
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_onboard
from identity.agency.private_file import read_public
from identity.agency.trust import may_speak, may_speak_in
from identity.custody.addressed_epoch import AddressedEpoch, read_addressed
from identity.custody.sealed_epoch import addressee
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId

RELAY = "epoch.relay"
MOST_EPOCHS = 20
_MEMBERS = frozenset({"connector", "epoch", "mode", "sealed"})


def relay_content(office: Office, file: Path, connector: str, facts: EnrolmentFacts) -> dict[str, Any]:
    """What is signed to pass an epoch on. Where the keyholder's key is not known here nobody can tell which side it is for, and it is taken
    to be for the one that the connector is on. Raises `Refused`, `KeyFault` before anything is signed."""
    data = read_public(file).strip()
    side = facts.side_of(show_connector(office, LOCAL_READER, connector).status)
    if facts.keyholder is None:
        epoch, sealed = hashlib.sha256(data).hexdigest()[:16], data
        addressee(sealed)
    else:
        addressed = read_addressed(data, facts.keyholder)
        _check_address(office, addressed, connector, side.mode)
        epoch, sealed = addressed.epoch, addressed.sealed
    content = {"connector": connector, "epoch": epoch, "mode": side.mode.value, "sealed": sealed.decode("ascii")}
    _read(content)
    return content


def relay_epoch(unit: UnitOfWork, change: VerifiedChange) -> SealedEpochBlob:
    """Keep the blob of a verified `epoch.relay` for its connector. Raises `Refused`, `KeyFault`."""
    id, epoch, mode, sealed = _read(change.content)
    connector = find(unit, id)
    if not may_speak(connector.status):
        raise Refused(f"connector {id} is {connector.status}; approve it before it is given a linkage key")
    if not may_speak_in(connector.status, mode):
        raise Refused(f"connector {id} is {connector.status}; it is given a live linkage key once it is live")
    if addressee(sealed) != connector.keys.encryption.id:
        raise Refused(
            f"this epoch is not sealed to the encryption key of connector {id}; ask the keyholder to seal it to the keys "
            "that were approved"
        )
    retired = {each.epoch for each in unit.epochs.retired()}
    if epoch in retired:
        raise Refused(f"linkage epoch {epoch} is retired; ask the keyholder to seal one that is in use")
    _check_places(unit, epoch, mode)
    kept = [each for each in unit.enrolments.epochs(id) if each.epoch not in retired]
    if len(kept) >= MOST_EPOCHS and all(each.epoch != epoch for each in kept):
        raise Refused(f"connector {id} has been given {MOST_EPOCHS} epochs already")
    blob = SealedEpochBlob(id, epoch, connector.keys.encryption.id, sealed, change.at, mode)
    unit.enrolments.put_epoch(blob)
    digest = hashlib.sha256(sealed).hexdigest()
    record(unit, change, "epoch-relayed", connector=id.value, epoch=epoch, mode=mode.value, digest=digest)
    return blob


def _check_places(unit: UnitOfWork, epoch: str, mode: Mode) -> None:
    """Where places are protected they must be so under this epoch before anybody uses it: evidence that came earlier has lost its places."""
    lists = (each for each in unit.protections.all() if each.mode is mode)
    protected = {each.epoch for each in lists if each.active_at is not None}
    if protected and epoch not in protected:
        raise Refused(
            f"places are protected here, and there is no list of them for linkage epoch {epoch} yet; the keyholder makes it with "
            f"patchwork-keyholder protect PLACES --epoch {epoch}, and you put it in force before any connector has the epoch"
        )


def _check_address(office: Office, addressed: AddressedEpoch, connector: str, mode: Mode) -> None:
    if addressed.connector.value != connector:
        raise Refused(f"this epoch is addressed to connector {addressed.connector}, not to {connector[:40]}")
    if addressed.partnership != office.partnership:
        raise Refused("this epoch is for another partnership; ask the keyholder for this one's")
    if addressed.mode is not mode:
        raise Refused(
            f"this is a {addressed.mode} epoch, and connector {connector} works in {mode} mode; live and trial never mix. "
            "Ask the keyholder for the other, or look where the connector stands"
        )


def _read(content: Mapping[str, Any]) -> tuple[ConnectorId, str, Mode, bytes]:
    read = Content("epoch", content, _MEMBERS)
    sealed = read.text("sealed", 8 * 1024)
    if not sealed.isascii():
        raise read.refusal("sealed", "must be the sealed epoch as the keyholder made it")
    return read.identifier("connector", ConnectorId), read.text("epoch", 40), read.code("mode", Mode), sealed.encode()


EXECUTORS = {RELAY: Executor(check_may_onboard, check_may_onboard, never, relay_epoch)}
