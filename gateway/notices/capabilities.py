"""Holding a connector to its limits: what it may say is checked, what it may not be believed in is left out, what it is told is lowered.

* A notice beyond a limit is refused with the name of the limit: `limit-<name>`.
* Reached for a time only (`AGAIN_LATER`): the same content may be sent again later, so nothing is lost.
* Endings and withdrawals pass the limits of services and age bands: narrowing a connector never keeps it from taking back what it said.
* Identifiers count for no more than `strongest`; further names count only where `aliases` says so, superseded numbers
  only where `number_aliases` does. This is done before anything is linked.
"""

from collections.abc import Callable
from dataclasses import replace

from gateway.model.capabilities import TAKING_BACK, Capabilities
from gateway.sharing.agreement import GENEROSITY
from gateway.trust.capability_setting import STRENGTHS, version_of
from mappings.canonical.codes import AgeBand, AlertLevel, Strength
from mappings.canonical.envelope import EnvelopeHeader
from mappings.canonical.evidence import Evidence, IdentifierToken
from mappings.canonical.notice import Notice
from mappings.canonical.receipt import Issue

AGAIN_LATER = frozenset({"limit-per-minute", "limit-per-day", "limit-minimum-version"})
_ELEMENTS = {
    "events": "MessageHeader.eventCoding",
    "services": "CareTeam.category",
    "age-bands": "Patient.extension",
}


def check_limits(notice: Notice, header: EnvelopeHeader, limits: Capabilities) -> list[Issue]:
    """One issue for each limit that the notice exceeds."""
    return [_exceeded(name, _WORDS[name]) for name, exceeds in _CHECKS.items() if exceeds(notice, header, limits)]


def check_version(header: EnvelopeHeader, limits: Capabilities) -> list[Issue]:
    """Whether its software is new enough, for what has no other limits."""
    old = version_of(header.software) < version_of(limits.minimum_version)
    return [_exceeded("minimum-version", _WORDS["minimum-version"])] if old else []


def check_volume(in_minute: int, in_day: int, limits: Capabilities) -> list[Issue]:
    """Whether one notice more would be too many, after so many this minute and this day."""
    issues = []
    if in_minute >= limits.per_minute:
        issues.append(
            _exceeded("per-minute", "this connector sends more notices a minute than it may; it is tried again later")
        )
    if in_day >= limits.per_day:
        issues.append(
            _exceeded("per-day", "this connector has sent as many notices today as it may; it is tried again later")
        )
    return issues


def believed(evidence: tuple[Evidence, ...], limits: Capabilities) -> tuple[Evidence, ...]:
    """The evidence as far as this connector is believed."""
    return tuple(_believed(each, limits) for each in evidence)


def lowered(level: AlertLevel, limits: Capabilities) -> AlertLevel:
    """The level an alert has towards this connector, where an agreement grants `level`."""
    return min(level, limits.level, key=GENEROSITY.index)


def _believed(evidence: Evidence, limits: Capabilities) -> Evidence:
    evidence = replace(
        evidence,
        identifiers=_capped(evidence.identifiers, limits.strongest),
        superseded=_capped(evidence.superseded, limits.strongest) if limits.number_aliases else (),
    )
    return evidence if limits.aliases else replace(evidence, given_aliases=(), family_aliases=())


def _capped(numbers: tuple[IdentifierToken, ...], strongest: Strength) -> tuple[IdentifierToken, ...]:
    highest = STRENGTHS.index(strongest)
    return tuple(
        each if STRENGTHS.index(each.strength) <= highest else replace(each, strength=strongest) for each in numbers
    )


def _exceeded(name: str, text: str) -> Issue:
    return Issue("business-rule", f"limit-{name}", _ELEMENTS.get(name, ""), text)


def _service(notice: Notice, header: EnvelopeHeader, limits: Capabilities) -> bool:
    return notice.event not in TAKING_BACK and notice.service not in limits.services


def _band(notice: Notice, header: EnvelopeHeader, limits: Capabilities) -> bool:
    # An unknown band states nothing and permits nothing, so there is nothing to limit.
    band = notice.band_that_counts
    return band is not AgeBand.UNKNOWN and notice.event not in TAKING_BACK and band not in limits.age_bands


def _version(notice: Notice, header: EnvelopeHeader, limits: Capabilities) -> bool:
    return version_of(header.software) < version_of(limits.minimum_version)


_CHECKS: dict[str, Callable[[Notice, EnvelopeHeader, Capabilities], bool]] = {
    "events": lambda notice, header, limits: notice.event not in limits.events,
    "services": _service,
    "age-bands": _band,
    "minimum-version": _version,
}
_WORDS = {
    "events": "this connector may not send this kind of event; ask the gateway's registrar to widen its limits",
    "services": "this connector may not speak for this service line; ask the gateway's registrar to widen its limits",
    "age-bands": "this connector may not speak about this age band; ask the gateway's registrar to widen its limits",
    "minimum-version": "this connector's software is older than the gateway takes from it; install a newer version",
}
