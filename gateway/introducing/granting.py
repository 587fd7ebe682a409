"""How much one side of a connection is shown of the other, once the introducer has passed the other's contact on."""

from collections.abc import Iterable

from gateway.model.agreement import Agreement
from gateway.model.connection import Connection
from gateway.model.introduction import IntroductionState
from gateway.ports import UnitOfWork
from gateway.sharing.decision import Decision
from mappings.canonical.codes import AlertLevel


def agreed_level(agreements: Iterable[Agreement], decision: Decision) -> AlertLevel:
    """The most that the agreement a decision rests on lets be shown."""
    named = (decision.agreement, decision.agreement_version)
    return next((each.level for each in agreements if (each.id, each.version) == named), AlertLevel.EMPTY)


def granted_to(
    uow: UnitOfWork, agreements: Iterable[Agreement], connection: Connection, recipient: int, decision: Decision
) -> tuple[AlertLevel | None, bool]:
    """What the side of involvement `recipient` is shown, and whether that is because the other side asked through the introducer: whoever is told
    that somebody is involved, and not who, is then shown the asker as far as the agreement goes."""
    first = recipient == connection.first
    level = decision.levels[0 if first else 1]
    if level is not AlertLevel.EMPTY:
        return level, False
    asked = uow.introductions.find(connection.id, connection.second if first else connection.first)
    if asked is None or asked.state is not IntroductionState.PASSED_ON:
        return level, False
    agreed = agreed_level(agreements, decision)
    return agreed, agreed is not AlertLevel.EMPTY
