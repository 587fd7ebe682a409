"""What people do with alarms: see them, and say that they have looked. Saying so is a signed change of a security officer, with a reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.model.alarm import Acknowledgement, Alarm
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor, never
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import check_may_acknowledge, check_may_observe
from mappings.canonical.codes import Mode

ACKNOWLEDGE = "alarm.acknowledge"
MAX_LISTED = 1_000
MAX_REASON = 200


def list_alarms(office: Office, actor: Actor, whole: bool = False) -> Sequence[Alarm]:
    """The open ones, the oldest first; with `whole` the newest thousand, whatever became of them. Raises `NotPermitted`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.alarms.all(MAX_LISTED) if whole else unit.alarms.open()


def show_alarm(office: Office, actor: Actor, id: int) -> Alarm:
    """One alarm. Raises `NotPermitted`, `Refused` where there is none of that number."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return _find(unit, id)


def acknowledge_content(id: int, reason: str, mode: Mode) -> dict[str, Any]:
    """What is signed to acknowledge an alarm of the side of this mode. Raises `Refused` before anything is signed."""
    content = {"alarm": id, "side": mode.value, "reason": reason}
    _read(content)
    return content


def acknowledge(unit: UnitOfWork, change: VerifiedChange) -> Alarm:
    """Close the alarm that a verified `alarm.acknowledge` names. Raises `Refused`."""
    id, reason, mode = _read(change.content)
    if mode is not unit.side.mode:
        raise Refused(
            f"this was signed for the {mode} side, and the alarm is on the {unit.side.mode} side; sign it for that one"
        )
    alarm = _find(unit, id)
    if alarm.acknowledged is not None:
        raise Refused(f"alarm {id} was acknowledged by {alarm.acknowledged.by} already")
    unit.alarms.acknowledge(id, Acknowledgement(change.actor.id, change.at, reason))
    record(unit, change, "alarm-acknowledged", alarm=id, connector=alarm.connector.value, kind=alarm.kind.value)
    return _find(unit, id)


def _find(unit: UnitOfWork, id: int) -> Alarm:
    alarm = unit.alarms.get(id)
    if alarm is None:
        raise Refused(f"there is no alarm {id}; patchwork alarm list --all shows those there are")
    return alarm


def _read(content: Mapping[str, Any]) -> tuple[int, str, Mode]:
    read = Content("acknowledged alarm", content, frozenset({"alarm", "reason", "side"}))
    return read.whole("alarm", 1, 2**63 - 1), read.text("reason", MAX_REASON), read.code("side", Mode)


EXECUTORS = {ACKNOWLEDGE: Executor(check_may_acknowledge, check_may_acknowledge, never, acknowledge)}
