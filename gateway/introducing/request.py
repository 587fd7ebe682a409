"""Taking in what a practitioner asks of the introducer.

* Whether it may come in is judged by the message and the sender's own state alone, as for a merge, and its receipt says no more. Whatever the
  connection turns out to be, and whatever becomes of the request, the receipt is the same.
* It counts where the asker's own side of a live connection is told that somebody is involved, and not who. Anything else is written down in the
  audit and leads to nothing.
* Asking again while it waits is one request; after a decline it waits again, and the introducer sees how often it was asked.
"""

from dataclasses import replace

from gateway.alerts.alerting import Alerting
from gateway.model.connection import ConnectionState
from gateway.model.introduction import Introduction, IntroductionState
from mappings.canonical.codes import AlertLevel
from mappings.canonical.introduction import IntroductionRequest

ASKED, AGAIN, KNOWN, NOT_HIDDEN = "asked", "asked-again", "passed-on-already", "nothing-hidden"
MAX_ASKS = 1_000


def take_request(alerting: Alerting, request: IntroductionRequest) -> str:
    """Keep what it asks for, where that can be. Answers what became of it in one word, for the audit only."""
    uow, now = alerting.uow, alerting.now
    connection = uow.connections.get(request.connection)
    asker = uow.involvements.find(request.agency, request.involvement)
    if connection is None or asker is None or asker.id not in (connection.first, connection.second):
        return NOT_HIDDEN
    side = 0 if asker.id == connection.first else 1
    level = alerting.decide(connection).levels[side]
    if connection.state is not ConnectionState.LIVE or alerting.level_for(asker.agency, level) is not AlertLevel.EMPTY:
        return NOT_HIDDEN
    known = uow.introductions.find(connection.id, asker.id)
    if known is None:
        hidden = connection.second if side == 0 else connection.first
        uow.introductions.save(
            Introduction(0, connection.id, asker.id, hidden, IntroductionState.WAITING, now, waiting_since=now)
        )
        return ASKED
    asked = replace(known, asked_at=now, asks=min(known.asks + 1, MAX_ASKS))
    if known.state is IntroductionState.PASSED_ON:
        uow.introductions.save(asked)
        return KNOWN
    if known.state is IntroductionState.DECLINED:
        asked = replace(
            asked, state=IntroductionState.WAITING, version=known.version + 1, waiting_since=now, overdue_at=None
        )
    uow.introductions.save(asked)
    return AGAIN
