"""An envelope: one message, signed by whoever speaks and sealed to whoever it is for. Bytes go in, verified objects
come out.

* Nothing of the message or its header is believed, or given a type, before the signature was verified.
* The destination, partnership and mode stand inside the signed bytes: an envelope that was decrypted and sealed again
  to somebody else
  is genuine and still refused there.
* Whether the signer may speak for the sender named in the header is not decided here: that is the trust register's
  (`Opened.key_id`).
* Seal at send: an envelope is good for a window around its issued-at, and an alert until its not-after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from identity.agency import envelope_header, sealing
from identity.agency.faults import BadSignature, Expired, Misdirected, Oversized, Stale
from identity.agency.key_ring import KeyRing, VerifyKeyDirectory
from identity.agency.keys import EncryptKey, SigningKey
from mappings.canonical.codes import Mode
from mappings.canonical.envelope import EnvelopeHeader, Opened
from mappings.canonical.identifiers import PartnershipId

JWS_TYPE = "patchwork+jws"
JWE_TYPE = "patchwork+jwe"
_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds in bytes of what is opened, on top of the format's own."""

    sealed: int = sealing.MAX_SEALED_BYTES
    body: int = sealing.MAX_PAYLOAD_BYTES


@dataclass(frozen=True, slots=True)
class Expectations:
    """Who the reader is: what must stand in the signed header. `sender` is set by a reader that listens to one sender
    only."""

    destination: str
    partnership: PartnershipId
    mode: Mode
    sender: str | None = None


def seal(header: EnvelopeHeader, body: bytes, signer: SigningKey, recipient: EncryptKey) -> bytes:
    """The sealed bytes, at most 512 KiB. Raises `Oversized` where the body is too big, `ValueError` where the header is
    not well formed."""
    signed = sealing.sign(body, signer, JWS_TYPE, pw=envelope_header.write(header))
    return sealing.encrypt(signed, recipient, JWE_TYPE)


def seal_all(
    messages: Sequence[tuple[EnvelopeHeader, bytes]], signer: SigningKey, recipient: EncryptKey
) -> list[bytes | None]:
    """`seal` for each, in order; None where the body is too big. Some are signed together and then encrypted together: each of the two, done
    alternately, drives what the other works with out of the processor's caches."""
    sealed: list[bytes | None] = []
    for begin in range(0, len(messages), _TOGETHER):
        signed = [_signed(header, body, signer) for header, body in messages[begin : begin + _TOGETHER]]
        sealed += [None if each is None else sealing.encrypt(each, recipient, JWE_TYPE) for each in signed]
    return sealed


def open_envelope(
    data: bytes,
    decryption_keys: KeyRing,
    verify_keys: VerifyKeyDirectory,
    expect: Expectations,
    now: datetime,
    limits: Limits | None = None,
) -> Opened:
    """Decrypt, verify, and check that it is meant for us and not expired at `now` (UTC).

    Raises only `EnvelopeFault`s: `Oversized`, `Unreadable`, `HeaderRefused`, `UnknownSigner`, `BadSignature`,
    `Misdirected`, `Expired`.
    The issued-at window is the caller's to check (`check_issued_at`): a dead letter is judged by when it was received.
    """
    limits = limits or Limits()
    if len(data) > limits.sealed:
        raise Oversized(f"larger than {limits.sealed} bytes")
    signed = sealing.decrypt(data, decryption_keys, JWE_TYPE)
    verified = sealing.verify(signed, verify_keys, JWS_TYPE, "pw")
    if len(verified.payload) > limits.body:
        raise Oversized(f"the content is larger than {limits.body} bytes")
    header = envelope_header.read(verified.header["pw"])
    _check_meant_for_us(header, expect)
    if header.not_after is not None and now >= header.not_after:
        raise Expired("its not-after has passed; the sender decides again and sends afresh")
    return Opened(header=header, body=verified.payload, key_id=verified.key_id.value)


def check_issued_at(header: EnvelopeHeader, now: datetime, window: timedelta, skew: timedelta) -> None:
    """Raises `Stale` where the envelope is older than `window` or lies more than `skew` in the future, both seen at
    `now`."""
    if header.issued_at > now + skew:
        raise Stale("issued in the future; check the clock of the sender, then seal the same content again")
    if header.issued_at < now - window:
        raise Stale("issued too long ago; seal the same content again and send that")


def is_fresh(header: EnvelopeHeader, now: datetime, window: timedelta, skew: timedelta) -> bool:
    """The boolean twin of `check_issued_at`."""
    try:
        check_issued_at(header, now, window, skew)
    except Stale:
        return False
    return True


def _signed(header: EnvelopeHeader, body: bytes, signer: SigningKey) -> bytes | None:
    try:
        return sealing.sign(body, signer, JWS_TYPE, pw=envelope_header.write(header))
    except Oversized:
        return None


def _check_meant_for_us(header: EnvelopeHeader, expect: Expectations) -> None:
    if header.partnership != expect.partnership:
        raise Misdirected("meant for another partnership")
    if header.mode != expect.mode:
        raise Misdirected("meant for the other mode: live and trial never mix")
    if header.destination != expect.destination:
        raise Misdirected("meant for another destination")
    if expect.sender is not None and header.sender != expect.sender:
        raise BadSignature("does not come from the only sender listened to here")
