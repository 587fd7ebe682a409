"""`make demo`: set the partnership up, let it run, show what the agencies were told.

In a terminal it stays up until Ctrl-C. Elsewhere it ends by itself, and its last line counts what happened.
"""

import contextlib
import os
import signal
import socket
import sys
import threading
from datetime import date

from deploy.demo.caseloads import Office
from deploy.demo.enrolment import Enrolment, Ports
from deploy.demo.failure import DemoFailure
from deploy.demo.observing import Observer, Sight
from deploy.demo.places import fresh
from deploy.demo.programs import Running
from deploy.demo.servers import servers
from deploy.demo.story import tell
from deploy.demo.telling import Teller


def main() -> int:
    """0 when the story was told, 1 with one sentence when it could not be, 130 when it was interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    teller = Teller()
    try:
        play(teller)
    except DemoFailure as failure:
        print(f"make demo: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "make demo: stopped before the end; every program was ended. Run it again whenever you like.",
            file=sys.stderr,
        )
        return 130
    return 0


def play(teller: Teller) -> None:
    """The story from beginning to end. Raises `DemoFailure`, `KeyboardInterrupt`."""
    ports = free_ports(Ports())
    places = fresh()
    teller.introduce()
    with servers(places.root) as where, contextlib.ExitStack() as stack:
        enrolment = Enrolment(places, where, ports, tell(date.today()))
        enrol(enrolment, teller)
        running = Running()
        stack.callback(running.stop)
        observer = Observer(places, ports.internal)
        sight = let_run(enrolment, running, observer, teller)
        for office in (Office.CHILDRENS, Office.HEALTH):
            teller.alert(office, observer.sentence(office))
        teller.where(places.root)
        if teller.in_terminal:
            teller.line("Everything keeps running. Press Ctrl-C to stop.")
            wait_for_interrupt(running)
        running.stop()
    teller.line(str(sight.outcome()))


def enrol(enrolment: Enrolment, teller: Teller) -> None:
    """Bring everybody together."""
    epoch = enrolment.keyholder()
    teller.step("The keyholder has made a linkage key. The gateway will never see it.")
    enrolment.gateway()
    teller.step("The gateway is made. A registrar and a security officer are enrolled: what widens trust, both sign.")
    enrolment.agencies(epoch)
    teller.step("Five agencies have made their own keys, and got the linkage key sealed to them.")
    enrolment.agreements(date.today())
    teller.step("Two sharing agreements are signed: one about children, one about adults.")


def let_run(enrolment: Enrolment, running: Running, observer: Observer, teller: Teller) -> Sight:
    """Start everybody and wait until all is told."""
    places = enrolment.places
    running.start(
        "gateway", places.log("gateway"), "patchwork", "gateway", "run", "--settings", places.gateway / "patchwork.toml"
    )
    observer.until_ready(running.check)
    teller.step("The gateway is up.")
    for office in Office:
        running.start(
            office.value,
            places.log(office.value),
            "patchwork-connector",
            "run",
            "--settings",
            enrolment.settings(office),
        )
    teller.step("Every agency's connector reads its own records and publishes notices.")
    with teller.moving():
        sight = observer.until_still(teller.show, running.check)
    teller.step("Everybody who should know of each other has been told, in their own system.")
    return sight


def free_ports(ports: Ports) -> Ports:
    """The ports, having seen that they are free. Raises `DemoFailure`."""
    for port in (ports.public, ports.internal):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as problem:
                raise DemoFailure(
                    f"port {port} on this machine is taken ({os.strerror(problem.errno or 0).lower()}): stop what uses it "
                    "(perhaps another make demo), then run make demo again"
                ) from None
    return ports


def wait_for_interrupt(running: Running) -> None:
    """Until Ctrl-C, looking now and then whether everybody is still there."""
    stop = threading.Event()
    with contextlib.suppress(KeyboardInterrupt):
        while not stop.wait(1.0):
            running.check()


if __name__ == "__main__":
    sys.exit(main())
