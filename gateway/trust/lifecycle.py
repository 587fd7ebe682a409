"""A connector's life, one step at a time: the table in `identity.agency.trust` says which steps there are.

* Every step has an actor, a reason and a time; one that widens trust has a second person too, or it is not taken.
* Stopping (suspend, revoke) and off-boarding take one person and effect at once: what waits in the connector's inbox is dropped with it.
* A connector is let in again only by two. What waited for it meanwhile is decided again and told at once.
* On a gateway with both sides, going live is going over to the other side: with a new inbox, so that nothing that waited in the trial can
  ever be taken for live. What it leaves behind on the trial side is for `gateway.trust.leaving`.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors.channel.topology import new_inbox_name
from gateway.audit.recording import entry
from gateway.model.connector import Connector
from gateway.model.connector_change import ConnectorChange
from gateway.ports import UnitOfWork
from gateway.refused import NotPermitted, Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.executor import Executor
from gateway.trust.off_boarding import take_back
from gateway.trust.operators import Office, VerifiedChange, record
from gateway.trust.permissions import (
    check_may_approve_connector,
    check_may_observe,
    check_may_onboard,
    check_may_suspend,
)
from identity.agency.trust import IllegalChange, Status, check_change, needs_four_eyes
from mappings.canonical.identifiers import ConnectorId

SUSPEND_CONNECTOR = "connector.suspend"
RESUME_CONNECTOR = "connector.resume"
REVOKE_CONNECTOR = "connector.revoke"
OFF_BOARD_CONNECTOR = "connector.off-board"
GO_LIVE_CONNECTOR = "connector.go-live"
AFTER = {
    SUSPEND_CONNECTOR: Status.SUSPENDED,
    RESUME_CONNECTOR: Status.LIVE,
    REVOKE_CONNECTOR: Status.REVOKED,
    OFF_BOARD_CONNECTOR: Status.OFF_BOARDED,
    GO_LIVE_CONNECTOR: Status.LIVE,
}
FROM = {RESUME_CONNECTOR: Status.SUSPENDED, GO_LIVE_CONNECTOR: Status.APPROVED}
MAX_REASON = 200
_STOPPED = (Status.SUSPENDED, Status.REVOKED, Status.OFF_BOARDED)


def change(
    unit: UnitOfWork,
    connector_id: ConnectorId,
    after: Status,
    actor: Actor,
    reason: str,
    now: datetime,
    signed: VerifiedChange | None = None,
) -> Connector:
    """Take one step. `signed` is the verified change that asks for it, with its second person where the step widens trust.

    Raises `IllegalChange` where the table has no such step, `NotPermitted` where a second person is wanting, `Refused`
    where there is no such connector.
    """
    connector = find(unit, connector_id)
    step = check_change(connector.status, after)
    if step.widens and (signed is None or signed.approver is None):
        raise NotPermitted(
            f"from {connector.status} to {after} widens trust, so it takes two people: propose it, and let another "
            "enrolled person approve it"
        )
    moved = replace(connector, status=after, since=now)
    if not unit.side.alone and (connector.status, after) == (Status.APPROVED, Status.LIVE):
        moved = replace(moved, inbox=new_inbox_name(connector.id))
    unit.trust.update_connector(moved)
    if after in _STOPPED:
        unit.inboxes.purge(connector.inbox)
    elif connector.status is Status.SUSPENDED:
        _tell_what_waited(unit, connector, now)
    _note(unit, ConnectorChange(connector.id, connector.status, after, actor.id, _second(signed), reason, now), signed)
    return moved


def enter(
    unit: UnitOfWork,
    connector: Connector,
    actor: Actor,
    reason: str,
    before: Status | None = None,
    signed: VerifiedChange | None = None,
) -> None:
    """Put a connector into the register where it stands, as the first step of its life that the register holds."""
    unit.trust.add_connector(connector)
    first = ConnectorChange(connector.id, before, connector.status, actor.id, _second(signed), reason, connector.since)
    _note(unit, first, signed)


def find(unit: UnitOfWork, id: ConnectorId) -> Connector:
    """The connector of that id. Raises `Refused`."""
    connector = unit.trust.connector(id)
    if connector is None:
        raise Refused(f"there is no connector {id}; patchwork connector list shows those there are")
    return connector


def show_connector(office: Office, actor: Actor, id: str) -> Connector:
    """One connector. Raises `NotPermitted`, `Refused` where there is none of that id."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return find(unit, read_id(id))


def history(office: Office, actor: Actor, id: str) -> list[ConnectorChange]:
    """Every step of one connector's life. Raises `NotPermitted`, `Refused`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.trust.changes(find(unit, read_id(id)).id)


def read_id(id: str) -> ConnectorId:
    """The connector id that somebody typed. Raises `Refused`."""
    return Content("connector", {"connector": id}, frozenset({"connector"})).identifier("connector", ConnectorId)


def move_content(id: str, reason: str) -> dict[str, Any]:
    """What is signed to suspend, resume, revoke, off-board or send live. Raises `Refused` before anything is signed."""
    content = {"connector": id, "reason": reason}
    read_move(content)
    return content


def read_move(content: Mapping[str, Any]) -> tuple[ConnectorId, str]:
    """Which connector, and why. Raises `Refused`, naming the field."""
    read = Content("connector", content, frozenset({"connector", "reason"}))
    return read.identifier("connector", ConnectorId), read.text("reason", MAX_REASON)


def _mover(action: str) -> Callable[[UnitOfWork, VerifiedChange], Connector]:
    def move(unit: UnitOfWork, signed: VerifiedChange) -> Connector:
        id, reason = read_move(signed.content)
        connector = find(unit, id)
        _check_step(connector, action)
        moved = change(unit, id, AFTER[action], signed.actor, reason, signed.at, signed)
        if action == OFF_BOARD_CONNECTOR:
            record(unit, signed, "connector-off-boarded", connector=id.value, **take_back(unit, moved, signed.at))
        return moved

    return move


def _four_eyes(action: str) -> Callable[[UnitOfWork, Mapping[str, Any]], bool]:
    def needs(unit: UnitOfWork, content: Mapping[str, Any]) -> bool:
        connector = find(unit, read_move(content)[0])
        _check_step(connector, action)
        return needs_four_eyes(connector.status, AFTER[action])

    return needs


def _check_step(connector: Connector, action: str) -> None:
    """Resuming is not going live: each begins where its name says."""
    try:
        check_change(connector.status, AFTER[action])
    except IllegalChange as problem:
        raise Refused(f"connector {connector.id}: {problem}") from None
    begin = FROM.get(action)
    if begin is not None and connector.status is not begin:
        verb = action.partition(".")[2]
        raise Refused(f"connector {connector.id} is {connector.status}; {verb} is for one that is {begin}")


def _tell_what_waited(unit: UnitOfWork, connector: Connector, now: datetime) -> None:
    """What was sealed before it was stopped is not shown any more: all of it is decided again, and told at once."""
    unit.inboxes.purge(connector.inbox)
    for agency in connector.agencies:
        unit.alerts.hurry(agency, now)


def _note(unit: UnitOfWork, step: ConnectorChange, signed: VerifiedChange | None) -> None:
    unit.trust.add_change(step)
    fields = {
        "connector": step.connector.value,
        "before": step.before.value if step.before else "none",
        "after": step.after.value,
    }
    if signed is not None:
        record(unit, signed, "connector-status", **fields)
        return
    event = entry("connector-status", step.actor, **fields)
    unit.audit.append(step.at, event.code, event.actor, event.fields)


def _second(signed: VerifiedChange | None) -> str:
    return signed.approved_by if signed else ""


_STOPPING = {
    action: Executor(check_may_suspend, check_may_suspend, _four_eyes(action), _mover(action), moves_connectors=True)
    for action in (SUSPEND_CONNECTOR, REVOKE_CONNECTOR)
}
_DECIDING = {
    action: Executor(
        check_may_onboard,
        check_may_approve_connector,
        _four_eyes(action),
        _mover(action),
        sweeps=action == OFF_BOARD_CONNECTOR,
        moves_connectors=True,
    )
    for action in (RESUME_CONNECTOR, GO_LIVE_CONNECTOR, OFF_BOARD_CONNECTOR)
}
EXECUTORS = _STOPPING | _DECIDING
