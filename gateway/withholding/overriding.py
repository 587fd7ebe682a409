"""Overriding a shield, once: two people let one involvement be told of one other, and somebody else looks into it afterwards.

* It needs a reason and two people, and what the rules would permit if there were no shield. It lifts no restriction.
* It serves one alert in one direction: the same alert may be sent again until it is receipted, nothing that changes later is.
* It raises an investigation, which stays open until a data protection officer or security officer who signed neither side of it closes it
  with a finding.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.alerts.pairing import Pair, in_order
from gateway.model.withholding import Override, Withholding, WithholdingKind
from gateway.ports import UnitOfWork
from gateway.refused import NotPermitted, Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_investigate, check_may_observe, check_may_withhold
from gateway.trust.signed_side import check_side
from gateway.withholding.deciding import MAX_NUMBER, MAX_REASON, alerting_of, not_ended
from gateway.withholding.shielding import involved_with
from mappings.canonical.codes import Mode

OVERRIDE, CLOSE = "shield.override", "investigation.close"
_OVERRIDE = frozenset({"shield", "recipient", "discloser", "reason", "side"})
_CLOSE = frozenset({"override", "finding", "side"})


@dataclass(frozen=True, slots=True)
class Overridden:
    """The override, and how many alerts follow from it."""

    override: Override
    alerts: int


def override_content(shield: int, recipient: int, discloser: int, reason: str, mode: Mode) -> dict[str, Any]:
    """What two people sign. Raises `Refused` before anything is signed."""
    content = {
        "shield": shield,
        "recipient": recipient,
        "discloser": discloser,
        "reason": reason,
        "side": mode.value,
    }
    Content("override", content, _OVERRIDE).text("reason", MAX_REASON)
    return content


def close_content(override: int, finding: str, mode: Mode) -> dict[str, Any]:
    """What is signed to close an investigation. Raises `Refused` before anything is signed."""
    content = {"override": override, "finding": finding, "side": mode.value}
    Content("investigation", content, _CLOSE).text("finding", MAX_REASON)
    return content


def list_investigations(office: Office, actor: Actor, whole: bool = False) -> list[Override]:
    """Those that nobody has closed, the oldest first; with `whole` all. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.withholdings.overrides(whole)


def _read(unit: UnitOfWork, content: Mapping[str, Any]) -> tuple[Withholding, Pair, str]:
    """The shield, (recipient, discloser) and the reason. Raises `Refused`."""
    read = Content("override", content, _OVERRIDE)
    check_side(unit, read)
    shield = not_ended(unit, read.whole("shield", 1, MAX_NUMBER), WithholdingKind.SHIELD)
    involved = {each.id: each for each in involved_with(unit, shield)}
    pair = [involved.get(read.whole(name, 1, MAX_NUMBER)) for name in ("recipient", "discloser")]
    recipient, discloser = pair
    if recipient is None or discloser is None or recipient.agency == discloser.agency:
        raise Refused(
            f"an override names two live involvements of different agencies with the shielded person; patchwork shield show {shield.id} lists them"
        )
    return shield, (recipient, discloser), read.text("reason", MAX_REASON)


def _needs_two(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
    _read(unit, content)
    return True


def _override(unit: UnitOfWork, change: VerifiedChange) -> Overridden:
    shield, (recipient, discloser), reason = _read(unit, change.content)
    alerting = alerting_of(unit, change)
    if not shield.stands(change.at):
        raise Refused(f"shield {shield.id} has lapsed, so there is nothing to override")
    pair = in_order(recipient, discloser)
    links = [unit.records.active_link(side.record_id) for side in pair]
    if len({link.person_id for link in links if link}) != 1:
        raise Refused("these two involvements are with different people by now; patchwork shield show lists them")
    ruled = alerting.ruled(pair, across_family=False)
    if ruled.levels[0 if pair[0].id == recipient.id else 1] is None:
        raise Refused(
            "the rules would not let this be told without the shield either; patchwork rules explain says why"
        )
    made = Override(
        id=0,
        withholding=shield.id,
        recipient=recipient.id,
        discloser=discloser.id,
        reason=reason,
        made_by=change.actor.id,
        approved_by=change.approved_by,
        made_at=change.at,
    )
    made = unit.withholdings.add_override(made)
    alerts = sum(alerting.reconcile_person(person) for person in {link.person_id for link in links if link})
    record(unit, change, "shield-overridden", shield=shield.id, override=made.id, alerts=alerts)
    return Overridden(made, alerts)


def _close(unit: UnitOfWork, change: VerifiedChange) -> Override:
    read = Content("investigation", change.content, _CLOSE)
    check_side(unit, read)
    id, finding = read.whole("override", 1, MAX_NUMBER), read.text("finding", MAX_REASON)
    known = unit.withholdings.override(id)
    if known is None:
        raise Refused(f"there is no investigation {id}; patchwork investigation list shows those there are")
    if known.closed_at is not None:
        raise Refused(f"investigation {id} was closed by {known.closed_by} already")
    if change.actor.id in (known.made_by, known.approved_by):
        raise NotPermitted(f"operator {change.actor.id} signed this override; somebody else closes its investigation")
    closed = replace(known, closed_by=change.actor.id, closed_at=change.at, finding=finding)
    unit.withholdings.save_override(closed)
    record(unit, change, "investigation-closed", override=id)
    return closed


EXECUTORS = {
    OVERRIDE: Executor(check_may_withhold, check_may_withhold, _needs_two, _override),
    CLOSE: Executor(check_may_investigate, check_may_investigate, never, _close),
}
