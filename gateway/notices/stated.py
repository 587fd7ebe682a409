"""What counts in an agency's ledger, whatever its kind: may it come in, and what follows from it once it is admitted.

A notice, a merge of records, a shield, a request to the introducer, a practitioner's answer. What follows is done here; what is written down of it
goes back to intake, which writes the audit last of all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from gateway.alarms.tallies import Tallies, is_unreachable
from gateway.alerts.alerting import Alerting
from gateway.answers.admission import check_answer
from gateway.answers.taking import take_answer
from gateway.audit.recording import Entry
from gateway.housekeeping.kept_details import agreement_of
from gateway.housekeeping.retention import Retention
from gateway.introducing.request import take_request as take_introduction
from gateway.merges.admission import check_merge
from gateway.model.agreement import Agreement
from gateway.model.capabilities import Capabilities
from gateway.model.connector import Connector
from gateway.notices.admission import check_about, check_agreement, check_confirmed, check_notice
from gateway.notices.capabilities import check_limits, check_version
from gateway.notices.letter_agency import AGENCY_STANDS_IN, Stated
from gateway.notices.registration import Registration
from gateway.ports import UnitOfWork
from gateway.review.cases import CaseKeeper
from gateway.withholding.requests import take_request
from identity.person.pepper import Pepper
from identity.person.protected_place import ProtectedPlaces
from mappings.canonical.envelope import EnvelopeHeader
from mappings.canonical.identifiers import ConnectorId, GatewayId
from mappings.canonical.introduction import IntroductionRequest
from mappings.canonical.notice import Notice
from mappings.canonical.practitioner_answer import PractitionerAnswer
from mappings.canonical.receipt import Issue
from mappings.canonical.record_merge import RecordMerge
from mappings.canonical.shield_request import ShieldRequest

Word = RecordMerge | ShieldRequest | IntroductionRequest | PractitionerAnswer
"""Whatever is no notice."""


@dataclass(frozen=True, slots=True)
class Followed:
    """What to write down: the event of this message with its fields, and further events that it caused."""

    code: str
    fields: Mapping[str, str | int]
    entries: Sequence[Entry] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What it is judged by: the agreements in force, the gateway it must name as its home, how long things are kept."""

    agreements: Sequence[Agreement]
    home: GatewayId
    retention: Retention


def check_stated(
    uow: UnitOfWork, stated: Stated, header: EnvelopeHeader, sender: Connector, terms: Terms, at: datetime
) -> list[Issue]:
    """Every reason why it may not come in, each with its way out; none where it may. `at` is when it was received."""
    may = sender.capabilities
    if isinstance(stated, Notice):
        issues = check_notice(stated, header, terms.agreements, terms.home, at)
        issues += check_confirmed(stated, at, terms.retention)
        return issues + check_limits(stated, header, may)
    issues = check_word(stated, header, terms.agreements, may, at)
    if isinstance(stated, PractitionerAnswer):
        return issues + check_answer(stated, at)
    if isinstance(stated, RecordMerge):
        return issues or check_merge(uow, stated)
    return issues


def check_word(
    word: Word, header: EnvelopeHeader, agreements: Sequence[Agreement], limits: Capabilities, at: datetime
) -> list[Issue]:
    """What each of them but a notice must meet, whatever it says: none of it hangs on the register."""
    element = AGENCY_STANDS_IN[type(word)].removesuffix("agency") + "id"
    issues = check_about(header, word.id, element)
    return issues + check_agreement(word.agency, header, agreements, at) + check_version(header, limits)


@dataclass(frozen=True, slots=True)
class Consequences:
    """Carries out what follows, in the unit of work it came in. `places` link nobody, evidence under `retired` linkage epochs is left out.
    `tallies` counts what alarms are raised by; `review_days` is the clock of a review case, in working days."""

    uow: UnitOfWork
    pepper: Pepper
    alerting: Alerting
    agreements: Sequence[Agreement]
    places: ProtectedPlaces
    retired: frozenset[str]
    now: datetime
    review_days: int
    tallies: Tallies = field(default_factory=Tallies)

    def of(self, stated: Stated, header: EnvelopeHeader | None, sender: Connector) -> Followed:
        """Do everything that follows from one that was admitted."""
        match stated:
            case RecordMerge():
                return self._merged(stated, sender.id)
            case IntroductionRequest():
                return self._asked(stated)
            case ShieldRequest():
                return self._shielded(stated, sender.id)
            case PractitionerAnswer():
                return self._answered(stated, sender.id)
            case Notice():
                return self._registered(stated, header, sender)

    def _registered(self, notice: Notice, header: EnvelopeHeader | None, sender: Connector) -> Followed:
        registration = self._registration()
        under = agreement_of(self.agreements, header.agreement if header else None)
        registered = registration.register(notice, sender, under)
        agency = notice.agency.value
        if registered is None:
            self.tallies.late(sender.id)
            return Followed("notice-late", {"agency": agency})
        self.tallies.accepted(sender.id, registered.placed, registered.ending, is_unreachable(notice))
        fields = {
            "agency": agency,
            "event": notice.event.value,
            "link": registered.placed.outcome,
            "possibles": registered.placed.possibles,
            "alerts": registered.alerts,
        }
        return Followed("notice-accepted", fields, registration.cases.entries)

    def _merged(self, merge: RecordMerge, sender: ConnectorId) -> Followed:
        registration = self._registration()
        done, agency = registration.merging().apply(merge, sender), merge.agency.value
        if done is None:
            return Followed("merge-late", {"agency": agency})
        fields = {"agency": agency, "event": merge.event.value, **asdict(done)}
        return Followed("merge-accepted", fields, registration.cases.entries)

    def _shielded(self, request: ShieldRequest, sender: ConnectorId) -> Followed:
        done, agency = take_request(self.alerting, request, sender), request.agency.value
        if done is None:
            return Followed("shield-repeated", {"agency": agency})
        return Followed("shield-placed", {"agency": agency, **asdict(done)})

    def _asked(self, request: IntroductionRequest) -> Followed:
        outcome = take_introduction(self.alerting, request)
        fields = {"agency": request.agency.value, "connection": request.connection.value, "outcome": outcome}
        return Followed("introduction-asked", fields)

    def _answered(self, answer: PractitionerAnswer, sender: ConnectorId) -> Followed:
        """What a practitioner answered to an alert."""
        cases, agency = CaseKeeper(self.uow, self.now, self.review_days), answer.agency.value
        taken = take_answer(self.alerting, cases, answer)
        if taken.why:
            return Followed("answer-unmatched", {"agency": agency, "why": taken.why})
        if taken.repeated:
            return Followed("answer-repeated", {"agency": agency})
        self.tallies.answered(sender, answer.answer)
        fields = {
            "agency": agency,
            "connection": answer.connection.value,
            "alert": answer.alert.value,
            "said": answer.answer.value,
            "outcome": taken.outcome.value,
            "alerts": taken.alerts,
        }
        return Followed("answer-taken", fields, cases.entries)

    def _registration(self) -> Registration:
        cases = CaseKeeper(self.uow, self.now, self.review_days)
        return Registration(self.uow, self.pepper, self.alerting, self.places, cases, self.retired)
