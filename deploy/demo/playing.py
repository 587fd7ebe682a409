"""The story from beginning to end: bring everybody together, let them run, show what the agencies were told."""

import time
from datetime import date

from deploy.demo.caseloads import Office
from deploy.demo.enrolment import Enrolment
from deploy.demo.interruption import listen_no_more
from deploy.demo.observing import Observer, Sight
from deploy.demo.places import fresh_places
from deploy.demo.ports import ports_asked_for
from deploy.demo.programs import Programs
from deploy.demo.servers import servers
from deploy.demo.story import tell
from deploy.demo.telling import NEWEST, Teller

SHOWN = {Office.CHILDRENS: "Maya", Office.HEALTH: "Maya"}


def play(teller: Teller) -> None:
    """Tell it. In a terminal everybody stays up until Ctrl-C. Raises `DemoFailure`, and `KeyboardInterrupt` half way; nothing
    runs afterwards."""
    ports = ports_asked_for()
    ports.check_free()
    with fresh_places() as places:
        teller.introduce()
        programs = Programs()
        with servers(places.root) as where:
            try:
                enrolment = Enrolment(programs, places, where, ports, tell(date.today()))
                observer = Observer(places, ports.internal)
                bring_together(enrolment, teller)
                sight = let_run(enrolment, observer, teller)
                for office, about in SHOWN.items():
                    teller.alert(office, observer.sentence(office, about))
                teller.where(places.root)
                if teller.in_terminal:
                    sight = stay_up(programs, observer, teller, sight)
            finally:
                listen_no_more()
                programs.stop()
        teller.line(str(sight.outcome()))


def bring_together(enrolment: Enrolment, teller: Teller) -> None:
    """Enrol everybody, and start the gateway."""
    places = enrolment.places
    with teller.doing("Everybody makes keys of their own"):
        epoch, fingerprints = enrolment.parties()
    teller.step("The keyholder has made a linkage key. The gateway will never see it.")
    teller.step("The gateway is made, and its registrar is enrolled with a signing key.")
    with teller.doing("The registrar signs five agencies in"):
        inboxes = enrolment.registrations(fingerprints)
    teller.step("Five agencies have made their own keys, and the registrar has signed them in.")
    settings = places.gateway / "patchwork.toml"
    enrolment.programs.start("gateway", places.log("gateway"), "patchwork", "gateway", "run", "--settings", settings)
    with teller.doing("The keyholder seals the linkage key to each agency; two agreements are signed"):
        enrolment.keys_and_agreements(epoch, fingerprints, inboxes, date.today())
    teller.step("Each has got the linkage key from the keyholder, sealed to it alone.")
    teller.step("Two sharing agreements are signed: one about children, one about adults.")


def let_run(enrolment: Enrolment, observer: Observer, teller: Teller) -> Sight:
    """Start the agencies and wait until all is told."""
    places, programs = enrolment.places, enrolment.programs
    with teller.doing("The gateway starts"):
        observer.until_ready(programs.check)
    teller.step("The gateway is up.")
    for office in Office:
        settings = enrolment.settings(office)
        programs.start(office.value, places.log(office.value), "patchwork-connector", "run", "--settings", settings)
    teller.step("Every agency's connector reads its own records and publishes notices.")
    with teller.moving("Under way"):
        sight = observer.until_still(teller.show, programs.check, NEWEST if teller.in_terminal else 0)
    teller.step("Everybody who should know of each other has been told, in their own system.")
    return sight


def stay_up(programs: Programs, observer: Observer, teller: Teller, sight: Sight) -> Sight:
    """Until Ctrl-C, showing how things stand. Returns the last that was seen."""
    with teller.moving("Everything keeps running. Press Ctrl-C to stop."):
        try:
            while True:
                teller.show(sight)
                time.sleep(1)
                programs.check()
                sight = observer.look(NEWEST)
        except KeyboardInterrupt:
            return sight
