"""Asking the controllers: each agency's list of the records that somebody may ask about, through its own connector, by its own references.

Sent when it changes, and once a day while anything is on it: a connector that lost its ledger has it again the next day.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.audit.recording import entry
from gateway.merges.merged_records import surviving
from gateway.model.reply import Reply
from gateway.ports import Clock, Store, UnitOfWork
from mappings.access_json import write_access_list
from mappings.canonical.access import MAX_QUESTIONS, AccessList, AccessQuestion
from mappings.canonical.codes import MessageKind
from mappings.canonical.identifiers import AgencyId, MessageId

ACTOR: Final = "relay"


@dataclass(frozen=True, slots=True)
class AccessLists:
    """One side's."""

    store: Store
    clock: Clock

    def send_due(self) -> int:
        """Queue the list of every agency whose list has changed, or is a day old and not empty. Returns how many. Raises `StoreDown`."""
        now = self.clock.now()
        with self.store.read() as unit:
            agencies = [
                agency for each in unit.trust.connectors() if unit.side.hears(each.status) for agency in each.agencies
            ]
            said = {agency: _digest(_questions(unit, agency), now) for agency in sorted(agencies, key=str)}
            due = [agency for agency, digest in said.items() if digest != unit.access_requests.last_list(agency)]
        return sum(self._queue(agency, now) for agency in due)

    def _queue(self, agency: AgencyId, now: datetime) -> bool:
        with self.store.write() as unit:
            connector = unit.trust.connector_for(agency)
            if connector is None or not unit.side.hears(connector.status):
                return False
            questions = _questions(unit, agency)
            n = unit.access_requests.next_list(agency, _digest(questions, now))
            if n is None:
                return False
            listed = AccessList(agency, now.date(), n, questions)
            about = MessageId(str(uuid.uuid4()))
            unit.replies.add(Reply(0, connector.id, MessageKind.ACCESS_LIST, about, write_access_list(listed), now))
            event = entry("access-asked", ACTOR, agency=agency.value, questions=len(questions))
            unit.audit.append(now, event.code, event.actor, event.fields)
        return True


def _questions(unit: UnitOfWork, agency: AgencyId) -> tuple[AccessQuestion, ...]:
    return tuple(
        # As the agency calls its client today, whatever it did before a merge.
        AccessQuestion(item.question, item.kind, surviving(unit, agency, item.person_ref), request.reference, item.due)
        for request, item in unit.access_requests.asked_of(agency, MAX_QUESTIONS)
    )


def _digest(questions: tuple[AccessQuestion, ...], now: datetime) -> str:
    """Of what is asked, and on which day; empty where nothing is."""
    if not questions:
        return ""
    said = [now.date().isoformat(), *(f"{each.id} {each.person_ref}" for each in questions)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
