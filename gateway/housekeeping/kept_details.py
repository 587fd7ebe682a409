"""The details sealed to the stewards, as the gateway keeps them: unopened, beside each record, only while an agreement says so."""

from collections.abc import Sequence
from datetime import datetime

from gateway.model.agreement import Agreement
from gateway.model.involvement import RegisteredInvolvement, Standing
from gateway.model.review_case import ReviewCase
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.content import Content
from identity.custody.case_file import digest_of
from mappings.canonical.codes import Sensitivity
from mappings.canonical.identifiers import AgreementId
from mappings.canonical.notice import Notice


def keep_details(
    uow: UnitOfWork, notice: Notice, involvement: RegisteredInvolvement, agreement: Agreement | None, now: datetime
) -> None:
    """Keep what the notice brings for its record, or drop what is there. Nothing is kept of a sensitive service's client, nor where no
    involvement is live, nor where the agreement that the notice was sent under does not say so."""
    if not notice.sealed_details and involvement.standing is Standing.LIVE:
        uow.details.remove(involvement.record_id)
        return
    live = [each for each in uow.involvements.of_record(involvement.record_id) if each.standing is Standing.LIVE]
    if not live or any(each.sensitivity is not Sensitivity.STANDARD for each in live):
        uow.details.remove(involvement.record_id)
    elif notice.sealed_details and agreement is not None and agreement.sealed_details:
        uow.details.put(involvement.record_id, notice.sealed_details, now)
    elif notice.sealed_details:
        uow.details.remove(involvement.record_id)


def agreement_of(agreements: Sequence[Agreement], id: AgreementId | None) -> Agreement | None:
    """The one of that id, in the version that counts."""
    return next((each for each in agreements if each.id == id), None)


def kept_digests(unit: UnitOfWork, case: ReviewCase) -> list[str]:
    """The digests of what is kept for both records of a case now; empty text for nothing."""
    return [digest_of(unit.details.get(each) or "") for each in (case.first, case.second)]


def digests_in(read: Content) -> list[str]:
    """The digests of the member `details`: of both sides, or none at all. Raises `Refused`."""
    value = read.raw("details")
    well_formed = isinstance(value, list) and len(value) in (0, 2)
    if not isinstance(value, list) or not well_formed or not all(isinstance(e, str) and len(e) <= 64 for e in value):
        raise read.refusal("details", "must be the digests of both sides' sealed details, or empty")
    return value


def check_as_opened(unit: UnitOfWork, case: ReviewCase, read: Content) -> None:
    """Raises `Refused` where a decision rests on details that were opened and are not those of the case."""
    opened = digests_in(read)
    if opened and opened != kept_digests(unit, case):
        raise Refused(
            f"the details that this decision rests on are not those kept for review case {case.id}; export it again, open that, and decide anew"
        )
