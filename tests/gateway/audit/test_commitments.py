"""What of an event can be erased, and what a commitment holds on to."""

import pytest

from gateway.audit.commitments import PERSONAL, commit, opens, split, subject_of
from gateway.audit.recording import CATALOGUE

SALT = bytes(range(32))


def test_a_commitment_never_changes() -> None:
    # Worked out by hand: HMAC-SHA-256 over ["patchwork-commitment-1","connection","é"]
    assert commit(SALT, {"connection": "é"}) == {
        "connection": "bd95b2af457a29c01bf3212d240ca32d56dc2e0f10bd4176f6693fdb6ac7798e"
    }


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_what_names_one_person_pair_or_message_is_committed_in_every_event(code: str) -> None:
    staying, erasable = split(code, dict.fromkeys(CATALOGUE[code], "x"))
    assert not PERSONAL & set(staying)
    assert set(staying) | set(erasable) == set(CATALOGUE[code])


def test_who_told_whom_can_be_erased_and_under_which_rules_stays() -> None:
    staying, erasable = split("alert-sent", dict.fromkeys(CATALOGUE["alert-sent"], "x"))
    assert sorted(erasable) == ["about_agency", "agency", "alert", "connection"]
    rests_on = ["agreement", "agreement_version", "decided_by", "rule_set", "rules"]
    assert sorted(staying) == sorted(["attempt", "event", "level", *rests_on])


def test_who_signed_for_a_decision_is_never_erased() -> None:
    for code, fields in CATALOGUE.items():
        staying, _ = split(code, dict.fromkeys(fields, "x"))
        assert {"statement", "signature", "approved_by", "approval"} & set(fields) <= set(staying), code


def test_other_salts_names_and_values_give_other_commitments() -> None:
    known = commit(SALT, {"record": 7})
    assert opens(SALT, {"record": 7}, known)
    assert not opens(bytes(32), {"record": 7}, known)
    assert not opens(SALT, {"record": "7"}, known)
    assert not opens(SALT, {"others": 7}, known)
    assert not opens(SALT, {}, known)
    assert not opens(SALT, {"record": 7, "others": 8}, known)


def test_an_event_is_about_its_connection_before_all_else() -> None:
    assert subject_of({"alert": "a", "connection": "c"}) == "connection:c"
    assert subject_of({"record": 7}) == "record:7"
    assert subject_of({"digest": "d", "message": ""}) is None
