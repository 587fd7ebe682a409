"""Restricting the processing of a person's data (UK GDPR, Article 18): the data stays, and nothing is told of or about the person.

* A data protection officer places it alone and at once, by an agency's own opaque reference of its client or by a record's number. Two people
  lift it, one of them a data protection officer; nothing else ends it, and no override reaches it.
* It stands on the person as a shield does: through re-publication, other links, merges and their undoing, and the rotation of every key.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.alerts.alerting import Alerting
from gateway.model.person_record import PersonRecord
from gateway.model.withholding import Withholding, WithholdingKind
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import VerifiedChange, record
from gateway.trust.permissions import check_may_restrict, check_may_withhold
from gateway.trust.signed_side import check_side
from gateway.withholding.deciding import MAX_NUMBER, MAX_REASON, alerting_of, signed_for
from gateway.withholding.judging import standing_on
from gateway.withholding.placing import end, place, record_of
from gateway.withholding.shielding import Ended
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, InvalidIdentifier, PersonRef

ADD, LIFT = "restriction.add", "restriction.lift"
RESTRICTION = WithholdingKind.RESTRICTION
_REFERENCE, _RECORD = frozenset({"agency", "person", "reason", "side"}), frozenset({"record", "reason", "side"})


def restrict(alerting: Alerting, record: PersonRecord, made_by: str, reason: str) -> tuple[Withholding, int]:
    """Restrict the person whom this record is of, in the transaction of whoever decides it. One that stands on the person already is left as
    it is. Returns the restriction, and how many alerts follow."""
    standing = standing_on(alerting.uow, [record.id], alerting.now)
    known = next((each for each in standing if each.kind is RESTRICTION), None)
    if known is not None:
        return known, 0
    at = alerting.now
    return place(alerting, Withholding(0, RESTRICTION, record.agency, record.id, at, made_by, at, reason))


def is_restricted(alerting: Alerting, record: PersonRecord) -> bool:
    """Whether a restriction stands on the person whom this record is of."""
    return any(each.kind is RESTRICTION for each in standing_on(alerting.uow, [record.id], alerting.now))


def reference_content(agency: str, person: str, reason: str, mode: Mode) -> dict[str, Any]:
    """What is signed to restrict by an agency's own opaque reference. Raises `Refused` before anything is signed."""
    content = {"agency": agency, "person": person, "reason": reason, "side": mode.value}
    _read_reference(Content("restriction", content, _REFERENCE))
    return content


def record_content(record: int, reason: str, mode: Mode) -> dict[str, Any]:
    """What is signed to restrict by a record's number. Raises `Refused` before anything is signed."""
    content = {"record": record, "reason": reason, "side": mode.value}
    read = Content("restriction", content, _RECORD)
    read.whole("record", 1, MAX_NUMBER)
    read.text("reason", MAX_REASON)
    return content


def _add(unit: UnitOfWork, change: VerifiedChange) -> tuple[Withholding, int]:
    found, reason = _meant(unit, change.content)
    made, alerts = restrict(alerting_of(unit, change), found, change.actor.id, reason)
    agency = made.agency.value
    record(unit, change, "restriction-placed", restriction=made.id, agency=agency, record=found.id, alerts=alerts)
    return made, alerts


def _meant(unit: UnitOfWork, content: Mapping[str, Any]) -> tuple[PersonRecord, str]:
    read = Content("restriction", content, _RECORD if "record" in content else _REFERENCE)
    check_side(unit, read)
    if "record" in content:
        found = unit.records.get(read.whole("record", 1, MAX_NUMBER))
        if found is None:
            raise Refused("there is no record of that number; patchwork review list and link show name records")
        return found, read.text("reason", MAX_REASON)
    agency, person = _read_reference(read)
    if unit.trust.agency(agency) is None:
        raise Refused(f"there is no agency {agency}; patchwork agency list shows those there are")
    # Also before that agency has published anything of this client: then it stands from the first notice on.
    return record_of(unit, agency, person), read.text("reason", MAX_REASON)


def _read_reference(read: Content) -> tuple[AgencyId, PersonRef]:
    try:
        person = PersonRef(read.text("person", 64))
    except InvalidIdentifier:
        raise read.refusal(
            "person", "must be the agency's opaque reference of its client, as patchwork-connector reference shows it"
        ) from None
    read.text("reason", MAX_REASON)
    return read.identifier("agency", AgencyId), person


def _lift_needs_two(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    signed_for(unit, content, RESTRICTION)
    return True


def _lift(unit: UnitOfWork, change: VerifiedChange) -> Ended:
    known = signed_for(unit, change.content, RESTRICTION)
    alerts = end(alerting_of(unit, change), known)
    record(unit, change, "restriction-lifted", restriction=known.id, alerts=alerts)
    return Ended(replace(known, ended_at=change.at), alerts)


EXECUTORS = {
    ADD: Executor(check_may_restrict, check_may_restrict, never, _add),
    LIFT: Executor(check_may_restrict, check_may_withhold, _lift_needs_two, _lift),
}
