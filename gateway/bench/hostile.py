"""Dishonest ways to speak, one function an attack, each taking an honest counterpart and doing what it never would.

Each returns the bytes it sent, so that a test can look for them among the dead letters.
"""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from joserfc import jwe

from gateway.bench.counterpart import Counterpart
from identity.agency import envelope_header
from identity.agency.envelope import JWE_TYPE, JWS_TYPE
from identity.agency.keys import SigningKey, VerifyKey, generate
from identity.agency.sealing import encrypt
from mappings.canonical.codes import MessageKind
from mappings.canonical.envelope import GATEWAY, EnvelopeHeader
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.notice import Notice
from mappings.canonical.person import Person
from mappings.canonical.receipt import Receipt
from mappings.fhir import notice_bundle, receipt_bundle

# What no honest program would read or write: any header, and compression.
_LOOSE = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM", "DEF"], strict_check_header=False)

Sign = Callable[[bytes], bytes]
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


def settle_unasked(counterpart: Counterpart, alert: MessageId, receipt: Receipt) -> bytes:
    """A receipt for an alert that one was never sent."""
    return counterpart.post(MessageKind.RECEIPT, alert, receipt_bundle.write(receipt))


def signed_part(counterpart: Counterpart, notice: Notice, sign: Sign, pw: Any = None, **members: object) -> bytes:
    """What is inside an envelope, with any members in its header, made by any way of signing. `pw` replaces the envelope's own header."""
    header = {
        "alg": "Ed25519",
        "kid": counterpart.keys.signing.id.value,
        "typ": JWS_TYPE,
        "pw": pw or envelope_header.write(header_of(counterpart, notice)),
        **members,
    }
    signed = b".".join((_base64(json.dumps(header).encode()), _base64(notice_bundle.write(notice))))
    return b".".join((signed, _base64(sign(signed))))


def header_of(counterpart: Counterpart, notice: Notice) -> EnvelopeHeader:
    """The header that an honest envelope around the notice would have."""
    place = counterpart.place
    return EnvelopeHeader(
        kind=MessageKind.NOTICE,
        message=MessageId(str(uuid.uuid4())),
        about=notice.id,
        sender=counterpart.id.value,
        destination=GATEWAY,
        partnership=place.partnership,
        mode=place.mode,
        issued_at=counterpart.clock.now().replace(microsecond=0),
        agreement=place.agreement,
        agreement_version=place.agreement_version,
    )


def sealed_part(counterpart: Counterpart, signed: bytes) -> bytes:
    """Anything, sealed to the gateway: whoever has its public key can do that."""
    return encrypt(signed, counterpart.place.gateway.encryption, JWE_TYPE)


def oddly_sealed_part(counterpart: Counterpart, signed: bytes, **members: object) -> bytes:
    """The same, with any members in the outer header (`zip` compresses)."""
    key = counterpart.place.gateway.encryption
    header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key.id.value, "typ": JWE_TYPE, **members}
    return jwe.encrypt_compact(header, signed, key.jose, registry=_LOOSE).encode("ascii")


def properly(key: SigningKey) -> Sign:
    """A good signature."""
    return key.raw.sign


def not_at_all(_: bytes) -> bytes:
    """No signature, as `alg: none` has it."""
    return b""


def with_the_public_key_as_secret(key: VerifyKey) -> Sign:
    """HMAC under what everybody knows: a reader that takes the algorithm from the header would find it good."""
    return lambda signed: hmac.digest(key.raw.public_bytes_raw(), signed, hashlib.sha256)


def swap(one: bytes, other: bytes, part: int) -> bytes:
    """The first document with one of its dotted parts taken from the second."""
    parts = one.split(b".")
    parts[part] = other.split(b".")[part]
    return b".".join(parts)


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
