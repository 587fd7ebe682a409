"""Shortened evidence compares as the whole does, and its index keys are those of the whole."""

from itertools import combinations, islice

from deploy.scaling.population import Population
from gateway.linkage.evaluation import EPOCH, PEPPER
from identity.person.comparison import compare
from identity.person.kept_evidence import as_kept
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.evidence import KEPT_PART_BYTES, TOKEN_BYTES, Evidence


def people() -> list[Evidence]:
    """Households, of which many share names, dates and places."""
    return KeyedTokeniser(EPOCH).evidence([standardise(each) for each in islice(Population(4).people(), 70)])


def test_shortened_on_both_sides_everybody_compares_as_before() -> None:
    whole = people()
    short = as_kept(whole)
    pairs = list(combinations(range(len(whole)), 2)) + [(number, number) for number in range(len(whole))]
    levels = [compare(whole[one], whole[other]) for one, other in pairs]
    assert levels == [compare(short[one], short[other]) for one, other in pairs]
    assert len(set(levels)) > 10, "pairs that agree in many ways are among them"


def test_shortening_again_changes_nothing_and_keys_are_those_of_the_whole() -> None:
    whole = people()
    short = as_kept(whole)
    assert as_kept(short) == short != tuple(whole)
    assert [PEPPER.index_keys(each) for each in short] == [PEPPER.index_keys(each) for each in whole]
    for one, kept in zip(whole, short, strict=True):
        assert kept.identifiers == one.identifiers
        for place in kept.locations:
            assert place.town is not None
            assert place.town.endswith(bytes(TOKEN_BYTES - KEPT_PART_BYTES))
