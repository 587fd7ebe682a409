"""Which fields of the audit can be erased, and how the chain holds on to them all the same.

* A field that names one person, pair or message is not covered by the chain itself. The chain covers a commitment to it: a keyed digest
  under a salt of that event alone. Salt and field stand beside the chain, and can be erased together.
* With them there anybody can see that the field is the one written. Without them the commitment tells nothing, not even whether two
  events are about the same: every salt is 32 random bytes.
* What says who acted, what was decided, under which rules and when is never erased.
"""

import hashlib
import hmac
from collections.abc import Mapping

from gateway.audit.chain import canonical
from gateway.audit.recording import CATALOGUE
from gateway.model.audit_event import AuditFields

SALT_BYTES = 32

PERSONAL = frozenset({"alert", "connection", "record", "others", "case", "message", "request"})
"""Committed in every event. Of `SUBJECTS` an event is about the first that it has."""

SUBJECTS = ("connection", "alert", "case", "record", "request", "message")

# Who told whom is said of one pair of agencies, and of which records they may be.
_OF_A_PAIR: dict[str, frozenset[str]] = {
    "alert-sent": frozenset({"agency", "about_agency"}),
    "alert-lapsed": frozenset({"agency"}),
    "introduction-asked": frozenset({"agency", "digest"}),
    "review-case-opened": frozenset({"first_agency", "second_agency"}),
    "review-record-asked": frozenset({"agency"}),
    "access-answered": frozenset({"item", "agency"}),
    "access-decided": frozenset({"item"}),
    "access-released": frozenset({"answer"}),
    "record-unlinked": frozenset({"link"}),
    "record-relinked": frozenset({"link"}),
    "shield-placed": frozenset({"agency"}),
    "restriction-placed": frozenset({"agency"}),
    "answer-taken": frozenset({"agency"}),
    "dead-letter-discarded": frozenset({"digest"}),
}

# The digest of a sealed message names it as well as its id does.
_OF_A_MESSAGE = frozenset(code for code, fields in CATALOGUE.items() if {"message", "digest"} <= set(fields))
OF_A_PAIR: dict[str, frozenset[str]] = {
    code: _OF_A_PAIR.get(code, frozenset()) | ({"digest"} if code in _OF_A_MESSAGE else frozenset())
    for code in _OF_A_PAIR.keys() | _OF_A_MESSAGE
}
_FORM = "patchwork-commitment-1"


def split(code: str, fields: AuditFields) -> tuple[AuditFields, AuditFields]:
    """The fields that stay in the chain, and those that are committed."""
    committed = PERSONAL | OF_A_PAIR.get(code, frozenset())
    stay = {name: value for name, value in fields.items() if name not in committed}
    return stay, {name: value for name, value in fields.items() if name in committed}


def subject_of(fields: AuditFields) -> str | None:
    """What an event is about, as `connection:ID`; None for what is about nobody. Everything of one subject is erased together."""
    for name in SUBJECTS:
        if fields.get(name):
            return f"{name}:{fields[name]}"
    return None


def commit(salt: bytes, fields: AuditFields) -> dict[str, str]:
    """The commitment to each field: HMAC-SHA-256 under the salt, hex, over the canonical JSON of its name and value."""
    return {
        name: hmac.digest(salt, canonical([_FORM, name, value]), hashlib.sha256).hex() for name, value in fields.items()
    }


def opens(salt: bytes, fields: AuditFields, commitments: Mapping[str, str]) -> bool:
    """Whether salt and fields are those that were committed to."""
    return commit(salt, fields) == dict(commitments)
