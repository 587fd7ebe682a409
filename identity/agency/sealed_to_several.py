"""Text that each of a few people can open, and nobody else: the envelope under details sealed to stewards and what is sealed to the DPO.

* JWE, JSON form (RFC 7516, 7.2): A256GCM, the content key wrapped for each reader by ECDH-ES+A256KW over X25519. Padded, so that the length
  tells little of what is inside.
* Headers are an allow-list; the algorithms are fixed.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError

from identity.agency.faults import KeyFault
from identity.agency.keys import DecryptionKey, EncryptKey

MAX_SEALED_BYTES: Final = 16 * 1024
MAX_READERS: Final = 20
_WRAP: Final = "ECDH-ES+A256KW"
_CONTENT: Final = "A256GCM"
_ALGORITHMS: Final = [_WRAP, _CONTENT]
_PADDED_TO: Final = 256
BROKEN: Final = (JoseError, ValueError, TypeError, KeyError, AssertionError, RecursionError)
"""What opening or reading something that was not sealed here may raise."""


class NotOpened(KeyFault):
    """This was not sealed to this reader, or is damaged. The message holds nothing of it."""


class NotAddressed(NotOpened):
    """It is sealed, but to others."""


def seal_to(plain: bytes, readers: Sequence[EncryptKey], typ: str) -> str:
    """One line of text. Raises `ValueError` for no reader, or too many."""
    if not 1 <= len(readers) <= MAX_READERS:
        raise ValueError(f"one seals to 1 to {MAX_READERS} readers")
    padded = plain + b" " * (-len(plain) % _PADDED_TO)
    sealing = jwe.GeneralJSONEncryption({"enc": _CONTENT, "typ": typ}, padded)
    for reader in readers:
        sealing.add_recipient({"alg": _WRAP, "kid": reader.id.value}, reader.jose)
    return json.dumps(jwe.encrypt_json(sealing, None, algorithms=_ALGORITHMS), separators=(",", ":"))


def open_sealed_to(sealed: str, key: DecryptionKey, typ: str) -> bytes:
    """What is inside, for a reader it was sealed to; with its padding. Raises `NotOpened`."""
    if len(sealed) > MAX_SEALED_BYTES:
        raise NotOpened(f"what is sealed is at most {MAX_SEALED_BYTES} bytes")
    try:
        mine = _for(json.loads(sealed), key, typ)
    except BROKEN:
        raise NotOpened("this was not sealed here, or it is damaged") from None
    if mine is None:
        raise NotAddressed("this is sealed to others' keys")
    try:
        return jwe.decrypt_json(mine, key.jose, algorithms=_ALGORITHMS).plaintext or b""
    except BROKEN:
        raise NotOpened("this was not sealed here, or it is damaged") from None


def _for(document: Any, key: DecryptionKey, typ: str) -> Any:
    """The flattened form for this one reader; None where they are not among them. Raises what `BROKEN` lists."""
    from joserfc.util import urlsafe_b64decode

    if set(document) != {"protected", "iv", "ciphertext", "tag", "recipients"}:
        raise ValueError
    if json.loads(urlsafe_b64decode(document["protected"].encode("ascii"))) != {"enc": _CONTENT, "typ": typ}:
        raise ValueError
    recipients = document["recipients"]
    if not isinstance(recipients, list) or not 1 <= len(recipients) <= MAX_READERS:
        raise ValueError
    for recipient in recipients:
        header = recipient["header"]
        if (
            set(recipient) != {"header", "encrypted_key"}
            or set(header) != {"alg", "kid", "epk"}
            or header["alg"] != _WRAP
        ):
            raise ValueError
        if header["kid"] == key.id.value:
            return {name: document[name] for name in ("protected", "iv", "ciphertext", "tag")} | recipient
    return None
