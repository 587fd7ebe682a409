"""A connector hands in its keys with an invitation. Nothing of it is believed yet: two people compare its fingerprint first.

* Every part proves itself: each signing key by a signature, the TLS key by its request, the invitation by its secret.
* A wrong secret is counted against the invitation it names, and enough of them make it useless (`MOST_WRONG_TRIES`). Whether an
  invitation was used or has expired is told only to somebody who knows its secret.
* The same application again gets the same answer, because an answer can be lost on the way; other keys do not.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.channel.topology import new_inbox_name
from gateway.audit.recording import entry
from gateway.enrolment.invitations import check_agencies_free
from gateway.model.connector import AgencyKey, Connector
from gateway.model.enrolment_request import EnrolmentRequest
from gateway.model.invitation import Invitation, InvitationState
from gateway.ports import Clock, Store, UnitOfWork
from gateway.refused import Refused
from gateway.trust import lifecycle
from gateway.trust.actor import Actor
from identity.agency.enrolment_keys import EnrolmentKeys
from identity.agency.invitation_token import hash_of
from identity.agency.tls_key import CertificateRequest
from identity.agency.trust import Status
from mappings.canonical.identifiers import MessageId

# Nobody of the office does it: the invitation that somebody signed lets the agency do it.
ACTOR = Actor("enrolment", frozenset(), "knew the secret of the invitation")
# Compared with where there is no invitation, so that an unknown id takes as long as a wrong secret.
_NOBODYS = "0" * 64
_WRONG = "this invitation is not known here, or its secret is another; use the text exactly as the registrar sent it"
_STATES = {
    InvitationState.USED: "this invitation was used already, with other keys; tell the registrar if that was not you, and ask for a new one",
    InvitationState.EXPIRED: "this invitation has expired; ask the registrar for a new one",
    InvitationState.WITHDRAWN: "this invitation was withdrawn; ask the registrar why",
    InvitationState.LOCKED: "this invitation was tried with a wrong secret too often and is good no more; ask the registrar for a new one",
}


class EnrolmentRefused(Refused):
    """`code` is a stable word: invitation-wrong, -used, -expired, -withdrawn, -locked, or what is wrong with the application."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Application:
    """What came in, already read and its proofs checked. The secret is not checked yet."""

    invitation: MessageId
    secret: str
    keys: EnrolmentKeys
    certificate_request: CertificateRequest

    def __repr__(self) -> str:
        return f"Application({self.invitation})"


def apply(store: Store, clock: Clock, application: Application) -> EnrolmentRequest:
    """Take the application in: the connector is `requested` from now on. Raises `EnrolmentRefused`, and `StoreDown`."""
    _check_in_passing(store, clock, application)
    with store.write() as unit:
        now = clock.now()
        invitation = unit.enrolments.invitation(application.invitation)
        refusal = _refusal(invitation, application, now) or _repeated(unit, invitation, application)
        if refusal is None and invitation is not None:
            refusal = _mismatch(unit, invitation, application)
            if refusal is None:
                return _request_of(unit, application) or _accept(unit, invitation, application, now)
        _count(unit, invitation, refusal, now)
    raise refusal or EnrolmentRefused("invitation-wrong", _WRONG)


def _check_in_passing(store: Store, clock: Clock, application: Application) -> None:
    """What can be refused without the register lock, so that strangers hold nobody up."""
    with store.read() as unit:
        invitation = unit.enrolments.invitation(application.invitation)
    if invitation is None or invitation.state(clock.now()) is InvitationState.LOCKED:
        raise _refusal(invitation, application, clock.now()) or EnrolmentRefused("invitation-wrong", _WRONG)


def _refusal(invitation: Invitation | None, application: Application, now: datetime) -> EnrolmentRefused | None:
    expected = invitation.secret_hash if invitation else _NOBODYS
    genuine = hmac.compare_digest(hash_of(application.secret).encode(), expected.encode())
    if invitation is None:
        return EnrolmentRefused("invitation-wrong", _WRONG)
    state = invitation.state(now)
    if state is InvitationState.LOCKED:
        return EnrolmentRefused("invitation-locked", _STATES[state])
    if not genuine:
        return EnrolmentRefused("invitation-wrong", _WRONG)
    if state in (InvitationState.OPEN, InvitationState.USED):
        return None
    return EnrolmentRefused(f"invitation-{state}", _STATES[state])


def _repeated(unit: UnitOfWork, invitation: Invitation | None, application: Application) -> EnrolmentRefused | None:
    """An invitation that was used is good for the very same keys only."""
    if invitation is None or invitation.used_at is None:
        return None
    if _request_of(unit, application) is not None:
        return None
    return EnrolmentRefused("invitation-used", _STATES[InvitationState.USED])


def _request_of(unit: UnitOfWork, application: Application) -> EnrolmentRequest | None:
    """What these same keys handed in with this same invitation before."""
    found = unit.enrolments.request(application.keys.connector)
    if found is None or found.invitation != application.invitation or found.keys != application.keys:
        return None
    return found


def _mismatch(unit: UnitOfWork, invitation: Invitation, application: Application) -> EnrolmentRefused | None:
    keys = application.keys
    if keys.connector != invitation.connector or set(keys.agencies) != set(invitation.agencies):
        return EnrolmentRefused(
            "invitation-other",
            "the keys are for another connector or other agencies than the invitation; enrol again with it",
        )
    if invitation.used_at is not None:
        return None
    if unit.trust.connector(keys.connector) is not None or _keys_taken(unit, keys):
        return EnrolmentRefused(
            "keys-taken",
            "this connector id or one of these keys is in use already; make new keys, or ask the registrar",
        )
    try:
        check_agencies_free(unit, keys.connector, keys.agencies)
    except Refused as problem:
        return EnrolmentRefused("agency-taken", str(problem))
    return None


def _keys_taken(unit: UnitOfWork, keys: EnrolmentKeys) -> bool:
    signing = {key.id for _, key in keys.signing}
    if any(unit.trust.connector_by_key(id) or unit.operators.by_key(id) for id in signing):
        return True
    if any(keys.encryption == known.keys.encryption for known in unit.trust.connectors()):
        return True
    others = [request.keys for request in unit.enrolments.requests()]
    return any(keys.tls == other.tls or signing & {key.id for _, key in other.signing} for other in others)


def _accept(unit: UnitOfWork, invitation: Invitation, application: Application, now: datetime) -> EnrolmentRequest:
    keys = application.keys
    connector = Connector(
        id=keys.connector,
        agencies=invitation.agencies,
        keys=keys.first,
        status=Status.REQUESTED,
        carrier=invitation.carrier,
        inbox=new_inbox_name(keys.connector),
        since=now,
        signing=tuple(AgencyKey(agency, key, now) for agency, key in keys.signing),
    )
    request = EnrolmentRequest(keys.connector, invitation.id, keys, application.certificate_request.pem, now)
    lifecycle.enter(unit, connector, ACTOR, "it handed in its keys with its invitation", Status.INVITED)
    unit.enrolments.add_request(request)
    unit.enrolments.save_invitation(replace(invitation, used_at=now))
    signing = " ".join(key.id.value for _, key in keys.signing)
    event = entry(
        "enrolment-requested",
        ACTOR.id,
        connector=keys.connector.value,
        invitation=invitation.id.value,
        signing_keys=signing if len(signing) <= 512 else f"{len(keys.signing)} keys",
        encryption_key=keys.encryption.id.value,
        tls_key=keys.tls,
    )
    unit.audit.append(now, event.code, event.actor, event.fields)
    return request


def _count(unit: UnitOfWork, invitation: Invitation | None, refusal: EnrolmentRefused | None, now: datetime) -> None:
    """A refusal of a known invitation is written down; a wrong secret brings it nearer to being locked."""
    if invitation is None or refusal is None:
        return
    if refusal.code == "invitation-wrong":
        unit.enrolments.save_invitation(replace(invitation, wrong_tries=invitation.wrong_tries + 1))
    event = entry("enrolment-refused", ACTOR.id, invitation=invitation.id.value, reason=refusal.code)
    unit.audit.append(now, event.code, event.actor, event.fields)
