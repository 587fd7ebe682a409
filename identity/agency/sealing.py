"""Sign, then encrypt; decrypt, then verify: the two steps under every sealed document (envelopes, sealed linkage
epochs).

* JWS compact (RFC 7515), Ed25519 (RFC 8037, RFC 9864) over the exact bytes; then JWE compact (RFC 7516), ECDH-ES over
  X25519 with A256GCM.
* Headers are allow-lists. A member we do not expect is refused before any key is looked up: joserfc would accept a
  `jwk` beside a good
  signature, and `zip`, `crit`, `b64`, `jku`, `x5c`, `apu` have no use here.
* Keys come from the ring and the directory by thumbprint, never from the message.
* Which of several reasons made a decryption fail is not told.
"""

import json
from dataclasses import dataclass
from typing import Any, cast

from cryptography.exceptions import AlreadyFinalized, InvalidKey, InvalidTag, UnsupportedAlgorithm
from joserfc import jwe, jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import OKPKey
from joserfc.util import urlsafe_b64decode

from identity.agency.faults import BadSignature, HeaderRefused, Oversized, UnknownSigner, Unreadable
from identity.agency.key_ring import KeyRing, VerifyKeyDirectory
from identity.agency.keys import EncryptKey, SigningKey
from mappings.canonical.identifiers import InvalidIdentifier, KeyId

MAX_SEALED_BYTES = 512 * 1024
MAX_PAYLOAD_BYTES = 280 * 1024
"""What is signed. Base64 is applied twice on the way out (4/3 each), so this much still fits into
`MAX_SEALED_BYTES`."""

_MAX_HEADER_BYTES = 4 * 1024
_JWE_MEMBERS = frozenset({"alg", "enc", "kid", "epk", "typ"})
_JWS_MEMBERS = frozenset({"alg", "kid", "typ"})
_EPK_MEMBERS = {"kty", "crv", "x"}
_KEY_AGREEMENTS = ("ECDH-ES", "ECDH-ES+A256KW")
_CONTENT = "A256GCM"
_SIGNATURES = ("Ed25519", "EdDSA")
_BROKEN = (JoseError, ValueError, TypeError, KeyError, AssertionError, UnicodeError, RecursionError)
_CRYPTO = (InvalidTag, InvalidKey, UnsupportedAlgorithm, AlreadyFinalized)


class _SignatureRegistry(jws.JWSRegistry):
    """Ed25519 under both of its names; joserfc's own registry would take Ed448 keys under `EdDSA` too, and warn at each
    use."""

    max_header_length = _MAX_HEADER_BYTES
    max_payload_length = MAX_SEALED_BYTES
    max_signature_length = 88

    def get_alg(self, name: str) -> Any:
        return super().get_alg("Ed25519" if name in _SIGNATURES else name)


class _EncryptionRegistry(jwe.JWERegistry):
    max_protected_header_length = _MAX_HEADER_BYTES
    max_encrypted_key_length = 64
    max_ciphertext_length = MAX_SEALED_BYTES


# Our own allow-list has already been applied where these are used, so joserfc's (which lacks `pw` and has `jwk`) is
# not.
_jws_registry = _SignatureRegistry(algorithms=_SIGNATURES, strict_check_header=False)
_jwe_registry = _EncryptionRegistry(algorithms=[*_KEY_AGREEMENTS, _CONTENT], strict_check_header=False)


class _Asked:
    """Tells joserfc the key that a message is encrypted to.

    Of each message joserfc makes an object that holds its recipient, who holds the message again, and with them the content, in clear and
    encrypted: they would stay in memory until Python looks for circles. What it asks with is that recipient, and so the circle can be opened.
    """

    def __init__(self, recipient: EncryptKey) -> None:
        self._recipient = recipient
        self._by: list[object] = []

    def __call__(self, by: object) -> OKPKey:
        self._by.append(by)
        return self._recipient.jose

    def forget(self) -> None:
        """Once it is encrypted."""
        for each in self._by:
            vars(each).clear()


@dataclass(frozen=True, slots=True, repr=False)
class Verified:
    """Bytes whose signature was verified, the signed header beside them, and the id of the key that signed both."""

    header: dict[str, Any]
    payload: bytes
    key_id: KeyId


def sign(payload: bytes, signer: SigningKey, typ: str, **members: object) -> bytes:
    """A JWS compact document of `payload`; `members` join the signed header. Raises `Oversized`."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise Oversized(f"the content is larger than {MAX_PAYLOAD_BYTES} bytes; send less in one message")
    header = {"alg": "Ed25519", "kid": signer.id.value, "typ": typ, **members}
    return jws.serialize_compact(header, payload, signer.jose, registry=_jws_registry).encode("ascii")


def encrypt(plain: bytes, recipient: EncryptKey, typ: str) -> bytes:
    """A JWE compact document that only the owner of `recipient` opens. Raises `Oversized`."""
    header = {"alg": "ECDH-ES", "enc": _CONTENT, "kid": recipient.id.value, "typ": typ}
    asked = _Asked(recipient)
    sealed = jwe.encrypt_compact(header, plain, asked, registry=_jwe_registry).encode("ascii")
    asked.forget()
    if len(sealed) > MAX_SEALED_BYTES:
        raise Oversized(f"the sealed message is larger than {MAX_SEALED_BYTES} bytes; send less in one message")
    return sealed


def decrypt(data: bytes, keys: KeyRing, typ: str) -> bytes:
    """What is inside a JWE compact document sealed to one of `keys`. Raises `Oversized`, `HeaderRefused`,
    `Unreadable`."""
    header = _header(data, 5)
    _expect(header, _JWE_MEMBERS, typ)
    if header["alg"] not in _KEY_AGREEMENTS or header["enc"] != _CONTENT:
        raise HeaderRefused("the encryption algorithm is not one of ECDH-ES and ECDH-ES+A256KW with A256GCM")
    ephemeral = header["epk"]
    if not isinstance(ephemeral, dict) or set(ephemeral) != _EPK_MEMBERS or ephemeral["crv"] != "X25519":
        raise HeaderRefused("the ephemeral key must be an X25519 public key of kty, crv and x")
    key = keys.get(_key_id(header))
    if key is None:
        raise _cannot_open()
    try:
        opened = jwe.decrypt_compact(data, key.jose, registry=_jwe_registry)
    except (*_BROKEN, *_CRYPTO):
        raise _cannot_open() from None
    # See `_Asked`.
    plain, opened.recipient = opened.plaintext, None
    if plain is None:
        raise _cannot_open()
    return plain


def verify(data: bytes, keys: VerifyKeyDirectory, typ: str, *members: str) -> Verified:
    """The signed content of a JWS compact document whose header has exactly `members` beside alg, kid and typ.

    Raises `Oversized`, `Unreadable`, `HeaderRefused`, `UnknownSigner`, `BadSignature`.
    """
    header = _header(data, 3)
    _expect(header, _JWS_MEMBERS.union(members), typ)
    if header["alg"] not in _SIGNATURES:
        raise HeaderRefused("the signature algorithm is not Ed25519")
    key_id = _key_id(header)
    key = keys(key_id)
    if key is None or key.id != key_id:
        raise UnknownSigner("signed with a key that is not registered, or not any more")
    try:
        signed = jws.deserialize_compact(data, key.jose, registry=_jws_registry)
    except BadSignatureError:
        raise BadSignature("the signature does not fit the content and the key named in the header") from None
    except (*_BROKEN, *_CRYPTO):
        raise Unreadable("the signed part is malformed") from None
    return Verified(header, signed.payload, key_id)


def _header(data: bytes, parts: int) -> dict[str, Any]:
    if len(data) > MAX_SEALED_BYTES:
        raise Oversized(f"larger than {MAX_SEALED_BYTES} bytes")
    if data.count(b".") != parts - 1:
        raise Unreadable("malformed or cut off: not the compact form expected here")
    encoded = data[: data.index(b".")]
    if len(encoded) > _MAX_HEADER_BYTES:
        raise HeaderRefused(f"the header is larger than {_MAX_HEADER_BYTES} bytes")
    try:
        header = json.loads(urlsafe_b64decode(encoded), object_pairs_hook=_no_repeats, parse_constant=_no_constants)
    except _BROKEN:
        raise Unreadable("the header is not a JSON object in base64url") from None
    if not isinstance(header, dict):
        raise Unreadable("the header is not a JSON object in base64url")
    return cast(dict[str, Any], header)


def _expect(header: dict[str, Any], members: frozenset[str], typ: str) -> None:
    if set(header) != members:
        raise HeaderRefused(f"the header must have exactly the members {', '.join(sorted(members))}")
    if header["typ"] != typ:
        raise HeaderRefused(f"the header's typ must be {typ}")


def _key_id(header: dict[str, Any]) -> KeyId:
    try:
        return KeyId(header["kid"])
    except InvalidIdentifier:
        raise HeaderRefused("the header's kid must be a key thumbprint") from None


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member appears twice")
    return members


def _no_constants(_: str) -> None:
    raise ValueError("not JSON")


def _cannot_open() -> Unreadable:
    return Unreadable("cannot be opened: sealed to a key that is not ours or not any more, or altered on the way")
