"""Protected places leave evidence whole but for the place: nothing of it is indexed or scored."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.custody.epoch import LinkageEpoch
from identity.person.protected_place import ProtectedPlaces, ProtectedTokens
from identity.person.standard_person import StandardLocation
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId
from mappings.canonical.person import Address, PartialDate
from tests import builders

EPOCH = LinkageEpoch("trial-1", Mode.TRIAL, bytes(range(32)), PartnershipId("seaton"))
TOKENISER = KeyedTokeniser(EPOCH)
REFUGE = Address(("9 Quiet Lane",), "Seaton", "ZZ7 4QP")
HOME = Address(("1 Example Row",), "Seaton", "ZZ1 1AA")
PLACE = StandardLocation("ZZ7 4QP", "ZZ7 4", "ZZ", "9 QUIET LANE", "SEATON")
PROTECTED = ProtectedPlaces({EPOCH.id: TOKENISER.protected([PLACE])})


def evidence_at(*addresses: Address, **changes):
    [made] = TOKENISER.evidence([standardise(builders.person(addresses=addresses, **changes))])
    return made


@given(
    given_name=st.sampled_from(["Orla", "Zoë", "Ibrahim", "Xanthe"]),
    family=st.sampled_from(["Testcase", "O'Neill", "Quigley"]),
    born=st.none() | st.builds(PartialDate, st.integers(1905, 2026), st.integers(1, 12), st.integers(1, 28)),
)
def test_nothing_that_only_the_place_gives_is_left(given_name, family, born):
    """Two people who share nothing but the refuge share no token that is indexed or scored."""
    person = {"given": (given_name,), "family": family, "birth_date": born, "identifiers": ()}
    there, homeless = evidence_at(REFUGE, **person), evidence_at(**person)
    cleared = PROTECTED.without(there)
    assert cleared.locations == ()
    # The town with a name and a year is no address; what is left beside it is what somebody without any address has.
    assert set(homeless.blocks) <= set(cleared.blocks)
    town_only = evidence_at(Address((), "Seaton", ""), **person)
    assert set(cleared.blocks) <= set(town_only.blocks)
    assert replace(cleared, blocks=homeless.blocks) == homeless


def test_another_place_of_the_same_person_stays():
    cleared = PROTECTED.without(evidence_at(REFUGE, HOME))
    assert cleared.locations == evidence_at(HOME).locations
    assert PROTECTED.without(evidence_at(HOME)) == evidence_at(HOME)


@pytest.mark.parametrize("address", [Address((), "", "ZZ7 4QP"), Address(("9 Quiet Lane",), "Seaton", "")])
def test_the_postcode_alone_or_the_address_alone_is_enough(address):
    assert PROTECTED.without(evidence_at(address)).locations == ()


def test_under_an_epoch_without_a_list_no_place_counts_where_another_epoch_has_one():
    other = ProtectedPlaces({"trial-0": ProtectedTokens()})
    assert other.without(evidence_at(HOME)).locations == ()


def test_without_any_list_nothing_is_dropped():
    assert ProtectedPlaces({}).without(evidence_at(REFUGE)) == evidence_at(REFUGE)
