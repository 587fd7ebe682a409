"""Dishonest ways to speak, one function an attack, each taking an honest counterpart and doing what it never would.

Each returns the bytes it sent, so that a test can look for them among the dead letters.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gateway.bench.counterpart import Counterpart
from identity.agency.keys import generate
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import Person
from mappings.fhir import notice_bundle

Change = Callable[[dict[str, Any]], None]


def speak_for_another_agency(counterpart: Counterpart, person: Person, agency: AgencyId) -> bytes:
    """A genuine envelope around a notice in somebody else's name."""
    return counterpart.say(replace(counterpart.notice(person), agency=agency))


def sign_with_an_unknown_key(counterpart: Counterpart, person: Person) -> bytes:
    """All is well but the signature: a key nobody registered."""
    genuine, counterpart.keys = counterpart.keys, generate()
    try:
        return counterpart.say(counterpart.notice(person))
    finally:
        counterpart.keys = genuine


def pretend_to_be(counterpart: Counterpart, other: Counterpart, person: Person) -> bytes:
    """Another connector's name in the signed header, one's own signature under it."""
    notice = counterpart.notice(person)
    return counterpart.post(MessageKind.NOTICE, notice.id, notice_bundle.write(notice), sender=other.id.value)


def tamper(counterpart: Counterpart, person: Person, change: Change) -> bytes:
    """A notice whose JSON was changed before it was signed: the sender's own software is wrong or lying."""
    notice = counterpart.notice(person)
    document = json.loads(notice_bundle.write(notice))
    change(document)
    return counterpart.post(MessageKind.NOTICE, notice.id, json.dumps(document).encode())


def send_body(counterpart: Counterpart, person: Person, body: bytes) -> bytes:
    """A genuine envelope around any bytes at all."""
    notice = counterpart.notice(person)
    return counterpart.post(MessageKind.NOTICE, notice.id, body)


def flip_a_bit(counterpart: Counterpart, person: Person) -> bytes:
    """A genuine envelope, damaged on the way."""
    notice = counterpart.notice(person)
    sealed = bytearray(counterpart.seal(MessageKind.NOTICE, notice.id, notice_bundle.write(notice)))
    sealed[len(sealed) // 2] ^= 1
    counterpart.end.send(bytes(sealed))
    return bytes(sealed)
