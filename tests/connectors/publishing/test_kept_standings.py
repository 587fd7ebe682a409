"""What the ledger keeps of a standing, and its fingerprint, are made together: each is what it is alone."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from connectors.ledger.cipher import Cipher
from connectors.publishing import standing as standings
from connectors.publishing.display import Display
from connectors.publishing.queueing import fingerprint_of, kept_of
from connectors.publishing.standing import Standing
from mappings.canonical.codes import Consent, Informed, RelationKind, Sensitivity, ServiceLine, YoungAdultStatus
from mappings.canonical.involvement import AssertedStatus, Contact, Relation
from mappings.canonical.notice import Worker
from tests import builders
from tests.connectors.office import involvement
from tests.mappings.fhir.strategies import UNTIMED

CIPHER = Cipher(b"k" * 32)
ASSERTED = [each for each in YoungAdultStatus if each is not YoungAdultStatus.NONE]
words = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
teams = st.sampled_from(["", "Year 6", "year  6", "Duty", "Refuge"])
days = st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1))
contacts = st.builds(Contact, words, words)
displays = st.builds(
    Display,
    st.builds(Worker, words, words, words, contacts),
    st.dictionaries(teams.filter(bool), words, max_size=2),
    st.sets(teams, max_size=2).map(frozenset),
)
changes = st.fixed_dictionaries(
    {
        "person": st.builds(lambda family: builders.person(family=family), words),
        "sensitivity": st.sampled_from(Sensitivity),
        "service": st.sampled_from(ServiceLine),
        "worker": words,
        "worker_id": words,
        "team": teams,
        "contact": contacts,
        "consent": st.sampled_from(Consent),
        "consent_date": days,
        "informed": st.sampled_from(Informed),
        "informed_date": days,
        "held_back": st.booleans(),
        "registration": words,
        # Where none is asserted, nothing is kept of until when.
        "asserted": st.just(AssertedStatus()) | st.builds(AssertedStatus, st.sampled_from(ASSERTED), days),
        "relations": st.lists(
            st.builds(Relation, st.sampled_from(RelationKind), st.just(builders.person(local_id="L2"))), max_size=2
        ).map(tuple),
    }
)


def stated(changed: dict[str, object]) -> Standing:
    return standings.of_involvement(replace(involvement(1), **changed))  # type: ignore[arg-type]


@UNTIMED
@given(displays, changes)
def test_made_together_they_are_what_each_is_alone(display: Display, changed: dict[str, object]) -> None:
    standing = stated(changed)
    fingerprint, mark, written = kept_of(CIPHER, display, standing)
    assert written == standings.write(standing)
    assert fingerprint == fingerprint_of(CIPHER, display.of(standing))
    assert mark == CIPHER.mark(b"standing" + written)


@UNTIMED
@given(changes)
def test_what_is_written_is_read_back(changed: dict[str, object]) -> None:
    standing = stated(changed)
    # Relations are written in a fixed order, whatever the order they are stated in.
    read = standings.read(standings.write(standing))
    assert replace(read, relations=()) == replace(standing, relations=())
    assert len(read.relations) == len(standing.relations)
    assert all(each in standing.relations for each in read.relations)
    assert standings.who_of(standings.write(standing)) == standing.who


def test_marks_that_are_kept_are_the_marks() -> None:
    for value in (b"", b"worker name\0alex worker", b"worker name\0alex worker"):
        assert CIPHER.mark_again(value) == CIPHER.mark(value)
    assert Cipher(b"l" * 32).mark_again(b"") != CIPHER.mark_again(b"")


def test_what_is_written_stays_what_it_was() -> None:
    """The ledger compares it with what an earlier version of this program wrote."""
    standing = stated({})
    assert CIPHER.mark(standings.write(standing)) == "40b18e13da300eb2bbc7156bf6adfa3282444fd3ec93d42a99949b034b7361c3"
    assert CIPHER.mark(standing.published()) == "6c45bd3423082f613890ac8e3652ab8debe2fddac217e929cd9ad8fa65052f2b"
