"""The throwaway key of a rehearsal: agreed between agencies to count together, before they may tell each other anything, and destroyed after.

* It is never a linkage epoch of a partnership; such a file is refused.
* Its tokens are made as a trial's, in a partnership of that name: none can equal a token that was or will ever be published.
"""

import base64
import hmac
import re
import secrets
from hashlib import sha256
from pathlib import Path

from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private, write_private
from identity.custody.epoch import KEY_BYTES, LinkageEpoch
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

PARTNERSHIP = PartnershipId("rehearsal")
_BEGINS = "patchwork-rehearsal-key/1 "
_WRITTEN = re.compile(rf"{re.escape(_BEGINS)}[A-Za-z0-9_-]{{43}}=\n?")


def make_rehearsal_key(path: Path) -> LinkageEpoch:
    """Make a new random key in a new file of mode 0600. Raises `KeyFault`; never overwrites."""
    key = secrets.token_bytes(KEY_BYTES)
    write_private(path, f"{_BEGINS}{base64.urlsafe_b64encode(key).decode()}\n".encode())
    return _epoch(key)


def read_rehearsal_key(path: Path) -> LinkageEpoch:
    """The key in a private file: one that `make_rehearsal_key` made, or at least 32 random bytes of the agencies' own making. Raises
    `KeyFault`, whose message holds nothing of the file."""
    data = read_private(path)
    text = data.decode("ascii", "replace")
    if _WRITTEN.fullmatch(text):
        return _epoch(base64.urlsafe_b64decode(text.removeprefix(_BEGINS).strip()))
    if text.startswith(_BEGINS.partition("/")[0]) or text.lstrip().startswith("{"):
        raise KeyFault(
            f"{path} is not a rehearsal's key, or is damaged; a rehearsal never uses a partnership's linkage key. "
            f"Make one with: patchwork-connector rehearsal-key FILE"
        )
    if len(data.strip()) < KEY_BYTES:
        raise KeyFault(
            f"{path} is shorter than {KEY_BYTES} bytes and could be guessed; make one with: patchwork-connector rehearsal-key FILE"
        )
    return _epoch(sha256(b"patchwork-rehearsal-key/1\n" + data.strip()).digest())


def _epoch(key: bytes) -> LinkageEpoch:
    # The name tells two keys apart, and nothing of either.
    name = hmac.new(key, b"patchwork-rehearsal/1 name", sha256).hexdigest()[:16]
    return LinkageEpoch(f"rehearsal-{name}", Mode.TRIAL, key, PARTNERSHIP)
