"""Putting a notice into the outbox and remembering what it said, in one unit of the ledger: one notice, or as many as come together."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from connectors.ledger.cipher import Cipher
from connectors.ledger.involvements import Published, Status, standing_place
from connectors.ledger.ledger import Ledger, Unit
from connectors.ledger.outbox import Queued
from connectors.ledger.workers import Whose
from connectors.publishing import standing as standings
from connectors.publishing.display import Display
from connectors.publishing.notice_builder import Facts, Keyed, Publisher, build, ended_on, epochs_of, hollow
from connectors.publishing.standing import Standing
from connectors.publishing.veiling import whose
from connectors.reading.progress import Tell, silent
from identity.agency.digest import state_digest
from identity.agency.references import References
from identity.person.ports import Tokeniser
from mappings.canonical.codes import MessageKind, NoticeEvent, Sensitivity
from mappings.canonical.identifiers import InvolvementRef, MessageId, PersonRef
from mappings.canonical.notice import Notice
from mappings.canonical.notice import Sequence as NoticeSequence

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
    return queue_all(unit, desk, [draft], now)[0]


def queue_all(unit: Unit, desk: Desk, drafts: Sequence[Draft], now: datetime) -> list[Notice]:
    """The same for several at once, each about another involvement: the ledger is asked and told once for all of them."""
    # Imported here: the FHIR models take longer to load than most commands take to run.
    from mappings.fhir import notice_bundle

    display, epochs = desk.publisher.display, epochs_of(desk.tokenisers)
    since = [_unconfirmed_since(unit, display, draft) for draft in drafts]
    veiled = _take_note(unit, display, drafts)
    sequences = unit.positions.take(len(drafts), now)
    notices = [
        _notice(desk, draft, sequence, now.date(), hidden, epochs)
        for draft, sequence, hidden in zip(drafts, sequences, veiled, strict=True)
    ]
    unit.outbox.add_all(
        [
            Queued(
                each.id,
                MessageKind.NOTICE,
                each.id,
                notice_bundle.write(each),
                each.event,
                each.involvement_ref,
                each.sequence,
            )
            for each in notices
        ],
        now,
    )
    unit.involvements.save(
        [
            _published(unit.cipher, display, draft, notice, epochs, hidden, first)
            for draft, notice, hidden, first in zip(drafts, notices, veiled, since, strict=True)
        ],
        now,
    )
    return notices


def _published(
    cipher: Cipher, display: Display, draft: Draft, notice: Notice, epochs: str, veiled: bool, since: date | None
) -> Published:
    fingerprint, local_mark, sealed = _remembered(cipher, display, draft)
    return Published(
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
        epochs=epochs,
        digest=state_digest(notice),
        veiled=veiled,
        unconfirmed_since=since,
    )


def fingerprint_of(cipher: Cipher, standing: Standing) -> str:
    """Equal for two standings, as they are shown (`connectors.publishing.display`), exactly when they publish alike."""
    return cipher.mark(b"published" + standing.published())


def kept_of(cipher: Cipher, display: Display, standing: Standing) -> tuple[str, str, bytes]:
    """Its fingerprint as it is shown; its local mark, equal exactly when the ledger would keep the same; and what the ledger keeps, unsealed."""
    written, published = standings.written_and_published(standing, display.shown(standing, veiled=False))
    return cipher.mark(b"published" + published), cipher.mark(b"standing" + written), written


def _take_note(unit: Unit, display: Display, drafts: Sequence[Draft]) -> list[bool]:
    """Whose each is as long as it is live; answers of which the worker may not be shown."""
    stated = {
        draft.ref: whose(unit.cipher, display, draft.ref, draft.standing.who)
        for draft in drafts
        if draft.standing is not None
    }
    live = {draft.ref for draft in drafts if _STATUS[draft.event] is Status.LIVE}
    unit.workers.note(
        [stated[draft.ref] if draft.ref in live and draft.ref in stated else Whose(draft.ref) for draft in drafts]
    )
    hidden = unit.workers.hidden({mark for each in stated.values() for mark in each.marks})
    return [draft.ref in stated and not hidden.isdisjoint(stated[draft.ref].marks) for draft in drafts]


def _unconfirmed_since(unit: Unit, display: Display, draft: Draft) -> date | None:
    """Of a private involvement, the day it is first told as confirmed on, as long as no later one is told."""
    if draft.standing is None or _STATUS[draft.event] is not Status.LIVE:
        return None
    if display.sensitivity(draft.standing) is Sensitivity.STANDARD:
        return None
    known = unit.involvements.find(draft.ref)
    since = known.unconfirmed_since if known and known.status is Status.LIVE else draft.confirmed
    return since if since and draft.confirmed <= since else None


def _notice(desk: Desk, draft: Draft, sequence: NoticeSequence, today: date, veiled: bool, epochs: str) -> Notice:
    facts = Facts(
        id=MessageId(str(uuid.uuid4())),
        event=draft.event,
        sequence=sequence,
        person_ref=draft.person_ref,
        involvement_ref=draft.ref,
        confirmed=draft.confirmed,
        today=today,
    )
    if draft.standing is None or draft.evidence is None:
        return hollow(desk.publisher, epochs, facts)
    return build(desk.publisher, draft.standing, draft.evidence, facts, veiled=veiled)


def _remembered(cipher: Cipher, display: Display, draft: Draft) -> tuple[str, str, bytes | None]:
    if draft.standing is None:
        return "", "", None
    if draft.kept is not None:
        return draft.kept
    fingerprint, local_mark, written = kept_of(cipher, display, draft.standing)
    return fingerprint, local_mark, cipher.seal(written, standing_place(draft.ref))
