"""The few details a steward may look at, sealed at the agency to the stewards' keys: the gateway keeps them and cannot open them.

* Name, birth date and postcode, nothing more; the record they are of (agency and opaque reference) stands inside the seal, so that a blob
  put beside another record is found out when it is opened.
* JWE, JSON form (RFC 7516, 7.2): A256GCM, the content key wrapped for each steward by ECDH-ES+A256KW over X25519. Padded, so that the length
  tells nothing of the name.
* Headers are an allow-list; the algorithms are fixed.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwe
from joserfc.errors import JoseError

from identity.agency.faults import KeyFault
from identity.agency.keys import DecryptionKey, EncryptKey
from mappings.canonical.identifiers import AgencyId, PersonRef

MAX_SEALED_BYTES: Final = 16 * 1024
MAX_STEWARDS: Final = 20
_FORM: Final = "patchwork-details/1"
_PROTECTED: Final = {"enc": "A256GCM", "typ": "patchwork-details+jwe"}
_WRAP: Final = "ECDH-ES+A256KW"
_ALGORITHMS: Final = [_WRAP, "A256GCM"]
_PADDED_TO: Final = 256
_MEMBERS: Final = frozenset({"form", "agency", "person_ref", "given", "family", "birth_date", "postcode"})
_BROKEN: Final = (JoseError, ValueError, TypeError, KeyError, AssertionError, RecursionError)


class InvalidDetails(KeyFault):
    """These are not details that this steward can open. The message holds nothing of them."""


@dataclass(frozen=True, slots=True, repr=False)
class Details:
    """One agency's own words for its client. Empty: not known. `birth_date` is written as far as it is known (`2014-03-09`, `2014-03`)."""

    agency: AgencyId
    person_ref: PersonRef
    given: str = ""
    family: str = ""
    birth_date: str = ""
    postcode: str = ""


def seal_details(details: Details, stewards: Sequence[EncryptKey]) -> str:
    """One line of text that each of the stewards can open. Raises `ValueError` for no steward, or too many."""
    if not 1 <= len(stewards) <= MAX_STEWARDS:
        raise ValueError(f"details are sealed to 1 to {MAX_STEWARDS} stewards")
    document = {
        "form": _FORM,
        "agency": details.agency.value,
        "person_ref": details.person_ref.value,
        "given": details.given,
        "family": details.family,
        "birth_date": details.birth_date,
        "postcode": details.postcode,
    }
    plain = json.dumps(document).encode()
    plain += b" " * (-len(plain) % _PADDED_TO)
    sealing = jwe.GeneralJSONEncryption(dict(_PROTECTED), plain)
    for steward in stewards:
        sealing.add_recipient({"alg": _WRAP, "kid": steward.id.value}, steward.jose)
    return json.dumps(jwe.encrypt_json(sealing, None, algorithms=_ALGORITHMS), separators=(",", ":"))


def open_details(sealed: str, key: DecryptionKey) -> Details:
    """What is inside, for a steward it was sealed to. Raises `InvalidDetails`."""
    if len(sealed) > MAX_SEALED_BYTES:
        raise InvalidDetails(f"sealed details are at most {MAX_SEALED_BYTES} bytes")
    try:
        mine = _for(json.loads(sealed), key)
    except _BROKEN:
        raise InvalidDetails("these are not sealed details, or they are damaged") from None
    if mine is None:
        raise InvalidDetails(
            "these details were sealed before this steward's key was made known to the agency; another steward can open them"
        )
    try:
        opened = jwe.decrypt_json(mine, key.jose, algorithms=_ALGORITHMS)
        return _read(json.loads(opened.plaintext or b""))
    except _BROKEN:
        raise InvalidDetails("these are not sealed details, or they are damaged") from None


def _for(document: Any, key: DecryptionKey) -> Any:
    """The flattened form for this one recipient; None where it is not among them. Raises what `_BROKEN` lists."""
    from joserfc.util import urlsafe_b64decode

    if set(document) != {"protected", "iv", "ciphertext", "tag", "recipients"}:
        raise ValueError
    if json.loads(urlsafe_b64decode(document["protected"].encode("ascii"))) != _PROTECTED:
        raise ValueError
    recipients = document["recipients"]
    if not isinstance(recipients, list) or not 1 <= len(recipients) <= MAX_STEWARDS:
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


def _read(document: Any) -> Details:
    if set(document) != _MEMBERS or document["form"] != _FORM:
        raise ValueError
    texts = [document[name] for name in ("given", "family", "birth_date", "postcode")]
    if not all(isinstance(text, str) and len(text) <= 200 for text in texts):
        raise ValueError
    return Details(AgencyId(document["agency"]), PersonRef(document["person_ref"]), *texts)
