"""Answering a test of this connector: a notice goes the whole way that real ones go, about somebody who was invented for it.

* Made by the code that makes real notices, under the linkage keys, references, sequence, agreement and signing key that are in use now.
* The envelope's signed header says that it is a test, and its id is the request's: nobody can take it for a real notice, nor a real one for it.
* It states the service line and legal basis that this agency last stated, or its defaults: what those are refused for, real notices are too.
* It states what permits nothing: a service that is not classified, an unknown age band, held back.
* Nothing of it is remembered but that it is to be sent: no involvement, nothing that a statement would list.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from connectors.ledger.ledger import Unit
from connectors.probing.invented import invented_person
from connectors.publishing.notice_builder import Facts, Publisher, build, keyed
from connectors.publishing.queueing import Desk
from connectors.publishing.standing import Standing, of_involvement
from connectors.publishing.standing import read as read_standing
from identity.agency.faults import KeyFault
from identity.person.ports import TokeniserUnavailable
from mappings.canonical.codes import LegalBasis, MessageKind, NoticeEvent, Sensitivity, ServiceLine
from mappings.canonical.identifiers import AgencyId, MessageId
from mappings.canonical.involvement import Involvement
from mappings.canonical.notice import Notice
from mappings.canonical.probe import ProbeRequest
from mappings.canonical.receipt import Issue

DeskOf = Callable[[], Desk]


class CannotAnswer(Exception):
    """No test notice can be made here; `issue` says why, with the way out."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue.text)
        self.issue = issue


def answer(
    unit: Unit, desk: DeskOf | None, agency: AgencyId, request: ProbeRequest, id: MessageId, now: datetime
) -> bool:
    """Put the answer to request `id` into the outbox; False where it is there already. Raises `CannotAnswer`."""
    if unit.outbox.get(id):
        return False
    if request.agency != agency:
        raise _cannot("test-misdirected", "this connector does not speak for the agency that the test is for")
    if desk is None:
        raise _cannot("test-not-supported", "this program takes alerts only and makes no notices")
    try:
        notice = _test_notice(unit, desk(), id, now)
    except KeyFault:
        raise _cannot(
            "test-no-linkage-key",
            "this connector has no linkage key that opens; at the agency: patchwork-connector check",
        ) from None
    except TokeniserUnavailable:
        raise _cannot("test-no-evidence", "this connector cannot make evidence just now; test it again later") from None
    # Imported here: see `connectors.publishing.queueing`.
    from mappings.fhir import notice_bundle

    # An older test is over once there is a newer one.
    unit.outbox.forget_waiting(MessageKind.TEST_NOTICE)
    unit.outbox.add(id, MessageKind.TEST_NOTICE, id, notice_bundle.write(notice), now)
    return True


def _test_notice(unit: Unit, desk: Desk, id: MessageId, now: datetime) -> Notice:
    # No record of an agency has such an id.
    local_id = f"patchwork test {id}"
    standing = _standing(unit, desk.publisher, local_id, now)
    (evidence,) = keyed([standing], desk.tokenisers)
    facts = Facts(
        id=id,
        event=NoticeEvent.STARTED,
        sequence=unit.positions.next(now),
        person_ref=desk.references.person(local_id),
        involvement_ref=desk.references.involvement(local_id),
        confirmed=now.date(),
        today=now.date(),
    )
    return build(desk.publisher, standing, evidence, facts, veiled=True)


def _standing(unit: Unit, publisher: Publisher, local_id: str, now: datetime) -> Standing:
    service, legal_basis = _last_stated(unit) or (publisher.service, publisher.legal_basis)
    stated = Involvement(
        local_id=local_id,
        agency=publisher.agency,
        person=invented_person(local_id),
        service=service,
        sensitivity=Sensitivity.UNCLASSIFIED,
        start=now.date(),
        legal_basis=legal_basis,
        held_back=True,
    )
    # Without a birth date the age band is unknown, which says nothing of the evidence, and no limit on age bands applies.
    return replace(of_involvement(stated), birth_date=None)


def _last_stated(unit: Unit) -> tuple[ServiceLine, LegalBasis] | None:
    ref = unit.involvements.latest_live()
    kept = unit.involvements.standing(ref) if ref else None
    if kept is None:
        return None
    last = read_standing(kept)
    return last.service, last.legal_basis


def _cannot(code: str, text: str) -> CannotAnswer:
    return CannotAnswer(Issue("processing", code, "", text))
