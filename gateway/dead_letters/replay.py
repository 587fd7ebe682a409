"""Another try for dead letters once the cause is gone: asked for by one signature, done one transaction each.

* The asking is on record before the trying, so that it is there whatever the trying does.
* Each is judged as of when it was received, in the order in which it was named. Whoever stops in between leaves whole letters, done or not.
* One that our own code stumbles over is told, and the others are done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog

from gateway.dead_letters.keeping import check_side, find_letter, find_open
from gateway.intake import Intake
from gateway.ports import StoreDown
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.operators import Office, record, verify_change
from gateway.trust.permissions import check_may_observe, check_may_replay
from gateway.trust.signed_change import SignedChange
from mappings.canonical.codes import Mode, ReceiptOutcome

REPLAY = "dead-letter.replay"
MOST_AT_ONCE = 200

log = structlog.get_logger("patchwork.dead-letters")


class Replayed(StrEnum):
    """`PASSED_OVER`: somebody else had replayed or discarded it meanwhile. `FAULTY`: our own code stumbled over it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PASSED_OVER = "passed-over"
    FAULTY = "faulty"


@dataclass(frozen=True, slots=True)
class Replaying:
    """What one person asked for, and who it was: believed, because it was signed and recorded."""

    letters: tuple[int, ...]
    actor: str


def letters_with(office: Office, actor: Actor, reason: str, limit: int = MOST_AT_ONCE) -> list[int]:
    """The numbers of the oldest open dead letters that were refused for that reason. Raises `NotPermitted`, `Refused` where there is
    none."""
    check_may_observe(actor)
    with office.store.read() as unit:
        found = unit.dead_letters.open_ids(reason, max(1, min(limit, MOST_AT_ONCE)))
    if not found:
        raise Refused(
            "there is no open dead letter that was refused for this reason; patchwork dead-letter list shows those there are"
        )
    return found


def replay_content(*ids: int, side: Mode = Mode.TRIAL) -> dict[str, Any]:
    """What is signed to replay dead letters of one side. Raises `Refused` before anything is signed."""
    content = {"dead_letters": list(ids), "side": side.value}
    _read(content)
    return content


def ask_replay(office: Office, signed: SignedChange) -> Replaying:
    """Record that a signed `dead-letter.replay` asks for these. Raises `NotPermitted`, `Refused` where one of them is not open."""
    with office.store.write() as unit:
        change = verify_change(unit, office, signed, REPLAY)
        check_may_replay(change.actor)
        letters, side = _read(change.content)
        check_side(unit, side)
        for id in letters:
            find_open(unit, id)
        for id in letters:
            record(unit, change, "dead-letter-replay-asked", dead_letter=id)
        return Replaying(letters, change.actor.id)


def replay_each(office: Office, intake: Intake, asked: Replaying) -> Iterator[tuple[int, Replayed]]:
    """Do one after the other; what became of each is told before the next is begun. Raises `StoreDown`."""
    for id in asked.letters:
        yield id, _replay(office, intake, id, asked.actor)


def _replay(office: Office, intake: Intake, id: int, actor: str) -> Replayed:
    with office.store.read() as unit:
        if not find_letter(unit, id).is_open:
            return Replayed.PASSED_OVER
    try:
        outcome = intake.replay(id, actor)
    except StoreDown:
        raise
    except Exception as problem:
        log.error("dead-letter-not-replayed", dead_letter=id, fault=type(problem).__name__)
        return Replayed.FAULTY
    return Replayed.ACCEPTED if outcome is ReceiptOutcome.ACCEPTED else Replayed.REFUSED


def _read(content: Mapping[str, Any]) -> tuple[tuple[int, ...], Mode]:
    read = Content("replay", content, frozenset({"dead_letters", "side"}))
    ids = read.raw("dead_letters")
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_AT_ONCE:
        raise Refused(f"a replay names 1 to {MOST_AT_ONCE} dead letters by their numbers, and nothing else")
    if any(type(id) is not int for id in ids) or len(set(ids)) != len(ids):
        raise Refused("a replay names each dead letter once, by its number")
    return tuple(ids), read.code("side", Mode)
