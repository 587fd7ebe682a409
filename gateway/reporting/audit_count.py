"""What happened in a stretch of time, counted from the audit a page at a time, in the memory of one page.

Told counts an alert once, however often it was sent. How long it took is from the decision (in the transaction of the notice that caused it)
to the first sending; an alert that was erased since counts as of unknown delay.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.model.audit_event import AuditEvent
from gateway.ports import Store
from gateway.reporting.period import Period
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.identifiers import MessageId

PAGE = 500
SLACK = timedelta(days=1)
"""Before the period: a clock that was set back may have written events a little out of order."""

DELAYS = (
    ("within 10 seconds", timedelta(seconds=10)),
    ("within a minute", timedelta(minutes=1)),
    ("within 10 minutes", timedelta(minutes=10)),
    ("within an hour", timedelta(hours=1)),
    ("within a day", timedelta(days=1)),
)
LATER, UNKNOWN = "later", "not known any more"
OPENED = ("review-case-exported", "review-details-opened")
REFUSED = ("message-refused", "enrolment-refused")


@dataclass(slots=True)
class AuditCount:
    """`told` and `settled` alerts by event and outcome, `by_rule` the rules that alerts left under, `not_told` the reasons why one lapsed,
    `refused` the reasons of refusals, `opened` what stewards looked at, `delays` by `DELAYS`."""

    told: Counter[str] = field(default_factory=Counter)
    settled: Counter[str] = field(default_factory=Counter)
    by_rule: Counter[str] = field(default_factory=Counter)
    not_told: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    opened: Counter[str] = field(default_factory=Counter)
    delays: Counter[str] = field(default_factory=Counter)


def count_audit(store: Store, over: Period) -> AuditCount:
    """Read the audit of the period. Raises `StoreDown`."""
    count = AuditCount()
    for page, decided in _pages(store, over):
        for event in page:
            if over.begin <= event.at <= over.end:
                _add(count, event, decided)
    return count


def first_event_at(store: Store, instant: datetime) -> int:
    """The number of the last event before that instant; 0 where there is none. A handful of single rows are read, not the chain."""
    with store.read() as unit:
        low, high = 0, unit.audit.head()[0]
        while low < high:
            middle = (low + high + 1) // 2
            found = unit.audit.events(middle - 1, 1)
            if found and found[0].at < instant:
                low = middle
            else:
                high = middle - 1
    return low


def _pages(store: Store, over: Period) -> Iterator[tuple[list[AuditEvent], dict[str, datetime]]]:
    """Each page with when the alerts were decided whose first sending is in it. A transaction a page, so that no reader holds it up."""
    after = first_event_at(store, over.begin - SLACK)
    while True:
        with store.read() as unit:
            page = unit.audit.events(after, PAGE)
            firsts = [
                MessageId(str(event.fields["alert"])) for event in page if _is_first(event) and "alert" in event.fields
            ]
            decided = {id.value: at for id, at in unit.facts.made_at(firsts).items()}
        yield page, decided
        if len(page) < PAGE or page[-1].at > over.end + SLACK:
            return
        after = page[-1].seq


def _is_first(event: AuditEvent) -> bool:
    return event.code == "alert-sent" and event.fields.get("attempt", 1) == 1


def _add(count: AuditCount, event: AuditEvent, decided: dict[str, datetime]) -> None:
    if _is_first(event):
        count.told[str(event.fields["event"])] += 1
        count.by_rule.update(str(event.fields.get("decided_by", "")).split())
        count.delays[_delay(event, decided)] += 1
    elif event.code == "alert-settled":
        outcome = str(event.fields["outcome"])
        count.settled["receipted" if outcome == ReceiptOutcome.ACCEPTED else outcome] += 1
    elif event.code == "alert-lapsed":
        count.not_told.update(str(event.fields.get("rules", "")).split())
    elif event.code in REFUSED:
        count.refused.update(str(event.fields.get("reasons", event.fields.get("reason", ""))).split())
    elif event.code in OPENED:
        count.opened[event.code] += 1


def _delay(event: AuditEvent, decided: dict[str, datetime]) -> str:
    made = decided.get(str(event.fields.get("alert", "")))
    if made is None:
        return UNKNOWN
    return next((words for words, most in DELAYS if event.at - made <= most), LATER)
