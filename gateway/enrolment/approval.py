"""Approving a connector that has asked for it: what is signed names every key, and the fingerprint that its own people read out."""

from collections.abc import Mapping
from typing import Any

from gateway.model.connector import Connector
from gateway.model.enrolment_request import EnrolmentRequest
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust import lifecycle
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor
from gateway.trust.operators import Office, VerifiedChange
from gateway.trust.permissions import check_may_approve_connector, check_may_observe, check_may_onboard
from identity.agency.enrolment_keys import document, fingerprint, is_fingerprint_of
from identity.agency.trust import IllegalChange, Status, needs_four_eyes
from mappings.canonical.identifiers import ConnectorId

APPROVE = "connector.approve"
_MEMBERS = frozenset({"connector", "fingerprint", "keys"})


def approval_content(office: Office, id: str, read_out: str) -> dict[str, Any]:
    """What is signed to approve the connector whose people read out this fingerprint. Raises `Refused` before anything is
    signed."""
    connector = Content("approval", {"connector": id}, frozenset({"connector"})).identifier("connector", ConnectorId)
    with office.store.read() as unit:
        request = request_of(unit, connector)
    if not is_fingerprint_of(read_out, request.keys):
        raise Refused(
            f"this is not the fingerprint of the keys that connector {connector} handed in: ring the agency again; if it is "
            "the same, somebody else handed keys in for them. Revoke this request and invite the agency anew"
        )
    return {"connector": connector.value, "fingerprint": fingerprint(request.keys), "keys": document(request.keys)}


def checked_approval(unit: UnitOfWork, content: Mapping[str, Any]) -> EnrolmentRequest:
    """The request that a signed approval is about. Raises `Refused` where the keys are others than those that were signed."""
    read = Content("approval", content, _MEMBERS)
    request = request_of(unit, read.identifier("connector", ConnectorId))
    if content["keys"] != document(request.keys) or not is_fingerprint_of(read.text("fingerprint"), request.keys):
        raise Refused(
            f"the keys of connector {request.connector} are not those that were compared and signed; nothing was approved. "
            "Compare the fingerprint again"
        )
    return request


def approve(unit: UnitOfWork, change: VerifiedChange) -> Connector:
    """Let the connector of a verified `connector.approve` speak, in trial mode only. Raises `Refused`."""
    request = checked_approval(unit, change.content)
    reason = "its fingerprint was compared"
    try:
        return lifecycle.change(unit, request.connector, Status.APPROVED, change.actor, reason, change.at, change)
    except IllegalChange as problem:
        raise Refused(f"connector {request.connector}: {problem}") from None


def _four_eyes(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    """Always; what cannot be approved at all is refused before anybody else is asked."""
    connector = lifecycle.find(unit, checked_approval(unit, content).connector)
    try:
        return needs_four_eyes(connector.status, Status.APPROVED)
    except IllegalChange as problem:
        raise Refused(f"connector {connector.id}: {problem}") from None


def handed_in(office: Office, actor: Actor, id: str) -> EnrolmentRequest:
    """What the connector handed in, not yet believed. Raises `NotPermitted`, `Refused`."""
    check_may_observe(actor)
    connector = Content("connector", {"connector": id}, frozenset({"connector"})).identifier("connector", ConnectorId)
    with office.store.read() as unit:
        return request_of(unit, connector)


def request_of(unit: UnitOfWork, id: ConnectorId) -> EnrolmentRequest:
    """What the connector handed in. Raises `Refused` where it has not."""
    found = unit.enrolments.request(id)
    if found is None:
        raise Refused(f"connector {id} has not handed in any keys; patchwork connector list shows who has")
    return found


EXECUTORS = {
    APPROVE: Executor(check_may_onboard, check_may_approve_connector, _four_eyes, approve, moves_connectors=True),
}
