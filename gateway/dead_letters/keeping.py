"""Messages that were refused, still sealed: what there is, why, whether it would be accepted now, and giving one up.

* Nothing here shows what a message holds, and nothing changes what was sealed: it is kept as it came, or removed whole.
* The two sides of a gateway number their dead letters each for itself, so what is signed says which side is meant.
* What is discarded leaves its digest and its reasons behind, and who gave it up, when and why.
"""

from collections.abc import Mapping
from typing import Any

from gateway.intake import Intake, Rehearsal
from gateway.model.dead_letter import DeadLetter, DeadLetterGroup, Discard
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.operators import Office, record, verify_change
from gateway.trust.permissions import check_may_discard, check_may_observe
from gateway.trust.signed_change import SignedChange
from mappings.canonical.codes import Mode

DISCARD = "dead-letter.discard"
MAX_LISTED = 1_000
MAX_REASON = 200


def list_dead_letters(office: Office, actor: Actor, limit: int = 100, reason: str | None = None) -> list[DeadLetter]:
    """The newest dead letters, at most `limit` (1 to 1,000); with `reason`, those refused for it. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.dead_letters.all(max(1, min(limit, MAX_LISTED)), reason)


def count_dead_letters(office: Office, actor: Actor, reason: str | None = None) -> list[DeadLetterGroup]:
    """The open ones counted by reasons and sender, most first; with `reason`, those refused for it. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        groups = unit.dead_letters.groups(MAX_LISTED)
    return [group for group in groups if reason is None or reason in group.reasons]


def show_dead_letter(office: Office, actor: Actor, id: int) -> DeadLetter:
    """One dead letter. Raises `NotPermitted`, `Refused` where there is none of that number."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return find_letter(unit, id)


def check_dead_letter(office: Office, intake: Intake, actor: Actor, id: int) -> Rehearsal:
    """Whether a replay would be accepted now; nothing comes of the asking. Raises `NotPermitted`, `Refused`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        find_open(unit, id)
    return intake.rehearse(id)


def discard_content(id: int, reason: str, side: Mode = Mode.TRIAL) -> dict[str, Any]:
    """What is signed to discard a dead letter of one side. Raises `Refused` before anything is signed."""
    content = {"dead_letter": id, "reason": reason, "side": side.value}
    _read_discard(content)
    return content


def discard_dead_letter(office: Office, signed: SignedChange) -> DeadLetter:
    """Remove what is sealed in the dead letter that a signed `dead-letter.discard` names. Raises `NotPermitted`, `Refused`."""
    with office.store.write() as unit:
        change = verify_change(unit, office, signed, DISCARD)
        check_may_discard(change.actor)
        id, reason, side = _read_discard(change.content)
        check_side(unit, side)
        letter = find_open(unit, id)
        unit.dead_letters.discard(id, Discard(change.at, change.actor.id, reason))
        record(unit, change, "dead-letter-discarded", dead_letter=id, digest=letter.digest)
        return find_letter(unit, id)


def find_letter(unit: UnitOfWork, id: int) -> DeadLetter:
    """The dead letter of that number. Raises `Refused`."""
    letter = unit.dead_letters.get(id)
    if letter is None:
        raise Refused(f"there is no dead letter {id}; patchwork dead-letter list shows those there are")
    return letter


def find_open(unit: UnitOfWork, id: int) -> DeadLetter:
    """The dead letter of that number, if something can still become of it. Raises `Refused`."""
    letter = find_letter(unit, id)
    if letter.replayed_at is not None:
        raise Refused(f"dead letter {id} was replayed and accepted already")
    if letter.discarded is not None:
        raise Refused(f"dead letter {id} was discarded by {letter.discarded.by}; what was sealed in it is gone")
    return letter


def check_side(unit: UnitOfWork, signed_for: Mode) -> None:
    """Raises `Refused` where what was signed is about a letter of the other side."""
    if signed_for is not unit.side.mode:
        raise Refused(
            f"this was signed for the {signed_for} side, and the letter is on the {unit.side.mode} side; sign it for that one"
        )


def _read_discard(content: Mapping[str, Any]) -> tuple[int, str, Mode]:
    read = Content("discarded dead letter", content, frozenset({"dead_letter", "reason", "side"}))
    return read.whole("dead_letter", 1, 2**63 - 1), read.text("reason", MAX_REASON), read.code("side", Mode)
