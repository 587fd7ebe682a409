"""A council's connector speaks for two agencies. Whoever stole the children's key does not speak for the adult team, and learns nothing of it."""

from dataclasses import dataclass, replace

import pytest

from connectors.channel.topology import new_inbox_name
from gateway.bench.counterpart import Counterpart
from gateway.model.alert_reference import AlertReference, AlertStatus
from gateway.model.connector import AgencyKey, Carrier, Connector
from identity.agency.keys import PrivateKeys, SigningKey, generate
from identity.agency.references import References
from identity.agency.trust import Status
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgencyType, MessageKind, NoticeEvent, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId, ConnectorId, MessageId
from mappings.canonical.notice import Sequence
from mappings.canonical.receipt import Receipt
from mappings.canonical.statement import Statement
from mappings.fhir import receipt_bundle
from tests.builders import person
from tests.system.attacks.town import HEALTH, Town

COUNCIL = ConnectorId("council")
CHILDREN, ADULTS = AgencyId("urn:patchwork:seaton:childrens"), AgencyId("urn:patchwork:seaton:adults")
ORLA, MO = person(), person(local_id="mo", given=("Mo",), family="Lowe", identifiers=())
UNKNOWN = MessageId("00000000-0000-4000-8000-00000000dead")


@dataclass
class Stolen:
    """The council's adult team, and the children's signing key in other hands."""

    adults: Counterpart
    key: SigningKey

    def thief(self, town: Town) -> Counterpart:
        """Holds the children's signing key and nothing else; says it is the adult team."""
        keys = PrivateKeys(self.key, generate().decryption)
        return replace(self.adults, keys=keys, end=town.end(self.key), alerts=[], receipts=[], replies=[])


@pytest.fixture
def stolen(town: Town) -> Stolen:
    """The adult team has declared Orla; its connector speaks for the children's team too."""
    own, children = generate(), SigningKey.generate()
    now, public = town.clock.now(), replace(own.public(COUNCIL.value), signing=children.public)
    signing = (AgencyKey(CHILDREN, children.public, now), AgencyKey(ADULTS, own.signing.public, now))
    inbox = new_inbox_name(COUNCIL)
    with town.store.write() as unit:
        unit.trust.add_agency(Agency(CHILDREN, "Seaton Children", AgencyType.LOCAL_AUTHORITY_CHILDREN, "Council"))
        unit.trust.add_agency(Agency(ADULTS, "Seaton Adults", AgencyType.LOCAL_AUTHORITY_ADULTS, "Council"))
        unit.trust.add_connector(
            Connector(COUNCIL, (CHILDREN, ADULTS), public, Status.LIVE, Carrier.HTTPS, inbox, now, signing=signing)
        )
    town.queue.open_inbox(COUNCIL, inbox)
    town.world.agree(CHILDREN, ADULTS, HEALTH, version=2)
    town.health.place = replace(town.health.place, agreement_version=2)
    made = Counterpart(
        COUNCIL,
        ADULTS,
        own,
        References(b"a" * 32, ADULTS),
        town.health.tokeniser,
        town.health.place,
        town.end(own.signing),
        town.clock,
    )
    made.say(made.notice(ORLA))
    town.world.step()
    town.mark()
    return Stolen(made, children)


def test_the_childrens_key_says_nothing_for_the_adult_team(town: Town, stolen: Stolen) -> None:
    thief = stolen.thief(town)
    thief.say(thief.notice(MO))
    town.assert_refused("agency-not-approved", stolen.adults)


def test_the_answer_does_not_tell_how_far_the_adult_team_has_come(town: Town, stolen: Stolen) -> None:
    thief = stolen.thief(town)
    thief.say(thief.notice(MO))
    town.receive()
    ((_, receipt),) = town.answers()
    assert receipt.last_accepted is None, "nothing was accepted from the children's team yet"
    stolen.adults.say(stolen.adults.notice(MO))
    town.receive()
    own = [each.last_accepted for _, each in town.answers() if each.outcome is ReceiptOutcome.ACCEPTED]
    assert own == [Sequence(stolen.adults.incarnation, 1)]


def test_the_childrens_key_ends_nothing_of_the_adult_team(town: Town, stolen: Stolen) -> None:
    thief = stolen.thief(town)
    thief.say(thief.notice(ORLA, event=NoticeEvent.ENDED))
    town.assert_refused("agency-not-approved", stolen.adults)


def test_the_childrens_key_does_not_ask_what_is_held_of_the_adult_team(town: Town, stolen: Stolen) -> None:
    thief = stolen.thief(town)
    thief.state(Statement(UNKNOWN, ADULTS, stolen.adults.incarnation, "", ()))
    town.assert_refused("agency-not-approved", stolen.adults)


def test_the_childrens_key_says_what_it_is_for(town: Town, stolen: Stolen) -> None:
    """The same key, the same connector: only whose word it is has been told apart."""
    children = replace(stolen.thief(town), agency=CHILDREN)
    children.say(children.notice(MO))
    town.receive()
    # Mo and Orla look like twins to the gateway: a steward is to say whether they are two.
    assert town.audited() == [("notice-accepted", ""), ("review-case-opened", "")]


def waiting_alert(town: Town) -> AlertReference:
    """An alert on its way to the adult team."""
    town.health.say(town.health.notice(ORLA))
    town.receive()
    town.world.relay().send_alerts()
    with town.store.read() as unit:
        sent = [event for event in unit.audit.events(0, 1_000) if event.code == "alert-sent"]
        (alert,) = [
            unit.alerts.get(MessageId(str(event.fields["alert"])))
            for event in sent
            if event.fields["agency"] == ADULTS.value
        ]
    assert alert
    return alert


def status_of(town: Town, alert: AlertReference) -> AlertStatus:
    with town.store.read() as unit:
        found = unit.alerts.get(alert.id)
    assert found
    return found.status


def test_the_childrens_key_does_not_say_that_the_adult_team_has_its_alert(town: Town, stolen: Stolen) -> None:
    alert = waiting_alert(town)
    body = receipt_bundle.write(Receipt(alert.id, "0" * 64, ReceiptOutcome.ACCEPTED))
    stolen.thief(town).post(MessageKind.RECEIPT, alert.id, body)
    town.receive()
    assert town.audited()[-1] == ("receipt-not-believed", "")
    assert status_of(town, alert) is AlertStatus.SENT, "it is sent again until the adult team itself has it"
    stolen.adults.post(MessageKind.RECEIPT, alert.id, body)
    town.receive()
    assert status_of(town, alert) is AlertStatus.SETTLED
