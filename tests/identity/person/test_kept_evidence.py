"""Halved evidence compares as the whole does, and what index keys and protected places rest on is not halved."""

from itertools import combinations, islice

from deploy.scaling.population import Population
from gateway.linkage.evaluation import EPOCH, PEPPER
from identity.person.comparison import compare
from identity.person.kept_evidence import as_kept
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.evidence import KEPT_BYTES, Evidence


def people() -> list[Evidence]:
    """Households, of which many share names, dates and places."""
    return KeyedTokeniser(EPOCH).evidence([standardise(each) for each in islice(Population(4).people(), 70)])


def test_halved_on_both_sides_everybody_compares_as_before() -> None:
    whole = people()
    halved = as_kept(whole)
    pairs = list(combinations(range(len(whole)), 2)) + [(number, number) for number in range(len(whole))]
    levels = [compare(whole[one], whole[other]) for one, other in pairs]
    assert levels == [compare(halved[one], halved[other]) for one, other in pairs]
    assert len(set(levels)) > 10, "pairs that agree in many ways are among them"


def test_halving_again_changes_nothing_and_keys_are_those_of_the_whole() -> None:
    whole = people()
    halved = as_kept(whole)
    assert as_kept(halved) == halved != tuple(whole)
    assert [PEPPER.index_keys(each) for each in halved] == [PEPPER.index_keys(each) for each in whole]
    for one, kept in zip(whole, halved, strict=True):
        assert [(place.postcode, place.address) for place in one.locations] == [
            (place.postcode, place.address) for place in kept.locations
        ]
        for place in kept.locations:
            assert place.town is not None
            assert place.town.endswith(bytes(KEPT_BYTES))
