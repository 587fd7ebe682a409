"""What is looked at before a notice is written finds everything that the allow-list would find in what is written."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import evidence_codec
from mappings.canonical.codes import Gender, IdentifierSystem, RelationKind, Strength
from mappings.canonical.evidence import (
    MAX_ALIASES,
    MAX_BLOCKS,
    MAX_IDENTIFIERS,
    BirthDateTokens,
    Evidence,
    IdentifierToken,
    LocationTokens,
    NameTokens,
)
from mappings.canonical.involvement import Contact
from mappings.canonical.notice import MAX_DISPLAY, Notice, RelatedPerson, Sequence, Worker
from mappings.fhir import limits, notice_bundle, reference_reader
from mappings.fhir.allow_list import NOTICE
from mappings.fhir.message import check
from mappings.fhir.notice_values import surely_fits
from mappings.fhir.refusal import ProfileRefusal
from tests.mappings.fhir.examples import EVIDENCE, STARTED
from tests.mappings.fhir.strategies import UNTIMED, notices

# Half surrogates, line breaks and marks that turn the text around among them.
any_text = st.text(st.characters() | st.sampled_from("\n\t\x7f\u2028\u202e\u2066\ud800 "), max_size=MAX_DISPLAY)
any_worker = st.builds(Worker, any_text, any_text, any_text, st.builds(Contact, any_text, any_text))
doubled = st.sampled_from(((EVIDENCE,), (EVIDENCE, EVIDENCE), (EVIDENCE, replace(EVIDENCE, epoch="other"))))


@st.composite
def doubtful(draw: st.DrawFn) -> Notice:
    """A notice of which any value that nothing else checks may be anything."""
    changes: dict[str, Any] = {
        "worker": draw(any_worker),
        "sequence": Sequence(draw(st.text(min_size=1, max_size=40)), 1),
        "sealed_details": draw(any_text),
        "worker_tokens": tuple(draw(st.lists(any_text | st.just("0" * 32), max_size=3))),
        "evidence": draw(doubled),
        "relations": (RelatedPerson(RelationKind.PARENT, draw(doubled | st.just(()))),),
    }
    kept = draw(st.sets(st.sampled_from(sorted(changes))))
    return replace(draw(notices()), **{name: value for name, value in changes.items() if name not in kept})


def refused(notice: Notice) -> bool:
    """Whether the message itself, as it is written, is refused by whoever reads it."""
    try:
        message = check(notice_bundle.to_json(notice), NOTICE, notice_bundle.NEEDED)
        return notice_bundle.from_message(message) != notice
    except ProfileRefusal:
        return True


@UNTIMED
@given(doubtful())
def test_whatever_is_found_right_is_right_and_whatever_is_wrong_is_refused(notice: Notice) -> None:
    if surely_fits(notice):
        assert not refused(notice)
        assert reference_reader.read_notice(notice_bundle.write(notice)) == notice
    elif refused(notice):
        with pytest.raises(ProfileRefusal):
            notice_bundle.write(notice)
    else:
        assert notice_bundle.read(notice_bundle.write(notice)) == notice


@UNTIMED
@given(notices())
def test_what_the_profile_can_carry_is_found_right_at_once(notice: Notice) -> None:
    assert surely_fits(notice)


@pytest.mark.parametrize(
    "changes",
    [
        {"worker": Worker("Sam\nTaylor")},
        {"worker": Worker(team=" ")},
        {"sequence": Sequence("\u202e", 1)},
        {"sealed_details": "x" * (limits.MAX_SEALED_DETAILS + 1)},
        {"sealed_details": "\x00"},
        {"worker_tokens": ("0" * 31,)},
        {"evidence": (EVIDENCE, EVIDENCE)},
        {"relations": (RelatedPerson(RelationKind.PARENT, ()),)},
        {"confirmed": datetime(2026, 1, 1)},
        {"start": datetime(2026, 1, 1)},
        {"agency": str(STARTED.agency)},
        {"held_back": 1},
    ],
)
def test_each_of_these_is_doubted_and_refused_by_name(changes: dict[str, Any]) -> None:
    notice = replace(STARTED, **changes)
    assert not surely_fits(notice)
    if "agency" not in changes:
        with pytest.raises(ProfileRefusal):
            notice_bundle.write(notice)


def test_the_largest_evidence_there_can_be_is_within_what_may_be_written() -> None:
    token, signature = b"x" * 16, b"x" * 32
    name = NameTokens(token, token, token, signature, 4, token)
    system, strength = (max(kind, key=len) for kind in (IdentifierSystem, Strength))
    number = IdentifierToken(system, strength, token)
    largest = Evidence(
        epoch="\U0001f600" * 40,
        identifiers=(number,) * MAX_IDENTIFIERS,
        given=name,
        middle=name,
        family=name,
        given_aliases=(name,) * MAX_ALIASES,
        family_aliases=(name,) * MAX_ALIASES,
        names_signature=signature,
        birth_date=BirthDateTokens(*(token,) * 6, default_day=True, day=token, month=token, near=(token, token)),
        locations=(LocationTokens(*(token,) * 5, signature=signature),) * MAX_ALIASES,
        gender=max(Gender, key=len),
        blocks=(token,) * MAX_BLOCKS,
        bands=(token,) * MAX_BLOCKS,
        weak=True,
        superseded=(number,) * MAX_ALIASES,
    )
    written = evidence_codec.encode(largest)
    assert len(written) <= min(evidence_codec.MAX_BYTES, limits.MAX_EVIDENCE)
    assert evidence_codec.decode(written) == largest


def test_a_day_is_a_day() -> None:
    notice = replace(STARTED, start=date(1, 1, 1), end=date(9999, 12, 31))
    assert surely_fits(notice)
    assert not refused(notice)
