"""What stands on the people of a pair, and what that leaves of a decision.

* A shield or a restriction on either person of a pair forbids both directions, whatever agreements and rules permit. So it does across a
  family, whichever of the two relatives it stands on.
* An override lets one involvement be told of one other, once, in spite of every shield that it was signed for. It lifts no restriction, and
  permits nothing that the rules do not.
* Where an override has been served, what was told stands; it is not told again, nor what changes later.
* A withholding stays with every record that was ever of the person while it stood (`gateway.withholding.ports`).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from gateway.alerts.pairing import Pair
from gateway.model.alert_reference import AlertReference
from gateway.model.involvement import RegisteredInvolvement
from gateway.model.withholding import Withholding, WithholdingKind
from gateway.ports import UnitOfWork
from gateway.sharing.decision import Decision
from mappings.canonical.codes import AlertLevel

OVERRIDE = "override"
_REASONS = {WithholdingKind.SHIELD: "shielded", WithholdingKind.RESTRICTION: "restricted"}


def standing_on(uow: UnitOfWork, record_ids: Iterable[int], now: datetime) -> list[Withholding]:
    """What stands that day on the persons of these records."""
    return [each for each in uow.withholdings.of_records(record_ids) if each.stands(now)]


def withheld(uow: UnitOfWork, pair: Pair, decision: Decision, now: datetime) -> Decision:
    """The decision about a pair, as far as nothing stands on either of its people."""
    standing = standing_on(uow, [side.record_id for side in pair], now)
    if not standing:
        return decision
    levels = (
        _overridden(uow, standing, pair[0], pair[1], decision.levels[0]),
        _overridden(uow, standing, pair[1], pair[0], decision.levels[1]),
    )
    if decision.permit and any(levels):
        return replace(decision, levels=levels, reasons=(OVERRIDE,))
    reasons = {_REASONS[each.kind] for each in standing} | (set() if decision.permit else set(decision.reasons))
    return Decision(False, tuple(sorted(reasons)), rules=decision.rules, rule_set_version=decision.rule_set_version)


def is_used_up(
    uow: UnitOfWork, decision: Decision, recipient: RegisteredInvolvement, discloser: RegisteredInvolvement
) -> bool:
    """Whether the decision rests on overrides, and each has served its one disclosure."""
    if OVERRIDE not in decision.reasons:
        return False
    return all(each.served_at is not None for each in uow.withholdings.overrides_of(recipient.id, discloser.id))


def rest_on_override(uow: UnitOfWork, decision: Decision, alert: AlertReference) -> None:
    """Note that an alert is what the overrides of its direction serve, where it rests on any."""
    if OVERRIDE in decision.reasons:
        for each in uow.withholdings.overrides_of(alert.recipient, alert.discloser):
            if each.served_at is None:
                uow.withholdings.save_override(replace(each, alert=alert.id))


def hand_over(uow: UnitOfWork, here: int, there: int) -> None:
    """What the one record bears, the other bears too from now on; and whoever the one's person must not meet, the other's must not."""
    uow.no_contacts.copy(here, there)
    uow.withholdings.bear([each.id for each in uow.withholdings.of_records([here])], [there])


def _overridden(
    uow: UnitOfWork,
    standing: list[Withholding],
    recipient: RegisteredInvolvement,
    discloser: RegisteredInvolvement,
    level: AlertLevel | None,
) -> AlertLevel | None:
    """How much the one may be told of the other in spite of all that stands."""
    if level is None or any(each.kind is not WithholdingKind.SHIELD for each in standing):
        return None
    signed_for = {each.withholding for each in uow.withholdings.overrides_of(recipient.id, discloser.id)}
    return level if {each.id for each in standing} <= signed_for else None
