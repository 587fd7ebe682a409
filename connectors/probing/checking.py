"""Testing every part of a connector by using it, so that what is wrong is found before the first notice."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from connectors.channel.port import ChannelDown, ChannelRefused
from connectors.configuration.live_sources import ListenerSource
from connectors.eligibility import InvalidCriterion
from connectors.keys import keys_folder
from connectors.ledger.cipher import LedgerFault
from connectors.reading.exclusion import ExclusionListUnreadable
from connectors.running.assembly import Connector
from connectors.running.served_agency import ServedAgency
from connectors.settings import Settings, SettingsFault
from connectors.sources.port import Asked, Read, SourceUnreadable
from identity.agency.faults import KeyFault
from mappings.canonical.involvement import Contact

MOST_NAMED = 30


class AuditInDoubt(Exception):
    """What the gateway told of its audit does not hold together."""


_FAULTS = (
    AuditInDoubt,
    KeyFault,
    LedgerFault,
    SettingsFault,
    ExclusionListUnreadable,
    InvalidCriterion,
    ChannelDown,
    ChannelRefused,
    SourceUnreadable,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """One part, whether it works, and what was found. `agency` is whose part it is, None for what all of them share."""

    part: str
    ok: bool
    text: str
    agency: str | None = None


Tests = list[tuple[str, Callable[[], str]]]


def check(connector: Connector) -> list[Checked]:
    """Every part, in the order in which they depend on each other. Changes nothing but making a missing ledger."""
    first: Tests = [
        ("keys", lambda: _keys(connector)),
        ("gateway keys", lambda: f"pinned, signing key {connector.gateway_keys.signing.id}"),
        ("linkage epochs", lambda: ", ".join(one.epoch_id for one in connector.tokenisers)),
    ]
    last: Tests = [("channel", lambda: _channel(connector))]
    checked = [_tested(part, test) for part, test in first]
    try:
        agencies = connector.agencies
    except KeyFault:
        # Said under "keys" already; without them there is nothing of an agency's to look at.
        agencies = ()
    for agency in agencies:
        checked += [replace(_tested(part, test), agency=agency.id.value) for part, test in _own_tests(agency)]
    return checked + [_tested(part, test) for part, test in last]


def _own_tests(agency: ServedAgency) -> Tests:
    return [
        ("ledger", lambda: _ledger(agency)),
        ("gateway audit", lambda: _witnesses(agency)),
        ("exclusion list", lambda: _exclusion(agency)),
        ("eligibility", lambda: agency.screening.eligibility.statement()),
        ("sources", lambda: _sources(agency)),
        ("team names", lambda: _team_names(agency)),
        ("sinks", lambda: ", ".join(sink.name for sink in agency.sinks) or "none: alerts stay in the worklist"),
    ]


def shown(settings: Settings) -> dict[str, Any]:
    """The resolved settings. Secrets are named by file only; a password in a proxy's address is masked."""
    document: dict[str, Any] = settings.model_dump(mode="json")
    for name in ("connector", "partnership", "home_gateway"):
        document[name] = str(getattr(settings, name))
    for table, agency in zip(document["agencies"], settings.agencies, strict=True):
        table["id"] = agency.id.value
        if agency.agreement:
            table["agreement"]["id"] = agency.agreement.id.value
    for table in (document["channel"], *(sink for agency in document["agencies"] for sink in agency["sinks"])):
        for key in ("proxy", "url"):
            if table.get(key):
                table[key] = _masked(table[key])
    return document


def shown_text(settings: Settings) -> str:
    """The same, one `key = value` a line."""
    return "\n".join(f"{key} = {value}" for key, value in _flat("", shown(settings)))


def _tested(part: str, test: Callable[[], str]) -> Checked:
    try:
        return Checked(part, True, test())
    except _FAULTS as problem:
        return Checked(part, False, str(problem))
    except OSError as problem:
        return Checked(part, False, f"{problem.filename or part} cannot be used: {problem.strerror}")


def _keys(connector: Connector) -> str:
    signing = ", ".join(f"signing key {agency.keys.signing.id}" for agency in connector.agencies)
    served = {agency.id for agency in connector.agencies}
    idle = [one for one in keys_folder.enrolled_agencies(connector.settings.keys.folder) if one not in served]
    return signing + (f"; enrolled and not in the settings: {', '.join(map(str, idle))}" if idle else "")


def _ledger(agency: ServedAgency) -> str:
    with agency.ledger.read() as unit:
        found = unit.db.execute("PRAGMA quick_check").fetchone()[0]
        if found != "ok":
            raise LedgerFault(f"the ledger {agency.ledger.path} is damaged; put back a backup, then run resync")
        counts = unit.involvements.counts()
        held = len(unit.snapshots.held())
    known = ", ".join(f"{count} {status}" for status, count in counts.items()) or "no involvements yet"
    return known + (f"; {held} readings held, see: patchwork-connector held list" if held else "")


def _witnesses(agency: ServedAgency) -> str:
    with agency.ledger.read() as unit:
        told, findings = unit.witnesses.all(), unit.witnesses.findings()
    if findings:
        raise AuditInDoubt("; ".join(each.text for each in findings[:MOST_NAMED]))
    if not told:
        return "the gateway has told of no checkpoint yet"
    return f"witnessed on {len({each.told_on for each in told})} days, last on {told[-1].told_on}"


def _exclusion(agency: ServedAgency) -> str:
    if agency.settings.exclusions is None:
        return "none in the settings: nobody is excluded"
    return f"{len(agency.screening.exclusion)} clients"


def _sources(agency: ServedAgency) -> str:
    opened = agency.open_feeds()
    if opened.unreadable:
        raise SourceUnreadable("; ".join(f"{one.source}: {one.problem}" for one in opened.unreadable))
    days = [
        feed.source.tried() if isinstance(feed.source, Asked) else f"{feed.name} as of {feed.source.snapshot().as_of}"
        for feed in opened.feeds
    ]
    days += _listeners(agency)
    return ", ".join(days) or "none in the settings: nothing is published"


def _listeners(agency: ServedAgency) -> list[str]:
    if not agency.has_listeners:
        return []
    from connectors.listeners.one_by_one import OneByOne
    from connectors.listeners.opening import tried

    desk = OneByOne(agency.shared.settings, agency.id, agency.shared.now)
    with agency.ledger.read() as unit:
        listed = [each for each in agency.settings.sources if isinstance(each, ListenerSource)]
        last = {each.name: unit.events.last_taken(each.name) for each in listed}
    return [tried(each, desk, last[each.name], agency.settings.presets) for each in listed]


def _team_names(agency: ServedAgency) -> str:
    """Which teams of the sources others are shown under the agency's own name only. By the source's own name: it is read here and nowhere else."""
    display = agency.display
    read = (one for feed in agency.open_feeds().feeds for one in feed.source.readings())
    unnamed = Counter(
        one.involvement.team for one in read if isinstance(one, Read) and display.is_unnamed(one.involvement.team)
    )
    said = ["every team that the sources name has a display name"]
    if unnamed:
        listed = ", ".join(f"{team!r} ({count})" for team, count in unnamed.most_common(MOST_NAMED))
        more = f" and {len(unnamed) - MOST_NAMED} more" if len(unnamed) > MOST_NAMED else ""
        said = [
            f"{len(unnamed)} have no display name, and are shown as {display.general.team!r}: {listed}{more}; name them under [agency.teams]"
        ]
    if display.general.contact == Contact():
        said.append("the agency has no general phone or email, so whoever may not be named cannot be reached; set one")
    return "; ".join(said)


def _channel(connector: Connector) -> str:
    parcels = connector.channel.take(1, 0)
    connector.channel.release(parcels)
    return "the gateway can be reached" + (", and something waits in the inbox" if parcels else "")


def _masked(address: str) -> str:
    parts = urlsplit(address)
    return address.replace(parts.netloc, f"***@{parts.netloc.rpartition('@')[2]}") if "@" in parts.netloc else address


def _flat(prefix: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in _flat(f"{prefix}.{key}" if prefix else key, item)]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [pair for number, item in enumerate(value, 1) for pair in _flat(f"{prefix}.{number}", item)]
    return [] if value is None else [(prefix, value)]
