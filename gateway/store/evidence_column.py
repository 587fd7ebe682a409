"""The evidence of a record as its one sealed blob, whatever the number of linkage epochs.

What was opened lately is kept open in memory: the same candidates are held against many notices, and opening and
checking one costs more than all else that is done with it. The sealed bytes are the key, so a changed value is another.
"""

from functools import lru_cache
from typing import Final

import msgspec

from gateway.store.data_keys import DataKeys
from gateway.store.evidence_form import FORMER, VERSION, read_evidence, write_evidence
from gateway.store.older_evidence_form import VERSION as OLDER
from gateway.store.older_evidence_form import read_older_evidence
from gateway.store.record_keys import RecordKeys
from gateway.store.sealed_column import SealedColumn
from identity.person.kept_evidence import as_kept
from mappings.canonical.evidence import Evidence
from mappings.evidence_codec import decode

KEPT_OPEN: Final = 4096
"""At most about 40 MB."""

_NOTHING: Final = msgspec.msgpack.encode([])
_blobs: Final = msgspec.msgpack.Decoder(list[bytes])


class EvidenceColumn:
    """Seals and opens the column called `purpose`: `evidence` of a record, or `relation` of a relative. Threads may share it."""

    def __init__(self, keys: DataKeys, purpose: str = "evidence", record_keys: RecordKeys | None = None) -> None:
        self._sealed = SealedColumn(keys, purpose, record_keys, _NOTHING)
        self._opened = lru_cache(KEPT_OPEN)(self._open)

    def seal(self, evidence: tuple[Evidence, ...], *row: str) -> bytes:
        """The value to store in the row that `row` names: what `open` then gives is the evidence as it is kept."""
        blob = msgspec.msgpack.encode([write_evidence(each) for each in as_kept(evidence)])
        return self._sealed.seal(blob, *row)

    def open(self, sealed: bytes, *row: str) -> tuple[Evidence, ...]:
        """The evidence, as it is kept. Raises `StoreRefused` where it was sealed for another row or changed."""
        return self._opened(bytes(sealed), *row)

    def erase(self, *row: str) -> None:
        """Erase the record key of that row, if there is one."""
        self._sealed.erase(*row)

    def is_current(self, sealed: bytes) -> bool:
        """Whether it is sealed under the data key that seals now."""
        return self._sealed.is_current(sealed)

    def _open(self, sealed: bytes, *row: str) -> tuple[Evidence, ...]:
        return tuple(map(_read, _blobs.decode(self._sealed.open(sealed, *row))))


def _read(blob: bytes) -> Evidence:
    if blob.startswith((VERSION, FORMER)):
        return read_evidence(blob)
    # What was sealed before stands in an older form, or in that of the wire, until it is sealed anew.
    return as_kept([read_older_evidence(blob) if blob.startswith(OLDER) else decode(blob)])[0]
