"""A worker with any private involvement is named in none of theirs.

The ledger knows which live involvements are whose, by keyed marks of the worker's id and of their name. As soon as one of them is of a service
that must stay private (or is not classified yet), all the others are published again with the agency's general contact; when none is left, with
the name again. Two workers of one name count as one here: that hides too much rather than too little.
"""

from connectors.ledger.cipher import Cipher
from connectors.ledger.workers import Whose
from connectors.publishing.display import Display, folded
from connectors.publishing.standing import Who
from mappings.canonical.codes import Sensitivity
from mappings.canonical.identifiers import InvolvementRef


def marks_of(cipher: Cipher, who: Who) -> tuple[str, ...]:
    """What tells the worker again among the ledger's involvements; nothing for a team."""
    said = {b"worker id": who.worker_id, b"worker name": who.name}
    return tuple(cipher.mark_again(kind + b"\0" + folded(text).encode()) for kind, text in said.items() if folded(text))


def whose(cipher: Cipher, display: Display, ref: InvolvementRef, who: Who) -> Whose:
    """The involvement with this worker, as the ledger notes it while it is live."""
    private = display.sensitivity_of(who.team, who.sensitivity) is not Sensitivity.STANDARD
    return Whose(ref, marks_of(cipher, who), private)
