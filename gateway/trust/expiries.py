"""What ends soon unless somebody acts: certificates, agreements, sharing rules, the reviews of both, and the overlaps of rotations. Each in
one sentence with the way out. The same list feeds `patchwork check` and, as days without names, `/metrics`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from gateway.model.agreement import Agreement
from gateway.model.connector import Connector
from gateway.ports import UnitOfWork
from identity.agency.trust import may_speak

SOON = timedelta(days=30)
_DAY = timedelta(days=1)


class Kind(StrEnum):
    """What ends."""

    CERTIFICATE = "certificate"
    AGREEMENT = "agreement"
    REVIEW = "agreement-review"
    RULE = "rule"
    RULE_REVIEW = "rule-review"
    CONNECTOR_OVERLAP = "connector-key-overlap"
    GATEWAY_OVERLAP = "gateway-key-overlap"


@dataclass(frozen=True, slots=True)
class Expiry:
    """`days` are whole days left, rounded down; negative where it is over. `sentence` says what to do."""

    kind: Kind
    subject: str
    at: datetime
    days: int
    sentence: str


def expiries(unit: UnitOfWork, now: datetime, gateway_overlap: datetime | None = None) -> list[Expiry]:
    """Everything that ends, the nearest first. `gateway_overlap`: see `gateway.keys.own_rotation.overlap_end`."""
    found = [*_of_connectors(unit, now), *_of_agreements(unit, now), *_of_rules(unit, now)]
    if gateway_overlap is not None:
        text = "the gateway's next keys may be made current {when}: patchwork keys rotate --finish"
        found.append(_expiry((Kind.GATEWAY_OVERLAP, "gateway"), gateway_overlap, now, text))
    return sorted(found, key=lambda each: (each.at, each.kind, each.subject))


def soon(found: Sequence[Expiry], within: timedelta = SOON) -> list[Expiry]:
    """Those that ask for somebody's attention now. An overlap always does: it is short, and something waits to be finished."""
    days = within // _DAY
    return [each for each in found if each.days < days]


def days_left(found: Sequence[Expiry]) -> dict[str, int]:
    """For each kind, the days until its first end; a kind of which nothing ends is left out."""
    return {kind.value: min(days) for kind in Kind if (days := [each.days for each in found if each.kind is kind])}


def _of_connectors(unit: UnitOfWork, now: datetime) -> Iterator[Expiry]:
    for connector in unit.trust.connectors():
        if not may_speak(connector.status):
            continue
        certificate = unit.enrolments.certificate(connector.id)
        if certificate is not None:
            text = f"the certificate of {connector.id} ends {{when}}; at the agency: patchwork-connector enrol --resume"
            yield _expiry((Kind.CERTIFICATE, connector.id.value), certificate.valid_until, now, text)
        yield from _overlap(connector, now)


def _overlap(connector: Connector, now: datetime) -> Iterator[Expiry]:
    """Of the signing keys that another took the place of; those already over are of no interest."""
    ends = [each.valid_until for each in connector.signing if each.valid_until is not None and each.valid_until > now]
    if ends:
        text = (
            f"old signing keys of {connector.id} are good no more {{when}}; its program must be restarted before then"
        )
        yield _expiry((Kind.CONNECTOR_OVERLAP, connector.id.value), min(ends), now, text)


def _of_agreements(unit: UnitOfWork, now: datetime) -> Iterator[Expiry]:
    for agreement in unit.agreements.current():
        # An agreement that is over for longer than it would be warned of was left to end.
        if _after(agreement.valid_until) + SOON < now:
            continue
        yield from _ends(agreement, now)


def _ends(agreement: Agreement, now: datetime) -> Iterator[Expiry]:
    record = "record its next version with: patchwork agreement add"
    text = f"agreement {agreement.id} ends {{when}} and nothing passes under it then; {record}"
    yield _expiry((Kind.AGREEMENT, agreement.id.value), _after(agreement.valid_until), now, text)
    text = f"agreement {agreement.id} must be reviewed: without that nothing passes under it {{when}}; {record}"
    yield _expiry((Kind.REVIEW, agreement.id.value), _after(agreement.review_by), now, text)


def _of_rules(unit: UnitOfWork, now: datetime) -> Iterator[Expiry]:
    """Of the partnership's own set; the one that ships ends with the agreements."""
    current = unit.rule_sets.current()
    propose = "propose the next rule set with: patchwork rules propose"
    for rule in current.rules if current else ():
        if rule.valid_until is not None:
            if _after(rule.valid_until) + SOON < now:
                continue
            text = f"rule {rule.id} ends {{when}} and permits nothing then; {propose}"
            yield _expiry((Kind.RULE, rule.id), _after(rule.valid_until), now, text)
        then = "it permits nothing" if rule.valid_until is not None else "it goes on forbidding"
        text = f"rule {rule.id} must be reviewed: without that {then} {{when}}; {propose}"
        yield _expiry((Kind.RULE_REVIEW, rule.id), _after(rule.review_by), now, text)


def _after(day: date) -> datetime:
    """The first moment that the day no longer covers."""
    return datetime.combine(day + _DAY, time(), UTC)


def _expiry(what: tuple[Kind, str], at: datetime, now: datetime, text: str) -> Expiry:
    days = (at - now) // _DAY
    return Expiry(*what, at, days, text.format(when=_when(days, at)))


def _when(days: int, at: datetime) -> str:
    if days < 0:
        return f"since {at.date().isoformat()} (now)"
    return f"in {days} day{'' if days == 1 else 's'} ({at.date().isoformat()})"
