"""How a connector is doing, judged: red, amber or green, each with its reasons in words. Pure rules over what the register counts.

Red: it cannot do its work, or will not hear what it must. Amber: look at it soon. A connector that is expected to do nothing has no light.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from gateway.alarms.raising import in_words
from gateway.model.agreement import Agreement
from gateway.model.alarm import Alarm
from gateway.model.connector import Carrier, Connector
from gateway.model.standing import Cover, Figures, Finding, Light
from gateway.sharing.agreement import in_force
from identity.agency.trust import Status, may_speak

SILENT_AMBER = timedelta(days=1)
SILENT_RED = timedelta(days=7)
UNHEARD_AMBER = timedelta(hours=4)
UNHEARD_RED = timedelta(days=1)
UNPROCESSED_AMBER = timedelta(minutes=5)
UNPROCESSED_RED = timedelta(hours=1)
REFUSED_AMBER = 1.0
REFUSED_RED = 10.0
CERTIFICATE_AMBER = timedelta(days=21)
AGREEMENT_AMBER = timedelta(days=30)

_SEVERITY = (Light.RED, Light.AMBER, Light.GREEN)


def covered(connector: Connector, agreements: Iterable[Agreement], today: date) -> Cover:
    """Until when every agency it speaks for is a party to an agreement in force. Of several the last to end counts."""
    binding = [agreement for agreement in agreements if in_force(agreement, today)]
    ends: list[date] = []
    uncovered: list[str] = []
    for agency in connector.agencies:
        own = [min(each.valid_until, each.review_by) for each in binding if agency in each.parties]
        if own:
            ends.append(max(own))
        else:
            uncovered.append(agency.value)
    return Cover(None if uncovered else min(ends, default=None), tuple(uncovered))


def judge(
    connector: Connector, figures: Figures, cover: Cover, now: datetime, alarms: Iterable[Alarm] = ()
) -> tuple[Light, tuple[Finding, ...]]:
    """The light, and what it is for, the gravest first. Green has no findings. `alarms` are its open ones."""
    if connector.status is Status.OFF_BOARDED:
        return Light.OFF, ()
    found = [*_of_status(connector), *map(_of_alarm, alarms)]
    if may_speak(connector.status):
        found += _silence(connector, figures, now) + _unheard(figures, now) + _refusals(figures)
        found += _certificate(connector, figures, now) + _agreement(cover, now.date())
    found.sort(key=lambda finding: _SEVERITY.index(finding.light))
    return (found[0].light if found else Light.GREEN), tuple(found)


def ago(span: timedelta) -> str:
    """In the largest unit that says something."""
    minutes = int(span.total_seconds() // 60)
    for unit, size in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if minutes >= size:
            number = minutes // size
            return f"{number} {unit}" + ("" if number == 1 else "s")
    return "less than a minute"


def _of_status(connector: Connector) -> list[Finding]:
    if connector.status is Status.SUSPENDED:
        return [Finding(Light.RED, "it is suspended: nothing is taken from it and nothing is told to it")]
    if connector.status is Status.REVOKED:
        return [Finding(Light.AMBER, "it is revoked, and what it published is still there; off-board it")]
    if connector.status in (Status.INVITED, Status.REQUESTED):
        return [Finding(Light.AMBER, f"it is {connector.status} and waits to be approved")]
    return []


def _of_alarm(alarm: Alarm) -> Finding:
    return Finding(alarm.kind.light, f"alarm {alarm.id}: {in_words(alarm.kind, alarm.observed, alarm.usual)}")


def _silence(connector: Connector, figures: Figures, now: datetime) -> list[Finding]:
    """A connector that was let in a moment ago need not have spoken yet."""
    seen = figures.last_seen
    silent = now - max(seen or connector.since, connector.since)
    light = _graded(silent, SILENT_AMBER, SILENT_RED)
    if light is Light.GREEN:
        return []
    return [Finding(light, "it was never seen" if seen is None else f"it was last seen {ago(now - seen)} ago")]


def _unheard(figures: Figures, now: datetime) -> list[Finding]:
    found = []
    if figures.unacknowledged_since is not None:
        waited = now - figures.unacknowledged_since
        text = f"{_alerts(figures.unacknowledged)} not acknowledged, the oldest for {ago(waited)}"
        found.append(Finding(_graded(waited, UNHEARD_AMBER, UNHEARD_RED), text))
    if figures.unprocessed_since is not None:
        waited = now - figures.unprocessed_since
        text = f"what it sent has waited here for {ago(waited)}; look at the gateway's workers"
        found.append(Finding(_graded(waited, UNPROCESSED_AMBER, UNPROCESSED_RED), text))
    return [finding for finding in found if finding.light is not Light.GREEN]


def _refusals(figures: Figures) -> list[Finding]:
    found = []
    percent = figures.refused_percent
    if percent is not None and percent >= REFUSED_AMBER:
        light = Light.RED if percent >= REFUSED_RED else Light.AMBER
        found.append(Finding(light, f"{percent} % of what it handed in was refused"))
    if figures.dead_letters:
        found.append(Finding(Light.AMBER, f"{figures.dead_letters} of its messages are dead letters"))
    return found


def _certificate(connector: Connector, figures: Figures, now: datetime) -> list[Finding]:
    if figures.certificate_until is None:
        missing = "it has no client certificate from here, which a broker with TLS asks for"
        return [Finding(Light.AMBER, missing)] if connector.carrier is Carrier.AMQP else []
    left = figures.certificate_until - now
    if left <= timedelta(0):
        return [Finding(Light.RED, "its client certificate has expired")]
    if left <= CERTIFICATE_AMBER:
        return [Finding(Light.AMBER, f"its client certificate expires in {ago(left)}")]
    return []


def _agreement(cover: Cover, today: date) -> list[Finding]:
    if cover.uncovered:
        return [Finding(Light.RED, f"no agreement in force for {', '.join(cover.uncovered)}")]
    if cover.until is not None and cover.until - today <= AGREEMENT_AMBER:
        return [Finding(Light.AMBER, f"its agreement ends, or is to be reviewed, on {cover.until.isoformat()}")]
    return []


def _graded(span: timedelta, amber: timedelta, red: timedelta) -> Light:
    return Light.RED if span >= red else Light.AMBER if span >= amber else Light.GREEN


def _alerts(number: int) -> str:
    return "1 alert is" if number == 1 else f"{number} alerts are"
