"""The keys of a connector, the gateway or the keyholder: Ed25519 to sign (RFC 8032), X25519 to be written to (RFC
7748).

* One key, one job: a signing key never decrypts and a decryption key never signs; the two are different types.
* A key's id is its RFC 7638 SHA-256 thumbprint. An id that a file or document claims must equal the one we compute.
* A private key exists in one file that only its owner can read; a file that others can read is refused, not repaired.
* Printing a key shows its id and nothing else.

Formats: JWK (RFC 8037), or PKCS#8 PEM for private keys that somebody else's tool made.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private, read_public, write_private, write_public
from mappings.canonical.identifiers import ConnectorId, InvalidIdentifier, KeyId

_PUBLIC_MEMBERS = frozenset({"kty", "crv", "x", "kid", "use", "alg"})
_SIGNING_CURVE = "Ed25519"
_ENCRYPTION_CURVE = "X25519"


class _Key:
    """A joserfc key of one curve. Immutable by convention; equal by key id, so never compares secret bytes."""

    curve: str
    private: bool

    def __init__(self, jose: OKPKey) -> None:
        if jose.curve_name != self.curve or jose.is_private != self.private:
            kind = "private" if self.private else "public"
            raise KeyFault(f"expected a {kind} {self.curve} key; make one with the enrol or keys command")
        self.jose = jose

    @cached_property
    def id(self) -> KeyId:
        """The RFC 7638 SHA-256 thumbprint of the public part."""
        return KeyId(self.jose.thumbprint())

    @classmethod
    def from_jwk(cls, jwk: object) -> Self:
        """From a JWK object. Raises `KeyFault` where it is another kind of key, or has members that a key of this kind
        does not."""
        allowed = _PUBLIC_MEMBERS | {"d"} if cls.private else _PUBLIC_MEMBERS
        if not isinstance(jwk, dict) or not all(isinstance(value, str) for value in jwk.values()):
            raise KeyFault("a key must be a JWK object whose members are text")
        if not set(jwk) <= allowed or jwk.get("kty") != "OKP" or jwk.get("crv") != cls.curve:
            raise KeyFault(
                f"expected a JWK of kty OKP, crv {cls.curve}, with no members but {', '.join(sorted(allowed))}"
            )
        try:
            key = cls(OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "d") if name in jwk}))
        except (JoseError, ValueError, KeyError, TypeError):
            raise KeyFault(f"this JWK does not hold a usable {cls.curve} key") from None
        if jwk.get("x") != key.jose.as_dict(private=False)["x"] or jwk.get("kid", key.id.value) != key.id.value:
            raise KeyFault("the parts of this JWK do not belong together (x, d and kid must be of one key)")
        return key

    def to_jwk(self) -> dict[str, str]:
        """The public JWK with its key id."""
        public: dict[str, Any] = self.jose.as_dict(private=False)
        return {"kty": "OKP", "crv": self.curve, "x": str(public["x"]), "kid": self.id.value}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self.id == other.id

    def __hash__(self) -> int:
        return hash((type(self), self.id))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id.value})"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("keys are not pickled or copied; load them from their file where they are needed")


class VerifyKey(_Key):
    """An Ed25519 public key: tells whether a signature is its owner's."""

    curve, private = _SIGNING_CURVE, False

    @cached_property
    def raw(self) -> Ed25519PublicKey:
        """The same key for `cryptography`."""
        key = self.jose.public_key
        if not isinstance(key, Ed25519PublicKey):
            raise KeyFault("not an Ed25519 public key")
        return key


class EncryptKey(_Key):
    """An X25519 public key: what is sealed to it only its owner opens."""

    curve, private = _ENCRYPTION_CURVE, False

    @cached_property
    def raw(self) -> X25519PublicKey:
        """The same key for `cryptography`."""
        key = self.jose.public_key
        if not isinstance(key, X25519PublicKey):
            raise KeyFault("not an X25519 public key")
        return key


class SigningKey(_Key):
    """An Ed25519 private key."""

    curve, private = _SIGNING_CURVE, True

    @classmethod
    def generate(cls) -> Self:
        """A new random key."""
        return cls(OKPKey.generate_key("Ed25519"))

    @cached_property
    def raw(self) -> Ed25519PrivateKey:
        """The same key for `cryptography`."""
        key = self.jose.private_key
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyFault("not an Ed25519 private key")
        return key

    @cached_property
    def public(self) -> VerifyKey:
        """The public part."""
        return VerifyKey(OKPKey.import_key(self.jose.public_key))


class DecryptionKey(_Key):
    """An X25519 private key."""

    curve, private = _ENCRYPTION_CURVE, True

    @classmethod
    def generate(cls) -> Self:
        """A new random key."""
        return cls(OKPKey.generate_key("X25519"))

    @cached_property
    def raw(self) -> X25519PrivateKey:
        """The same key for `cryptography`."""
        key = self.jose.private_key
        if not isinstance(key, X25519PrivateKey):
            raise KeyFault("not an X25519 private key")
        return key

    @cached_property
    def public(self) -> EncryptKey:
        """The public part."""
        return EncryptKey(OKPKey.import_key(self.jose.public_key))


_AnyPrivate = TypeVar("_AnyPrivate", SigningKey, DecryptionKey)


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """What everybody may know of one party: how to check its signatures, and how to write to it. `owner` is a connector
    id, or `gateway`
    or `keyholder`; empty where the document it came from does not say."""

    signing: VerifyKey
    encryption: EncryptKey
    owner: str = ""


@dataclass(frozen=True, slots=True)
class PrivateKeys:
    """Both private keys of one party, as `generate` makes them."""

    signing: SigningKey
    decryption: DecryptionKey

    def public(self, owner: str = "") -> PublicKeys:
        """What may be handed out."""
        return PublicKeys(self.signing.public, self.decryption.public, owner)


def generate() -> PrivateKeys:
    """New random signing and decryption keys."""
    return PrivateKeys(SigningKey.generate(), DecryptionKey.generate())


def save_private(path: Path, key: SigningKey | DecryptionKey) -> None:
    """Write one private key as JWK with mode 0600. Never overwrites. Raises `KeyFault`."""
    private: dict[str, Any] = key.jose.as_dict(private=True)
    write_private(path, json.dumps({**key.to_jwk(), "d": private["d"]}).encode())


def load_signing(path: Path) -> SigningKey:
    """The Ed25519 private key in a file that only its owner can read. Raises `KeyFault`, naming the file and the way
    out."""
    return _load(path, SigningKey)


def load_decryption(path: Path) -> DecryptionKey:
    """The X25519 private key in a file that only its owner can read. Raises `KeyFault`, naming the file and the way
    out."""
    return _load(path, DecryptionKey)


def load_private(path: Path) -> SigningKey | DecryptionKey:
    """Whichever of the two kinds the file holds, as JWK or PKCS#8 PEM. Raises `KeyFault`, naming the file and the way
    out."""
    data = read_private(path)
    try:
        return _parse(data)
    except KeyFault as problem:
        raise KeyFault(f"{path}: {problem}") from None
    except (JoseError, ValueError, TypeError, KeyError, RecursionError, UnsupportedAlgorithm):
        raise KeyFault(f"{path} does not hold a private key as JWK or unencrypted PKCS#8 PEM") from None


def public_document(keys: PublicKeys) -> dict[str, Any]:
    """The JSON object in which public keys are handed from party to party."""
    return {"connector": keys.owner, "signing": keys.signing.to_jwk(), "encryption": keys.encryption.to_jwk()}


def public_from_document(document: object) -> PublicKeys:
    """The reverse of `public_document`, from an untrusted object. Raises `KeyFault`."""
    if not isinstance(document, dict) or set(document) != {"connector", "signing", "encryption"}:
        raise KeyFault('public keys are a JSON object with exactly "connector", "signing" and "encryption"')
    owner = document["connector"]
    try:
        ConnectorId(owner)
    except InvalidIdentifier as problem:
        raise KeyFault(f'the "connector" of these public keys is {problem}') from None
    return PublicKeys(VerifyKey.from_jwk(document["signing"]), EncryptKey.from_jwk(document["encryption"]), owner)


def save_public(path: Path, keys: PublicKeys) -> None:
    """Write the public document. Replaces an older one. Raises `KeyFault`."""
    write_public(path, json.dumps(public_document(keys), indent=2).encode() + b"\n")


def load_public(path: Path) -> PublicKeys:
    """The public keys in a file made by `save_public`. Raises `KeyFault`, naming the file."""
    try:
        return public_from_document(json.loads(read_public(path)))
    except (ValueError, RecursionError):
        raise KeyFault(f"{path} is not JSON; expected the public keys file of a connector") from None
    except KeyFault as problem:
        raise KeyFault(f"{path}: {problem}") from None


def _load(path: Path, kind: type[_AnyPrivate]) -> _AnyPrivate:
    key = load_private(path)
    if not isinstance(key, kind):
        raise KeyFault(f"{path} holds a key of the other kind; expected a private {kind.curve} key")
    return key


def _parse(data: bytes) -> SigningKey | DecryptionKey:
    if not data.lstrip().startswith(b"{"):
        jose = OKPKey.import_key(data)
        return SigningKey(jose) if jose.curve_name == _SIGNING_CURVE else DecryptionKey(jose)
    jwk = json.loads(data)
    return SigningKey.from_jwk(jwk) if jwk.get("crv") == _SIGNING_CURVE else DecryptionKey.from_jwk(jwk)
