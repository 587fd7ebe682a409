"""The operator's view: every connector at a glance, with what the register knows of it and a light. Nothing is changed by looking."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.model.connector import Connector
from gateway.model.enrolment_request import EnrolmentRequest
from gateway.model.standing import Cover, Figures, Finding, Light
from gateway.ports import UnitOfWork
from gateway.trust.actor import Actor
from gateway.trust.lifecycle import find, read_id
from gateway.trust.operators import Office
from gateway.trust.permissions import check_may_observe
from gateway.trust.standing import covered, judge
from identity.agency import enrolment_keys
from identity.agency.fingerprint import fingerprint
from mappings.canonical.codes import Mode

COUNTED_OVER = timedelta(days=7)
"""What was accepted and refused is counted over the last seven days."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One connector as it stands at `at`. `fingerprint` is the one that its people read out: over all it handed in at its enrolment; where
    its keys came by hand, over those. `side` is the one it is on, whose register the figures are from."""

    connector: Connector
    figures: Figures
    cover: Cover
    fingerprint: str
    light: Light
    findings: tuple[Finding, ...]
    at: datetime
    side: Mode

    @property
    def lag_seconds(self) -> int | None:
        """How long it has owed an answer: since its oldest unacknowledged alert was made. None where it owes none."""
        return self._since(self.figures.unacknowledged_since)

    @property
    def accepted_seconds_ago(self) -> int | None:
        """How long ago a notice of it was last accepted; None where none was."""
        return self._since(self.figures.last_accepted)

    @property
    def certificate_days(self) -> int | None:
        """Whole days until its client certificate expires, negative once it has; None where it has none from here."""
        until = self.figures.certificate_until
        return None if until is None else (until - self.at).days

    @property
    def agreement_days(self) -> int | None:
        """Days until the first of its agencies is without an agreement in force; None where one is already."""
        return None if self.cover.until is None else (self.cover.until - self.at.date()).days

    def _since(self, instant: datetime | None) -> int | None:
        return None if instant is None else max(0, int((self.at - instant).total_seconds()))


def list_standings(office: Office, actor: Actor) -> list[Standing]:
    """Every connector that is on the office's side, in the register's order. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        here = [each for each in unit.trust.connectors() if unit.side.is_place_of(each.status)]
        return _standings(unit, here, office.clock.now())


def show_standing(office: Office, actor: Actor, id: str) -> Standing:
    """One connector. Raises `NotPermitted`, `Refused` where there is none of that id."""
    check_may_observe(actor)
    with office.store.read() as unit:
        (standing,) = _standings(unit, [find(unit, read_id(id))], office.clock.now())
        return standing


def fingerprint_of(connector: Connector, request: EnrolmentRequest | None) -> str:
    """What its people read out, and would read out again."""
    return fingerprint(connector.keys) if request is None else enrolment_keys.fingerprint(request.keys)


def _standings(unit: UnitOfWork, connectors: list[Connector], now: datetime) -> list[Standing]:
    figures = unit.standings.figures(now - COUNTED_OVER)
    requests = {request.connector: request for request in unit.enrolments.requests()}
    agreements, alarms = unit.agreements.current(), unit.alarms.open()
    made = []
    for connector in connectors:
        own = figures[connector.id]
        cover = covered(connector, agreements, now.date())
        light, findings = judge(connector, own, cover, now, [each for each in alarms if each.connector == connector.id])
        read_out = fingerprint_of(connector, requests.get(connector.id))
        made.append(Standing(connector, own, cover, read_out, light, findings, now, unit.side.mode))
    return made
