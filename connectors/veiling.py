"""A worker with any private involvement is named in none of theirs.

The ledger knows which live involvements are whose, by keyed marks of the worker's id and of their name. As soon as one of them is of a service
that must stay private (or is not classified yet), all the others are published again with the agency's general contact; when none is left, with
the name again. Two workers of one name count as one here: that hides too much rather than too little.
"""

from connectors.display import Display, folded
from connectors.ledger.cipher import Cipher
from connectors.ledger.ledger import Unit
from connectors.standing import Standing
from mappings.canonical.codes import Sensitivity
from mappings.canonical.identifiers import InvolvementRef


def marks_of(cipher: Cipher, standing: Standing) -> tuple[str, ...]:
    """What tells the worker again among the ledger's involvements; nothing for a team."""
    said = {b"worker id": standing.own.worker_id, b"worker name": standing.worker.name}
    return tuple(cipher.mark(kind + b"\0" + folded(text).encode()) for kind, text in said.items() if folded(text))


def note_worker(unit: Unit, display: Display, ref: InvolvementRef, standing: Standing) -> None:
    """The involvement is live, with this worker."""
    private = display.sensitivity(standing) is not Sensitivity.STANDARD
    unit.workers.note(ref, marks_of(unit.cipher, standing), private)


def is_veiled(unit: Unit, standing: Standing) -> bool:
    """Whether its worker may not be shown because of another involvement of theirs, or of this one."""
    return unit.workers.is_hidden(marks_of(unit.cipher, standing))
