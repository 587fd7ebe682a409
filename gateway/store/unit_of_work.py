"""One transaction over every repository, and the numbers over all of it.

On a side that takes the register of trust from another store (`shared`), what people decided - trust, agreements, rules, operators, enrolments,
protected places, the roll-out plan - is read from there. Everything that comes from notices is this side's own, and so is what is proposed about
it. What is written is all in one transaction of one database.
"""

from typing import Final

from sqlalchemy import func, select

from gateway import ports
from gateway.alarms import ports as alarm_ports
from gateway.alerts import ports as connection_ports
from gateway.answers import ports as answer_ports
from gateway.audit import ports as audit_ports
from gateway.dead_letters import ports as dead_letter_ports
from gateway.disclosure_record.ports import DisclosureRecords
from gateway.enrolment import ports as enrolment_ports
from gateway.family import ports as relation_ports
from gateway.housekeeping import ports as housekeeping_ports
from gateway.informing.ports import Informing
from gateway.introducing import ports as introducing_ports
from gateway.keys import renewal_ports
from gateway.linkage import ports as linkage_ports
from gateway.merges import ports as merge_ports
from gateway.model.connection import ConnectionState
from gateway.model.involvement import Standing
from gateway.model.review_case import UNDECIDED, CaseState
from gateway.model.side import Side
from gateway.places import ports as protection_ports
from gateway.probing import ports as probe_ports
from gateway.reporting import facts_port
from gateway.review import ports as review_ports
from gateway.rollout import ports as rollout_ports
from gateway.rules import ports as rule_ports
from gateway.store.access_requests import SqlAccessRequests
from gateway.store.agreements import SqlAgreements
from gateway.store.alarms import SqlAlarms
from gateway.store.alerts import SqlAlerts
from gateway.store.answers import SqlAnswers
from gateway.store.audit import SqlAudit
from gateway.store.check_requests import SqlCheckRequests
from gateway.store.connections import SqlConnections
from gateway.store.dead_letters import SqlDeadLetters
from gateway.store.disclosure_records import SqlDisclosureRecords
from gateway.store.enrolments import SqlEnrolments
from gateway.store.epochs import SqlEpochs
from gateway.store.facts import SqlFacts
from gateway.store.housekeepings import SqlHousekeeping
from gateway.store.inboxes import SqlInboxes
from gateway.store.informed_counts import SqlInforming
from gateway.store.introductions import SqlIntroductions
from gateway.store.involvements import SqlInvolvements
from gateway.store.merges import SqlMerges
from gateway.store.message_ids import SqlMessageIds
from gateway.store.no_contacts import SqlNoContacts
from gateway.store.nonces import SqlNonces
from gateway.store.operators import SqlOperators
from gateway.store.parcel_keys import ParcelSealing
from gateway.store.probes import SqlProbes
from gateway.store.processed import SqlProcessed
from gateway.store.proposals import SqlProposals
from gateway.store.protections import SqlProtections
from gateway.store.record_index import RecordIndex
from gateway.store.records import SqlRecords
from gateway.store.relations import SqlRelations
from gateway.store.renewals import SqlRenewals
from gateway.store.replies import SqlReplies
from gateway.store.review_tables import review_case
from gateway.store.reviews import SqlAssertions, SqlReviews
from gateway.store.rollouts import SqlRollouts
from gateway.store.rule_sets import SqlRuleSets
from gateway.store.sealed_columns import SealedColumns
from gateway.store.sealed_details import SqlDetails
from gateway.store.shared_standings import SharedStandings
from gateway.store.standings import SqlStandings
from gateway.store.stated_eligibilities import SqlEligibilities
from gateway.store.tables import connection, dead_letter, involvement, link, person_record, processed, register
from gateway.store.told_checkpoints import SqlToldCheckpoints
from gateway.store.transaction import Transaction
from gateway.store.trust import SqlTrust
from gateway.store.volumes import SqlVolumes
from gateway.store.withholding_tables import shield_override
from gateway.store.withholdings import SqlWithholdings
from gateway.subject_access.ports import AccessRequests
from gateway.trust import ports as trust_ports
from gateway.trust import standing_ports
from gateway.withholding import ports as withholding_ports
from mappings.canonical.codes import ReceiptOutcome

_ROWS = select(func.count())
_COUNTS: Final = select(
    *(
        numbers.scalar_subquery().label(name)
        for name, numbers in {
            "notices": _ROWS.where(processed.c.outcome == ReceiptOutcome.ACCEPTED),
            "refused": _ROWS.where(dead_letter.c.replayed_at.is_(None), dead_letter.c.discarded_at.is_(None)),
            "people": select(func.count(link.c.person_id.distinct())).where(link.c.valid_to.is_(None)),
            "records": _ROWS.select_from(person_record),
            "involvements": _ROWS.select_from(involvement),
            "involvements_live": _ROWS.where(involvement.c.standing == Standing.LIVE),
            "connections": _ROWS.select_from(connection),
            "connections_live": _ROWS.where(connection.c.state == ConnectionState.LIVE),
            "dead_letters": _ROWS.select_from(dead_letter),
            "reviews_undecided": _ROWS.where(review_case.c.state.in_(list(UNDECIDED))),
            "investigations_open": _ROWS.where(shield_override.c.closed_at.is_(None)),
            "reviews_overdue": _ROWS.where(review_case.c.state == CaseState.OVERDUE),
        }.items()
    )
)
_INCARNATION: Final = select(register.c.incarnation)


class SqlUnitOfWork:
    """`gateway.ports.UnitOfWork` over one open transaction."""

    def __init__(
        self, transaction: Transaction, columns: SealedColumns, side: Side, shared: ports.UnitOfWork | None
    ) -> None:
        self._db = transaction
        self._shared = shared
        self._passing = ParcelSealing(columns.parcels)
        self.side = side
        self.copied: trust_ports.Trust = SqlTrust(transaction)
        self.trust: trust_ports.Trust = shared.trust if shared else self.copied
        self.agreements: trust_ports.Agreements = shared.agreements if shared else SqlAgreements(transaction)
        self.rule_sets: rule_ports.RuleSets = shared.rule_sets if shared else SqlRuleSets(transaction)
        self.operators: trust_ports.Operators = shared.operators if shared else SqlOperators(transaction)
        index = RecordIndex(transaction)
        self.records: linkage_ports.Records = SqlRecords(transaction, columns.evidence, index)
        self.involvements: ports.Involvements = SqlInvolvements(transaction, columns.worker)
        self.connections: connection_ports.Connections = SqlConnections(transaction)
        self.relations: relation_ports.Relations = SqlRelations(transaction, columns.relative)
        own_protections = SqlProtections(transaction, columns.protected)
        self.protections: protection_ports.Protections = shared.protections if shared else own_protections
        own_rollouts = SqlRollouts(transaction, columns.champion)
        self.rollouts: rollout_ports.Rollouts = shared.rollouts if shared else own_rollouts
        self.eligibilities: rollout_ports.Eligibilities = SqlEligibilities(transaction)
        self.alerts: connection_ports.Alerts = SqlAlerts(transaction)
        self.replies: ports.Replies = SqlReplies(transaction, self._passing)
        self.processed: ports.ProcessedNotices = SqlProcessed(transaction)
        self.dead_letters: dead_letter_ports.DeadLetters = SqlDeadLetters(transaction, columns.letter)
        self._audit = SqlAudit(transaction)
        self.audit: audit_ports.Audit = self._audit
        self.told_checkpoints: audit_ports.ToldCheckpoints = SqlToldCheckpoints(transaction)
        self.nonces: ports.RequestNonces = SqlNonces(transaction)
        self.proposals: trust_ports.Proposals = SqlProposals(transaction)
        self.message_ids: ports.MessageIds = SqlMessageIds(transaction)
        self.volumes: ports.Volumes = SqlVolumes(transaction)
        self.inboxes: ports.Inboxes = SqlInboxes(transaction, self._passing)
        self.enrolments: enrolment_ports.Enrolments = shared.enrolments if shared else SqlEnrolments(transaction)
        own = SqlStandings(transaction)
        self.standings: standing_ports.Standings = SharedStandings(own, shared.standings) if shared else own
        self.probes: probe_ports.Probes = SqlProbes(transaction)
        self.alarms: alarm_ports.Alarms = SqlAlarms(transaction)
        self.renewals: renewal_ports.Renewals = SqlRenewals(transaction, columns, index)
        self.epochs: renewal_ports.Epochs = SqlEpochs(transaction)
        self.reviews: review_ports.Reviews = SqlReviews(transaction)
        self.assertions: review_ports.Assertions = SqlAssertions(transaction)
        self.details: review_ports.Details = SqlDetails(transaction, columns.details)
        self.merges: merge_ports.Merges = SqlMerges(transaction)
        self.introductions: introducing_ports.Introductions = SqlIntroductions(transaction)
        self.check_requests: review_ports.CheckRequests = SqlCheckRequests(transaction)
        self.withholdings: withholding_ports.Withholdings = SqlWithholdings(transaction)
        self.no_contacts: withholding_ports.NoContacts = SqlNoContacts(transaction)
        self.answers: answer_ports.Answers = SqlAnswers(transaction)
        self.housekeeping: housekeeping_ports.Housekeeping = SqlHousekeeping(transaction, columns, self._passing)
        self.facts: facts_port.Facts = SqlFacts(transaction)
        self.informing: Informing = SqlInforming(transaction)
        self.access_requests: AccessRequests = SqlAccessRequests(transaction)
        self.disclosure_records: DisclosureRecords = SqlDisclosureRecords(transaction, columns.disclosure)

    def begin(self) -> None:
        """Before a unit writes: know every agency that a row may name, where the agencies are another store's."""
        if self._shared is not None:
            known = {each.id for each in self.copied.agencies()}
            for each in self._shared.trust.agencies():
                if each.id not in known:
                    self.copied.add_agency(each)

    def finish(self) -> None:
        """Write what was kept for last: the audit events and their head, then the keys of what passes through. Called once, just before the
        commit."""
        self._audit.flush()
        self._passing.flush()

    def incarnation(self) -> str:
        """The random name this register was given when it was created."""
        return str(self._db.value(_INCARNATION))

    def counts(self) -> dict[str, int]:
        """`notices` (accepted), `refused` (and neither replayed nor discarded), `people` (with an active link), `records`, `involvements`,
        `involvements_live`, `connections` (ever), `connections_live`, `dead_letters`, `reviews_undecided`,
        `reviews_overdue`, `investigations_open`, and `alerts_` + each status."""
        row = self._db.row(_COUNTS)
        numbers = {} if row is None else {name: int(number) for name, number in row._mapping.items()}
        return numbers | {f"alerts_{status}": number for status, number in self.alerts.counts().items()}
