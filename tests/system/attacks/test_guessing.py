"""A connector that has been taken over. It holds the linkage key, so it can make evidence for anybody it can think of.

What it can learn stands in TRUST.md: of whoever it declares an involvement with, what the agreement lets it know, and the other side is told
of it. What it cannot learn: anything from how the gateway answers.
"""

import re
from dataclasses import replace
from itertools import product

from gateway.alarms.watching import AlarmWatch
from gateway.bench.counterpart import Counterpart
from gateway.model.alarm import AlarmKind
from gateway.model.capabilities import Capabilities
from gateway.model.reply import Reply
from identity.custody.epoch import new_epoch
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import AlertEvent, IdentifierSystem, MessageKind, Mode, NoticeEvent, Strength
from mappings.canonical.identifiers import AgencyId, AgreementId, MessageId, PartnershipId
from mappings.canonical.person import Person, PersonIdentifier
from mappings.canonical.statement import Statement
from mappings.fhir import notice_bundle
from tests.builders import person
from tests.system.attacks.town import Town

ORLA = person()
STRANGERS, FRIENDS = AgencyId("urn:patchwork:seaton:strangers"), AgencyId("urn:patchwork:seaton:friends")
UNKNOWN = MessageId("00000000-0000-4000-8000-00000000dead")
CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}")


def invented(n: int) -> Person:
    """Nobody whom anybody knows."""
    number = PersonIdentifier(IdentifierSystem.NHS_NUMBER, "9990100020", Strength.STRONG)
    return person(local_id=f"G{n}", given=(f"Guess{'abcdefgh'[n]}",), family="Invention", identifiers=(number,))


def guess(town: Town, who: Counterpart, whom: Person) -> Reply:
    """Declare an involvement, as its first notice ever, and take what is answered."""
    who.n = 0
    who.say(who.notice(whom))
    town.world.receive()
    with town.store.read() as unit:
        return unit.replies.due(town.clock.now(), 1_000)[-1]


def told_alike(one: Reply, other: Reply) -> bool:
    """Whether two answers are the same bytes apart from the ids and digest of what they answer, and equally long."""
    one_text, other_text = (CHANGING.sub("ID", reply.body.decode()) for reply in (one, other))
    return (one_text, len(one.body), one.kind) == (other_text, len(other.body), other.kind)


def known_to_health(town: Town) -> None:
    """Health has told of Orla."""
    town.health.say(town.health.notice(ORLA))
    town.world.receive()
    town.world.relay().send_replies()
    town.health.listen()
    town.mark()


def test_the_answer_to_a_guess_is_the_same_for_the_known_and_the_unknown(town: Town) -> None:
    known_to_health(town)
    miss, hit = guess(town, town.housing, invented(0)), guess(town, town.housing, replace(ORLA, local_id="H1"))
    again = guess(town, town.housing, invented(1))
    assert told_alike(hit, again)
    assert hit.kind is MessageKind.RECEIPT
    assert [code for code, _ in town.audited()] == ["notice-accepted"] * 3
    # The first alone differs: nothing had been accepted from this connector before it.
    assert CHANGING.sub("ID", miss.body.decode()) != CHANGING.sub("ID", hit.body.decode())


def test_the_first_guess_of_all_is_answered_alike_too(town: Town) -> None:
    stranger = town.join(STRANGERS)
    town.world.agree(town.housing.agency, town.health.agency, STRANGERS, version=2)
    for party in (stranger, town.housing):
        party.place = replace(party.place, agreement_version=2)
    known_to_health(town)
    assert told_alike(guess(town, town.housing, ORLA), guess(town, stranger, invented(0)))


def test_the_sealed_answers_are_equally_long(town: Town) -> None:
    known_to_health(town)
    guess(town, town.housing, invented(0))
    town.world.relay().send_replies()
    town.housing.listen()
    lengths = set()
    for whom in (invented(1), replace(ORLA, local_id="H1"), invented(2)):
        guess(town, town.housing, whom)
        town.world.relay().send_replies()
        (parcel,) = town.housing.end.take(10, 0.0)
        town.housing.end.acknowledge([parcel])
        lengths.add(len(parcel.sealed))
    assert len(lengths) == 1


def test_a_guess_without_an_agreement_between_the_two_tells_nobody_anything(town: Town) -> None:
    stranger = town.join(STRANGERS)
    town.join(FRIENDS)
    town.world.agree(STRANGERS, FRIENDS, id=AgreementId("strangers-alone"))
    stranger.place = replace(stranger.place, agreement=AgreementId("strangers-alone"))
    known_to_health(town)
    guess(town, stranger, ORLA)
    town.world.step()
    assert (stranger.alerts, town.health.alerts) == ([], [])
    assert [code for code, _ in town.audited()] == ["notice-accepted"]


def test_a_right_guess_under_an_agreement_is_seen_by_the_one_who_was_guessed_at(town: Town) -> None:
    """This is what a notice is for, and so what a thief of a connector can do. It cannot do it unseen."""
    known_to_health(town)
    guess(town, town.housing, replace(ORLA, local_id="H1"))
    town.world.step()
    assert town.housing.events() == town.health.events() == [AlertEvent.MADE]
    (alert,) = town.health.alerts
    assert alert.other is not None
    assert alert.other.agency == town.housing.agency
    assert [code for code, _ in town.audited()].count("alert-sent") == 2


def test_a_wrong_guess_is_told_to_nobody_and_written_down(town: Town) -> None:
    known_to_health(town)
    for n in range(4):
        guess(town, town.housing, invented(n))
    town.world.step()
    assert (town.housing.alerts, town.health.alerts) == ([], [])
    with town.store.read() as unit:
        events = unit.audit.events(town.since, 100)
    assert [(event.code, event.fields["connector"]) for event in events] == [("notice-accepted", "housing")] * 4


def test_tokens_made_without_the_linkage_key_find_nobody(town: Town) -> None:
    known_to_health(town)
    town.housing.tokeniser = KeyedTokeniser(new_epoch(PartnershipId("seaton"), Mode.TRIAL))
    guess(town, town.housing, ORLA)
    town.world.step()
    assert (town.housing.alerts, town.health.alerts) == ([], [])


def test_evidence_that_was_overheard_finds_somebody_only_in_a_notice_of_ones_own(town: Town) -> None:
    """Somebody's notice as it was: in another's name it is refused before its evidence is looked at."""
    notice = town.health.notice(ORLA)
    town.housing.post(MessageKind.NOTICE, notice.id, notice_bundle.write(notice))
    town.assert_refused("agency-not-approved", town.housing)


def test_guessing_many_runs_into_the_limit_and_is_written_down(town: Town) -> None:
    town.change(town.housing, capabilities=Capabilities(per_minute=3))
    for n in range(6):
        town.housing.say(town.housing.notice(invented(n)))
    town.world.receive()
    assert town.audited() == [("notice-accepted", "")] * 3 + [("message-refused", "limit-per-minute")] * 3


def test_a_statement_tells_only_of_the_askers_own(town: Town) -> None:
    known_to_health(town)
    town.housing.state(Statement(UNKNOWN, town.housing.agency, town.housing.incarnation, "", ()))
    town.world.receive()
    town.world.relay().send_replies()
    town.housing.listen()
    (reply,) = town.housing.replies
    assert (reply.send_again, reply.adopt) == ((), ())
    assert town.held() == town.before


def test_a_guess_taken_back_leaves_the_audit_that_it_was_made(town: Town) -> None:
    known_to_health(town)
    guess(town, town.housing, replace(ORLA, local_id="H1"))
    town.world.step()
    town.housing.say(town.housing.notice(replace(ORLA, local_id="H1"), event=NoticeEvent.WITHDRAWN))
    town.world.step()
    codes = [code for code, _ in town.audited()]
    assert codes.count("notice-accepted") >= 1
    assert codes.count("alert-sent") >= 2


SYLLABLES = [f"{one}{other}" for one, other in product(("ba", "de", "fi", "go", "hu", "ka", "lo", "ne"), repeat=2)]


def strangers(first: int, number: int) -> list[Person]:
    """People whom nobody else knows, one unlike the other."""
    return [
        person(
            local_id=f"S{n}", given=(SYLLABLES[n % 64].title(),), family=f"Q{SYLLABLES[n // 8 % 64]}", identifiers=()
        )
        for n in range(first, first + number)
    ]


def declare(town: Town, people: list[Person], event: NoticeEvent = NoticeEvent.STARTED) -> None:
    """Housing says so of each of them, and the gateway takes it in."""
    for each in people:
        town.housing.say(town.housing.notice(each, event=event))
    town.world.receive()


def a_working_week(town: Town) -> None:
    """Two people a day: what is usual for housing."""
    for day in range(6):
        declare(town, strangers(2 * day, 2))
        town.clock.pass_(days=1)


def alarms(town: Town) -> list[tuple[str, AlarmKind]]:
    """What the watch raises now."""
    return [(alarm.connector.value, alarm.kind) for alarm in AlarmWatch(town.store, town.clock).look()]


def test_a_connector_that_guesses_many_raises_the_alarm_and_cannot_tell(town: Town) -> None:
    a_working_week(town)
    town.world.relay().send_replies()
    town.housing.listen()
    assert alarms(town) == []
    declare(town, strangers(100, 50))
    assert alarms(town) == [("housing", AlarmKind.DECLARATION_BURST)]
    declare(town, strangers(150, 2))
    waiting = [reply for reply in town.answers() if reply[0] == town.housing.id]
    assert {(receipt.outcome, receipt.issues) for _, receipt in waiting} == {(waiting[0][1].outcome, ())}
    assert alarms(town) == [], "raised once, until somebody has looked"


def test_guesses_taken_back_at_once_raise_the_alarm(town: Town) -> None:
    a_working_week(town)
    guessed = strangers(100, 12)
    declare(town, guessed)
    assert alarms(town) == []
    declare(town, guessed, NoticeEvent.WITHDRAWN)
    assert alarms(town) == [("housing", AlarmKind.BRIEF_INVOLVEMENTS)]


def test_the_first_load_of_a_new_agency_raises_only_the_alarm_that_is_expected(town: Town) -> None:
    declare(town, strangers(0, 60))
    assert alarms(town) == [("housing", AlarmKind.FIRST_LOAD)]


def test_an_alarm_names_no_person_and_no_reference(town: Town) -> None:
    declare(town, people := strangers(0, 60))
    assert alarms(town)
    with town.store.read() as unit:
        (alarm,), events = unit.alarms.open(), unit.audit.events(town.since, 1_000)
    written = repr(alarm) + repr([event.fields for event in events if event.code == "alarm-raised"])
    for each in people:
        for secret in (each.local_id, each.family, town.housing.references.person(each.local_id).value):
            assert f"'{secret}'" not in written
            assert len(secret) < 4 or secret not in written


def test_signatures_in_its_name_that_do_not_hold_raise_the_alarm(town: Town) -> None:
    for n in range(5):
        town.housing.end.send(b"sealed by nobody %d" % n)
    town.world.receive()
    assert alarms(town) == [("housing", AlarmKind.SIGNATURES_REFUSED)]
