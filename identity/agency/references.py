"""An agency's opaque references: what stands in a notice instead of its own record numbers.

HMAC-SHA256 (RFC 2104) under a key that never leaves the agency. Nobody else can turn a reference back, test a guess, or
see that two agencies
use the same record number: the agency's id and the kind of record are part of what is keyed. Losing the key means new
references for all.
"""

import hmac
import secrets
from pathlib import Path
from typing import Self

from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private, write_private
from mappings.canonical.identifiers import AgencyId, InvolvementRef, PersonRef

KEY_BYTES = 32
MAX_LOCAL_ID = 500
_PERSON, _INVOLVEMENT = b"person", b"involvement"


class References:
    """Makes the references of one agency. The same local id always gives the same reference."""

    def __init__(self, key: bytes, agency: AgencyId) -> None:
        if len(key) != KEY_BYTES:
            raise KeyFault(f"a reference key is {KEY_BYTES} random bytes")
        self._key = key
        self._begins = {
            kind: _part(b"patchwork-reference-1", kind, agency.value.encode()) for kind in (_PERSON, _INVOLVEMENT)
        }

    @classmethod
    def load(cls, path: Path, agency: AgencyId) -> Self:
        """With the key in a file made by `new_key`. Raises `KeyFault`, naming the file and the way out."""
        try:
            key = bytes.fromhex(read_private(path).decode("ascii"))
        except ValueError:
            raise KeyFault(
                f"{path} does not hold a reference key; restore it from the backup of the connector"
            ) from None
        return cls(key, agency)

    def person(self, local_id: str) -> PersonRef:
        """The reference to a client by the agency's own id. Raises `ValueError` where that is empty or absurdly
        long."""
        return PersonRef(self._reference(_PERSON, local_id))

    def involvement(self, local_id: str) -> InvolvementRef:
        """The reference to an involvement by the agency's own id. Raises `ValueError` where that is empty or absurdly
        long."""
        return InvolvementRef(self._reference(_INVOLVEMENT, local_id))

    def _reference(self, kind: bytes, local_id: str) -> str:
        if not 1 <= len(local_id) <= MAX_LOCAL_ID:
            raise ValueError(f"a local id must be 1 to {MAX_LOCAL_ID} characters; see the source's id column")
        return hmac.digest(self._key, self._begins[kind] + _part(local_id.encode("utf-8")), "sha256").hex()

    def __repr__(self) -> str:
        return "References(hidden)"


def _part(*parts: bytes) -> bytes:
    """Each preceded by its length, so that no two different lists of parts give the same bytes."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def new_key(path: Path) -> None:
    """Make a reference key in a new file of mode 0600. Raises `KeyFault` where one is there already."""
    write_private(path, secrets.token_hex(KEY_BYTES).encode("ascii"))
