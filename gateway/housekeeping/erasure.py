"""The end of an involvement's life: it expires where nobody confirms it, and once it has lingered it is erased.

* Expiry is told like any ordinary ending, in the same message, to those who were told of it; nothing says why.
* Erased are the worker's contact, the service, dates, age band, consent and digest, and the relatives that were named. When nothing of a record
  is left, its evidence goes too, with every index key, and the details sealed to the stewards: nobody is matched with it again.
* Where somebody was told of the record, keyed numbers of its surest details stay as long as that is on record, so that the person can be told.
* The references stay as tombstones, so that a late or repeated notice finds that it is over, and so do the links and connections between
  numbers: what was told can still be taken back.
"""

from dataclasses import replace
from datetime import date

from gateway.alerts.alerting import Alerting
from gateway.alerts.pairing import Pairing
from gateway.disclosure_record.subject_keys import subject_keys
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.ports import UnitOfWork
from gateway.review.cases import CaseKeeper
from identity.person.pepper import IndexKeys
from mappings.canonical.codes import AgeBand, Consent, Informed, Sensitivity, ServiceLine
from mappings.canonical.notice import Worker

_NOTHING = IndexKeys((), (), ())


def expire(uow: UnitOfWork, alerting: Alerting, cases: CaseKeeper, involvement: RegisteredInvolvement) -> int:
    """End a live involvement that nobody confirmed. Returns how many alerts were queued."""
    over = replace(involvement, standing=Standing.EXPIRED, over_since=alerting.now.date())
    uow.involvements.save(over)
    people = {each.person_id for each in uow.relations.of_involvement(over.id) if each.person_id is not None}
    uow.relations.replace(over.id, [])
    link = uow.records.active_link(over.record_id)
    people |= {link.person_id} if link else set()
    queued = sum(alerting.reconcile_person(person) for person in sorted(people))
    cases.involvement_moved(over.record_id)
    if not any(each.standing is Standing.LIVE for each in uow.involvements.of_record(over.record_id)):
        uow.details.remove(over.record_id)
    return queued


def erase(uow: UnitOfWork, pairing: Pairing, involvement: RegisteredInvolvement, today: date) -> bool:
    """Erase what is held of an involvement that is over. Returns whether its record was erased with it."""
    erased = replace(
        involvement,
        worker=Worker(),
        worker_tokens=(),
        service=ServiceLine.OTHER,
        sensitivity=Sensitivity.UNCLASSIFIED,
        consent=Consent.NOT_NEEDED,
        informed=Informed.NOT_INFORMED,
        informed_date=None,
        digest="",
        age_band=AgeBand.UNKNOWN,
        age_band_until=None,
        start=None,
        end=None,
        erased_on=today,
    )
    uow.involvements.save(erased)
    uow.relations.replace(erased.id, [])
    if not all(each.erased_on for each in uow.involvements.of_record(erased.record_id)):
        return False
    erase_record(uow, pairing, erased.record_id)
    return True


def erase_record(uow: UnitOfWork, pairing: Pairing, record_id: int) -> None:
    """Erase what is held of a client with whom the agency is involved no more: also where its involvement turned out to be with another."""
    record = uow.records.get(record_id)
    if record is not None and uow.disclosure_records.of_records([record_id], 1):
        uow.disclosure_records.note_subject(record_id, subject_keys(pairing, record.evidence))
    uow.records.replace_evidence(record_id, (), _NOTHING)
    uow.details.remove(record_id)
