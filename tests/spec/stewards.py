"""The stewards of Seaton: two people who look at what the gateway will not decide by itself."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.bench.world import World
from gateway.linkage.link_changes import RELINK, UNLINK, relink_content, show_link, unlink_content
from gateway.review.cases import report_overdue
from gateway.review.deciding import LATER, CaseView, confirm_content, later_content, list_cases, refuse_content
from gateway.review.deciding import show_case as shown
from gateway.trust.actor import LOCAL_READER
from gateway.trust.operators import Office
from gateway.trust.proposals import HandedIn
from identity.custody.decision_file import CONFIRM, REFUSE
from tests.gateway.staff import Staff, opened


@dataclass
class Stewards:
    """`sam` signs; `kim` signs second where it takes two."""

    seaton: World
    office: Office
    sam: Staff
    kim: Staff

    def cases(self, all_states: bool = False) -> list[CaseView]:
        return list_cases(self.office, LOCAL_READER, all_states)

    def case(self) -> CaseView:
        """The only one that waits."""
        (view,) = self.cases()
        return view

    def show(self, id: int) -> CaseView:
        return shown(self.office, LOCAL_READER, id)

    def confirm(self, view: CaseView) -> HandedIn:
        return self.sam.hand_in(CONFIRM, confirm_content(view))

    def refuse(self, view: CaseView) -> HandedIn:
        return self.sam.hand_in(REFUSE, refuse_content(view))

    def postpone(self, view: CaseView, until: date) -> HandedIn:
        return self.sam.hand_in(LATER, later_content(view, until, "waiting for an answer"))

    def unlink(self, record: int) -> HandedIn:
        return self.sam.hand_in(UNLINK, unlink_content(show_link(self.office, LOCAL_READER, record)))

    def relink(self, record: int, other: int) -> HandedIn:
        views = [show_link(self.office, LOCAL_READER, each) for each in (record, other)]
        return self.sam.hand_in(RELINK, relink_content(*views))

    def companions(self, record: int) -> list[int]:
        """The other records of that record's person."""
        return [each.id for each in show_link(self.office, LOCAL_READER, record).companions]

    def report(self) -> int:
        return report_overdue(self.seaton.store, self.seaton.clock)

    def audited(self, code: str) -> list[dict[str, Any]]:
        """What the audit holds of every event of that kind."""
        with self.seaton.store.read() as unit:
            return [event.fields for event in unit.audit.events(0, 1000) if event.code == code]


def appointed(seaton: World) -> Stewards:
    """Enrol both."""
    office = seaton.office()
    registrar = opened(office)
    sam, kim = (registrar.colleague(name, "steward") for name in ("sam", "kim"))
    return Stewards(seaton, office, sam, kim)
