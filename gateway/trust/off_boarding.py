"""Off-boarding: an agency's connector is gone for good, and what it said goes with it.

* Every involvement it published is withdrawn: what others were told because of it is retracted (`gateway.alerts.alerting`, by the sweep that
  follows).
* Its workers' contacts are erased, the details it sealed to the stewards, and its clients' evidence with every index key of it, so that
  nobody is matched with them again.
* What asked whether they are somebody else's clients too is closed (`gateway.review.cases`).
* The references stay as tombstones, so that a late or repeated notice finds that it is over.
"""

from dataclasses import replace
from datetime import datetime

from gateway.model.connector import Connector
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.model.person_record import PersonRecord
from gateway.model.record_merge import MergeState
from gateway.ports import UnitOfWork
from gateway.review.cases import CaseKeeper
from identity.person.pepper import IndexKeys
from mappings.canonical.evidence import Evidence
from mappings.canonical.notice import Worker

_NOTHING = IndexKeys((), (), ())


def take_back(unit: UnitOfWork, connector: Connector, now: datetime) -> dict[str, int]:
    """Withdraw and erase what the connector's agencies published through it. Returns how many `involvements` and
    `records` it was, for the audit."""
    involvements, records, cases = 0, set(), CaseKeeper(unit, now)
    for agency in connector.agencies:
        for involvement in list(unit.involvements.of_agency(agency)):
            if involvement.connector != connector.id:
                continue
            withdrawn = replace(
                involvement,
                standing=Standing.WITHDRAWN,
                worker=Worker(),
                worker_tokens=(),
                over_since=now.date(),
            )
            unit.involvements.save(withdrawn)
            unit.relations.replace(involvement.id, [])
            involvements += 1
            records.add(involvement.record_id)
            _erase(unit, involvement)
    for agency in connector.agencies:
        # What was merged into another record is nobody's involvement any more, and has kept its evidence.
        for merge in list(unit.merges.of_agency(agency)):
            gone = unit.records.find(agency, merge.superseded)
            if merge.connector == connector.id and merge.state is MergeState.STANDS and gone is not None:
                _empty(unit, gone)
    for record_id in sorted(records):
        cases.involvement_moved(record_id)
    for each in cases.entries:
        unit.audit.append(now, each.code, each.actor, each.fields)
    return {"involvements": involvements, "records": len(records)}


def _erase(unit: UnitOfWork, involvement: RegisteredInvolvement) -> None:
    record = unit.records.get(involvement.record_id)
    # Somebody else of the agency may have taken over the case: then its evidence is theirs.
    others = [
        each for each in unit.involvements.of_record(involvement.record_id) if each.connector != involvement.connector
    ]
    if record is None or others:
        return
    _empty(unit, record)


def _empty(unit: UnitOfWork, record: PersonRecord) -> None:
    emptied = tuple(Evidence(each.epoch) for each in record.evidence)
    if emptied != record.evidence:
        unit.records.replace_evidence(record.id, emptied, _NOTHING)
    unit.details.remove(record.id)
