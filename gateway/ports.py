"""What the use cases need of the world: a store with one register lock, and a clock. `gateway/store` and the tests implement them.

A unit of work is one database transaction. `Store.write()` holds the register lock from its first statement (PostgreSQL advisory lock,
SQLite BEGIN IMMEDIATE), so that two new records of one person in two processes always meet; it commits on a clean exit and rolls back on
any exception. Whatever raises inside leaves no trace. All datetimes are aware and UTC.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from gateway.alarms.ports import Alarms
from gateway.alerts.ports import Alerts, Connections
from gateway.answers.ports import Answers
from gateway.audit.ports import Audit, ToldCheckpoints
from gateway.dead_letters.ports import DeadLetters
from gateway.disclosure_record.ports import DisclosureRecords
from gateway.enrolment.ports import Enrolments
from gateway.family.ports import Relations
from gateway.housekeeping.ports import Housekeeping
from gateway.informing.ports import Informing
from gateway.introducing.ports import Introductions
from gateway.keys.renewal_ports import Epochs, Renewals
from gateway.linkage.ports import Records
from gateway.merges.ports import Merges
from gateway.model.involvement import RegisteredInvolvement
from gateway.model.processed import Processed
from gateway.model.reply import Reply
from gateway.model.side import Side
from gateway.places.ports import Protections
from gateway.probing.ports import Probes
from gateway.reporting.facts_port import Facts
from gateway.review.ports import Assertions, CheckRequests, Details, Reviews
from gateway.rollout.ports import Eligibilities, Rollouts
from gateway.rules.ports import RuleSets
from gateway.subject_access.ports import AccessRequests
from gateway.trust.ports import Agreements, Operators, Proposals, Trust
from gateway.trust.standing_ports import Standings
from gateway.withholding.ports import NoContacts, Withholdings
from mappings.canonical.codes import ServiceLine
from mappings.canonical.identifiers import (
    AgencyId,
    ConnectorId,
    InvolvementRef,
    KeyId,
    MessageId,
)
from mappings.canonical.notice import Sequence as NoticeSequence
from mappings.canonical.statement import StatementEntry


class StoreDown(Exception):
    """The database cannot be reached or gave up the transaction; nothing of the unit happened. Try again."""


class Clock(Protocol):
    """The time, so that tests can move it."""

    def now(self) -> datetime:
        """Aware, UTC."""


class Involvements(Protocol):
    """The latest state of every involvement."""

    def find(self, agency: AgencyId, ref: InvolvementRef) -> RegisteredInvolvement | None: ...
    def get(self, id: int) -> RegisteredInvolvement: ...
    def save(self, involvement: RegisteredInvolvement) -> RegisteredInvolvement:
        """Insert (id 0) or update; returns it with its id."""

    def of_person(self, person_id: int) -> list[RegisteredInvolvement]:
        """All involvements, whatever their standing, of all records actively linked to the person."""

    def of_record(self, record_id: int) -> list[RegisteredInvolvement]: ...
    def live_digests(self, agency: AgencyId, prefix: str, line: ServiceLine | None = None) -> dict[InvolvementRef, str]:
        """Reference -> state digest of every live involvement of the agency whose reference begins with `prefix`, of that service line where one is
        given."""

    def live_by_line(self, agency: AgencyId) -> list[tuple[ServiceLine, StatementEntry]]:
        """Every live involvement of the agency by its service line."""

    def of_agency(self, agency: AgencyId) -> Iterator[RegisteredInvolvement]:
        """All of one agency, whatever their standing."""


class Replies(Protocol):
    """Receipts and statement replies not yet confirmed by the channel."""

    def add(self, reply: Reply) -> None: ...
    def due(self, now: datetime, limit: int) -> list[Reply]:
        """The longest due first. See `Reply.body` for what came back with a backup."""

    def retry(self, id: int, attempts: int, next_attempt_at: datetime) -> None: ...
    def remove(self, ids: Iterable[int]) -> None: ...


class ProcessedNotices(Protocol):
    """Idempotency: what was answered, and how far each ledger has come. A connector keeps one ledger for each of its agencies."""

    def get(self, connector: ConnectorId, notice: MessageId) -> Processed | None: ...
    def add(self, processed: Processed) -> None: ...
    def last_accepted(self, connector: ConnectorId, agency: AgencyId) -> NoticeSequence | None: ...
    def advance(self, connector: ConnectorId, agency: AgencyId, sequence: NoticeSequence) -> None:
        """Raise `last_accepted` to `sequence` if that is greater."""

    def ledger_incarnation(self, connector: ConnectorId, agency: AgencyId) -> str | None:
        """The latest ledger incarnation the agency has shown, by an accepted notice or a statement; None before the first."""

    def note_ledger(self, connector: ConnectorId, agency: AgencyId, incarnation: str) -> None:
        """Remember it, if it is later than the one known."""


class MessageIds(Protocol):
    """Ids of messages that came in: each stands for one sealing."""

    def note(self, connector: ConnectorId, message: MessageId, digest: str, at: datetime) -> str | None:
        """The digest of the sealed bytes it came with before; None where it is new, and then it is remembered."""

    def forget(self, before: datetime) -> None:
        """Those that came before that instant: whatever carries one of them is too old to be taken anyhow."""


class Volumes(Protocol):
    """How many notices each connector has handed in, this minute and this day."""

    def counts(self, connector: ConnectorId, at: datetime) -> tuple[int, int]:
        """In the minute and in the day (UTC) of `at`."""

    def keep(self, connector: ConnectorId, at: datetime, in_minute: int, in_day: int) -> None: ...


class Inboxes(Protocol):
    """The inboxes of the embedded queue, as far as a unit of work touches them."""

    def purge(self, inbox: str) -> int:
        """Drop everything that waits there. Returns how many parcels it was."""


class RequestNonces(Protocol):
    """Nonces of signed statements, each good once within its window."""

    def use(self, key: KeyId, nonce: str, at: datetime) -> bool:
        """True the first time, False ever after."""


class UnitOfWork(Protocol):
    """One transaction over all of it, on one side of the gateway.

    `copied` is `trust` as this side last took it over: the same thing, but on a trial side beside a live one, where the register is the
    other's and only read (`gateway.trust.leaving`). Nothing is decided by the copy.
    """

    side: Side
    trust: Trust
    copied: Trust
    agreements: Agreements
    rule_sets: RuleSets
    operators: Operators
    records: Records
    involvements: Involvements
    connections: Connections
    relations: Relations
    protections: Protections
    alerts: Alerts
    replies: Replies
    processed: ProcessedNotices
    dead_letters: DeadLetters
    audit: Audit
    told_checkpoints: ToldCheckpoints
    nonces: RequestNonces
    proposals: Proposals
    message_ids: MessageIds
    volumes: Volumes
    inboxes: Inboxes
    enrolments: Enrolments
    standings: Standings
    probes: Probes
    alarms: Alarms
    renewals: Renewals
    epochs: Epochs
    reviews: Reviews
    assertions: Assertions
    details: Details
    check_requests: CheckRequests
    merges: Merges
    withholdings: Withholdings
    no_contacts: NoContacts
    introductions: Introductions
    answers: Answers
    housekeeping: Housekeeping
    facts: Facts
    disclosure_records: DisclosureRecords
    access_requests: AccessRequests
    informing: Informing
    rollouts: Rollouts
    eligibilities: Eligibilities

    def incarnation(self) -> str:
        """The random name this register was given when it was created."""

    def counts(self) -> dict[str, int]:
        """How many of everything there is, for `/metrics` and the demo: notices, people, connections, involvements, dead letters..."""


class Store(Protocol):
    """A database that holds the register."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """A unit that only reads. Raises `StoreDown`."""

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """A unit that holds the register lock. Raises `StoreDown`."""

    def use_nonce(self, key: KeyId, nonce: str, at: datetime) -> bool:
        """As `RequestNonces.use`, for a signed HTTP request: in a short transaction of its own, without the register lock, so that no
        request waits behind a batch. Raises `StoreDown`."""

    def scrub(self) -> None:
        """Have the database let go of the old bytes of what was erased, as far as its engine can. Raises `StoreDown`."""

    def close(self) -> None: ...
