"""Handing out the details that only stewards can open, and taking back the record that they did.

* A case is exported to a file by a steward, by signature: the sealed details of its two records, unopened, and what a decision is about.
* They are opened on the steward's own machine (`patchwork-keyholder open`), which has no way to the store. What comes back is signed there:
  that these two were opened, when and why, and the decision.
* An opening is recorded whatever has become of the case since: it happened. A case that was exported and of which nothing came back is shown
  as out.
* A decision made from details names them by digest, and is refused where others are kept by now.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.housekeeping.kept_details import digests_in, kept_digests
from gateway.model.detail_opening import DetailOpening
from gateway.model.person_record import PersonRecord
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.review.deciding import CaseView, case_as_signed, case_content, find_case, view_case
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import Office, VerifiedChange, record, verify_change
from gateway.trust.permissions import check_may_review
from gateway.trust.signed_change import SignedChange, read_statement
from gateway.trust.signed_side import check_side
from gateway.withholding.judging import standing_on
from identity.custody.case_file import CaseFile, CaseSide
from identity.custody.decision_file import OPENED
from mappings.canonical.identifiers import PartnershipId

EXPORT = "review.export"
MAX_REASON = 200
_OPENED = frozenset({"case", "version", "side", "reason", "details"})


@dataclass(frozen=True, slots=True)
class Exported:
    """A case as it is handed out."""

    view: CaseView
    sides: tuple[CaseSide, CaseSide]

    def as_file(self, partnership: PartnershipId) -> CaseFile:
        """For the steward's machine."""
        case = self.view.case
        return CaseFile(partnership, self.view.mode, case.id, case.version, self.view.records, self.view.at, self.sides)


def export_content(view: CaseView) -> dict[str, Any]:
    """What is signed to have a case's sealed details handed out."""
    return case_content(view)


def take_opening(office: Office, signed: SignedChange) -> int:
    """Record an opening that was brought back, unless it was recorded before. Returns the case's number. Raises `NotPermitted`, `Refused`."""
    with office.store.write() as unit:
        case = _read_opened(read_statement(signed.statement).content)[0]
        if any(each.statement == signed.digest for each in unit.details.openings(case)):
            return case
        change = verify_change(unit, office, signed, OPENED)
        check_may_review(change.actor)
        _opened(unit, change)
        return case


def _export(unit: UnitOfWork, change: VerifiedChange) -> Exported:
    case = case_as_signed(unit, Content("export", change.content, frozenset({"case", "version", "side"})))
    if standing_on(unit, (case.first, case.second), change.at):
        raise Refused(
            f"details of review case {case.id} are not handed out; decide on what review show says, or let the case run out"
        )
    view = view_case(unit, case, change.at)
    sides = (_side(unit, view.sides[0].record), _side(unit, view.sides[1].record))
    if not any(side.sealed for side in sides):
        raise Refused(
            f"neither agency of review case {case.id} has sent details for the stewards; decide on what review show says, or ask an "
            "agency to check its record"
        )
    unit.reviews.save(replace(case, exported_at=change.at, exported_by=change.actor.id))
    record(unit, change, "review-case-exported", case=case.id, version=case.version)
    return Exported(view, sides)


def _opened(unit: UnitOfWork, change: VerifiedChange) -> DetailOpening:
    id, version, reason, digests = _read_opened(change.content)
    check_side(unit, Content("opening", change.content, _OPENED))
    case = find_case(unit, id)
    if case.exported_at is None:
        raise Refused(
            f"review case {id} was never exported, so nothing of it can have been opened; look at who made this file"
        )
    as_kept = digests == kept_digests(unit, case)
    opening = DetailOpening(
        0, id, version, change.actor.id, reason, change.signed_at or change.at, as_kept, change.statement, change.at
    )
    unit.details.note_opening(opening)
    unit.reviews.save(replace(case, returned_at=change.at))
    record(unit, change, "review-details-opened", case=id, version=version, as_kept=as_kept)
    return opening


def _side(unit: UnitOfWork, known: PersonRecord) -> CaseSide:
    return CaseSide(known.agency, known.person_ref, unit.details.get(known.id) or "")


def _read_opened(content: Mapping[str, Any]) -> tuple[int, int, str, list[str]]:
    read = Content("opening", content, _OPENED)
    return (
        read.whole("case", 1, 2**53),
        read.whole("version", 1, 2**31),
        read.text("reason", MAX_REASON),
        digests_in(read),
    )


EXECUTORS = {
    EXPORT: Executor(check_may_review, check_may_review, never, _export),
}
