"""New keys for a connector that is trusted: handed over by the old ones, with an overlap in which both count.

* Every new signing key proves itself, and the key it takes the place of signs that it does: whoever holds one agency's key cannot take
  another's place. Nobody at the gateway need look again, because who was approved says so itself.
* The old signing keys are good for `OVERLAP` more, so that what is on its way still arrives. What is sent to the connector is sealed to the
  new encryption key at once; it keeps the old one for what was sealed before.
* The same again gets the same answer; an old handover does not, because it is not signed by the keys that count now.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.audit.recording import entry
from gateway.enrolment.approval import request_of
from gateway.model.connector import AgencyKey, Connector
from gateway.ports import Clock, Store, UnitOfWork
from gateway.refused import Refused
from gateway.trust.lifecycle import find
from identity.agency.enrolment_keys import EnrolmentKeys, check_handover, check_proofs, rotation_of
from identity.agency.trust import may_speak
from mappings.canonical.identifiers import AgencyId, ConnectorId, KeyId

OVERLAP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rotation:
    """The whole new set. `handovers` stands beside `keys.signing`: by the old key of that agency, empty where it stays."""

    keys: EnrolmentKeys
    proofs: tuple[str, ...]
    handovers: tuple[str, ...]


def rotate(store: Store, clock: Clock, id: ConnectorId, signer: KeyId, rotation: Rotation) -> Connector:
    """Put the new keys in the place of the old. Raises `Refused`, `KeyFault`."""
    check_proofs(rotation.keys, rotation_of(id), rotation.proofs)
    with store.write() as unit:
        now = clock.now()
        connector = find(unit, id)
        _check_asker(connector, signer, rotation, now)
        signing = _replaced(unit, connector, rotation, now)
        changed = replace(connector, keys=rotation.keys.first, signing=signing)
        if changed == connector:
            return connector
        _check_encryption(unit, connector, rotation.keys)
        unit.trust.update_connector(changed)
        unit.enrolments.renew_keys(replace(request_of(unit, id), keys=rotation.keys))
        event = entry(
            "keys-rotated",
            id.value,
            connector=id.value,
            signing_keys=str(len(signing) - len(connector.signing)),
            encryption_key=rotation.keys.encryption.id.value,
            tls_key=rotation.keys.tls,
        )
        unit.audit.append(now, event.code, event.actor, event.fields)
        return changed


def _check_asker(connector: Connector, signer: KeyId, rotation: Rotation, now: datetime) -> None:
    if not may_speak(connector.status) or not connector.signing:
        raise Refused("only an approved connector that has enrolled hands its keys over; ask the registrar")
    if connector.agencies[0] not in connector.agencies_of(signer, now):
        raise Refused("sign this with the key of the first agency; the others cannot speak for the whole connector")
    if rotation.keys.connector != connector.id or rotation.keys.agencies != tuple(
        dict.fromkeys(each.agency for each in connector.signing)
    ):
        raise Refused("bring one signing key for each agency of this connector, in the order of its enrolment")
    if len(rotation.handovers) != len(rotation.keys.signing):
        raise Refused("bring one handover for each signing key, empty where the key stays")


def _replaced(unit: UnitOfWork, connector: Connector, rotation: Rotation, now: datetime) -> tuple[AgencyKey, ...]:
    kept = list(connector.signing)
    for (agency, key), handover in zip(rotation.keys.signing, rotation.handovers, strict=True):
        position = _current(connector.signing, agency)
        current = connector.signing[position]
        if current.key == key:
            continue
        check_handover(rotation.keys, connector.id, current.key, handover)
        if unit.trust.connector_by_key(key.id) is not None or unit.operators.by_key(key.id) is not None:
            raise Refused("one of these keys is known here already; a new key is made anew")
        kept[position] = replace(current, valid_until=now + OVERLAP)
        kept.append(AgencyKey(agency, key, now))
    return tuple(kept)


def _current(signing: Sequence[AgencyKey], agency: AgencyId) -> int:
    return next(position for position, each in enumerate(signing) if each.agency == agency and each.valid_until is None)


def _check_encryption(unit: UnitOfWork, connector: Connector, keys: EnrolmentKeys) -> None:
    others = [other for other in unit.trust.connectors() if other.id != connector.id]
    if any(other.keys.encryption == keys.encryption for other in others):
        raise Refused("this encryption key is another connector's; a new key is made anew")
