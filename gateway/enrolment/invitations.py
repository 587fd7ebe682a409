"""Inviting a connector: a registrar signs who is invited, for which agencies and until when; the secret goes to the agency alone.

* The signed statement and the register hold a hash of the secret. The token is put together where it is printed, once.
* An invitation gives no trust: whoever uses it becomes `requested`, and two people look before anything is believed of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from gateway.enrolment.facts import EnrolmentFacts
from gateway.model.connector import Carrier
from gateway.model.invitation import Invitation, InvitationState
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_observe, check_may_onboard
from identity.agency.enrolment_keys import MOST_AGENCIES
from identity.agency.invitation_token import InvitationToken, hash_of, new_secret
from identity.agency.trust import Status
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId

INVITE = "connector.invite"
WITHDRAW = "invitation.withdraw"
MOST_HOURS = 24 * 14
RESERVED = frozenset({"gateway", "keyholder", "enrolment"})
GONE = (Status.REVOKED, Status.OFF_BOARDED)
_MEMBERS = frozenset({"invitation", "connector", "agencies", "carrier", "secret_hash", "expires_at"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to invite, as the command line says it."""

    connector: str
    agencies: tuple[str, ...]
    carrier: str = "https"
    valid_hours: int = 72


def invitation_content(wanted: Wanted, now: datetime) -> tuple[dict[str, Any], str]:
    """What is signed to invite, and the secret, which is in no part of it. Raises `Refused` before anything is signed."""
    if not 1 <= wanted.valid_hours <= MOST_HOURS:
        raise Refused(f"an invitation is good for 1 to {MOST_HOURS} hours")
    secret = new_secret()
    content = {
        "invitation": str(uuid4()),
        "connector": wanted.connector,
        "agencies": list(wanted.agencies),
        "carrier": wanted.carrier,
        "secret_hash": hash_of(secret),
        "expires_at": (now + timedelta(hours=wanted.valid_hours)).isoformat(timespec="seconds"),
    }
    _read(content, Actor("nobody", frozenset(), "not signed yet"), now)
    return content, secret


def invite(unit: UnitOfWork, change: VerifiedChange) -> Invitation:
    """Keep the invitation that a verified `connector.invite` describes. Raises `Refused`."""
    invitation = _read(change.content, change.actor, change.at)
    _check_free(unit, invitation, change.at)
    unit.enrolments.add_invitation(invitation)
    agencies = " ".join(agency.value for agency in invitation.agencies)
    record(
        unit,
        change,
        "connector-invited",
        connector=invitation.connector.value,
        agencies=agencies if len(agencies) <= 512 else f"{len(invitation.agencies)} agencies",
        invitation=invitation.id.value,
        until=invitation.expires_at.isoformat(timespec="seconds"),
    )
    return invitation


def withdrawal_content(id: str) -> dict[str, Any]:
    """What is signed to withdraw an invitation. Raises `Refused` before anything is signed."""
    content = {"invitation": id}
    _read_id(content)
    return content


def withdraw(unit: UnitOfWork, change: VerifiedChange) -> Invitation:
    """Make an invitation that was not used good for nothing. Raises `Refused`."""
    found = unit.enrolments.invitation(_read_id(change.content))
    if found is None:
        raise Refused("there is no such invitation; patchwork connector invitations shows those that are open")
    if found.state(change.at) is InvitationState.USED:
        raise Refused(
            f"this invitation was used: connector {found.connector} has enrolled with it; revoke that instead"
        )
    withdrawn = replace(found, withdrawn_at=change.at)
    unit.enrolments.save_invitation(withdrawn)
    record(unit, change, "invitation-withdrawn", connector=found.connector.value, invitation=found.id.value)
    return withdrawn


def list_invitations(office: Office, actor: Actor) -> list[Invitation]:
    """Those that are open. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.enrolments.open_invitations(office.clock.now())


def token_of(invitation: Invitation, secret: str, facts: EnrolmentFacts, url: str) -> InvitationToken:
    """What the agency is given. Raises `Refused` where the secret is another invitation's."""
    if hash_of(secret) != invitation.secret_hash:
        raise Refused("this secret does not belong to the invitation")
    return InvitationToken(
        id=invitation.id,
        url=url,
        partnership=facts.partnership,
        mode=facts.side_of(Status.INVITED).mode,
        home=facts.home,
        connector=invitation.connector,
        agencies=invitation.agencies,
        carrier=invitation.carrier.value,
        gateway_signing=facts.gateway.signing.id,
        gateway_encryption=facts.gateway.encryption.id,
        keyholder=facts.keyholder.id if facts.keyholder else None,
        expires_at=invitation.expires_at,
        secret=secret,
    )


def check_agencies_free(unit: UnitOfWork, connector: ConnectorId, agencies: tuple[AgencyId, ...]) -> None:
    """Raises `Refused` where an agency is not in the register, or another connector speaks for it."""
    for agency in agencies:
        if unit.trust.agency(agency) is None:
            raise Refused(f"agency {agency} is not in the register; add it first with patchwork agency add")
        other = unit.trust.connector_for(agency)
        if other is not None and other.id != connector and other.status not in GONE:
            raise Refused(f"connector {other.id} speaks for agency {agency} already; an agency has one connector")


def _check_free(unit: UnitOfWork, invitation: Invitation, now: datetime) -> None:
    id = invitation.connector
    if unit.trust.connector(id) is not None:
        raise Refused(f"connector {id} is in the register already; a new one needs a new connector id and new keys")
    if any(other.connector == id for other in unit.enrolments.open_invitations(now)):
        raise Refused(
            f"connector {id} is invited already; withdraw that invitation first, or wait until it has expired"
        )
    check_agencies_free(unit, id, invitation.agencies)


def _read(content: Mapping[str, Any], actor: Actor, now: datetime) -> Invitation:
    read = Content("invitation", content, _MEMBERS)
    connector = read.identifier("connector", ConnectorId)
    if connector.value in RESERVED:
        raise read.refusal("connector", f"is {connector}, a reserved name; choose another")
    agencies = read.identifiers("agencies", AgencyId)
    if len(agencies) > MOST_AGENCIES:
        raise read.refusal("agencies", f"names more than {MOST_AGENCIES}; use more connectors")
    secret_hash = read.text("secret_hash", 64)
    if len(secret_hash) != 64 or not set(secret_hash) <= set("0123456789abcdef"):
        raise read.refusal("secret_hash", "must be 64 hexadecimal digits")
    return Invitation(
        id=_read_id({"invitation": content["invitation"]}),
        connector=connector,
        agencies=agencies,
        carrier=read.code("carrier", Carrier),
        secret_hash=secret_hash,
        made_by=actor.id,
        made_at=now,
        expires_at=_read_expiry(read, now),
    )


def _read_expiry(read: Content, now: datetime) -> datetime:
    try:
        expires_at = datetime.fromisoformat(read.text("expires_at", 40))
    except ValueError:
        raise read.refusal("expires_at", "must be a time with its zone") from None
    if expires_at.tzinfo is None or not now < expires_at <= now + timedelta(hours=MOST_HOURS + 1):
        raise read.refusal("expires_at", f"must lie within the next {MOST_HOURS} hours")
    return expires_at


def _read_id(content: Mapping[str, Any]) -> MessageId:
    read = Content("invitation", content, frozenset({"invitation"}))
    try:
        return MessageId(read.text("invitation", 36))
    except ValueError:
        raise read.refusal("invitation", "must be the id that patchwork connector invitations shows") from None


EXECUTORS = {
    INVITE: Executor(check_may_onboard, check_may_onboard, never, invite),
    WITHDRAW: Executor(check_may_onboard, check_may_onboard, never, withdraw),
}
