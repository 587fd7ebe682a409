"""STORY 2: a notice comes in. Open, read, admit, register, link, decide, queue what must be told, record: one transaction.

* Verify, then parse, then believe (`gateway.notices.letter`).
* Whatever is wrong is refused with the element named, answered by a receipt, kept as a dead letter, and never holds up the next message.
* The same notice again gets the same answer and changes nothing; a late one is accepted and changes nothing. The same message sealed by
  another hand is refused.
* A test notice goes the same way as far as being admitted, and no further.
* The receipt is written before linking, from the notice and the sender's own state alone: it tells nothing of anybody else.
* Everything a batch does is one transaction; the channel is acknowledged after it. A message that breaks the batch is split off and the
  others are done again without it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from connectors.channel.port import Parcel
from gateway.alerts.alerting import Alerting
from gateway.alerts.pairing import Pairing
from gateway.audit.recording import entry
from gateway.desk import Desk
from gateway.housekeeping.retention import Retention
from gateway.keys.epoch_retirement import retired_epochs
from gateway.notices.letter import NOT_PROVEN, Letter, LetterOpener
from gateway.places.protecting import Protecting
from gateway.ports import Clock, Store, StoreDown, UnitOfWork
from gateway.review.cases import REVIEW_DAYS
from identity.agency.keys import VerifyKey
from identity.person.pepper import Pepper
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import GatewayId, KeyId
from mappings.canonical.receipt import Issue

log = structlog.get_logger("patchwork.intake")

MESSAGE_IDS_KEPT = timedelta(days=1)
"""Beyond the window in which a message is taken at all."""

FAULT = Issue(
    "exception",
    "not-processed",
    "",
    "the gateway could not process this message; its operator has it and can replay it",
)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Whether a dead letter would be accepted now, and if it would be refused, why."""

    accepted: bool
    issues: tuple[Issue, ...]


class _TakenBack(Exception):
    """Ends a rehearsal's transaction, so that nothing of it happened."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        super().__init__()
        self.rehearsal = rehearsal


@dataclass(frozen=True, slots=True)
class Intake:
    """`home` is this gateway's own id: notices homed elsewhere are refused. `peppers` says which pepper counts (`gateway.keys.peppers`).
    `review_days`: see `gateway.review.cases`; `retention`: `gateway.housekeeping.retention`."""

    store: Store
    clock: Clock
    opener: LetterOpener
    peppers: Callable[[UnitOfWork], Pepper]
    pairing: Pairing
    home: GatewayId
    protecting: Protecting = field(default_factory=Protecting)
    review_days: int = REVIEW_DAYS
    retention: Retention = field(default_factory=Retention)

    def take_in(self, parcels: Sequence[Parcel]) -> int:
        """Process a batch whole. Returns how many messages were accepted. Raises `StoreDown`; then nothing of it happened."""
        return self._record_all(self._open_all(parcels, self.clock.now()))

    def replay(self, letter_id: int, actor: str) -> ReceiptOutcome:
        """Process a dead letter again, judged as of when it was received. Raises `KeyError` where there is none."""
        letter = self._reopen(letter_id)
        with self.store.write() as uow:
            desk = self._desk(uow, replaying=True)
            accepted = desk.handle(letter)
            if accepted:
                uow.dead_letters.mark_replayed(letter_id, self.clock.now())
            outcome = ReceiptOutcome.ACCEPTED if accepted else ReceiptOutcome.REFUSED
            desk.entries.append(entry("dead-letter-replayed", actor, dead_letter=letter_id, outcome=outcome.value))
            desk.finish()
        return outcome

    def rehearse(self, letter_id: int) -> Rehearsal:
        """What `replay` would come to now: it is carried out in a transaction that is never committed. Raises `KeyError`, `StoreDown`."""
        letter = self._reopen(letter_id)
        try:
            with self.store.write() as uow:
                desk = self._desk(uow, replaying=True)
                accepted = desk.handle(letter)
                raise _TakenBack(Rehearsal(accepted, tuple(desk.refusals)))
        except _TakenBack as taken_back:
            return taken_back.rehearsal
        except StoreDown:
            raise
        except Exception as problem:
            log.error("message-not-processed", digest=letter.digest, fault=type(problem).__name__)
            return Rehearsal(False, (FAULT,))

    def _reopen(self, letter_id: int) -> Letter:
        with self.store.read() as uow:
            dead = uow.dead_letters.get(letter_id)
        if dead is None:
            raise KeyError(letter_id)
        # What came unproven is not better proven by being replayed.
        unproven = NOT_PROVEN in dead.issues
        (letter,) = self._open_all([Parcel("", dead.sealed, dead.sender, proving=unproven)], dead.received_at)
        return letter

    def _open_all(self, parcels: Sequence[Parcel], received_at: datetime) -> list[Letter]:
        with self.store.read() as uow:
            keys: dict[KeyId, VerifyKey] = {
                key.id: key for connector in uow.trust.connectors() for key in connector.verify_keys(received_at)
            }
        return [self.opener.open(parcel, keys.get, received_at) for parcel in parcels]

    def _record_all(self, letters: list[Letter]) -> int:
        try:
            with self.store.write() as uow:
                desk = self._desk(uow)
                accepted = sum(desk.handle(letter) for letter in letters)
                uow.message_ids.forget(desk.now - self.opener.window - MESSAGE_IDS_KEPT)
                desk.finish()
            return accepted
        except StoreDown:
            raise
        except Exception as problem:
            if len(letters) > 1:
                return sum(self._record_all([letter]) for letter in letters)
            log.error("message-not-processed", digest=letters[0].digest, fault=type(problem).__name__)
            self._set_aside(letters[0])
            return 0

    def _set_aside(self, letter: Letter) -> None:
        """Keep what our own code stumbled over, tell the sender, and go on."""
        with self.store.write() as uow:
            desk = self._desk(uow)
            desk.refuse(letter, desk.sender_of(letter), (FAULT,))
            desk.finish()

    def _desk(self, uow: UnitOfWork, replaying: bool = False) -> Desk:
        now = self.clock.now()
        agreements = uow.agreements.current()
        alerting = Alerting(uow, self.pairing, agreements, now)
        places, retired, days = self.protecting.places(uow), retired_epochs(uow), self.review_days
        return Desk(
            uow,
            self.peppers(uow),
            alerting,
            agreements,
            self.home,
            places,
            now,
            replaying,
            [],
            retired,
            review_days=days,
            retention=self.retention,
        )
