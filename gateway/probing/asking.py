"""Testing a connector: one person asks, the relay sends the request, the connector answers with a notice about nobody, intake judges that as
it judges a notice, and nothing of it is registered. How long each leg took stays.

* One signature is enough: a test widens nothing. It is audited, as is what came of it.
* Only a connector that may speak is tested, one test at a time, for a bounded while. Nothing is asked of one that is stopped.
* Whoever watches reads the register, as anybody enrolled may.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.model.connector import Connector
from gateway.model.probe import Probe
from gateway.ports import UnitOfWork
from gateway.refused import Refused
from gateway.trust.actor import Actor
from gateway.trust.content import Content
from gateway.trust.lifecycle import find, read_id
from gateway.trust.operators import Office, record, verify_change
from gateway.trust.permissions import check_may_observe, check_may_test
from gateway.trust.signed_change import SignedChange
from identity.agency.trust import Status, may_speak_in
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId

TEST = "connector.test"
SHORTEST_SECONDS = 1
LONGEST_SECONDS = 300
KEPT = timedelta(days=90)
LOOK_SECONDS = 0.1
_MEMBERS = frozenset({"connector", "agency", "seconds"})
_WAY_OUT = {
    Status.INVITED: "it has not applied yet; at the agency: patchwork-connector enrol",
    Status.REQUESTED: "it waits to be approved: patchwork connector approve",
    Status.APPROVED: "it may speak in its trial only: patchwork connector go-live lets it speak here",
    Status.SUSPENDED: "nothing is sent to it or taken from it: patchwork connector resume lets it speak again",
    Status.REVOKED: "it is stopped for good",
    Status.OFF_BOARDED: "it is stopped for good",
}


def probe_content(office: Office, mode: Mode, id: str, agency: str | None, seconds: int) -> dict[str, Any]:
    """What is signed to test a connector, for the first of its agencies where none is named. Raises `Refused` before anything is signed."""
    with office.store.read() as unit:
        connector = find(unit, read_id(id))
        content = {"connector": id, "agency": agency or connector.agencies[0].value, "seconds": seconds}
        _check(unit, connector, _read(content)[1], mode, office.clock.now())
    return content


def ask_probe(office: Office, signed: SignedChange, mode: Mode) -> Probe:
    """Have the connector tested that a signed `connector.test` names. Raises `NotPermitted`, `Refused`."""
    with office.store.write() as unit:
        change = verify_change(unit, office, signed, TEST)
        check_may_test(change.actor)
        id, agency, seconds = _read(change.content)
        _check(unit, find(unit, id), agency, mode, change.at)
        unit.probes.forget(change.at - KEPT)
        end = _to_the_second(change.at + timedelta(seconds=seconds))
        probe = Probe(MessageId(str(uuid.uuid4())), id, agency, change.actor.id, change.at, end, change.at)
        unit.probes.add(probe)
        until = end.isoformat(timespec="seconds")
        record(
            unit,
            change,
            "connector-test-asked",
            connector=id.value,
            agency=agency.value,
            test=probe.id.value,
            until=until,
        )
    return probe


def watch_probe(office: Office, actor: Actor, id: MessageId, pause: Callable[[float], None]) -> Probe:
    """The probe once there is nothing more to wait for; `pause` sleeps that many seconds between two looks. Raises `NotPermitted`,
    `Refused` where there is none of that id, `StoreDown`."""
    check_may_observe(actor)
    while True:
        with office.store.read() as unit:
            probe = unit.probes.get(id)
        if probe is None:
            raise Refused("there is no test of that id; patchwork connector test makes one")
        if probe.is_over(office.clock.now()):
            return probe
        pause(LOOK_SECONDS)


def last_probe(office: Office, actor: Actor, id: str) -> Probe | None:
    """The last test of one connector, as far as it is remembered. Raises `NotPermitted`, `Refused`."""
    check_may_observe(actor)
    with office.store.read() as unit:
        return unit.probes.latest(find(unit, read_id(id)).id)


def _check(unit: UnitOfWork, connector: Connector, agency: AgencyId, mode: Mode, now: datetime) -> None:
    if not may_speak_in(connector.status, mode):
        raise Refused(f"connector {connector.id} is {connector.status}: {_WAY_OUT[connector.status]}")
    if agency not in connector.agencies:
        agencies = ", ".join(each.value for each in connector.agencies)
        raise Refused(f"connector {connector.id} does not speak for that agency, but for {agencies}")
    last = unit.probes.latest(connector.id)
    if last is not None and last.is_open(now):
        raise Refused(
            f"connector {connector.id} is being tested, as {last.asked_by} asked; "
            f"wait for it to be over, at the latest {last.expires_at.isoformat(timespec='seconds')}"
        )


def _to_the_second(end: datetime) -> datetime:
    """An envelope says its end to the second, cut off; that must not make it shorter."""
    return end.replace(microsecond=0) + timedelta(seconds=1) if end.microsecond else end


def _read(content: Mapping[str, Any]) -> tuple[ConnectorId, AgencyId, int]:
    read = Content("test", content, _MEMBERS)
    seconds = read.whole("seconds", SHORTEST_SECONDS, LONGEST_SECONDS)
    return read.identifier("connector", ConnectorId), read.identifier("agency", AgencyId), seconds
