"""Every sealed column of the register, under one set of data keys."""

from gateway.store.data_keys import DataKeys
from gateway.store.evidence_column import EvidenceColumn
from gateway.store.sealed_column import SealedColumn


class SealedColumns:
    """`evidence` of records, `relative` of relations, `worker` of involvements, the lists of `protected` places, and each `disclosure` that
    waits for a DPO's key. Whatever is sealed besides belongs here, and into `gateway.store.renewals`, which seals all of it anew when the
    data key is rotated."""

    def __init__(self, keys: DataKeys) -> None:
        self.evidence = EvidenceColumn(keys)
        self.relative = EvidenceColumn(keys, "relation")
        self.worker = SealedColumn(keys, "worker")
        self.protected = SealedColumn(keys, "protected places")
        self.disclosure = SealedColumn(keys, "disclosure")
