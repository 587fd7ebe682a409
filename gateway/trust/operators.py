"""Operators: enrolled people with a signing key and roles. Every change of the register is signed by one of them.

* A change is carried out only from the bytes that were signed, so that nobody can sign one thing and do another.
* The signature must be of an enrolled key, fresh (`FRESH`), for this partnership and this action, and used once.
* The first enrolment, on an empty register, is signed by the key that is enrolled, and the audit says that it was the
  first. The second person is enrolled by the first. From then on an enrolment takes two (`gateway.trust.proposals`).
* A key is enrolled once, under one name, so that one person cannot sign as two.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.audit.recording import entry
from gateway.linkage.matching import Matching, no_matching
from gateway.model.operator import Operator, Role
from gateway.ports import Clock, Store, UnitOfWork
from gateway.refused import NotPermitted, Refused
from gateway.trust.actor import Actor
from gateway.trust.permissions import ENROLLERS, check_may_observe
from gateway.trust.signed_change import ChangeStatement, SignedChange, is_signed_by, read_statement
from identity.agency.faults import KeyFault
from identity.agency.keys import VerifyKey
from identity.custody.access_actions import ACCESS_OPENED, RELEASE, SEARCH
from identity.custody.decision_file import CONFIRM, OPENED, REFUSE
from mappings.canonical.identifiers import PartnershipId

FRESH = timedelta(minutes=10)
AHEAD = timedelta(minutes=2)
_BY_HAND = timedelta(hours=20)
CARRIED = {
    OPENED: timedelta(days=31),
    CONFIRM: _BY_HAND,
    REFUSE: _BY_HAND,
    SEARCH: _BY_HAND,
    ACCESS_OPENED: _BY_HAND,
    RELEASE: _BY_HAND,
}
"""How long what a steward or a DPO signs on their own machine is good: it is brought here by hand. A decision for less than nonces are
kept; that details were opened is recorded also when it comes late, and once, by its digest (`gateway.review.details`)."""
ENROL = "operator.enrol"
_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")
_RESERVED = frozenset({"local", "relay", "linkage", "gateway", "keyholder", "enrolment", "authority", "alarms"})


@dataclass(frozen=True, slots=True)
class Office:
    """Where signed changes are handed in: the register of one partnership, and the time. `matching` is what changes of links need; it is asked
    for only then, and raises `Refused` or `KeyFault` where it cannot be had."""

    store: Store
    clock: Clock
    partnership: PartnershipId
    matching: Callable[[], Matching] = no_matching


@dataclass(frozen=True, slots=True)
class VerifiedChange:
    """A change whose signature, freshness, place and action were checked. What it contains and who signed it can be
    believed. `statement` is the digest of the signed bytes (hex), `signature` is base64url: both go into the audit.

    `approver` and `approval` are the second person and that person's signature over the same bytes, where there is one.
    """

    actor: Actor
    content: Mapping[str, Any]
    at: datetime
    statement: str
    signature: str
    approver: Actor | None = None
    approval: str = ""
    matching: Callable[[], Matching] = no_matching
    signed_at: datetime | None = None

    @property
    def approved_by(self) -> str:
        """The second person's name; empty where one person was enough."""
        return self.approver.id if self.approver else ""


def verify_change(unit: UnitOfWork, office: Office, signed: SignedChange, action: str) -> VerifiedChange:
    """The change, if an enrolled operator signed it for this action. Raises `NotPermitted`, `Refused`. Uses up its
    nonce."""
    operator = enrolled_signer(unit, signed)
    statement = read_statement(signed.statement)
    if statement.action != action:
        raise Refused(f"this change was signed as {statement.action}, not as {action}")
    return fresh_change(unit, office, signed, statement, actor_of(operator))


def verify_any(unit: UnitOfWork, office: Office, signed: SignedChange) -> tuple[str, VerifiedChange]:
    """The change and the action it was signed as, whatever that is. On an empty register only the first operator's own
    enrolment is one. Raises `NotPermitted`, `Refused`. Uses up its nonce."""
    if not unit.operators.all():
        return ENROL, _first(unit, office, signed)
    operator = enrolled_signer(unit, signed)
    statement = read_statement(signed.statement)
    return statement.action, fresh_change(unit, office, signed, statement, actor_of(operator))


def enrolled_signer(unit: UnitOfWork, signed: SignedChange) -> Operator:
    """The operator whose enrolled key signed these very bytes. Raises `NotPermitted`."""
    operator = unit.operators.by_key(signed.key)
    if operator is None:
        raise NotPermitted(
            "the key that signed this is not enrolled; ask a registrar to enrol it (patchwork operator enrol)"
        )
    if not is_signed_by(signed, operator.key):
        raise NotPermitted("the signature under this change is not of the operator whose key it names; sign it again")
    return operator


def actor_of(operator: Operator) -> Actor:
    """The person as a use case sees them."""
    return Actor(operator.id, operator.roles, "signed by enrolled key")


def fresh_change(
    unit: UnitOfWork, office: Office, signed: SignedChange, statement: ChangeStatement, actor: Actor
) -> VerifiedChange:
    """The verified statement as a change, if it was made here and now, and is handed in for the first time. Raises
    `Refused`."""
    now = office.clock.now()
    check_partnership(statement, office)
    if not now - CARRIED.get(statement.action, FRESH) <= statement.at <= now + AHEAD:
        raise Refused(
            "this change was signed too long ago or by a clock that is wrong; check the clock and sign it again"
        )
    # Whoever else signs a proposed statement approves it; handed in anew it would be a second change of the same words.
    proposed = unit.proposals.by_statement(signed.digest) is not None
    if proposed or not unit.nonces.use(signed.key, statement.nonce, now):
        raise Refused("this signed change was handed in before; a signature is good once")
    proof = (signed.digest, encoded(signed.signature))
    return VerifiedChange(actor, statement.content, now, *proof, matching=office.matching, signed_at=statement.at)


def check_partnership(statement: ChangeStatement, office: Office) -> None:
    """Raises `Refused` for a statement that was signed for another partnership."""
    if statement.partnership != office.partnership:
        raise Refused("this change was signed for another partnership; sign it with this partnership's settings")


def encoded(signature: bytes) -> str:
    """As the audit writes it: base64url without padding."""
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def record(unit: UnitOfWork, change: VerifiedChange, code: str, **fields: str | int | bool) -> None:
    """Append the audit event of a change that was carried out, with the proof of who signed it."""
    proof = {"statement": change.statement, "signature": change.signature}
    if change.approver is not None:
        proof |= {"approved_by": change.approved_by, "approval": change.approval}
    event = entry(code, change.actor.id, **proof, **fields)
    unit.audit.append(change.at, event.code, event.actor, event.fields)


def enrolment_needs_four_eyes(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    """Whether two people are enrolled already. Raises `Refused` for an enrolment that cannot be."""
    _check_new(unit, operator_from(content, datetime.min))
    return len(unit.operators.all()) >= 2


def enrol(unit: UnitOfWork, change: VerifiedChange) -> Operator:
    """Enrol the operator that a verified `operator.enrol` names. Raises `Refused`."""
    operator = operator_from(change.content, change.at)
    first = not unit.operators.all()
    _check_new(unit, operator)
    unit.operators.add(operator)
    roles = " ".join(sorted(operator.roles))
    record(unit, change, "operator-enrolled", operator=operator.id, roles=roles, key=operator.key.id.value, first=first)
    return operator


def list_operators(office: Office, actor: Actor) -> list[Operator]:
    """Everybody enrolled, in order of enrolment. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.operators.all()


def enrolment_content(name: str, roles: list[str], key: VerifyKey) -> dict[str, Any]:
    """What is signed to enrol an operator. Raises `Refused`, naming what is wrong, before anything is signed."""
    content = {"name": name, "roles": sorted(set(roles)), "key": key.to_jwk()}
    operator_from(content, datetime.min)
    return content


def operator_from(content: Mapping[str, Any], at: datetime) -> Operator:
    """The operator that the content of an enrolment describes. Raises `Refused`."""
    if set(content) != {"name", "roles", "key"}:
        raise Refused("an enrolment has exactly the members name, roles and key")
    name, roles = content["name"], content["roles"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Refused("an operator's name must be 2 to 40 of a-z, 0-9 and -, beginning with a letter")
    if name in _RESERVED:
        raise Refused(f"{name} is a reserved name; choose another for the operator")
    known = {role.value for role in Role}
    if not isinstance(roles, list) or not roles or any(role not in known for role in roles):
        raise Refused(f"roles must be one or more of {', '.join(sorted(known))}")
    try:
        key = VerifyKey.from_jwk(content["key"])
    except KeyFault as problem:
        raise Refused(f"the operator's public key cannot be used: {problem}") from None
    return Operator(name, frozenset(Role(role) for role in roles), key, at)


def _check_new(unit: UnitOfWork, operator: Operator) -> None:
    if any(known.id == operator.id for known in unit.operators.all()):
        raise Refused(f"an operator called {operator.id} is enrolled already; choose another name")
    if unit.operators.by_key(operator.key.id) is not None:
        raise Refused("this key is enrolled already under another name; every operator has a key of their own")
    if unit.trust.connector_by_key(operator.key.id) is not None:
        raise Refused("this key is a connector's; every operator has a key of their own")


def _first(unit: UnitOfWork, office: Office, signed: SignedChange) -> VerifiedChange:
    """Nobody can vouch yet, so the person enrolled proves at least that the key is theirs."""
    statement = read_statement(signed.statement)
    if statement.action != ENROL:
        raise NotPermitted("nobody is enrolled yet; enrol the first operator with patchwork operator enrol")
    operator = operator_from(statement.content, office.clock.now())
    if not operator.roles & ENROLLERS:
        raise Refused(
            f"the first operator must be able to enrol others: give the role {' or '.join(sorted(ENROLLERS))}"
        )
    if operator.key.id != signed.key:
        raise NotPermitted(
            "nobody is enrolled yet, so the first operator signs the own enrolment: use --key with that key"
        )
    if not is_signed_by(signed, operator.key):
        raise NotPermitted("the signature under this change is not of the operator whose key it names; sign it again")
    actor = Actor(operator.id, operator.roles, "first enrolment, signed by own key")
    return fresh_change(unit, office, signed, statement, actor)
