"""Agencies and the connectors that speak for them: adding, suspending, resuming, listing.

* Agencies and connectors are added, and a suspended connector is let speak again, by a registrar's signature over
  exactly that change.
* A connector is suspended at once by any one person whose role allows it; what it may not do then is decided where it
  asks.
* Every agency has at most one connector; every key belongs to one connector.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.channel.topology import new_inbox_name
from gateway.actor import Actor
from gateway.content import Content
from gateway.model.connector import Carrier, Connector
from gateway.operators import Office, VerifiedChange, record, verify_change
from gateway.permissions import check_may_observe, check_may_onboard, check_may_suspend
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.signed_change import SignedChange
from identity.agency.faults import KeyFault
from identity.agency.keys import PublicKeys, public_document, public_from_document
from identity.agency.trust import IllegalChange, Status, check_change
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgencyType
from mappings.canonical.identifiers import AgencyId, ConnectorId

ADD_AGENCY = "agency.add"
ADD_CONNECTOR = "connector.add"
SUSPEND_CONNECTOR = "connector.suspend"
RESUME_CONNECTOR = "connector.resume"
_RESERVED = frozenset({"gateway", "keyholder"})


def agency_content(id: str, name: str, type: str, organisation: str) -> dict[str, Any]:
    """What is signed to add an agency. Raises `Refused` before anything is signed."""
    content = {"id": id, "name": name, "type": type, "organisation": organisation}
    agency_from(content)
    return content


def agency_from(content: Mapping[str, Any]) -> Agency:
    """The agency that this content describes. Raises `Refused`, naming the field."""
    read = Content("agency", content, frozenset({"id", "name", "type", "organisation"}))
    return Agency(
        read.identifier("id", AgencyId), read.text("name"), read.code("type", AgencyType), read.text("organisation")
    )


def add_agency(office: Office, signed: SignedChange) -> Agency:
    """Add the agency that a signed `agency.add` describes. Raises `NotPermitted`, `Refused`."""
    with office.store.write() as unit:
        change = verify_change(unit, office, signed, ADD_AGENCY)
        check_may_onboard(change.actor)
        agency = agency_from(change.content)
        if unit.trust.agency(agency.id) is not None:
            raise Refused(f"agency {agency.id} is in the register already")
        unit.trust.add_agency(agency)
        record(unit, change, "agency-added", agency=agency.id.value)
        return agency


def list_agencies(office: Office, actor: Actor) -> list[Agency]:
    """Every agency. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.trust.agencies()


def connector_content(keys: PublicKeys, agencies: list[str], carrier: str) -> dict[str, Any]:
    """What is signed to add a connector. Raises `Refused` before anything is signed."""
    content = {"keys": public_document(keys), "agencies": agencies, "carrier": carrier}
    _read_connector(content)
    return content


def add_connector(office: Office, signed: SignedChange) -> Connector:
    """Add the connector that a signed `connector.add` describes, live, with a new inbox. Raises `NotPermitted`,
    `Refused`."""
    with office.store.write() as unit:
        change = verify_change(unit, office, signed, ADD_CONNECTOR)
        check_may_onboard(change.actor)
        id, keys, agencies, carrier = _read_connector(change.content)
        _check_new(unit, id, keys)
        _check_agencies(unit, agencies)
        connector = Connector(id, agencies, keys, Status.LIVE, carrier, new_inbox_name(id), change.at)
        unit.trust.add_connector(connector)
        record(
            unit,
            change,
            "connector-added",
            connector=id.value,
            agencies=_listed(agencies),
            signing_key=keys.signing.id.value,
            encryption_key=keys.encryption.id.value,
        )
        return connector


def list_connectors(office: Office, actor: Actor) -> list[Connector]:
    """Every connector, whatever its status. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.trust.connectors()


def status_content(id: str) -> dict[str, Any]:
    """What is signed to suspend or resume a connector. Raises `Refused` before anything is signed."""
    content = {"connector": id}
    _read_id(content)
    return content


def suspend_connector(office: Office, signed: SignedChange) -> Connector:
    """Stop a live connector until something is cleared up. Raises `NotPermitted`, `Refused`."""
    with office.store.write() as unit:
        change = verify_change(unit, office, signed, SUSPEND_CONNECTOR)
        check_may_suspend(change.actor)
        return _move(unit, change, Status.SUSPENDED)


def resume_connector(office: Office, signed: SignedChange) -> Connector:
    """Let a suspended connector speak again. Raises `NotPermitted`, `Refused`."""
    with office.store.write() as unit:
        change = verify_change(unit, office, signed, RESUME_CONNECTOR)
        check_may_onboard(change.actor)
        return _move(unit, change, Status.LIVE)


def _move(unit: UnitOfWork, change: VerifiedChange, after: Status) -> Connector:
    id = _read_id(change.content)
    connector = unit.trust.connector(id)
    if connector is None:
        raise Refused(f"there is no connector {id}; patchwork connector list shows those there are")
    try:
        check_change(connector.status, after)
    except IllegalChange as problem:
        raise Refused(f"connector {id}: {problem}") from None
    moved = replace(connector, status=after, since=change.at)
    unit.trust.update_connector(moved)
    record(unit, change, "connector-status", connector=id.value, before=connector.status.value, after=after.value)
    return moved


def _read_id(content: Mapping[str, Any]) -> ConnectorId:
    return Content("connector", content, frozenset({"connector"})).identifier("connector", ConnectorId)


def _read_connector(
    content: Mapping[str, Any],
) -> tuple[ConnectorId, PublicKeys, tuple[AgencyId, ...], Carrier]:
    read = Content("connector", content, frozenset({"keys", "agencies", "carrier"}))
    try:
        keys = public_from_document(content["keys"])
    except KeyFault as problem:
        raise read.refusal("keys", f"cannot be used: {problem}") from None
    if keys.owner in _RESERVED:
        raise read.refusal("keys", f"name the connector {keys.owner}, which is a reserved name; choose another")
    carrier = read.code("carrier", Carrier)
    return ConnectorId(keys.owner), keys, read.identifiers("agencies", AgencyId), carrier


def _check_new(unit: UnitOfWork, id: ConnectorId, keys: PublicKeys) -> None:
    if unit.trust.connector(id) is not None:
        raise Refused(f"connector {id} is in the register already; a new one needs a new connector id and new keys")
    for known in unit.trust.connectors():
        if known.keys.signing == keys.signing or known.keys.encryption == keys.encryption:
            raise Refused(f"these keys are those of connector {known.id}; every connector makes keys of its own")
    if unit.operators.by_key(keys.signing.id) is not None:
        raise Refused("this signing key is an operator's; every connector makes keys of its own")


def _check_agencies(unit: UnitOfWork, agencies: tuple[AgencyId, ...]) -> None:
    for agency in agencies:
        if unit.trust.agency(agency) is None:
            raise Refused(f"agency {agency} is not in the register; add it first with patchwork agency add")
        other = unit.trust.connector_for(agency)
        if other is not None:
            raise Refused(f"connector {other.id} speaks for agency {agency} already; an agency has one connector")


def _listed(agencies: tuple[AgencyId, ...]) -> str:
    """For the audit, whose texts are short; the digest of the signed statement covers the whole list in any case."""
    text = " ".join(agency.value for agency in agencies)
    return text if len(text) <= 512 else f"{len(agencies)} agencies"
