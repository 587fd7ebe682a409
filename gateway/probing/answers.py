"""May this test notice answer a test? Only for the connector that was asked, while the test lasts, and for the agency it was asked for.

Everything else is refused like any bad message, and gives nothing away: whether there is a test of that id is for its connector to know.
"""

from datetime import datetime

from gateway.model.connector import Connector
from gateway.model.probe import Probe
from mappings.canonical.notice import Notice
from mappings.canonical.receipt import Issue

NOT_ASKED = Issue(
    "forbidden",
    "test-not-asked",
    "",
    "this connector was not asked for a test of that id; a test notice only ever answers a request from the gateway",
)
TOO_LATE = Issue(
    "expired", "test-over", "", "the test that this answers is over; the gateway's operator may ask for another"
)
_OTHER_AGENCY = Issue(
    "invalid", "test-agency", "Organization.identifier", "the test was asked for another agency of this connector"
)


def check_asked(probe: Probe | None, sender: Connector, now: datetime, replaying: bool) -> tuple[Issue, ...]:
    """Whether it was asked for, and comes in time. A dead letter is never in time, whenever it came: nobody waits for it."""
    if probe is None or probe.connector != sender.id:
        return (NOT_ASKED,)
    over = probe.outcome is None and not probe.is_open(now)
    return (TOO_LATE,) if over or replaying else ()


def check_about(probe: Probe, notice: Notice) -> list[Issue]:
    """Whether it speaks for the agency that the test is for."""
    return [] if notice.agency == probe.agency else [_OTHER_AGENCY]
