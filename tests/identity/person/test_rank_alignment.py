"""A dump against common knowledge: whoever knows how often everything occurs in the population, but no key, lines stored
keys up with what they may stand for, the most frequent with the most frequent (rank alignment)."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from random import Random

from faker import Faker

from identity.person.block_keys import block_texts
from identity.person.pepper import Pepper
from identity.person.standardise import standardise
from mappings.canonical.codes import Gender
from mappings.canonical.person import Address, PartialDate, Person
from tests.identity.person.people import SEATON, TOKENISER

PEOPLE, TRIES, MOST = 2_000, 12, 0.001
LETTERS = "ABDEFGHJLNPQRST"  # some 1,200 postcodes, as a town of 50,000 has; the clients are a few of its people


def _town() -> list[Person]:
    """People with names as frequent as they are, a town's postcodes, and birth dates."""
    fake, draw = Faker("en_GB"), Random(7)
    fake.seed_instance(7)
    people = []
    for number in range(PEOPLE):
        woman = draw.random() < 0.5
        home = Address(
            (f"{draw.randint(1, 90)} {draw.choice(['Quay', 'Mill', 'Park', 'Hill', 'Church'])} Road",),
            "Seaton",
            f"ZZ{draw.randint(1, 9)} {draw.randint(1, 9)}{draw.choice(LETTERS)}Y",
        )
        people.append(
            Person(
                str(number),
                given=(fake.first_name_female() if woman else fake.first_name_male(),),
                family=fake.last_name(),
                birth_date=PartialDate(draw.randint(1940, 2020), draw.randint(1, 12), draw.randint(1, 28)),
                gender=Gender.FEMALE if woman else Gender.MALE,
                addresses=(home,),
            )
        )
    return people


def test_rank_alignment_of_all_index_keys_re_identifies_at_most_one_in_a_thousand() -> None:
    pepper = Pepper(bytes(range(32)), SEATON)
    standard = [standardise(each) for each in _town()]
    texts = [block_texts(each) for each in standard]
    keys = [pepper.index_keys(each).blocks for each in TOKENISER.evidence(standard)]
    holders: defaultdict[bytes, set[int]] = defaultdict(set)
    meant: dict[bytes, str] = {}
    for number, (its_texts, its_keys) in enumerate(zip(texts, keys, strict=True)):
        for text, key in zip(its_texts, its_keys, strict=True):
            holders[key].add(number)
            meant[key] = text
    known = Counter(text for each in texts for text in each)
    tries = [_aligned(holders, meant, known, Random(seed)) for seed in range(TRIES)]
    assert sum(named for named, _ in tries) / TRIES / PEOPLE <= MOST
    assert sum(told for _, told in tries) / TRIES <= MOST


def _aligned(
    holders: Mapping[bytes, set[int]], meant: Mapping[bytes, str], known: Mapping[str, int], draw: Random
) -> tuple[int, float]:
    """How many people are named by one try, and of all a dump holds which part is told. Ties say nothing, so both sides are
    shuffled before they are ranked: by luck alone one key in a tie is right, however many there are."""
    stored, guesses = list(holders), list(known)
    draw.shuffle(stored)
    draw.shuffle(guesses)
    stored.sort(key=lambda key: -len(holders[key]))
    guesses.sort(key=lambda text: -known[text])
    right = [key for key, guess in zip(stored, guesses, strict=True) if meant[key] == guess]
    named = {number for key in right for number in holders[key] if len(holders[key]) == 1}
    return len(named), sum(len(holders[key]) for key in right) / sum(map(len, holders.values()))
