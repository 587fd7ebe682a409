"""Putting a notice into the outbox and remembering what it said, in one unit of the ledger."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from connectors import standing as standings
from connectors.display import Display
from connectors.ledger.cipher import Cipher
from connectors.ledger.involvements import Published, Status, standing_place
from connectors.ledger.ledger import Ledger, Unit
from connectors.notice_builder import Facts, Keyed, Publisher, build, ended_on, epochs_of, hollow
from connectors.progress import Tell, silent
from connectors.standing import Standing
from connectors.veiling import is_veiled, note_worker
from identity.agency.digest import state_digest
from identity.agency.references import References
from identity.person.ports import Tokeniser
from mappings.canonical.codes import MessageKind, NoticeEvent, Sensitivity
from mappings.canonical.identifiers import InvolvementRef, MessageId, PersonRef
from mappings.canonical.notice import Notice

_STATUS = {
    NoticeEvent.STARTED: Status.LIVE,
    NoticeEvent.CHANGED: Status.LIVE,
    NoticeEvent.ENDED: Status.ENDED,
    NoticeEvent.WITHDRAWN: Status.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where notices are made: the ledger they go into, who publishes, how evidence is made, the clock (aware, UTC), and who
    hears how far it is."""

    ledger: Ledger
    publisher: Publisher
    references: References
    tokenisers: Sequence[Tokeniser]
    now: Callable[[], datetime]
    tell: Tell = silent


@dataclass(frozen=True, slots=True, repr=False)
class Draft:
    """A notice to be: `standing` and `evidence` are None where the ledger does not know what the involvement said. `kept` is fingerprint, local
    mark and sealed standing, where a reading made them of this very standing already."""

    ref: InvolvementRef
    person_ref: PersonRef
    source: str
    event: NoticeEvent
    standing: Standing | None
    evidence: Keyed | None
    confirmed: date
    kept: tuple[str, str, bytes] | None = None


def ending(draft: Draft, day: date) -> Draft:
    """The same, closed on `day` because its source no longer states it or it is no longer eligible."""
    if draft.standing is None:
        return replace(draft, event=NoticeEvent.ENDED)
    event, standing = ended_on(draft.standing, day)
    return replace(draft, event=event, standing=standing, kept=None)


def queue(unit: Unit, desk: Desk, draft: Draft, now: datetime) -> Notice:
    """Make the notice, put it into the outbox under the next sequence, and remember it."""
    # Imported here: the FHIR models take longer to load than most commands take to run.
    from mappings.fhir import notice_bundle

    unconfirmed_since = _unconfirmed_since(unit, desk.publisher.display, draft)
    veiled = _take_note(unit, desk, draft)
    notice = _notice(unit, desk, draft, now, veiled)
    body = notice_bundle.write(notice)
    unit.outbox.add(
        notice.id,
        MessageKind.NOTICE,
        notice.id,
        body,
        now,
        event=notice.event,
        involvement=draft.ref,
        sequence=notice.sequence,
    )
    fingerprint, local_mark, sealed = _remembered(unit.cipher, desk.publisher.display, draft)
    unit.involvements.save(
        Published(
            ref=draft.ref,
            person_ref=draft.person_ref,
            source=draft.source,
            status=_STATUS[draft.event],
            fingerprint=fingerprint,
            local_mark=local_mark,
            standing=sealed,
            end_date=notice.end,
            confirmed=notice.confirmed,
            band_until=notice.age_band_until,
            epochs=epochs_of(desk.tokenisers),
            digest=state_digest(notice),
            veiled=veiled,
            unconfirmed_since=unconfirmed_since,
        ),
        now,
    )
    return notice


def fingerprint_of(cipher: Cipher, standing: Standing) -> str:
    """Equal for two standings, as they are shown (`connectors.display`), exactly when they publish alike."""
    return cipher.mark(b"published" + standing.published())


def local_mark_of(cipher: Cipher, written: bytes) -> str:
    """Equal exactly when the ledger would keep the same."""
    return cipher.mark(b"standing" + written)


def _take_note(unit: Unit, desk: Desk, draft: Draft) -> bool:
    """Whose it is as long as it is live; answers whether its worker may not be shown."""
    if draft.standing is not None and _STATUS[draft.event] is Status.LIVE:
        note_worker(unit, desk.publisher.display, draft.ref, draft.standing)
    else:
        unit.workers.forget(draft.ref)
    return draft.standing is not None and is_veiled(unit, draft.standing)


def _unconfirmed_since(unit: Unit, display: Display, draft: Draft) -> date | None:
    """Of a private involvement, the day it is first told as confirmed on, as long as no later one is told."""
    if draft.standing is None or _STATUS[draft.event] is not Status.LIVE:
        return None
    if display.sensitivity(draft.standing) is Sensitivity.STANDARD:
        return None
    known = unit.involvements.find(draft.ref)
    since = known.unconfirmed_since if known and known.status is Status.LIVE else draft.confirmed
    return since if since and draft.confirmed <= since else None


def _notice(unit: Unit, desk: Desk, draft: Draft, now: datetime, veiled: bool) -> Notice:
    facts = Facts(
        id=MessageId(str(uuid.uuid4())),
        event=draft.event,
        sequence=unit.positions.next(now),
        person_ref=draft.person_ref,
        involvement_ref=draft.ref,
        confirmed=draft.confirmed,
        today=now.date(),
    )
    if draft.standing is None or draft.evidence is None:
        return hollow(desk.publisher, epochs_of(desk.tokenisers), facts)
    return build(desk.publisher, draft.standing, draft.evidence, facts, veiled=veiled)


def _remembered(cipher: Cipher, display: Display, draft: Draft) -> tuple[str, str, bytes | None]:
    if draft.standing is None:
        return "", "", None
    if draft.kept is not None:
        return draft.kept
    written = standings.write(draft.standing)
    sealed = cipher.seal(written, standing_place(draft.ref))
    return fingerprint_of(cipher, display.of(draft.standing)), local_mark_of(cipher, written), sealed
