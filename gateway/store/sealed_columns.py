"""Every sealed column of the register, under one set of data keys."""

from gateway.store.data_keys import DataKeys
from gateway.store.evidence_column import EvidenceColumn
from gateway.store.packed_worker import NO_WORKER
from gateway.store.record_keys import RecordKeys
from gateway.store.rollouts import NO_CHAMPION
from gateway.store.sealed_column import SealedColumn
from gateway.store.wrapped_column import WrappedColumn


class SealedColumns:
    """`evidence` of records, `relative` of relations, `worker` of involvements, the lists of `protected` places, each `disclosure` that waits for
    a DPO's key, and the `champion` of an agency. Whatever is sealed besides belongs here, and into `gateway.store.renewals`, which seals all of it
    anew when the data key is rotated. `details` and refused `letter`s are wrapped as they came; `parcels` are the keys of what only passes through
    (None: there are none). With `record_keys`, what is of one person goes with its key."""

    def __init__(self, keys: DataKeys, record_keys: RecordKeys | None = None) -> None:
        self.record_keys = record_keys
        self.parcels = record_keys.parcels if record_keys is not None else None
        self.evidence = EvidenceColumn(keys, record_keys=record_keys)
        self.relative = EvidenceColumn(keys, "relation", record_keys)
        self.worker = SealedColumn(keys, "worker", record_keys, NO_WORKER)
        self.details = WrappedColumn("details", record_keys)
        self.letter = WrappedColumn("letter", record_keys)
        self.protected = SealedColumn(keys, "protected places")
        self.disclosure = SealedColumn(keys, "disclosure")
        self.champion = SealedColumn(keys, "champion", record_keys, NO_CHAMPION)
