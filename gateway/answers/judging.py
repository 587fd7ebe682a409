"""What a practitioner's answer leaves of a decision: where one side says that the two mean different people, nothing is shared across the pair
until a steward has decided.

Whoever was told hears that it is no longer shared, in the message of any ending (`gateway.alerts.alerting`): neither side can tell it from one.
"""

from gateway.alerts.pairing import Pair
from gateway.ports import UnitOfWork
from gateway.sharing.decision import Decision
from mappings.canonical.identifiers import MessageId

CONTESTED = "contested"


def unless_contested(uow: UnitOfWork, pair: Pair, decision: Decision, across_family: MessageId | None) -> Decision:
    """The decision about a pair, as far as neither side contests it. `across_family`: the connection's id, where it is one of relatives."""
    if across_family is not None and not uow.answers.pauses(across_family):
        return decision
    if across_family is None and not uow.reviews.contested(pair[0].record_id, pair[1].record_id):
        return decision
    reasons = {CONTESTED} | (set() if decision.permit else set(decision.reasons))
    return Decision(False, tuple(sorted(reasons)), rules=decision.rules, rule_set_version=decision.rule_set_version)
