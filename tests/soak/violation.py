"""A rule of the soak that did not hold: which, about whom, and when. References, ids and times only."""

from collections.abc import Iterable
from dataclasses import dataclass

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Violation:
    """`rule` is one of `RULES`; `about` names connectors, messages, alerts and connections by their ids."""

    rule: str
    about: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.about}"


RULES = {
    "settled-once": "a notice that was settled is in the register's books, once, and stays settled",
    "all-settled": "in the end every notice that was queued was accepted, and the books hold no other",
    "same-register": "the register holds what the ledger says is published, involvement by involvement",
    "suspended-not-told": "no alert is sealed for a suspended connector, and none reaches its ledger or sink",
    "suspended-not-heard": "nothing of a suspended connector is accepted",
    "told-truth": "in the end every worklist shows what the agreements permit, and nothing else",
    "never-permitted": "nobody was ever connected with somebody whom the agreements do not let it know of",
    "dead-letters": "no message was refused but one that came from a connector while it was suspended",
    "audit-chain": "the audit chain holds",
    "quiet": "in the end nothing waits any more",
}


def some(ids: Iterable[object]) -> str:
    """The first of these, in order, and how many there are."""
    known = sorted(map(str, ids))
    more = f" and {len(known) - MOST_SHOWN} more" if len(known) > MOST_SHOWN else ""
    return f"{len(known)}: {', '.join(known[:MOST_SHOWN])}{more}"
