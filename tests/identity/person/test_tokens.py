"""Keyed evidence: it says the same under one key, nothing under another, and nothing in clear ever."""

from dataclasses import fields, replace
from hashlib import sha256
from itertools import islice

import pytest

from deploy.scaling.population import Population
from identity.custody.epoch import LinkageEpoch
from identity.person.block_keys import block_texts
from identity.person.standardise import standardise
from identity.person.tokens import KeyedTokeniser
from mappings import evidence_codec
from mappings.canonical.codes import Mode, Strength
from mappings.canonical.evidence import MAX_BLOCKS, Evidence
from mappings.canonical.identifiers import PartnershipId
from mappings.canonical.person import Address
from tests.identity.person.people import EPOCH, evidence, nhs, person


def _tokens(found: object) -> set[bytes]:
    """Every byte string anywhere inside."""
    if isinstance(found, bytes):
        return {found}
    if isinstance(found, tuple):
        return {token for part in found for token in _tokens(part)}
    if hasattr(found, "__dataclass_fields__"):
        return {token for field in fields(found) for token in _tokens(getattr(found, field.name))}  # type: ignore[arg-type]
    return set()


def test_one_person_gives_one_evidence_under_one_key() -> None:
    assert evidence(person()) == evidence(person(), KeyedTokeniser(EPOCH))


@pytest.mark.parametrize(
    "other",
    [
        replace(EPOCH, id="trial-20261124-00000002"),
        replace(EPOCH, mode=Mode.LIVE),
        replace(EPOCH, partnership=PartnershipId("easton")),
        replace(EPOCH, key=bytes(32)),
    ],
    ids=["epoch", "mode", "partnership", "key"],
)
def test_no_token_is_the_same_under_another_epoch_mode_partnership_or_key(other: LinkageEpoch) -> None:
    one, two = evidence(person(identifiers=nhs())), evidence(person(identifiers=nhs()), KeyedTokeniser(other))
    assert not _tokens(one) & _tokens(two)


def test_no_part_of_the_person_stands_in_the_evidence() -> None:
    shown = repr(evidence(person(identifiers=nhs()))).upper()
    for part in ("JASMINE", "HOLLOWAY", "2012", "QUAYSIDE", "ZZ2", "99900"):
        assert part not in shown


def test_accents_case_and_apostrophes_make_no_difference() -> None:
    assert evidence(person("Zoë", "O'Brien")) == evidence(person("ZOE", "o brien"))


def test_swapped_names_share_tokens() -> None:
    one, other = evidence(person("Jasmine", "Holloway")), evidence(person("Holloway", "Jasmine"))
    assert one.given
    assert other.family
    assert one.given.exact == other.family.exact
    assert set(one.bands) == set(other.bands)


def test_a_lone_initial_can_be_told_and_agrees_with_the_name() -> None:
    lone, full = evidence(person("J")).given, evidence(person("Jasmine")).given
    assert lone
    assert full
    assert lone.exact == lone.initial == full.initial != full.exact


def test_a_swapped_day_and_month_meet() -> None:
    one, other = evidence(person(born="2012-04-07")).birth_date, evidence(person(born="2012-07-04")).birth_date
    assert one
    assert other
    assert one.swapped == other.full


def test_a_default_day_is_flagged() -> None:
    born = evidence(person(born="2012-01-01")).birth_date
    assert born
    assert born.default_day


def test_a_pseudo_postcode_is_never_evidence_nor_a_block() -> None:
    pseudo = person(addresses=(Address((), "", "ZZ99 3VZ"),))
    assert evidence(pseudo).locations == ()
    assert not any("ZZ99" in text for text in block_texts(standardise(pseudo)))


def test_a_withheld_address_leaves_no_location_evidence() -> None:
    hidden = evidence(person(addresses=(Address(("12 Quayside Road",), "Seaton", "ZZ2 4XY", withheld=True),)))
    assert hidden.locations == ()
    assert hidden.blocks == evidence(person(addresses=())).blocks


def test_block_keys_are_composites_of_at_least_two_parts_and_bounded() -> None:
    many = person("Mary-Jane", "Smith-Jones", former_family=("Patel", "Khan"), known_as=("MJ", "Maz"), addresses=(
        Address(("1 A Road",), "Seaton", "ZZ1 1AA"), Address(("2 B Road",), "Easton", "ZZ1 2AA"), Address(("3 C Road",), "Weston", "ZZ1 3AA"),
    ))  # fmt: skip
    texts = block_texts(standardise(many))
    assert 12 <= len(texts) <= MAX_BLOCKS
    assert all(len([part for part in text.split("|") if part]) >= 3 for text in texts)
    assert len(evidence(many).blocks) == len(texts)


def test_the_test_range_is_no_evidence_in_live_mode() -> None:
    live = KeyedTokeniser(replace(EPOCH, mode=Mode.LIVE))
    assert evidence(person(identifiers=nhs()), live).identifiers == ()
    assert evidence(person(identifiers=nhs())).identifiers[0].strength is Strength.STRONG


WEAK = [
    person("", known_as=("Jaz",)),
    person("Baby"),
    person("Unknown"),
    person("", addresses=()),
    person(family="", addresses=()),
    person("", born="2012-01-01"),
    person("", born="2012"),
    person("J", born=""),
    person("J", addresses=()),
    person("", born="", expected=None),
]


@pytest.mark.parametrize("thin", WEAK)
def test_a_thin_identity_is_weak_and_a_verified_number_makes_up_for_it(thin: object) -> None:
    assert isinstance(thin, type(person()))
    assert evidence(thin).weak
    assert not evidence(replace(thin, identifiers=nhs())).weak
    assert evidence(replace(thin, identifiers=nhs(strength=Strength.MEDIUM))).weak


@pytest.mark.parametrize(
    "full", [person(), person("J"), person(""), person(addresses=()), person(born="2012"), person(born="")]
)
def test_an_ordinary_identity_is_not_weak(full: object) -> None:
    assert isinstance(full, type(person()))
    assert not evidence(full).weak


def test_an_empty_person_makes_an_empty_weak_evidence() -> None:
    empty = evidence(person("", "", born="", addresses=(), gender=person().gender))
    assert empty == Evidence(epoch=EPOCH.id, gender=person().gender, weak=True)


def test_evidence_is_the_bytes_that_it_always_was() -> None:
    """Agencies with programs of different age must make the same tokens of the same person."""
    people = [standardise(each) for each in islice(Population(4).people(), 400)]
    made = b"".join(map(evidence_codec.encode, KeyedTokeniser(EPOCH).evidence(people)))
    assert sha256(made).hexdigest() == "95640281f603f73aae0a84155e8a76973cf2eac3d9b68c3bd0648cc7caedda33"


def test_whom_a_tokeniser_met_before_makes_no_difference() -> None:
    people = [standardise(each) for each in islice(Population(5).people(), 60)]
    used = KeyedTokeniser(EPOCH)
    used.evidence(list(reversed(people)))
    assert used.evidence(people) == [KeyedTokeniser(EPOCH).evidence([each])[0] for each in people]
