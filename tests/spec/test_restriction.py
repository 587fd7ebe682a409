"""Chapter 29. Restriction (UK GDPR, Article 18): a person asks that their data be kept and not used. It is enforced at once, and for good.

A data protection officer places it, two people lift it, and nothing that happens to the data meanwhile lets go of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.alerts.alerting import Alerting
from gateway.app import build_peppers, open_register, secret_place
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import PARTNERSHIP, World
from gateway.initialise import initialise
from gateway.keys.epoch_retirement import RETIRE
from gateway.keys.secret_rotation import Secret, begin
from gateway.model.withholding import WithholdingKind
from gateway.refused import NotPermitted, Refused
from gateway.withholding.restricting import ADD, LIFT, is_restricted, record_content, reference_content, restrict
from gateway.withholding.shielding import LIFT as LIFT_SHIELD
from identity.custody.epoch import new_epoch
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import AlertEvent, MergeEvent, Mode, NoticeEvent
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.person import Person
from tests.spec.officers import Officers, officers_of
from tests.spec.people import MAYA, TYLER
from tests.spec.stewards import Stewards, appointed
from tests.spec.test_changing_keys import renew, under, word

SOCIAL_CARE = AgencyId("urn:patchwork:seaton:social-care")
NURSING = AgencyId("urn:patchwork:seaton:nursing")
HOUSING = AgencyId("urn:patchwork:seaton:housing")
MADE, CHANGED, ENDED, RETRACTED = AlertEvent
RESTRICTION = WithholdingKind.RESTRICTION
WHY = "she contests that we may use it"

Trio = tuple[Counterpart, Counterpart, Counterpart]


@pytest.fixture
def trio(seaton: World) -> Trio:
    """Social care and nursing know of each other's work with Maya."""
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING), seaton.join(HOUSING)
    seaton.agree(SOCIAL_CARE, NURSING, HOUSING)
    for each in joined[:2]:
        say(seaton, each)
    return joined


@pytest.fixture
def stewards(seaton: World) -> Stewards:
    return appointed(seaton)


@pytest.fixture
def officers(seaton: World, stewards: Stewards) -> Officers:
    return officers_of(seaton, stewards)


def say(seaton: World, who: Counterpart, person: Person = MAYA, **changes: object) -> None:
    who.say(who.notice(person, **changes))  # type: ignore[arg-type]
    seaton.step()


def restricted(seaton: World, officers: Officers, who: Counterpart, client: str = "maya") -> None:
    """Omar restricts by the agency's own reference."""
    reference = who.references.person(client).value
    officers.omar.hand_in(ADD, reference_content(who.agency.value, reference, WHY, seaton.mode))
    seaton.step()


def test_it_is_enforced_at_once_and_whoever_was_told_hears_that_it_is_no_longer_shared(
    seaton: World, trio: Trio, officers: Officers
):
    """Given two agencies that know of each other's work with Maya, when her data are restricted, then both hear at once that it is no longer
    shared, and a third that comes to know her is told nothing."""
    social_care, nursing, housing = trio
    restricted(seaton, officers, nursing)
    say(seaton, housing)
    assert social_care.events() == nursing.events() == [MADE, ENDED]
    assert housing.alerts == []


def test_one_data_protection_officer_places_it_and_two_people_lift_it(seaton: World, trio: Trio, officers: Officers):
    """Given a restriction, when a data protection officer signs, and nobody else may, then it stands, with who placed it and why; it is lifted by
    two people only, of whom the one who proposes has that role, and whoever was told before is then told again. Lifting it twice is refused."""
    social_care, nursing, _ = trio
    content = reference_content(NURSING.value, nursing.references.person("maya").value, WHY, seaton.mode)
    with pytest.raises(NotPermitted, match="needs the role dpo"):
        officers.anna.hand_in(ADD, content)
    restricted(seaton, officers, nursing)
    (known,) = officers.standing(RESTRICTION)
    assert (known.made_by, known.reason, known.lapses_at) == ("omar", WHY, None)
    lift = {"restriction": known.id, "side": seaton.mode.value}
    with pytest.raises(NotPermitted, match="needs the role dpo"):
        officers.anna.hand_in(LIFT, lift)
    handed = officers.omar.hand_in(LIFT, lift)
    assert handed.proposal is not None
    with pytest.raises(NotPermitted):
        officers.omar.approve(handed)
    assert officers.standing(RESTRICTION) == [known]
    officers.dora.approve(handed)
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED, MADE]
    assert officers.standing(RESTRICTION) == []
    with pytest.raises(Refused, match="ended on"):
        officers.omar.hand_in(LIFT, lift)


def test_it_never_lapses_and_nothing_overrides_it(seaton: World, trio: Trio, officers: Officers):
    """Given a restricted person who is shielded as well, when the shield is overridden or lapses, months pass and both agencies publish again, then
    nobody is told anything, and the restriction cannot be lifted as if it were a shield."""
    social_care, nursing, _ = trio
    restricted(seaton, officers, nursing)
    nursing.shield("maya")
    seaton.step()
    (shield,) = officers.standing(WithholdingKind.SHIELD)
    officers.override(shield.id, recipient=1, discloser=2)
    seaton.step()
    assert social_care.events() == [MADE, ENDED]
    seaton.clock.pass_(days=120)
    officers.let_lapse()
    say(seaton, social_care, event=NoticeEvent.CHANGED)
    say(seaton, nursing, event=NoticeEvent.CHANGED)
    assert social_care.events() == nursing.events() == [MADE, ENDED]
    with pytest.raises(Refused, match="there is no shield"):
        officers.decide(LIFT_SHIELD, replace(officers.standing(RESTRICTION)[0], kind=WithholdingKind.SHIELD, id=1))


def test_a_subject_access_can_restrict_by_the_record_and_ask_whether_it_is(
    seaton: World, trio: Trio, officers: Officers
):
    """Given two records that are one person's, when a restriction is placed by the one, as in answering a request for access, then it stands on the
    other too, asking for it again by the other adds nothing, and both agencies hear that it is no longer shared."""
    social_care, nursing, _ = trio
    with seaton.store.write() as unit:
        alerting = Alerting(unit, seaton.pairing(), unit.agreements.current(), seaton.clock.now())
        first, second = (unit.records.get(number) for number in (1, 2))
        assert first is not None
        assert second is not None
        assert not is_restricted(alerting, second)
        made, alerts = restrict(alerting, first, "dora", WHY)
        assert is_restricted(alerting, second)
        # Once is enough, by whichever of the person's records.
        assert restrict(alerting, second, "dora", WHY) == (made, 0)
    assert alerts == 2
    seaton.step()
    assert social_care.events() == nursing.events() == [MADE, ENDED]


def test_by_a_number_or_reference_that_names_nobody_it_is_refused_or_waits_for_them(
    seaton: World, trio: Trio, officers: Officers
):
    """Given a restriction by an unknown record number, an unknown agency or a name in place of a reference, when it is handed in, then it is
    refused; by a reference of which nothing was said yet it waits, and stands on the person for everybody from that agency's first notice on."""
    social_care, _, housing = trio
    with pytest.raises(Refused, match="no record of that number"):
        officers.omar.hand_in(ADD, record_content(77, WHY, seaton.mode))
    unknown = reference_content("urn:patchwork:seaton:nobody", "a" * 64, WHY, seaton.mode)
    with pytest.raises(Refused, match="there is no agency"):
        officers.omar.hand_in(ADD, unknown)
    with pytest.raises(Refused, match="opaque reference of its client"):
        reference_content(HOUSING.value, "Maya", WHY, seaton.mode)
    told = list(social_care.events())
    restricted(seaton, officers, housing)
    say(seaton, housing)
    assert housing.alerts == []
    # From that notice on it is known who is meant, and it stands on her for everybody.
    assert social_care.events() == [*told, ENDED]


class TestItSticksToThePerson:
    """Whatever becomes of the records meanwhile."""

    @pytest.fixture
    def nobody_hears(self, seaton: World, trio: Trio, officers: Officers) -> Iterator[None]:
        """It is restricted by nursing's reference; at the end of each of these nobody has been told of anybody since. That a match was wrong, or
        a notice withdrawn, they hear as ever."""
        restricted(seaton, officers, trio[1])
        yield
        seaton.sweep()
        seaton.step()
        shown = [[event for event in each.events() if event in (MADE, CHANGED)] for each in trio]
        assert shown == [[MADE], [MADE], []]

    def test_through_publishing_again(self, seaton: World, trio: Trio, officers: Officers, nobody_hears: None):
        """Given a restricted person, when their agencies end, begin, change and move their involvements, then the restriction stands on every one
        of their records, and nobody is told anything."""
        social_care, nursing, housing = trio
        say(seaton, nursing, event=NoticeEvent.ENDED)
        say(seaton, nursing)
        say(seaton, nursing, involvement="another")
        say(seaton, housing)
        say(seaton, nursing, replace(MAYA, local_id="N-2"), involvement="maya", event=NoticeEvent.CHANGED)
        say(seaton, social_care, event=NoticeEvent.CHANGED)
        assert officers.show(1, RESTRICTION).records == (1, 2, 3, 4)

    def test_through_other_links(self, seaton: World, trio: Trio, stewards: Stewards, officers: Officers):
        """Given a restricted person, when a steward parts their records and two people link them again, then whoever was told hears "disregard"
        once, and nothing of either part is told then or afterwards."""
        social_care, nursing, housing = trio
        restricted(seaton, officers, nursing)
        # Unlinking says "disregard" once; then neither part is told of, and after a relinking nothing either.
        stewards.unlink(2)
        seaton.step()
        told = [len(each.alerts) for each in trio]
        say(seaton, housing)
        stewards.kim.approve(stewards.relink(2, 1))
        seaton.step()
        assert [len(each.alerts) for each in trio] == told
        assert social_care.events() == nursing.events() == [MADE, ENDED, RETRACTED]

    def test_through_a_merge_and_its_undoing(self, seaton: World, trio: Trio, officers: Officers, nobody_hears: None):
        """Given a restricted person, when their agency merges their record with another of its own and takes that back, then the restriction stands
        on both, and nobody is told anything of either."""
        _, nursing, housing = trio
        say(seaton, nursing, replace(TYLER, identifiers=()))
        for event in MergeEvent:
            nursing.merge("maya", "tyler", event)
            seaton.step()
            say(seaton, housing, replace(TYLER, identifiers=()), event=NoticeEvent.CHANGED)
        say(seaton, housing)
        assert {1, 2, 3, 4, 5} == set(officers.show(1, RESTRICTION).records)

    def test_through_a_new_linkage_key(self, seaton: World, trio: Trio, officers: Officers, nobody_hears: None):
        """Given a restricted person, when the linkage key is replaced and an agency that has only the new key names them, then they are known again
        as restricted, and nobody is told anything."""
        following = new_epoch(PARTNERSHIP, Mode.TRIAL)
        for each in trio[:2]:
            each.say(under(each, MAYA, seaton.epoch, following))
            seaton.step()
        officers.anna.carry_out(RETIRE, word(seaton.epoch, following))
        renew(seaton)
        trio[2].tokeniser = KeyedTokeniser(following)
        say(seaton, trio[2])
        assert officers.show(1, RESTRICTION).records == (1, 2, 3)

    def test_through_erasure_it_is_not_erased_and_so_known_again(
        self, seaton: World, trio: Trio, officers: Officers, nobody_hears: None
    ):
        """Given a restricted person whose involvements are over, when the time for erasure has come, then they are kept, known again when agencies
        speak of them, and nobody is told; once two people have lifted it, they are erased in their time."""
        social_care, nursing, housing = trio
        for each in (social_care, nursing):
            say(seaton, each, event=NoticeEvent.ENDED)
        seaton.clock.pass_(days=200)
        assert seaton.keep_house()["erased"] == 0
        say(seaton, housing)
        say(seaton, social_care, involvement="after")
        assert officers.show(1, RESTRICTION).records == (1, 2, 3)
        officers.decide(LIFT, officers.standing(RESTRICTION)[0])
        # It would be told now; what is asserted at the end is what was told until here.
        say(seaton, housing, event=NoticeEvent.ENDED)
        say(seaton, social_care, involvement="after", event=NoticeEvent.WITHDRAWN)
        seaton.clock.pass_(days=200)
        assert seaton.keep_house()["erased"] > 0


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[tuple[World, object]]:
    """Seaton with secrets in files, as a real gateway has them."""
    settings = initialise(tmp_path / "gateway", {"partnership": PARTNERSHIP.value}).settings
    store = open_register(settings)
    yield World(store, peppers=build_peppers(settings)), secret_place(settings)
    store.close()


@pytest.mark.parametrize("secret", list(Secret))
def test_it_sticks_through_the_rotation_of_the_gateways_own_secrets(gateway, secret: Secret):
    """Given a restricted person, when the gateway's pepper or data key is replaced while agencies publish, then the restriction stands on all their
    records, before and after, and nobody is told anything."""
    seaton, place = gateway
    joined = seaton.join(SOCIAL_CARE), seaton.join(NURSING), seaton.join(HOUSING)
    seaton.agree(SOCIAL_CARE, NURSING, HOUSING)
    officers = officers_of(seaton, appointed(seaton))
    say(seaton, joined[0])
    restricted(seaton, officers, joined[0])
    begin(secret, place, seaton.store, seaton.clock)
    say(seaton, joined[1])
    renew(seaton)
    say(seaton, joined[2])
    seaton.clock.pass_(seconds=timedelta(days=1).total_seconds())
    seaton.sweep()
    seaton.step()
    assert [each.alerts for each in joined] == [[], [], []]
    assert officers.show(1, RESTRICTION).records == (1, 2, 3)
