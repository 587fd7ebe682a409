"""Agencies and the connectors that speak for them: adding and listing. What becomes of a connector then is `gateway.trust.lifecycle`.

* An agency is added by a registrar: by itself it can do nothing.
* A connector whose public keys came by hand is added by two people, who compared its fingerprint: it is approved, for its trial. (One that
  enrols by invitation comes in through `gateway.enrolment.requests`.)
* Every agency has at most one connector that is not gone; every key belongs to one connector.
"""

from collections.abc import Mapping
from typing import Any

from connectors.channel.topology import new_inbox_name
from gateway.model.connector import Carrier, Connector
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust import lifecycle
from gateway.trust.actor import Actor
from gateway.trust.capability_setting import default_for
from gateway.trust.content import Content
from gateway.trust.executor import Executor, always, never
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_approve_connector, check_may_observe, check_may_onboard
from identity.agency.faults import KeyFault
from identity.agency.keys import PublicKeys, public_document, public_from_document
from identity.agency.trust import Status
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgencyType
from mappings.canonical.identifiers import AgencyId, ConnectorId

ADD_AGENCY = "agency.add"
ADD_CONNECTOR = "connector.add"
RESERVED = frozenset({"gateway", "keyholder", "enrolment"})
GONE = (Status.REVOKED, Status.OFF_BOARDED)
_BY_HAND = "its public keys came by hand and their fingerprint was compared"


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


def add_agency(unit: UnitOfWork, change: VerifiedChange) -> Agency:
    """Add the agency that a verified `agency.add` describes. Raises `Refused`."""
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


def connector_needs_four_eyes(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    """Always; what cannot be added is refused before anybody is asked to approve it. Raises `Refused`."""
    id, keys, agencies, _ = _read_connector(content)
    _check_new(unit, id, keys)
    check_agencies(unit, agencies)
    return always(unit, content)


def add_connector(unit: UnitOfWork, change: VerifiedChange) -> Connector:
    """Add the connector that a verified `connector.add` describes: approved, with a new inbox and the limits that fit its agencies. Raises
    `Refused`."""
    id, keys, agencies, carrier = _read_connector(change.content)
    _check_new(unit, id, keys)
    found = check_agencies(unit, agencies)
    limits = default_for(agency.type for agency in found)
    connector = Connector(id, agencies, keys, Status.APPROVED, carrier, new_inbox_name(id), change.at, limits)
    lifecycle.enter(unit, connector, change.actor, _BY_HAND, Status.REQUESTED, change)
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


def check_connector_name(name: str) -> None:
    """Raises `Refused` for the names of the other parties."""
    if name in RESERVED:
        raise Refused(f"connector: {name} is a reserved name; choose another")


def check_agencies(
    unit: UnitOfWork, agencies: tuple[AgencyId, ...], except_for: ConnectorId | None = None
) -> list[Agency]:
    """The agencies. Raises `Refused` where one is not in the register, or a connector that is not gone speaks for it already."""
    found = []
    for id in agencies:
        agency = unit.trust.agency(id)
        if agency is None:
            raise Refused(f"agency {id} is not in the register; add it first with patchwork agency add")
        other = unit.trust.connector_for(id)
        if other is not None and other.id != except_for and other.status not in GONE:
            raise Refused(f"connector {other.id} speaks for agency {id} already; an agency has one connector")
        found.append(agency)
    return found


def _read_connector(
    content: Mapping[str, Any],
) -> tuple[ConnectorId, PublicKeys, tuple[AgencyId, ...], Carrier]:
    read = Content("connector", content, frozenset({"keys", "agencies", "carrier"}))
    try:
        keys = public_from_document(content["keys"])
    except KeyFault as problem:
        raise read.refusal("keys", f"cannot be used: {problem}") from None
    check_connector_name(keys.owner)
    agencies, carrier = read.identifiers("agencies", AgencyId), read.code("carrier", Carrier)
    if len(agencies) > 1:
        # One key for all of them would let whoever holds it speak for each.
        raise read.refusal(
            "agencies",
            "names several, and these keys have one signing key: invite the connector for all of them with patchwork connector invite",
        )
    return ConnectorId(keys.owner), keys, agencies, carrier


def _check_new(unit: UnitOfWork, id: ConnectorId, keys: PublicKeys) -> None:
    if unit.trust.connector(id) is not None:
        raise Refused(f"connector {id} is in the register already; a new one needs a new connector id and new keys")
    for known in unit.trust.connectors():
        if known.keys.signing == keys.signing or known.keys.encryption == keys.encryption:
            raise Refused(f"these keys are those of connector {known.id}; every connector makes keys of its own")
    if unit.operators.by_key(keys.signing.id) is not None:
        raise Refused("this signing key is an operator's; every connector makes keys of its own")


def _listed(agencies: tuple[AgencyId, ...]) -> str:
    """For the audit, whose texts are short; the digest of the signed statement covers the whole list in any case."""
    text = " ".join(agency.value for agency in agencies)
    return text if len(text) <= 512 else f"{len(agencies)} agencies"


EXECUTORS = {
    ADD_AGENCY: Executor(check_may_onboard, check_may_onboard, never, add_agency),
    ADD_CONNECTOR: Executor(
        check_may_onboard, check_may_approve_connector, connector_needs_four_eyes, add_connector, moves_connectors=True
    ),
}
