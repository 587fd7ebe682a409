"""One current care team for each client, kept by the sinks that can: who else is known to be involved, as of the day it last changed.

A picture, as the worklist is, made from the same entries. Whoever is taken back is gone from it in the same round; where nobody is left it is
put there empty, also for a client who was put on the exclusion list meanwhile.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from connectors.alerts import wording
from connectors.alerts.worklist import Worklist
from connectors.exchange.pauses import SINK_DOWN
from connectors.ledger.care_teams import KeptTeam
from connectors.ledger.cipher import Cipher
from connectors.ledger.ledger import Ledger
from connectors.sinks.port import SinkDown, SinkRefused
from mappings.canonical.alert import Alert


@dataclass(frozen=True, slots=True, repr=False)
class ClientTeam:
    """Who else is known to be involved with one client. `key` finds the team again and names nobody; without alerts nobody is left. `note` says as
    of when, and what silence does not mean."""

    key: str
    client_local_id: str
    alerts: tuple[Alert, ...]
    note: str


@runtime_checkable
class KeepsCareTeams(Protocol):
    """A sink that keeps a current care team for each client."""

    name: str
    keeps_care_teams: bool

    def keep_care_team(self, team: ClientTeam) -> None:
        """Put it in the place of the one before, durably. Raises `SinkDown` or `SinkRefused`."""

    def care_teams(self) -> dict[str, str]:
        """Those of ours there that name somebody: the client's local id by key. Raises `SinkDown`."""


@dataclass(slots=True)
class CareTeamKeeping:
    """What is remembered between two rounds: what did not work, and until when it is not tried again. Forgotten with the program."""

    _pauses: dict[tuple[str, str], tuple[int, datetime]] = field(default_factory=dict)

    def keep(self, ledger: Ledger, sink: KeepsCareTeams, listed: Worklist, now: datetime) -> str:
        """Put there what changed since it was last put there, those first from which somebody is gone; answers what is wrong, or nothing."""
        if self._waits(sink.name, "", now):
            return ""
        problem = ""
        try:
            _look(ledger, sink, listed)
        except SinkDown as down:
            self._pause(sink.name, "", now)
            return str(down)
        for team, mark in _changed(ledger, sink.name, listed):
            if self._waits(sink.name, team.key, now):
                continue
            try:
                sink.keep_care_team(team)
            except SinkDown as down:
                self._pause(sink.name, "", now)
                return str(down)
            except SinkRefused as refused:
                # One that is refused does not stop the others.
                self._pause(sink.name, team.key, now)
                problem = problem or str(refused)
                continue
            self._pauses.pop((sink.name, team.key), None)
            self._pauses.pop((sink.name, ""), None)
            with ledger.write() as unit:
                if team.alerts:
                    unit.care_teams.save(sink.name, KeptTeam(team.key, team.client_local_id, mark))
                else:
                    unit.care_teams.forget(sink.name, team.key)
        return problem

    def _waits(self, sink: str, key: str, now: datetime) -> bool:
        _, until = self._pauses.get((sink, key), (0, now))
        return now < until

    def _pause(self, sink: str, key: str, now: datetime) -> None:
        attempts, _ = self._pauses.get((sink, key), (0, now))
        self._pauses[sink, key] = attempts + 1, now + SINK_DOWN.after(attempts + 1)


def _look(ledger: Ledger, sink: KeepsCareTeams, listed: Worklist) -> None:
    """Once in a ledger's life (it may be new, or come from a backup): which teams are there that it does not know. They are emptied, unless the
    client has one now. Not before anything is known: else every team would be emptied until the gateway has told all of it again."""
    with ledger.read() as unit:
        if not listed.entries or unit.positions.looked_for_care_teams(sink.name):
            return
        known = unit.care_teams.of(sink.name)
    found = sink.care_teams()
    with ledger.write() as unit:
        for key in found.keys() - known.keys():
            unit.care_teams.save(sink.name, KeptTeam(key, found[key], ""))
        unit.positions.note_care_teams(sink.name)


def _changed(ledger: Ledger, sink: str, listed: Worklist) -> list[tuple[ClientTeam, str]]:
    """The teams to be put there, each with the mark of what it holds."""
    cipher, note = ledger.cipher, "\n".join([_as_of(listed), *wording.standing_words(listed.participation)])
    by_client: dict[str, list[Alert]] = defaultdict(list)
    for entry in listed.entries:
        # Who is involved with a relative is not of this client's care team.
        if entry.alert.relation is None:
            by_client[entry.client_local_id].append(entry.alert)
    with ledger.read() as unit:
        kept = unit.care_teams.of(sink)
    teams = [
        ClientTeam(_key(cipher, client), client, _each_once(alerts), note)
        for client, alerts in sorted(by_client.items())
    ]
    named = {team.key for team in teams}
    emptied = [
        (ClientTeam(each.key, each.client_local_id, (), note), "") for each in kept.values() if each.key not in named
    ]
    marked = [(team, _content_mark(cipher, team, listed.participation.agencies)) for team in teams]
    changed = [(team, mark) for team, mark in marked if team.key not in kept or kept[team.key].content_mark != mark]
    return [*emptied, *sorted(changed, key=lambda item: item[0].key not in kept)]


def _each_once(alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """One for each connection, though several of our involvements may be told of it; in a fixed order."""
    found = {alert.connection.value: alert for alert in alerts}
    return tuple(found[connection] for connection in sorted(found))


def _key(cipher: Cipher, client_local_id: str) -> str:
    return cipher.mark(b"care team of " + client_local_id.encode())


def _content_mark(cipher: Cipher, team: ClientTeam, agencies: Sequence[str]) -> str:
    """Equal for two teams that show the same, whatever the day."""
    shown = [
        [
            alert.spoken_reference.value,
            alert.certainty,
            asdict(alert.other) if alert.other else None,
            asdict(alert.introducer) if alert.introducer else None,
        ]
        for alert in team.alerts
    ]
    return cipher.mark(json.dumps([shown, list(agencies)], sort_keys=True, default=str).encode())


def _as_of(listed: Worklist) -> str:
    return f"Who else is known to be involved, as of {wording.day(listed.as_of.date())}, when this last changed."
