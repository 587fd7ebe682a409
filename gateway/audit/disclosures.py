"""Who was told what about which connection, when, under which rules and agreement, and who has been told to disregard it since.

Read from the audit alone: told is what was marked as sent, and receipted is what the other side's connector signed for. What was erased from
the audit is not listed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.model.audit_event import AuditEvent
from gateway.ports import Store
from mappings.canonical.codes import AlertEvent, ReceiptOutcome

PAGE = 500
MAX_EVENTS = 10_000
"""Of one connection. So many say nothing that the first do not, and a pair that keeps changing must not fill the memory."""

_KIND = "connection"


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One alert that left: `told` learned of `about`.

    `level` is how much it said; empty for what was told before that was written down. `told_at` is when it was first sent, of `attempts`
    times. `outcome` and `receipted_at` are the receipt's, empty and None while there is none. `disregard_at` is when `told` was told to
    disregard it, `disregarded_at` when it signed that it has heard.
    """

    connection: str
    alert: str
    event: AlertEvent
    level: str
    told: str
    about: str
    told_at: datetime
    attempts: int
    rules: str
    agreement: str
    agreement_version: int
    outcome: str = ""
    receipted_at: datetime | None = None
    disregard_at: datetime | None = None
    disregarded_at: datetime | None = None

    def concerns(self, agency: str | None) -> bool:
        """Whether that agency was told, or told of; None: whoever it was."""
        return agency is None or agency in (self.told, self.about)


def connections(store: Store, after: str = "") -> Iterator[str]:
    """The id of every connection that anybody was told of, by code point, beyond `after`. Raises `StoreDown`."""
    last = f"{_KIND}:{after}" if after else ""
    while True:
        with store.read() as unit:
            page = unit.audit.subjects(_KIND, last, PAGE)
        yield from (subject.partition(":")[2] for subject in page)
        if len(page) < PAGE:
            return
        last = page[-1]


def disclosures(store: Store, connection: str) -> list[Disclosure]:
    """Everything that was told of one connection, in the order in which it was. Raises `StoreDown`."""
    return read_disclosures(_events(store, connection))


def read_disclosures(events: Iterable[AuditEvent]) -> list[Disclosure]:
    """The same from the events of one connection, in order."""
    alerts: dict[str, Disclosure] = {}
    for event in events:
        alert = str(event.fields.get("alert", ""))
        known = alerts.get(alert)
        if event.code == "alert-sent":
            alerts[alert] = replace(known, attempts=known.attempts + 1) if known else _told(event, alert)
        elif event.code == "alert-settled" and known is not None:
            alerts[alert] = replace(known, outcome=str(event.fields["outcome"]), receipted_at=event.at)
    told = list(alerts.values())
    return [_with_disregard(each, told[position + 1 :]) for position, each in enumerate(told)]


def _told(event: AuditEvent, alert: str) -> Disclosure:
    fields = event.fields
    return Disclosure(
        connection=str(fields["connection"]),
        alert=alert,
        event=AlertEvent(str(fields["event"])),
        level=str(fields.get("level", "")),
        told=str(fields["agency"]),
        about=str(fields.get("about_agency", "")),
        told_at=event.at,
        attempts=1,
        rules=str(fields.get("rules", "")),
        agreement=str(fields.get("agreement", "")),
        agreement_version=int(fields.get("agreement_version", 0)),
    )


def _with_disregard(each: Disclosure, later: list[Disclosure]) -> Disclosure:
    """ "Disregard" takes back everything that the same agency was told of the connection before it."""
    if each.event is AlertEvent.RETRACTED:
        return each
    back = next((one for one in later if one.event is AlertEvent.RETRACTED and one.told == each.told), None)
    if back is None:
        return each
    heard = back.receipted_at if back.outcome == ReceiptOutcome.ACCEPTED else None
    return replace(each, disregard_at=back.told_at, disregarded_at=heard)


def _events(store: Store, connection: str) -> Iterator[AuditEvent]:
    last, seen = 0, 0
    while seen < MAX_EVENTS:
        with store.read() as unit:
            page = unit.audit.of_subject(f"{_KIND}:{connection}", last, PAGE)
        yield from page
        if len(page) < PAGE:
            return
        last, seen = page[-1].seq, seen + len(page)
