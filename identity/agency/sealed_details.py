"""The few details a steward may look at, sealed at the agency to the stewards' keys: the gateway keeps them and cannot open them.

* Name, birth date and postcode, nothing more; the record they are of (agency and opaque reference) stands inside the seal, so that a blob
  put beside another record is found out when it is opened.
* How they are sealed, and padded, is `identity.agency.sealed_to_several`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from identity.agency.keys import DecryptionKey, EncryptKey
from identity.agency.sealed_to_several import (
    BROKEN,
    MAX_READERS,
    MAX_SEALED_BYTES,
    NotAddressed,
    NotOpened,
    open_sealed_to,
    seal_to,
)
from mappings.canonical.identifiers import AgencyId, PersonRef

__all__ = ["MAX_SEALED_BYTES", "MAX_STEWARDS", "Details", "InvalidDetails", "open_details", "seal_details"]

MAX_STEWARDS: Final = MAX_READERS
_FORM: Final = "patchwork-details/1"
_TYPE: Final = "patchwork-details+jwe"
_MEMBERS: Final = frozenset({"form", "agency", "person_ref", "given", "family", "birth_date", "postcode"})


class InvalidDetails(NotOpened):
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
    return seal_to(json.dumps(document).encode(), stewards, _TYPE)


def open_details(sealed: str, key: DecryptionKey) -> Details:
    """What is inside, for a steward it was sealed to. Raises `InvalidDetails`."""
    if len(sealed) > MAX_SEALED_BYTES:
        raise InvalidDetails(f"sealed details are at most {MAX_SEALED_BYTES} bytes")
    try:
        return _read(json.loads(open_sealed_to(sealed, key, _TYPE)))
    except NotAddressed:
        raise InvalidDetails(
            "these details were sealed before this steward's key was made known to the agency; another steward can open them"
        ) from None
    except (NotOpened, *BROKEN):
        raise InvalidDetails("these are not sealed details, or they are damaged") from None


def _read(document: Any) -> Details:
    if set(document) != _MEMBERS or document["form"] != _FORM:
        raise ValueError
    texts = [document[name] for name in ("given", "family", "birth_date", "postcode")]
    if not all(isinstance(text, str) and len(text) <= 200 for text in texts):
        raise ValueError
    return Details(AgencyId(document["agency"]), PersonRef(document["person_ref"]), *texts)
