"""A linkage epoch on its way from the keyholder to one connector. The gateway keeps it and cannot open it."""

from dataclasses import dataclass
from datetime import datetime

from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import ConnectorId, KeyId


@dataclass(frozen=True, slots=True)
class SealedEpochBlob:
    """`encryption` is the connector's key that it is sealed to; `epoch` is the epoch's public id. `mode` says for which side it is; None:
    it was passed on before a gateway could have two, so it is of the gateway's own mode."""

    connector: ConnectorId
    epoch: str
    encryption: KeyId
    sealed: bytes
    relayed_at: datetime
    mode: Mode | None = None

    def __repr__(self) -> str:
        return f"SealedEpochBlob({self.connector}, {self.epoch})"
