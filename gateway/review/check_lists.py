"""The daily list of its own records that each agency is sent to look at again. Nobody can tell from it that a record is under review.

* On it stand: records that lack a name or a birth date, or are too thin to link on; some drawn by lot, a few a day, each for a week; and what a
  steward asked for, for a week. All look alike: the agency's own reference and one to three fields, in the order of the references.
* Every agency is sent one every day, whatever stands on it, so that neither sending nor silence says anything.
* Beside them stand the involvements that expire soon unless they are confirmed, the longest unconfirmed first: also of a sensitive service, since
  nobody but its own agency is asked.
* Never on it as a record to check: one of which any live involvement is sensitive or unclassified.
* A small agency's lot is drawn seldom, so a record that is asked for hides the better the more clients an agency has.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from gateway.alerts.pairing import Pairing
from gateway.audit.recording import entry
from gateway.housekeeping.retention import Retention
from gateway.merges.merged_records import surviving
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.model.reply import Reply
from gateway.ports import Clock, Store, UnitOfWork
from gateway.withholding.judging import standing_on
from mappings.canonical.check_list import MAX_FIELDS, MAX_ITEMS, CheckField, CheckItem, CheckList
from mappings.canonical.codes import MessageKind, Sensitivity
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, MessageId, PersonRef
from mappings.check_list_json import write_check_list

DAYS = 7
"""How long a record stands on the list, drawn or asked for."""

ONE_IN = 400
"""How many records there are for each that is drawn on a day."""

_FIELDS = tuple(CheckField)


@dataclass(frozen=True, slots=True)
class CheckLists:
    """Makes and queues the lists. `retention` says when an involvement is asked about."""

    store: Store
    clock: Clock
    pairing: Pairing
    retention: Retention = field(default_factory=Retention)

    def send_due(self) -> int:
        """Queue today's list for every agency that has not had one. Returns how many. Raises `StoreDown`; what was queued stays queued."""
        now = self.clock.now()
        with self.store.read() as uow:
            due = [agency for agency in _speaking(uow) if uow.check_requests.last_list(agency) != now.date()]
        for agency in due:
            with self.store.read() as uow:
                listed = self.made(uow, agency, now.date())
            self._queue(listed, now)
        return len(due)

    def made(self, uow: UnitOfWork, agency: AgencyId, today: date) -> CheckList:
        """The list as of that day."""
        asked = {each.record_id: each.fields for each in uow.check_requests.open(today)}
        wanted, routine = [], []
        for involvement in _checkable(uow, agency):
            if involvement.record_id in asked:
                wanted.append(CheckItem(_named(uow, involvement), asked[involvement.record_id]))
                continue
            fields = _missing(uow, involvement) or self._drawn(involvement, today)
            if fields:
                routine.append(CheckItem(_named(uow, involvement), fields))
        items = [*wanted, *routine][:MAX_ITEMS]
        asked_about = uow.housekeeping.to_confirm(agency, self.retention.asked_since(today), MAX_ITEMS)
        in_turn = tuple(sorted(items, key=lambda item: item.person_ref.value))
        return CheckList(agency, today, in_turn, tuple(sorted(asked_about)))

    def _drawn(self, involvement: RegisteredInvolvement, today: date) -> tuple[CheckField, ...]:
        for back in range(DAYS):
            day = (today - timedelta(days=back)).isoformat()
            lot = self.pairing.lot(involvement.agency.value, involvement.person_ref.value, day)
            drawn, rest = lot % ONE_IN, lot // ONE_IN
            if drawn == 0:
                return fields_by_lot(rest)
        return ()

    def _queue(self, listed: CheckList, now: datetime) -> None:
        with self.store.write() as uow:
            connector = uow.trust.connector_for(listed.agency)
            if connector is None or not uow.side.hears(connector.status):
                return
            if uow.check_requests.last_list(listed.agency) == listed.as_of:
                return
            about = MessageId(str(uuid.uuid4()))
            uow.replies.add(Reply(0, connector.id, MessageKind.CHECK_LIST, about, write_check_list(listed), now))
            uow.check_requests.note_list(listed.agency, listed.as_of)
            event = entry(
                "check-list-sent",
                "relay",
                agency=listed.agency.value,
                records=len(listed.items),
                unconfirmed=len(listed.still_involved),
            )
            uow.audit.append(now, event.code, event.actor, event.fields)


def fields_by_lot(number: int) -> tuple[CheckField, ...]:
    """One to three different fields, whichever the number says."""
    count, number = 1 + number % MAX_FIELDS, number // MAX_FIELDS
    chosen: set[CheckField] = set()
    while len(chosen) < count:
        number, place = divmod(number, len(_FIELDS))
        chosen.add(next(each for each in (*_FIELDS[place:], *_FIELDS) if each not in chosen))
    return in_order(chosen)


def in_order(fields: set[CheckField]) -> tuple[CheckField, ...]:
    """As every list writes them."""
    return tuple(each for each in _FIELDS if each in fields)


def may_be_asked(uow: UnitOfWork, record_id: int, now: datetime) -> bool:
    """Whether a steward may have the record looked at: somebody is involved, no involvement is one that must stay private, and nothing stands
    on the person."""
    if standing_on(uow, [record_id], now):
        return False
    live = [each for each in uow.involvements.of_record(record_id) if each.standing is Standing.LIVE]
    return bool(live) and all(each.sensitivity is Sensitivity.STANDARD for each in live)


def _speaking(uow: UnitOfWork) -> list[AgencyId]:
    return sorted(
        {agency for each in uow.trust.connectors() if uow.side.hears(each.status) for agency in each.agencies}, key=str
    )


def _checkable(uow: UnitOfWork, agency: AgencyId) -> Iterator[RegisteredInvolvement]:
    """One live involvement of every record that may stand on a list."""
    seen: dict[int, RegisteredInvolvement] = {}
    private: set[int] = set()
    for each in uow.involvements.of_agency(agency):
        if each.standing is Standing.LIVE:
            seen.setdefault(each.record_id, each)
            if each.sensitivity is not Sensitivity.STANDARD:
                private.add(each.record_id)
    return (each for record_id, each in sorted(seen.items()) if record_id not in private)


def _named(uow: UnitOfWork, involvement: RegisteredInvolvement) -> PersonRef:
    """As the agency's records call the client today, whatever they did before a merge."""
    return surviving(uow, involvement.agency, involvement.person_ref)


def _missing(uow: UnitOfWork, involvement: RegisteredInvolvement) -> tuple[CheckField, ...]:
    """What a record lacks by which people are told apart. The place is asked for only where the record is too thin to be linked."""
    record = uow.records.get(involvement.record_id)
    evidence = record.evidence[0] if record and record.evidence else None
    if evidence is None:
        return ()
    lacking = {field for field, known in _known(evidence).items() if not known}
    if not evidence.weak:
        return in_order(lacking - {CheckField.POSTCODE})[:MAX_FIELDS]
    # Thin and nothing lacks: the name is only what somebody is called.
    return in_order(lacking or {CheckField.GIVEN_NAME})[:MAX_FIELDS]


def _known(evidence: Evidence) -> dict[CheckField, bool]:
    return {
        CheckField.GIVEN_NAME: evidence.given is not None,
        CheckField.FAMILY_NAME: evidence.family is not None,
        CheckField.BIRTH_DATE: evidence.birth_date is not None,
        CheckField.POSTCODE: any(place.postcode for place in evidence.locations),
    }
