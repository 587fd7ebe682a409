"""What an agency's connector hands over at its enrolment: every public key it will be known by, and the proof that it holds each.

* One signing key for each agency it speaks for, one encryption key, one TLS key.
* The fingerprint that two people compare covers all of them, the agencies and the connector's name: nothing can be exchanged
  afterwards without its changing.
* A proof is a signature over the invitation's id and the digest of the whole document, so that a proof made for one enrolment
  cannot be shown at another.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature

from identity.agency.faults import KeyFault
from identity.agency.keys import EncryptKey, PublicKeys, SigningKey, VerifyKey
from identity.agency.private_file import read_public
from mappings.canonical.identifiers import AgencyId, ConnectorId, InvalidIdentifier

MOST_AGENCIES = 50
_FORM = "patchwork-enrolment-keys/1"
_MEMBERS = frozenset({"form", "connector", "signing", "encryption", "tls"})
_DOMAIN = b"patchwork-enrolment-proof/1\n"
_HANDOVER = b"patchwork-key-handover/1\n"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DIGITS = 32


@dataclass(frozen=True, slots=True)
class EnrolmentKeys:
    """`signing` has one key for each agency, all different. `tls` is SHA-256 over the TLS key's SubjectPublicKeyInfo, hex."""

    connector: ConnectorId
    signing: tuple[tuple[AgencyId, VerifyKey], ...]
    encryption: EncryptKey
    tls: str

    def __post_init__(self) -> None:
        agencies, keys = {agency for agency, _ in self.signing}, {key for _, key in self.signing}
        if not 1 <= len(self.signing) <= MOST_AGENCIES or len(agencies) != len(self.signing):
            raise KeyFault(f"a connector brings one signing key for each of 1 to {MOST_AGENCIES} agencies")
        if len(keys) != len(self.signing):
            raise KeyFault("every agency has a signing key of its own; the same key was brought for two")
        if not _DIGEST.fullmatch(self.tls):
            raise KeyFault("the digest of the TLS key must be 64 lower-case hexadecimal digits")

    @property
    def agencies(self) -> tuple[AgencyId, ...]:
        """Those it would speak for."""
        return tuple(agency for agency, _ in self.signing)

    @property
    def first(self) -> PublicKeys:
        """The keys by which the connector itself is addressed: the first agency's signing key, and the encryption key."""
        return PublicKeys(self.signing[0][1], self.encryption, self.connector.value)

    def to_bytes(self) -> bytes:
        """The one way of writing the document: sorted members, no spaces."""
        return json.dumps(document(self), sort_keys=True, separators=(",", ":")).encode()


def document(keys: EnrolmentKeys) -> dict[str, Any]:
    """The JSON object that is handed over. Nothing in it is secret."""
    return {
        "form": _FORM,
        "connector": keys.connector.value,
        "signing": [{"agency": agency.value, "key": key.to_jwk()} for agency, key in keys.signing],
        "encryption": keys.encryption.to_jwk(),
        "tls": keys.tls,
    }


def from_document(value: object) -> EnrolmentKeys:
    """The reverse of `document`, from an untrusted object. Raises `KeyFault`."""
    if not isinstance(value, dict) or set(value) != _MEMBERS or value["form"] != _FORM:
        raise KeyFault(f"enrolment keys are a JSON object with exactly {', '.join(sorted(_MEMBERS))}, of form {_FORM}")
    signing, tls = value["signing"], value["tls"]
    if not isinstance(signing, list) or len(signing) > MOST_AGENCIES or not isinstance(tls, str):
        raise KeyFault("enrolment keys: signing must be a list of keys, tls a digest")
    try:
        return EnrolmentKeys(
            ConnectorId(value["connector"]),
            tuple(_read_signing(each) for each in signing),
            EncryptKey.from_jwk(value["encryption"]),
            tls,
        )
    except InvalidIdentifier as problem:
        raise KeyFault(f"enrolment keys: {problem}") from None


def load(path: Path) -> EnrolmentKeys:
    """The document in a file. Raises `KeyFault`, naming the file."""
    try:
        return from_document(json.loads(read_public(path)))
    except (ValueError, RecursionError):
        raise KeyFault(f"{path} is not JSON; expected the enrolment keys of a connector") from None
    except KeyFault as problem:
        raise KeyFault(f"{path}: {problem}") from None


def fingerprint(keys: EnrolmentKeys) -> str:
    """128 bits over the whole document, as eight groups of four hexadecimal digits, to be read out."""
    digits = hashlib.sha256(keys.to_bytes()).hexdigest()[:_DIGITS]
    return " ".join(digits[i : i + 4] for i in range(0, _DIGITS, 4))


def is_fingerprint_of(text: str, keys: EnrolmentKeys) -> bool:
    """Whether `text` is the fingerprint, however it is spaced or capitalised."""
    digits = "".join(text.split()).replace(":", "").replace("-", "").lower()
    return hmac.compare_digest(digits.encode(), fingerprint(keys).replace(" ", "").encode())


def prove(keys: EnrolmentKeys, invitation: str, signers: Sequence[SigningKey]) -> list[str]:
    """One proof for each signing key, in the order of the document, base64url. `signers` are the private halves in that
    order."""
    return [_text(signer.raw.sign(_proved(keys, invitation))) for signer in signers]


def check_proofs(keys: EnrolmentKeys, invitation: str, proofs: Sequence[str]) -> None:
    """Raises `KeyFault` unless every signing key has signed for this enrolment, in the order of the document."""
    if len(proofs) != len(keys.signing):
        raise KeyFault("bring exactly one proof for each signing key, in the same order")
    for (_, key), proof in zip(keys.signing, proofs, strict=True):
        try:
            key.raw.verify(_signature(proof), _proved(keys, invitation))
        except (InvalidSignature, ValueError, binascii.Error):
            raise KeyFault("a proof is not made by the signing key it stands for; make the keys anew") from None


def rotation_of(connector: ConnectorId) -> str:
    """What proofs are made for where keys are handed over, in the place of an invitation's id."""
    return f"rotation of {connector}"


def hand_over(keys: EnrolmentKeys, old: SigningKey) -> str:
    """The old key's word that the keys of this document take its place, base64url."""
    return _text(old.raw.sign(_HANDOVER + _proved(keys, rotation_of(keys.connector))))


def check_handover(keys: EnrolmentKeys, connector: ConnectorId, old: VerifyKey, handover: str) -> None:
    """Raises `KeyFault` unless the old key gave its word for exactly these keys."""
    try:
        old.raw.verify(_signature(handover), _HANDOVER + _proved(keys, rotation_of(connector)))
    except (InvalidSignature, ValueError, binascii.Error):
        raise KeyFault("a handover is not signed by the key that counts now; hand over with the keys in use") from None


def _read_signing(value: object) -> tuple[AgencyId, VerifyKey]:
    if not isinstance(value, dict) or set(value) != {"agency", "key"}:
        raise KeyFault('each signing key is a JSON object with exactly "agency" and "key"')
    return AgencyId(value["agency"]), VerifyKey.from_jwk(value["key"])


def _proved(keys: EnrolmentKeys, invitation: str) -> bytes:
    return _DOMAIN + invitation.encode() + b"\n" + hashlib.sha256(keys.to_bytes()).digest()


def _text(signature: bytes) -> str:
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def _signature(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
