"""A person who acts on the gateway: enrolled with a signing key and roles. A name alone is nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from identity.agency.keys import VerifyKey


class Role(StrEnum):
    """What an operator may do."""

    REGISTRAR = "registrar"
    SECURITY_OFFICER = "security-officer"
    IG_LEAD = "ig-lead"
    STEWARD = "steward"
    INTRODUCER = "introducer"
    DPO = "dpo"
    OPERATOR = "operator"
    OBSERVER = "observer"


@dataclass(frozen=True, slots=True)
class Operator:
    """`id` is a short work name chosen at enrolment; `key` verifies what the person signs."""

    id: str
    roles: frozenset[Role]
    key: VerifyKey
    enrolled_at: datetime
