"""Messages that were refused, still sealed: what there is, why, and another try once the cause is gone.

Nothing here opens a message. A replay is asked for by a signature, and is judged as of when the message was received.
"""

from typing import Any

from gateway.actor import Actor
from gateway.intake import Intake
from gateway.model.dead_letter import DeadLetter
from gateway.operators import Office, record, verify_change
from gateway.permissions import check_may_observe, check_may_replay
from gateway.refused import Refused
from gateway.signed_change import SignedChange
from mappings.canonical.codes import ReceiptOutcome

REPLAY = "dead-letter.replay"
MAX_LISTED = 1_000


def list_dead_letters(office: Office, actor: Actor, limit: int = 100) -> list[DeadLetter]:
    """The dead letters, at most `limit` (1 to 1,000). Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.dead_letters.all(max(1, min(limit, MAX_LISTED)))


def show_dead_letter(office: Office, actor: Actor, id: int) -> DeadLetter:
    """One dead letter. Raises `NotPermitted`, `Refused` where there is none of that number."""
    check_may_observe(actor)
    with office.store.read() as unit:
        letter = unit.dead_letters.get(id)
    if letter is None:
        raise Refused(f"there is no dead letter {id}; patchwork dead-letter list shows those there are")
    return letter


def replay_content(id: int) -> dict[str, Any]:
    """What is signed to replay a dead letter."""
    return {"dead_letter": id}


def replay_dead_letter(office: Office, intake: Intake, signed: SignedChange) -> ReceiptOutcome:
    """Process the dead letter that a signed `dead-letter.replay` names once more. Raises `NotPermitted`, `Refused`.

    The asking is on record before the trying, so that it is there whatever the trying does.
    """
    with office.store.write() as unit:
        change = verify_change(unit, office, signed, REPLAY)
        check_may_replay(change.actor)
        id = change.content.get("dead_letter")
        if set(change.content) != {"dead_letter"} or type(id) is not int:
            raise Refused("the signed change must name exactly one dead letter by its number")
        letter = unit.dead_letters.get(id)
        if letter is None:
            raise Refused(f"there is no dead letter {id}; patchwork dead-letter list shows those there are")
        if letter.replayed_at is not None:
            raise Refused(f"dead letter {id} was replayed and accepted already")
        record(unit, change, "dead-letter-replay-asked", dead_letter=id)
    return intake.replay(id, change.actor.id)
