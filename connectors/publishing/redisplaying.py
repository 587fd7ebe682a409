"""After the agency's display names have changed: whatever was shown in another way is published again, whether or not its source is read.

A ledger of before display names is looked through in the same way once.
"""

from connectors.ledger.involvements import Status
from connectors.publishing import standing as standings
from connectors.publishing.queueing import Desk, fingerprint_of
from connectors.publishing.veiling import whose

_BATCH = 500


def show_anew(desk: Desk) -> None:
    """Note whose every live involvement is, and ask for those again that would be shown otherwise now. Nothing where nothing has changed."""
    display, cipher = desk.publisher.display, desk.ledger.cipher
    mark = cipher.mark(b"display" + display.written())
    with desk.ledger.read() as unit:
        if unit.positions.display_mark == mark:
            return
    after = ""
    while True:
        with desk.ledger.write() as unit:
            known = unit.involvements.after(after, _BATCH)
            for one in known:
                written = unit.involvements.standing(one.ref) if one.status is Status.LIVE else None
                if written is None:
                    continue
                standing = standings.read(written)
                unit.workers.note([whose(cipher, display, one.ref, standing.who)])
                if fingerprint_of(cipher, display.of(standing)) != one.fingerprint:
                    unit.involvements.ask_again([one.ref])
            if not known:
                # Last: a process that dies before it looks through the ledger again.
                unit.positions.note_display(mark)
                return
        after = known[-1].ref.value
