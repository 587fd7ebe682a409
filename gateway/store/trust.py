"""Agencies and the connectors that speak for them."""

from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

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


class SqlTrust:
    """`gateway.ports.Trust`."""

    def __init__(self, transaction: Transaction) -> None:
        self._db = transaction

    def add_agency(self, agency_: Agency) -> None:
        """Raises `StoreConflict` where its id is taken."""
        values = {"id": agency_.id, "name": agency_.name, "type": agency_.type, "organisation": agency_.organisation}
        self._db.run(insert(agency), values)

    def agency(self, id: AgencyId) -> Agency | None:
        """The agency of that id."""
        row = self._db.row(select(agency).where(agency.c.id == id))
        return None if row is None else _agency(row)

    def agencies(self) -> list[Agency]:
        """All, by id."""
        return [_agency(row) for row in self._db.rows(select(agency).order_by(agency.c.id))]

    def add_connector(self, connector_: Connector) -> None:
        """Raises `StoreConflict` where its id, signing key or inbox is taken, or an agency is not there."""
        self._db.run(insert(connector), _row(connector_))
        self._put_agencies(connector_)
        self._put_keys(connector_)

    def update_connector(self, connector_: Connector) -> None:
        """Replace all of it. Raises `StoreConflict` where it is not there."""
        if not self._db.run(update(connector).where(connector.c.id == connector_.id).values(_row(connector_))):
            raise StoreConflict("there is no connector of that id; add it first")
        self._db.run(delete(connector_agency).where(connector_agency.c.connector == connector_.id))
        self._db.run(delete(connector_key).where(connector_key.c.connector == connector_.id))
        self._put_agencies(connector_)
        self._put_keys(connector_)

    def connector(self, id: ConnectorId) -> Connector | None:
        """The connector of that id."""
        return self._one(select(connector).where(connector.c.id == id))

    def connectors(self) -> list[Connector]:
        """All, by id."""
        agencies: dict[ConnectorId, list[AgencyId]] = {}
        for row in self._db.rows(select(connector_agency).order_by(connector_agency.c.position)):
            agencies.setdefault(row.connector, []).append(row.agency)
        keys: dict[ConnectorId, list[AgencyKey]] = {}
        for row in self._db.rows(select(connector_key).order_by(connector_key.c.position)):
            keys.setdefault(row.connector, []).append(_key(row))
        rows = self._db.rows(select(connector).order_by(connector.c.id))
        return [_connector(row, tuple(agencies.get(row.id, ())), tuple(keys.get(row.id, ()))) for row in rows]

    def connector_by_key(self, signing_key: KeyId) -> Connector | None:
        """The connector that signs with that key, or did: whether it may now is `Connector.agencies_of`."""
        known = select(connector_key.c.connector).where(connector_key.c.key_id == signing_key)
        either = or_(connector.c.signing_key == signing_key, connector.c.id.in_(known))
        return self._one(select(connector).where(either))

    def connector_for(self, agency_id: AgencyId) -> Connector | None:
        """The connector that receives what is for the agency: one that is not gone for good before one that is, then
        the newest."""
        joined = connector.join(connector_agency, connector_agency.c.connector == connector.c.id)
        return self._one(
            select(connector)
            .select_from(joined)
            .where(connector_agency.c.agency == agency_id)
            .order_by(connector.c.status.in_(_GONE), connector.c.since.desc(), connector.c.id)
            .limit(1)
        )

    def add_change(self, change: ConnectorChange) -> None:
        """Remember one step of a connector's life."""
        self._db.run(insert(connector_change), {name: getattr(change, name) for name in _CHANGE})

    def changes(self, connector: ConnectorId) -> list[ConnectorChange]:
        """Every step of its life, in order."""
        steps = select(connector_change).where(connector_change.c.connector == connector)
        rows = self._db.rows(steps.order_by(connector_change.c.id))
        return [ConnectorChange(**{name: getattr(row, name) for name in _CHANGE}) for row in rows]

    def _one(self, statement: Any) -> Connector | None:
        row = self._db.row(statement)
        if row is None:
            return None
        ordered = select(connector_agency.c.agency).order_by(connector_agency.c.position)
        agencies = self._db.rows(ordered.where(connector_agency.c.connector == row.id))
        of_row = select(connector_key).where(connector_key.c.connector == row.id)
        keys = self._db.rows(of_row.order_by(connector_key.c.position))
        return _connector(row, tuple(each.agency for each in agencies), tuple(map(_key, keys)))

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
    return AgencyKey(row.agency, VerifyKey.from_jwk(row.key), row.valid_from, row.valid_until)


def _connector(row: Row[Any], agencies: tuple[AgencyId, ...], signing: tuple[AgencyKey, ...]) -> Connector:
    kept = row.public_keys
    keys = PublicKeys(VerifyKey.from_jwk(kept["signing"]), EncryptKey.from_jwk(kept["encryption"]), kept["owner"])
    capabilities = from_row(row.capabilities or {})
    return Connector(row.id, agencies, keys, row.status, row.carrier, row.inbox, row.since, capabilities, signing)
