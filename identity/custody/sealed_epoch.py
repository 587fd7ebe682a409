"""A linkage epoch on its way from the keyholder to one connector, through a gateway that cannot read it.

* Signed by the keyholder (JWS, Ed25519), then encrypted to the connector's X25519 key (JWE, ECDH-ES, A256GCM).
* The signed part names the connector and its encryption key, so that a blob meant for one cannot be passed on to
  another.
* The connector has pinned the keyholder's public key: no other signature counts, whatever the blob claims.
* Headers are an allow-list, and the algorithms are fixed: nothing in the blob chooses how it is checked.
"""

import base64
import hmac
import json
from collections.abc import Sequence
from typing import Any

from joserfc import jwe, jws
from joserfc.errors import JoseError

from identity.agency.faults import KeyFault
from identity.agency.keys import DecryptionKey, PublicKeys, SigningKey, VerifyKey
from identity.custody.epoch import LinkageEpoch, from_document, to_document
from mappings.canonical.identifiers import KeyId

MAX_SEALED_BYTES = 8 * 1024
_ENCRYPTION = {"alg": "ECDH-ES", "enc": "A256GCM", "typ": "patchwork-epoch+jwe"}
_SIGNATURE = {"alg": "Ed25519", "typ": "patchwork-epoch+jws"}
_FORM = "patchwork-sealed-epoch/1"


class InvalidSealedEpoch(KeyFault):
    """The blob is not a linkage epoch from the pinned keyholder for this connector. The message names the way out."""


def seal(epoch: LinkageEpoch, to: PublicKeys, signer: SigningKey) -> bytes:
    """The epoch, signed by the keyholder and readable by `to` alone; compact JWE."""
    statement = {
        "form": _FORM,
        "connector": to.owner,
        "encryption": to.encryption.id.value,
        "epoch": to_document(epoch),
    }
    signed = jws.serialize_compact(
        {**_SIGNATURE, "kid": signer.id.value}, json.dumps(statement).encode(), signer.jose, algorithms=["Ed25519"]
    )
    header = {**_ENCRYPTION, "kid": to.encryption.id.value}
    sealed = jwe.encrypt_compact(header, signed.encode(), to.encryption.jose, algorithms=["ECDH-ES", "A256GCM"])
    return sealed.encode()


def open_sealed(data: bytes, private_keys: Sequence[DecryptionKey], keyholder_public: VerifyKey) -> LinkageEpoch:
    """The epoch in a blob sealed to one of `private_keys`. Raises `InvalidSealedEpoch`; nothing of the blob is in
    it."""
    if len(data) > MAX_SEALED_BYTES:
        raise InvalidSealedEpoch(f"a sealed linkage epoch is at most {MAX_SEALED_BYTES} bytes")
    signed, key = _decrypted(data, private_keys)
    try:
        opened = jws.deserialize_compact(signed, keyholder_public.jose, algorithms=["Ed25519"])
        _check_header(opened.headers(), {**_SIGNATURE, "kid": keyholder_public.id.value})
        statement = json.loads(opened.payload or b"")
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        raise InvalidSealedEpoch(
            "the linkage epoch is not signed by the keyholder whose key is pinned here; compare its fingerprint with "
            "the keyholder by telephone"
        ) from None
    return _read(statement, key)


def addressee(data: bytes) -> KeyId:
    """The encryption key that a blob says it is sealed to, for whoever passes it on and cannot open it. Raises
    `InvalidSealedEpoch`."""
    try:
        if len(data) > MAX_SEALED_BYTES or data.count(b".") != 4:
            raise ValueError
        header = _protected_header(data)
        kid = header.get("kid")
        _check_header({name: header[name] for name in header if name != "epk"}, {**_ENCRYPTION, "kid": str(kid)})
        return KeyId(str(kid))
    except (ValueError, TypeError, RecursionError):
        raise InvalidSealedEpoch("not a sealed linkage epoch; ask the keyholder for a new one") from None


def _decrypted(data: bytes, private_keys: Sequence[DecryptionKey]) -> tuple[bytes, DecryptionKey]:
    try:
        header = _protected_header(data)
    except (ValueError, TypeError, RecursionError):
        raise InvalidSealedEpoch("not a sealed linkage epoch; ask the keyholder for a new one") from None
    for key in private_keys:
        if not hmac.compare_digest(str(header.get("kid", "")).encode(), key.id.value.encode()):
            continue
        try:
            _check_header(
                {name: header[name] for name in header if name != "epk"}, {**_ENCRYPTION, "kid": key.id.value}
            )
            opened = jwe.decrypt_compact(data, key.jose, algorithms=["ECDH-ES", "A256GCM"])
            return bytes(opened.plaintext or b""), key
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise InvalidSealedEpoch("the sealed linkage epoch is damaged; ask the keyholder for a new one") from None
    raise InvalidSealedEpoch(
        "the linkage epoch is sealed to a key that is not ours; send the keyholder our public keys"
    )


def _protected_header(data: bytes) -> dict[str, Any]:
    """The protected header of a compact JWS or JWE, unverified. Raises `ValueError` where there is none."""
    encoded = data.split(b".", 1)[0]
    header = json.loads(base64.urlsafe_b64decode(encoded + b"=" * (-len(encoded) % 4)))
    if not isinstance(header, dict):
        raise ValueError("no protected header")
    return header


def _check_header(header: dict[str, Any], expected: dict[str, str]) -> None:
    if header != expected:
        raise ValueError("a header member that is not allowed, or an unexpected value")


def _read(statement: object, key: DecryptionKey) -> LinkageEpoch:
    if not isinstance(statement, dict) or set(statement) != {"form", "connector", "encryption", "epoch"}:
        raise InvalidSealedEpoch("a sealed linkage epoch of another form; both programs must be of one version")
    if statement["form"] != _FORM or statement["encryption"] != key.id.value:
        raise InvalidSealedEpoch("the linkage epoch was made for another connector; ask the keyholder for our own")
    try:
        return from_document(statement["epoch"])
    except KeyFault as problem:
        raise InvalidSealedEpoch(str(problem)) from None
