"""What the executors of this package have in common: which withholding was signed for, of which side, and everybody's pairs after it."""

from collections.abc import Mapping
from typing import Any

from gateway.alerts.alerting import Alerting
from gateway.model.withholding import Withholding, WithholdingKind
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.content import Content
from gateway.trust.operators import VerifiedChange
from gateway.trust.signed_side import check_side
from mappings.canonical.codes import Mode

MAX_NUMBER = 2**53
MAX_REASON = 200


def alerting_of(unit: UnitOfWork, change: VerifiedChange) -> Alerting:
    """To follow a change of what stands on a person. Raises `Refused` where this office cannot."""
    return Alerting(unit, change.matching().pairing, unit.agreements.current(), change.at)


def content_of(known: Withholding, mode: Mode) -> dict[str, Any]:
    """What is signed about one of them, and no more."""
    return {known.kind.value: known.id, "side": mode.value}


def signed_for(unit: UnitOfWork, content: Mapping[str, Any], kind: WithholdingKind, *more: str) -> Withholding:
    """The one that was signed for, which has not ended. Raises `Refused`."""
    read = Content(kind.value, content, frozenset({kind.value, "side", *more}))
    check_side(unit, read)
    return not_ended(unit, read.whole(kind.value, 1, MAX_NUMBER), kind)


def not_ended(unit: UnitOfWork, id: int, kind: WithholdingKind) -> Withholding:
    """The one of that number. Raises `Refused` where there is none of that kind, or it has ended."""
    known = find(unit, id, kind)
    if known.ended_at is not None:
        raise Refused(
            f"{kind} {id} ended on {known.ended_at.date().isoformat()} already, so there is nothing to decide"
        )
    return known


def find(unit: UnitOfWork, id: int, kind: WithholdingKind) -> Withholding:
    """The one of that number and kind. Raises `Refused`."""
    known = unit.withholdings.get(id)
    if known is None or known.kind is not kind:
        raise Refused(f"there is no {kind} {id}; patchwork {kind} list shows those there are")
    return known
