"""A linkage-key epoch: the secret under which every connector of a partnership makes its tokens, for a while.

* The keyholder makes it; no gateway process ever reads it. Connectors get it sealed (`sealed_epoch`).
* Live and trial epochs are different keys, and the mode is bound into every derived key: a trial token cannot equal a
  live one.
* The file is JSON with mode 0600, and is refused when anybody but its owner can read it.
"""

import base64
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from identity.agency.faults import KeyFault
from identity.agency.private_file import read_private, write_private
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

KEY_BYTES = 32
_FORMAT = "patchwork-linkage-epoch/1"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True, repr=False)
class LinkageEpoch:
    """`id` is public (it stands in every evidence), `key` is the secret of 32 bytes."""

    id: str
    mode: Mode
    key: bytes
    partnership: PartnershipId

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError("an epoch id is 1 to 40 of a-z, 0-9 and -")
        if len(self.key) != KEY_BYTES:
            raise ValueError("a linkage key is 32 bytes")

    def __repr__(self) -> str:
        return f"LinkageEpoch({self.id}, {self.mode.value})"


def new_epoch(partnership: PartnershipId, mode: Mode, now: datetime | None = None) -> LinkageEpoch:
    """A new random epoch. Its id begins with the mode and the day it was made, and ends in 32 random bits."""
    made = (now or datetime.now(UTC)).strftime("%Y%m%d")
    return LinkageEpoch(
        f"{mode.value}-{made}-{secrets.token_hex(4)}", mode, secrets.token_bytes(KEY_BYTES), partnership
    )


def to_document(epoch: LinkageEpoch) -> dict[str, str]:
    """The JSON object of the file; holds the secret."""
    key = base64.urlsafe_b64encode(epoch.key).rstrip(b"=").decode()
    return {
        "format": _FORMAT,
        "id": epoch.id,
        "mode": epoch.mode.value,
        "partnership": epoch.partnership.value,
        "key": key,
    }


def from_document(document: object) -> LinkageEpoch:
    """The reverse of `to_document`. Raises `KeyFault`, whose message holds nothing of the document."""
    if not isinstance(document, dict) or set(document) != {"format", "id", "mode", "partnership", "key"}:
        raise KeyFault("a linkage epoch is a JSON object with exactly format, id, mode, partnership and key")
    if document["format"] != _FORMAT:
        raise KeyFault(f"a linkage epoch of another format; this program reads {_FORMAT}")
    try:
        key = base64.urlsafe_b64decode(document["key"] + "=")
        return LinkageEpoch(document["id"], Mode(document["mode"]), key, PartnershipId(document["partnership"]))
    except (ValueError, TypeError):
        raise KeyFault("the linkage epoch is damaged: its id, mode, partnership or key is not well formed") from None


def write_epoch(folder: Path, epoch: LinkageEpoch) -> Path:
    """Put the epoch into the folder as `<id>.epoch.json` with mode 0600; gives its path. Raises `KeyFault`; never
    overwrites."""
    path = folder / f"{epoch.id}.epoch.json"
    write_private(path, json.dumps(to_document(epoch), indent=1).encode() + b"\n")
    return path


def read_epoch(path: Path) -> LinkageEpoch:
    """The epoch in a file that only its owner can read. Raises `KeyFault`, naming the file and the way out."""
    data = read_private(path)
    try:
        return from_document(json.loads(data))
    except KeyFault as problem:
        raise KeyFault(f"{path}: {problem}") from None
    except (ValueError, RecursionError):
        raise KeyFault(f"{path} is not JSON; expected a linkage epoch made by patchwork-keyholder") from None
