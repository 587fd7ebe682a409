"""What the daily comparing of both sides has found: the latest statements of every connector, and which service lines differed. Counts and codes."""

from dataclasses import dataclass
from datetime import datetime

from gateway.trust.actor import Actor
from gateway.trust.operators import Office
from gateway.trust.permissions import check_may_observe

MAX_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Compared:
    """One statement of one agency. `line` is set where it listed that service line alone; `differing` are the lines of totals of which both sides
    did not hold the same; `send_again` and `adopt` count what was missing here and there."""

    at: datetime
    connector: str
    agency: str
    line: str
    differing: tuple[str, ...]
    send_again: int
    adopt: int


def list_compared(office: Office, actor: Actor, limit: int) -> list[Compared]:
    """The newest first. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        events = unit.audit.latest("statement-answered", max(1, min(limit, MAX_LISTED)))
    return [
        Compared(
            at=event.at,
            connector=str(event.fields["connector"]),
            agency=str(event.fields["agency"]),
            # Events of before totals were compared have neither.
            line=str(event.fields.get("line", "")),
            differing=tuple(str(event.fields.get("differing", "")).split()),
            send_again=int(str(event.fields["send_again"])),
            adopt=int(str(event.fields["adopt"])),
        )
        for event in events
    ]
