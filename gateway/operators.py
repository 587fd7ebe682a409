"""Operators: enrolled people with a signing key and roles. Every change of the register is signed by one of them.

* A change is carried out only from the bytes that were signed, so that nobody can sign one thing and do another.
* The signature must be of an enrolled key, fresh (`FRESH`), for this partnership and this action, and used once.
* The first enrolment, on an empty register, is signed by the key that is enrolled, and the audit says that it was the
  first.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.actor import Actor
from gateway.audit import entry
from gateway.model.operator import Operator, Role
from gateway.permissions import ENROLLERS, check_may_enrol, check_may_observe
from gateway.ports import Clock, Store, UnitOfWork
from gateway.refused import NotPermitted, Refused
from gateway.signed_change import SignedChange, is_signed_by, read_statement
from identity.agency.faults import KeyFault
from identity.agency.keys import VerifyKey
from mappings.canonical.identifiers import PartnershipId

FRESH = timedelta(minutes=10)
AHEAD = timedelta(minutes=2)
ENROL = "operator.enrol"
_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")


@dataclass(frozen=True, slots=True)
class Office:
    """Where signed changes are handed in: the register of one partnership, and the time."""

    store: Store
    clock: Clock
    partnership: PartnershipId


@dataclass(frozen=True, slots=True)
class VerifiedChange:
    """A change whose signature, freshness, place and action were checked. What it contains and who signed it can be
    believed. `statement` is the digest of the signed bytes (hex), `signature` is base64url: both go into the audit."""

    actor: Actor
    content: Mapping[str, Any]
    at: datetime
    statement: str
    signature: str


def verify_change(unit: UnitOfWork, office: Office, signed: SignedChange, action: str) -> VerifiedChange:
    """The change, if an enrolled operator signed it for this action. Raises `NotPermitted`, `Refused`. Uses up its
    nonce."""
    operator = unit.operators.by_key(signed.key)
    if operator is None:
        raise NotPermitted(
            "the key that signed this is not enrolled; ask a registrar to enrol it (patchwork operator enrol)"
        )
    return _verified(
        unit, office, signed, action, operator.key, Actor(operator.id, operator.roles, "signed by enrolled key")
    )


def record(unit: UnitOfWork, change: VerifiedChange, code: str, **fields: str | int | bool) -> None:
    """Append the audit event of a change that was carried out, with the proof of who signed it."""
    event = entry(code, change.actor.id, statement=change.statement, signature=change.signature, **fields)
    unit.audit.append(change.at, event.code, event.actor, event.fields)


def enrol(office: Office, signed: SignedChange) -> Operator:
    """Enrol the operator that a signed `operator.enrol` names. Raises `NotPermitted`, `Refused`."""
    with office.store.write() as unit:
        enrolled = unit.operators.all()
        if enrolled:
            change = verify_change(unit, office, signed, ENROL)
            check_may_enrol(change.actor)
            operator = operator_from(change.content, change.at)
        else:
            change, operator = _first(unit, office, signed)
        if any(known.id == operator.id for known in enrolled):
            raise Refused(f"an operator called {operator.id} is enrolled already; choose another name")
        if unit.operators.by_key(operator.key.id) is not None:
            raise Refused("this key is enrolled already under another name; every operator has a key of their own")
        unit.operators.add(operator)
        roles = " ".join(sorted(operator.roles))
        record(
            unit,
            change,
            "operator-enrolled",
            operator=operator.id,
            roles=roles,
            key=operator.key.id.value,
            first=not enrolled,
        )
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
    known = {role.value for role in Role}
    if not isinstance(roles, list) or not roles or any(role not in known for role in roles):
        raise Refused(f"roles must be one or more of {', '.join(sorted(known))}")
    try:
        key = VerifyKey.from_jwk(content["key"])
    except KeyFault as problem:
        raise Refused(f"the operator's public key cannot be used: {problem}") from None
    return Operator(name, frozenset(Role(role) for role in roles), key, at)


def _first(unit: UnitOfWork, office: Office, signed: SignedChange) -> tuple[VerifiedChange, Operator]:
    """Nobody can vouch yet, so the person enrolled proves at least that the key is theirs."""
    operator = operator_from(read_statement(signed.statement).content, office.clock.now())
    if not operator.roles & ENROLLERS:
        raise Refused(
            f"the first operator must be able to enrol others: give the role {' or '.join(sorted(ENROLLERS))}"
        )
    if operator.key.id != signed.key:
        raise NotPermitted(
            "nobody is enrolled yet, so the first operator signs the own enrolment: use --key with that key"
        )
    actor = Actor(operator.id, operator.roles, "first enrolment, signed by own key")
    return _verified(unit, office, signed, ENROL, operator.key, actor), operator


def _verified(
    unit: UnitOfWork, office: Office, signed: SignedChange, action: str, key: VerifyKey, actor: Actor
) -> VerifiedChange:
    if not is_signed_by(signed, key):
        raise NotPermitted("the signature under this change is not of the operator whose key it names; sign it again")
    statement, now = read_statement(signed.statement), office.clock.now()
    if statement.action != action:
        raise Refused(f"this change was signed as {statement.action}, not as {action}")
    if statement.partnership != office.partnership:
        raise Refused("this change was signed for another partnership; sign it with this partnership's settings")
    if not now - FRESH <= statement.at <= now + AHEAD:
        raise Refused(
            "this change was signed too long ago or by a clock that is wrong; check the clock and sign it again"
        )
    if not unit.nonces.use(signed.key, statement.nonce, now):
        raise Refused("this signed change was handed in before; a signature is good once")
    signature = base64.urlsafe_b64encode(signed.signature).rstrip(b"=").decode()
    return VerifiedChange(actor, statement.content, now, signed.digest, signature)
