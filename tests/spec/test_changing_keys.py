"""Chapter 13. Changing keys: the linkage key, the pepper and the data key are replaced while notices come in, and nobody loses anybody by it.

A connection once made stays, with the same names; nobody is told twice; nobody is told of somebody they would not have been told of before.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import build_peppers, open_register, secret_place
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import PARTNERSHIP, World
from gateway.initialise import initialise
from gateway.keys.epoch_retirement import RETIRE
from gateway.keys.renewal import Renewing
from gateway.keys.secret_rotation import Secret, begin
from gateway.refused import Refused
from gateway.trust.operators import Office
from identity.custody.epoch import LinkageEpoch, new_epoch
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import AlertEvent, Mode, NoticeEvent, ReceiptOutcome
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.notice import Notice, RelatedPerson
from mappings.canonical.person import Person
from tests.gateway.staff import Staff, opened
from tests.spec.people import AHMAD, MAYA, TYLER
from tests.spec.test_family import BOTH_AGES, DARREN, PARENT, PROBATION, about_darren, about_maya, related

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
HOUSING = AgencyId("urn:patchwork:seaton:housing")
MADE, CHANGED, ACCEPTED = AlertEvent.MADE, NoticeEvent.CHANGED, ReceiptOutcome.ACCEPTED


@pytest.fixture
def trio(seaton: World) -> tuple[Counterpart, Counterpart, Counterpart]:
    """Social care and nursing know of each other's work with Maya; housing has joined and said nothing yet."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING), seaton.join(HOUSING)
    seaton.agree(SOCIAL_CARE, NURSING, HOUSING)
    for counterpart in joined[:2]:
        counterpart.say(counterpart.notice(MAYA))
    seaton.step()
    assert [each.events() for each in joined] == [[MADE], [MADE], []]
    return joined


@pytest.fixture
def following() -> LinkageEpoch:
    """The keyholder's next linkage key."""
    return new_epoch(PARTNERSHIP, Mode.TRIAL)


@pytest.fixture
def anna(seaton: World) -> Staff:
    """The registrar of Seaton; omar signs second."""
    return opened(Office(seaton.store, seaton.clock, PARTNERSHIP))


def under(counterpart: Counterpart, person: Person, *epochs: LinkageEpoch, event: NoticeEvent = CHANGED) -> Notice:
    """What the agency says of the person with evidence under these epochs."""
    details = [standardise(person)]
    evidence = tuple(KeyedTokeniser(epoch).evidence(details)[0] for epoch in epochs)
    return counterpart.notice(person, event=event, evidence=evidence)


def pairs(seaton: World) -> set[tuple[str, str]]:
    """Which agencies are connected now, as the register has it."""
    with seaton.store.read() as unit:
        of = {
            each.id: str(each.agency) for agency in seaton.counterparts for each in unit.involvements.of_agency(agency)
        }
        connections = {each.id: each for id in of for each in unit.connections.of_involvement(id)}
    return {(of[each.first], of[each.second]) for each in connections.values() if each.state == "live"}


def word(retired: LinkageEpoch, active: LinkageEpoch, *losing: tuple[AgencyId, int]) -> dict[str, object]:
    """What a registrar signs to retire an epoch."""
    given_up = [{"agency": agency.value, "records": records} for agency, records in losing]
    return {
        "mode": "trial",
        "serial": 1,
        "active": [active.id],
        "retired": [retired.id],
        "losing": given_up,
        "word": "signed.by.keyholder",
    }


def renew(seaton: World) -> None:
    """What a running gateway does in the background, to its end."""
    Renewing(seaton.store, seaton.clock, seaton.which_pepper()).run()


def epochs_held(seaton: World) -> set[str]:
    with seaton.store.read() as unit:
        return {
            evidence.epoch
            for agency in seaton.counterparts
            for each in unit.involvements.of_agency(agency)
            if (record := unit.records.find(agency, each.person_ref))
            for evidence in record.evidence
        }


class TestFromOneLinkageKeyToTheNext:
    """Every notice carries evidence under all keys in use, so that all can be compared at every moment."""

    def test_saying_the_same_under_a_further_key_tells_nobody_anything(self, seaton: World, trio, following) -> None:
        """Given two agencies that were told of each other, when they state the same under a further linkage key, then nobody is told anything and
        their connection stays."""
        before = pairs(seaton)
        for counterpart in trio[:2]:
            counterpart.say(under(counterpart, MAYA, seaton.epoch, following))
            seaton.step()
        assert [each.events() for each in trio] == [[MADE], [MADE], []]
        assert pairs(seaton) == before

    def test_who_has_both_keys_finds_who_has_only_the_old_one_yet(self, seaton: World, trio, following) -> None:
        """Given an agency that has both keys, when another that has only the old one yet names the same child, then they learn of each other."""
        social_care, _, housing = trio
        social_care.say(under(social_care, MAYA, seaton.epoch, following))
        housing.say(under(housing, MAYA, seaton.epoch, event=NoticeEvent.STARTED))
        seaton.step()
        assert housing.events() == [MADE, MADE]

    def test_who_has_both_keys_finds_who_has_only_the_new_one(self, seaton: World, trio, following) -> None:
        """Given an agency that has only the new key, when one that has both names the same child, then they learn of each other."""
        social_care, nursing, housing = trio
        housing.say(under(housing, TYLER, following, event=NoticeEvent.STARTED))
        social_care.say(under(social_care, TYLER, seaton.epoch, following, event=NoticeEvent.STARTED))
        seaton.step()
        assert (social_care.events(), housing.events(), nursing.events()) == ([MADE, MADE], [MADE], [MADE])

    def test_who_could_not_be_compared_is_found_as_soon_as_they_can(self, seaton: World, trio, following) -> None:
        """Given two agencies with no key in common, when they name the same young person, then nobody can tell yet; when one of them has both keys,
        then they learn of each other."""
        social_care, nursing, _ = trio
        social_care.say(under(social_care, AHMAD, seaton.epoch, event=NoticeEvent.STARTED))
        nursing.say(under(nursing, AHMAD, following, event=NoticeEvent.STARTED))
        seaton.step()
        assert nursing.events() == [MADE], "nobody can tell yet that it is the same Ahmad"
        social_care.say(under(social_care, AHMAD, seaton.epoch, following))
        seaton.step()
        assert (social_care.events(), nursing.events()) == ([MADE, MADE], [MADE, MADE])

    def test_nobody_is_taken_for_somebody_else_on_the_way(self, seaton: World, trio, following) -> None:
        """Given agencies on the old key, on both, and on the new one, when they name different people, then nobody is taken for somebody else at
        any step."""
        _, nursing, housing = trio
        for epochs in ((seaton.epoch,), (seaton.epoch, following), (following,)):
            housing.say(under(housing, AHMAD, *epochs))
            nursing.say(under(nursing, TYLER, *epochs))
            seaton.step()
        assert pairs(seaton) == {(SOCIAL_CARE.value, NURSING.value)}


class TestWhenTheOldKeyRetires:
    """The keyholder says that it is over; the gateway sees that nobody is lost by it."""

    def test_it_is_refused_while_somebody_would_be_lost_and_says_how_many(
        self, seaton: World, trio, following, anna: Staff
    ) -> None:
        """Given an agency whose clients are known under the old key alone, when somebody retires that key, then it is refused, with how many would
        be lost and at which agency."""
        social_care, _, _ = trio
        social_care.say(under(social_care, MAYA, seaton.epoch, following))
        seaton.step()
        with pytest.raises(Refused, match=r"would be lost to matching: urn:patchwork:seaton:nursing=1\. Wait"):
            anna.carry_out(RETIRE, word(seaton.epoch, following))
        assert epochs_held(seaton) == {seaton.epoch.id, following.id}

    def test_to_give_somebody_up_takes_two_people_who_name_how_many(
        self, seaton: World, trio, following, anna: Staff
    ) -> None:
        """Given one client who would be lost with the old key, when one person names how many are given up, then nothing happens until a second
        person approves; a link that exists stays."""
        social_care, _, _ = trio
        social_care.say(under(social_care, MAYA, seaton.epoch, following))
        seaton.step()
        waiting = anna.hand_in(RETIRE, word(seaton.epoch, following, (NURSING, 1)))
        assert not waiting.done
        assert anna.second is not None
        assert anna.second.approve(waiting).result.lost == 1
        assert pairs(seaton) == {(SOCIAL_CARE.value, NURSING.value)}, "the link itself stays: it joins records"

    def test_afterwards_everybody_is_found_by_the_new_key_alone_and_the_old_evidence_is_gone(
        self, seaton: World, trio, following, anna: Staff
    ) -> None:
        """Given a key that has been retired, when the register has been renewed, then evidence under it is gone and a newcomer is found by the new
        key alone."""
        housing = trio[2]
        for counterpart in trio[:2]:
            counterpart.say(under(counterpart, MAYA, seaton.epoch, following))
        seaton.step()
        assert anna.hand_in(RETIRE, word(seaton.epoch, following)).result.epochs == (seaton.epoch.id,)
        renew(seaton)
        assert epochs_held(seaton) == {following.id}
        housing.say(under(housing, MAYA, following, event=NoticeEvent.STARTED))
        seaton.step()
        assert [each.events() for each in trio] == [[MADE, MADE], [MADE, MADE], [MADE, MADE]]

    def test_what_was_on_its_way_under_the_old_key_still_arrives(
        self, seaton: World, trio, following, anna: Staff
    ) -> None:
        """Given notices made under the old key just before it retired, when they arrive late, then they are taken in, an ending counts, and whoever
        cannot be placed is found once the agency uses the new key."""
        social_care, nursing, housing = trio
        for counterpart in trio[:2]:
            counterpart.say(under(counterpart, MAYA, seaton.epoch, following))
        seaton.step()
        late = [
            under(nursing, MAYA, seaton.epoch, event=NoticeEvent.ENDED),
            under(housing, MAYA, seaton.epoch, event=NoticeEvent.STARTED),
        ]
        anna.hand_in(RETIRE, word(seaton.epoch, following))
        nursing.say(late[0])
        housing.say(late[1])
        seaton.step()
        assert [each.outcomes()[-1] for each in (nursing, housing)] == [ACCEPTED, ACCEPTED]
        assert social_care.events() == [MADE, AlertEvent.ENDED], "an ending needs no evidence"
        assert housing.events() == [], "nobody can say yet whose client it is"
        assert epochs_held(seaton) <= {seaton.epoch.id, following.id}
        renew(seaton)
        assert epochs_held(seaton) == {following.id}
        housing.say(under(housing, MAYA, following))
        seaton.step()
        assert housing.events() == [MADE]

    def test_a_retired_key_never_returns(self, seaton: World, trio, following, anna: Staff) -> None:
        """Given a retired key, when somebody tries to bring it back, then it is refused for good."""
        for counterpart in trio[:2]:
            counterpart.say(under(counterpart, MAYA, seaton.epoch, following))
        seaton.step()
        anna.hand_in(RETIRE, word(seaton.epoch, following))
        with pytest.raises(Refused, match="a retired epoch never returns"):
            anna.hand_in(RETIRE, word(following, seaton.epoch))


class TestRelatives:
    """Whoever is named as a relative is found through every change of keys, as clients are."""

    @pytest.fixture
    def family(self, seaton: World) -> tuple[Counterpart, Counterpart]:
        """Social care names Maya's father, whom nobody has spoken of; probation will."""
        joined = seaton.join(SOCIAL_CARE), seaton.join(PROBATION)
        seaton.agree(SOCIAL_CARE, PROBATION, age_bands=BOTH_AGES, relations=(PARENT,))
        about_maya(joined[0], related(joined[0], DARREN))
        seaton.step()
        return joined

    def test_under_the_new_linkage_key_alone(self, seaton: World, family, following, anna: Staff) -> None:
        """Given a child's record that names her father under both keys, when the old key retires and the father's worker joins under the new one,
        then the two workers learn of each other."""
        social_care, probation = family
        old, new = social_care.tokeniser, KeyedTokeniser(following)
        person, father = [standardise(MAYA)], [standardise(DARREN)]
        both = tuple(each.evidence(person)[0] for each in (old, new))
        named = RelatedPerson(PARENT, tuple(each.evidence(father)[0] for each in (old, new)))
        social_care.say(social_care.notice(MAYA, event=CHANGED, evidence=both, relations=(named,)))
        seaton.step()
        anna.carry_out(RETIRE, word(seaton.epoch, following))
        renew(seaton)
        probation.tokeniser = new
        about_darren(probation)
        seaton.step()
        assert (social_care.events(), probation.events()) == ([MADE], [MADE])

    def test_what_comes_late_under_the_old_key_leaves_them_as_they_are(
        self, seaton: World, family, following, anna: Staff
    ) -> None:
        """Given a father who is connected with his child's team, when a notice under the retired key comes late, then he stays connected and nobody
        is told anything."""
        social_care, probation = family
        about_darren(probation)
        seaton.step()
        late = social_care.notice(MAYA, event=CHANGED, relations=(related(social_care, DARREN),))
        losing = ((SOCIAL_CARE, 1), (PROBATION, 1))
        anna.carry_out(RETIRE, word(seaton.epoch, following, *losing))
        renew(seaton)
        social_care.say(late)
        seaton.step()
        assert (social_care.events(), probation.events()) == ([MADE], [MADE])

    def test_who_is_met_while_both_keys_are_in_use_is_told_once(self, seaton: World, family, following) -> None:
        """Given a child and father named under both keys for a while, when notices come under every mixture of keys, then the child's worker is
        told once."""
        social_care, probation = family
        about_darren(probation)
        seaton.step()
        new, person, father = KeyedTokeniser(following), [standardise(MAYA)], [standardise(DARREN)]
        for held in ((social_care.tokeniser, new), (new,)):
            evidence = tuple(each.evidence(person)[0] for each in held)
            named = RelatedPerson(PARENT, tuple(each.evidence(father)[0] for each in held))
            probation.say(under(probation, DARREN, seaton.epoch, following))
            social_care.say(social_care.notice(MAYA, event=CHANGED, evidence=evidence, relations=(named,)))
            seaton.step()
        assert social_care.events() == [MADE]


class TestTheGatewaysOwnSecrets:
    """They are replaced in the background; whoever asks meanwhile is answered as before."""

    @pytest.fixture
    def gateway(self, tmp_path: Path) -> Iterator[tuple[World, object]]:
        """Seaton with secrets in files, as a real gateway has them."""
        settings = initialise(tmp_path / "gateway", {"partnership": PARTNERSHIP.value}).settings
        store = open_register(settings)
        yield World(store, peppers=build_peppers(settings)), secret_place(settings)
        store.close()

    @pytest.mark.parametrize("secret", list(Secret))
    def test_before_during_and_after_the_same_people_are_found_and_nobody_is_told_twice(
        self, gateway, secret: Secret
    ) -> None:
        """Given a secret of the gateway that is being replaced, when agencies meet before, during and after it, then each pair is told once, under
        the same spoken reference on both sides."""
        seaton, place = gateway
        joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING)
        seaton.agree(SOCIAL_CARE, NURSING)
        social_care, nursing = joined
        social_care.say(social_care.notice(MAYA))
        nursing.say(nursing.notice(MAYA))
        social_care.say(social_care.notice(TYLER))
        seaton.step()
        begin(secret, place, seaton.store, seaton.clock)
        nursing.say(nursing.notice(TYLER))
        social_care.say(social_care.notice(AHMAD))
        seaton.step()
        renew(seaton)
        nursing.say(nursing.notice(AHMAD))
        nursing.say(nursing.notice(MAYA, event=CHANGED))
        seaton.sweep()
        seaton.step()
        assert [each.events() for each in joined] == [[MADE, MADE, MADE], [MADE, MADE, MADE]]
        spoken = [sorted(str(alert.spoken_reference) for alert in each.alerts) for each in joined]
        assert spoken[0] == spoken[1]

    @pytest.mark.parametrize("secret", list(Secret))
    @pytest.mark.parametrize("through", [True, False])
    def test_a_relative_who_joins_during_or_after_it_is_found_too(self, gateway, secret: Secret, through: bool) -> None:
        """Given a child whose record names her father, when his worker joins while a secret is replaced or afterwards, then both learn of each
        other."""
        seaton, place = gateway
        social_care, probation = seaton.join(SOCIAL_CARE), seaton.join(PROBATION)
        seaton.agree(SOCIAL_CARE, PROBATION, age_bands=BOTH_AGES, relations=(PARENT,))
        about_maya(social_care, related(social_care, DARREN))
        seaton.step()
        begin(secret, place, seaton.store, seaton.clock)
        if through:
            renew(seaton)
        about_darren(probation)
        seaton.step()
        assert (social_care.events(), probation.events()) == ([MADE], [MADE])
