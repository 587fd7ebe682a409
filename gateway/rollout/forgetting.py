"""Letting go of the champions of agencies that have left. The rest of the plan names nobody, and stays until it is dropped."""

from dataclasses import replace
from datetime import datetime

from gateway.audit.recording import entry
from gateway.model.rollout import RolloutState
from gateway.ports import UnitOfWork
from gateway.rollout.progress import progress


def forget_champions(unit: UnitOfWork, actor: str, now: datetime) -> int:
    """Remove them, in the transaction of whoever keeps house. Returns how many it was; none on a side whose plan is the other's."""
    if unit.trust is not unit.copied:
        return 0
    gone = [
        each.planned
        for each in progress(unit, now)
        if each.course.state is RolloutState.LEFT and each.planned is not None and each.planned.champion is not None
    ]
    for planned in gone:
        unit.rollouts.save(replace(planned, champion=None))
        event = entry("rollout-champion-removed", actor, agency=planned.agency.value)
        unit.audit.append(now, event.code, event.actor, event.fields)
    return len(gone)
