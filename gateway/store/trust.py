"""Agencies and the connectors that speak for them."""

import json
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update

from gateway.model.capabilities import described
from gateway.model.connector import AgencyKey, Connector
from gateway.model.connector_change import ConnectorChange
from gateway.store.capabilities_column import from_row
from gateway.store.faults import StoreConflict
from gateway.store.party_tables import agency, connector, connector_agency, connector_change, connector_key
from gateway.store.transaction import Transaction
from identity.agency.keys import EncryptKey, PublicKeys, VerifyKey
from identity.agency.trust import Status
from mappings.canonical.agency import Agency
from mappings.canonical.identifiers import AgencyId, ConnectorId, KeyId

_CHANGE = tuple(column.name for column in connector_change.columns if column.name != "id")
_GONE = (Status.REVOKED, Status.OFF_BOARDED)
_AGENCIES: Final = select(agency).order_by(agency.c.id)
_CONNECTORS: Final = select(connector).order_by(connector.c.id)
_SPOKEN_FOR: Final = select(connector_agency).order_by(connector_agency.c.position)
_SIGNING: Final = select(connector_key).order_by(connector_key.c.position)


class SqlTrust:
    """`gateway.trust.ports.Trust`. There are few connectors and agencies and each is asked for many times in a unit: they are read once."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction
        self._agencies: dict[AgencyId, Agency] | None = None
        self._connectors: dict[ConnectorId, Connector] | None = None

    def add_agency(self, agency_: Agency) -> None:
        """Raises `StoreConflict` where its id is taken."""
        self._agencies = None
        values = {"id": agency_.id, "name": agency_.name, "type": agency_.type, "organisation": agency_.organisation}
        self._db.run(insert(agency), values)

    def agency(self, id: AgencyId) -> Agency | None:
        """The agency of that id."""
        return self._by_agency().get(id)

    def agencies(self) -> list[Agency]:
        """All, by id."""
        return list(self._by_agency().values())

    def add_connector(self, connector_: Connector) -> None:
        """Raises `StoreConflict` where its id, signing key or inbox is taken, or an agency is not there."""
        self._connectors = None
        self._db.run(insert(connector), _row(connector_))
        self._put_agencies(connector_)
        self._put_keys(connector_)

    def update_connector(self, connector_: Connector) -> None:
        """Replace all of it. Raises `StoreConflict` where it is not there."""
        self._connectors = None
        if not self._db.run(update(connector).where(connector.c.id == connector_.id).values(_row(connector_))):
            raise StoreConflict("there is no connector of that id; add it first")
        self._db.run(delete(connector_agency).where(connector_agency.c.connector == connector_.id))
        self._db.run(delete(connector_key).where(connector_key.c.connector == connector_.id))
        self._put_agencies(connector_)
        self._put_keys(connector_)

    def connector(self, id: ConnectorId) -> Connector | None:
        """The connector of that id."""
        return self._by_connector().get(id)

    def connectors(self) -> list[Connector]:
        """All, by id."""
        return list(self._by_connector().values())

    def connector_by_key(self, signing_key: KeyId) -> Connector | None:
        """The connector that signs with that key, or did: whether it may now is `Connector.agencies_of`."""
        return next((each for each in self.connectors() if signing_key in _signs_with(each)), None)

    def connector_for(self, agency_id: AgencyId) -> Connector | None:
        """The connector that receives what is for the agency: one that is not gone for good before one that is, then
        the newest."""
        speaking = [each for each in self.connectors() if agency_id in each.agencies]
        return min(speaking, key=lambda each: (each.status in _GONE, -each.since.timestamp(), each.id), default=None)

    def add_change(self, change: ConnectorChange) -> None:
        """Remember one step of a connector's life."""
        self._db.run(insert(connector_change), {name: getattr(change, name) for name in _CHANGE})

    def changes(self, connector: ConnectorId) -> list[ConnectorChange]:
        """Every step of its life, in order."""
        steps = select(connector_change).where(connector_change.c.connector == connector)
        rows = self._db.rows(steps.order_by(connector_change.c.id))
        return [ConnectorChange(**{name: getattr(row, name) for name in _CHANGE}) for row in rows]

    def _by_agency(self) -> dict[AgencyId, Agency]:
        if self._agencies is None:
            self._agencies = {row.id: _agency(row) for row in self._db.rows(_AGENCIES)}
        return self._agencies

    def _by_connector(self) -> dict[ConnectorId, Connector]:
        if self._connectors is None:
            agencies: dict[ConnectorId, list[AgencyId]] = {}
            for row in self._db.rows(_SPOKEN_FOR):
                agencies.setdefault(row.connector, []).append(row.agency)
            keys: dict[ConnectorId, list[AgencyKey]] = {}
            for row in self._db.rows(_SIGNING):
                keys.setdefault(row.connector, []).append(_key(row))
            self._connectors = {
                row.id: _connector(row, tuple(agencies.get(row.id, ())), tuple(keys.get(row.id, ())))
                for row in self._db.rows(_CONNECTORS)
            }
        return self._connectors

    def _put_agencies(self, connector_: Connector) -> None:
        rows = [
            {"connector": connector_.id, "agency": each, "position": position}
            for position, each in enumerate(connector_.agencies)
        ]
        if rows:
            self._db.run(insert(connector_agency), rows)

    def _put_keys(self, connector_: Connector) -> None:
        rows = [
            {
                "key_id": each.key.id,
                "connector": connector_.id,
                "agency": each.agency,
                "position": position,
                "key": each.key.to_jwk(),
                "valid_from": each.valid_from,
                "valid_until": each.valid_until,
            }
            for position, each in enumerate(connector_.signing)
        ]
        if rows:
            self._db.run(insert(connector_key), rows)


def _agency(row: Row[Any]) -> Agency:
    return Agency(row.id, row.name, row.type, row.organisation)


def _row(connector_: Connector) -> dict[str, Any]:
    return {
        "id": connector_.id,
        "signing_key": connector_.keys.signing.id,
        "public_keys": {
            "signing": connector_.keys.signing.to_jwk(),
            "encryption": connector_.keys.encryption.to_jwk(),
            "owner": connector_.keys.owner,
        },
        "status": connector_.status,
        "carrier": connector_.carrier,
        "inbox": connector_.inbox,
        "since": connector_.since,
        "capabilities": described(connector_.capabilities),
    }


def _key(row: Row[Any]) -> AgencyKey:
    return AgencyKey(row.agency, _verify_key(json.dumps(row.key)), row.valid_from, row.valid_until)


def _connector(row: Row[Any], agencies: tuple[AgencyId, ...], signing: tuple[AgencyKey, ...]) -> Connector:
    kept = row.public_keys
    keys = _keys(json.dumps(kept["signing"]), json.dumps(kept["encryption"]), kept["owner"])
    capabilities = from_row(row.capabilities or {})
    return Connector(row.id, agencies, keys, row.status, row.carrier, row.inbox, row.since, capabilities, signing)


def _signs_with(connector_: Connector) -> set[KeyId]:
    return {connector_.keys.signing.id, *(each.key.id for each in connector_.signing)}


@lru_cache(4_096)
def _keys(signing: str, encryption: str, owner: str) -> PublicKeys:
    """The same public keys are read with every unit; checking them anew each time would cost more than reading them."""
    return PublicKeys(VerifyKey.from_jwk(json.loads(signing)), EncryptKey.from_jwk(json.loads(encryption)), owner)


@lru_cache(4_096)
def _verify_key(key: str) -> VerifyKey:
    return VerifyKey.from_jwk(json.loads(key))
