"""What operators sign is handed in here: carried out at once, or kept until a second person has signed the same bytes.

* `EXECUTORS` says of every action who may sign it, whether it takes two, and what it does.
* Whatever widens trust takes two people. The second signs the very bytes that the first signed, and nothing else is carried out.
* The second is another person: another name, another key, with a role that may approve. The first must still hold theirs.
* A proposal lapses after `LIFETIME`. Whoever could approve it, or made it, can reject it, and says why.
* Approving and carrying out are one transaction.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from gateway.alarms import answering as alarm_answering
from gateway.answers import deciding as answer_deciding
from gateway.enrolment import approval, certificates, invitations
from gateway.introducing import deciding
from gateway.keys import epoch_relay, epoch_retirement
from gateway.linkage import link_changes
from gateway.model.proposal import Proposal, ProposalState
from gateway.places import protecting as protection
from gateway.ports import UnitOfWork
from gateway.refused import NotPermitted, Refused
from gateway.review import asking
from gateway.review import deciding as review
from gateway.review import details as review_details
from gateway.rollout import planning as rollout
from gateway.rules import agreements
from gateway.rules import setting as rules
from gateway.subject_access import answering as access_answering
from gateway.subject_access import exporting as access_exporting
from gateway.subject_access import opening as access_opening
from gateway.subject_access import releasing as access_releasing
from gateway.subject_access import searching as access_searching
from gateway.trust import capability_setting, lifecycle, onboarding
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor
from gateway.trust.operators import (
    ENROL,
    Office,
    VerifiedChange,
    actor_of,
    check_partnership,
    encoded,
    enrol,
    enrolled_signer,
    enrolment_needs_four_eyes,
    record,
    verify_any,
    verify_change,
)
from gateway.trust.permissions import check_may_enrol, check_may_observe
from gateway.trust.signed_change import SignedChange, read_statement
from gateway.withholding import no_contact, overriding, restricting, shielding

LIFETIME = timedelta(days=7)
REJECT = "proposal.reject"
MAX_LISTED = 1_000
MAX_REASON = 200
_ALPHABET = "abcdefghjkmnpqrstvwxyz23456789"

EXECUTORS: dict[str, Executor] = {
    ENROL: Executor(check_may_enrol, check_may_enrol, enrolment_needs_four_eyes, enrol),
    **onboarding.EXECUTORS,
    **lifecycle.EXECUTORS,
    **approval.EXECUTORS,
    **invitations.EXECUTORS,
    **certificates.EXECUTORS,
    **epoch_relay.EXECUTORS,
    **epoch_retirement.EXECUTORS,
    **capability_setting.EXECUTORS,
    **agreements.EXECUTORS,
    **rules.EXECUTORS,
    **protection.EXECUTORS,
    **alarm_answering.EXECUTORS,
    **review.EXECUTORS,
    **review_details.EXECUTORS,
    **asking.EXECUTORS,
    **link_changes.EXECUTORS,
    **answer_deciding.EXECUTORS,
    **shielding.EXECUTORS,
    **overriding.EXECUTORS,
    **restricting.EXECUTORS,
    **access_opening.EXECUTORS,
    **access_searching.EXECUTORS,
    **access_answering.EXECUTORS,
    **access_exporting.EXECUTORS,
    **access_releasing.EXECUTORS,
    **no_contact.EXECUTORS,
    **deciding.EXECUTORS,
    **rollout.EXECUTORS,
}


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What became of a signed change. `proposal` is set, and `result` None, while it waits for a second person."""

    action: str
    result: Any = None
    proposal: Proposal | None = None

    @property
    def done(self) -> bool:
        """Whether it was carried out."""
        return self.proposal is None

    @property
    def executor(self) -> Executor:
        """How the action is carried out, and what is to follow."""
        return EXECUTORS[self.action]


def hand_in(office: Office, signed: SignedChange, lifetime: timedelta = LIFETIME) -> HandedIn:
    """Carry out what one person signed, or keep it as a proposal where it takes two. Raises `NotPermitted`, `Refused`."""
    with office.store.write() as unit:
        action, change = verify_any(unit, office, signed)
        executor = _executor(action)
        executor.check_may(change.actor)
        if not executor.needs_four_eyes(unit, change.content):
            return HandedIn(action, executor.execute(unit, change))
        proposal = Proposal(
            id=_new_id(),
            action=action,
            statement=signed.statement,
            proposer=change.actor.id,
            key=signed.key,
            signature=signed.signature,
            made_at=change.at,
            expires_at=change.at + lifetime,
        )
        unit.proposals.add(proposal)
        until = proposal.expires_at.isoformat(timespec="seconds")
        record(unit, change, "proposal-made", proposal=proposal.id, action=action, until=until)
        return HandedIn(action, proposal=proposal)


def approve(office: Office, id: str, second: SignedChange) -> HandedIn:
    """Carry out a proposal that `second` signs too: the same bytes, by another person with a role that may approve it.

    Raises `NotPermitted`, `Refused`; then the proposal stands as it stood.
    """
    with office.store.write() as unit:
        proposal = _open(unit, office, id)
        if not hmac.compare_digest(second.statement, proposal.statement):
            raise Refused(
                "what was signed is not what was proposed, byte for byte; look at the proposal, and sign that"
            )
        first = _verify_first(unit, office, proposal)
        approver = actor_of(enrolled_signer(unit, second))
        if approver.id == proposal.proposer or second.key == proposal.key:
            raise NotPermitted(f"operator {approver.id} made this proposal; another enrolled person must approve it")
        executor = _executor(proposal.action)
        executor.check_may(first.actor)
        executor.check_may_approve(approver)
        change = replace(first, approver=approver, approval=encoded(second.signature))
        result = executor.execute(unit, change)
        executed = replace(proposal, state=ProposalState.EXECUTED, closed_by=approver.id, closed_at=change.at)
        unit.proposals.save(executed)
        record(unit, change, "proposal-approved", proposal=proposal.id, action=proposal.action)
        return HandedIn(proposal.action, result)


def reject(office: Office, signed: SignedChange) -> Proposal:
    """Close the proposal that a signed `proposal.reject` names: by whoever made it, or could approve it. Raises
    `NotPermitted`, `Refused`."""
    with office.store.write() as unit:
        change = verify_change(unit, office, signed, REJECT)
        id, reason = _read_rejection(change.content)
        proposal = _open(unit, office, id)
        if change.actor.id != proposal.proposer:
            _executor(proposal.action).check_may_approve(change.actor)
        rejected = replace(
            proposal, state=ProposalState.REJECTED, closed_by=change.actor.id, closed_at=change.at, reason=reason
        )
        unit.proposals.save(rejected)
        record(unit, change, "proposal-rejected", proposal=proposal.id, action=proposal.action)
        return rejected


def rejection_content(id: str, reason: str) -> dict[str, Any]:
    """What is signed to reject a proposal. Raises `Refused` before anything is signed."""
    content = {"proposal": id, "reason": reason}
    _read_rejection(content)
    return content


def list_proposals(office: Office, actor: Actor, limit: int = 100) -> list[Proposal]:
    """The newest first, whatever became of them. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.proposals.all(max(1, min(limit, MAX_LISTED)))


def show_proposal(office: Office, actor: Actor, id: str) -> Proposal:
    """One proposal. Raises `NotPermitted`, `Refused` where there is none of that id."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return _find(unit, id)


def _open(unit: UnitOfWork, office: Office, id: str) -> Proposal:
    proposal = _find(unit, id)
    if proposal.state is not ProposalState.OPEN:
        raise Refused(f"proposal {id} was {proposal.state} by {proposal.closed_by} already; a proposal is decided once")
    if not proposal.is_open(office.clock.now()):
        raise Refused(f"proposal {id} has expired and can no longer be decided; propose it again")
    return proposal


def _find(unit: UnitOfWork, id: str) -> Proposal:
    proposal = unit.proposals.get(id)
    if proposal is None:
        raise Refused("there is no such proposal; patchwork proposal list shows those there are")
    return proposal


def _verify_first(unit: UnitOfWork, office: Office, proposal: Proposal) -> VerifiedChange:
    """The proposal as its first signer signed it: believed because the signature holds, not because we kept it."""
    signed = SignedChange(proposal.statement, proposal.key, proposal.signature)
    proposer = enrolled_signer(unit, signed)
    statement = read_statement(proposal.statement)
    check_partnership(statement, office)
    if proposer.id != proposal.proposer or statement.action != proposal.action:
        raise Refused("this proposal is not what its first signer signed; reject it, and look at who can write here")
    actor, proof = actor_of(proposer), (signed.digest, encoded(signed.signature))
    return VerifiedChange(
        actor, statement.content, office.clock.now(), *proof, matching=office.matching, signed_at=statement.at
    )


def _executor(action: str) -> Executor:
    executor = EXECUTORS.get(action)
    if executor is None:
        raise Refused("this change is of a kind that is not handed in here; use the command that it belongs to")
    return executor


def _read_rejection(content: Mapping[str, Any]) -> tuple[str, str]:
    read = Content("rejection", content, frozenset({"proposal", "reason"}))
    return read.text("proposal", 40), read.text("reason", MAX_REASON)


def _new_id() -> str:
    """Ten characters that are easily read out: about 49 random bits, for a list that people look at."""
    letters = [secrets.choice(_ALPHABET) for _ in range(10)]
    return "".join(letters[:5]) + "-" + "".join(letters[5:])
