"""`patchwork governance fishing`: what each connector declares and learns, how much of it unseen, under which quotas and one-way rules.

Nobody can ask who is involved with somebody; whoever wants to know has to declare an involvement, and the others are told of it as far as the
rules allow. This is what is left to look at: declaring too much, learning without being seen, and dropping what has served its purpose.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from gateway.alarms.raising import HISTORY
from gateway.model.alarm import Alarm, CountedSince, Tally
from gateway.model.connector import Connector
from gateway.reporting.report import SMALL_NUMBERS, one_way
from gateway.reporting.rule_wording import in_words
from gateway.reporting.small_number import published
from gateway.rules.in_force import rules_in_force
from gateway.trust.actor import Actor
from gateway.trust.operators import Office
from gateway.trust.permissions import check_may_observe
from identity.agency.trust import Status

WAITS = (
    "Whether a claim was followed by contact is known where practitioners answer their alerts: answered, and of those followed. Where none "
    "does, what is counted instead is involvements that ended or were taken back within a week of an alert (dropped)."
)


def fishing(office: Office, actor: Actor) -> dict[str, Any]:
    """As of now, over the four weeks that are kept. Raises `NotPermitted`, `StoreDown`."""
    check_may_observe(actor)
    now = office.clock.now()
    with office.store.read() as unit:
        names = {agency.id.value: agency.name for agency in unit.trust.agencies()}
        counted, raised = unit.alarms.counted(now - HISTORY), unit.alarms.open()
        rules = [rule for rule in rules_in_force(unit).rules if rule.one_way]
        return {
            "made_at": now.isoformat(timespec="seconds"),
            "days": HISTORY.days,
            "small_numbers": SMALL_NUMBERS,
            "connectors": [
                _connector(each, counted.get(each.id, []), raised)
                for each in unit.trust.connectors()
                if each.status is not Status.OFF_BOARDED
            ],
            "one_way_sights": one_way(unit.facts.sights(), names),
            "one_way_rules": [in_words(rule) for rule in rules],
            "waits": WAITS,
        }


def _connector(connector: Connector, counts: list[CountedSince], raised: list[Alarm]) -> dict[str, Any]:
    tally: Mapping[str, int] = asdict(sum((each.tally for each in counts), Tally()))
    limits = connector.capabilities
    return {
        "connector": connector.id.value,
        "agencies": [agency.value for agency in connector.agencies],
        "quota": f"{limits.per_minute} a minute, {limits.per_day} a day",
        **{name: published(number) for name, number in tally.items()},
        "alarms": sorted({alarm.kind.value for alarm in raised if alarm.connector == connector.id}),
    }
