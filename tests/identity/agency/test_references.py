"""Opaque references: stable, apart, and silent."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.agency.faults import KeyFault
from identity.agency.references import References, new_key
from mappings.canonical.identifiers import AgencyId

HOUSING, HEALTH = AgencyId("https://seaton.example/agency/housing"), AgencyId("https://seaton.example/agency/health")
KEY = bytes(range(32))


@given(st.text(min_size=1, max_size=500), st.text(min_size=1, max_size=500))
def test_one_id_one_reference_and_no_two_ids_share_one(one: str, other: str) -> None:
    references = References(KEY, HOUSING)
    assert references.person(one) == References(KEY, HOUSING).person(one)
    assert (references.person(one) == references.person(other)) is (one == other)


def test_kind_agency_and_key_are_part_of_it() -> None:
    made = {
        References(KEY, HOUSING).person("17").value,
        References(KEY, HOUSING).involvement("17").value,
        References(KEY, HEALTH).person("17").value,
        References(bytes(32), HOUSING).person("17").value,
    }
    assert len(made) == 4


def test_the_format_does_not_drift() -> None:
    assert References(KEY, HOUSING).person("17").value == (
        "166d0138a4318e42e521ba40dfc87023bfc0073318b866a8b2a5758a2527cffd"
    )


def test_the_key_lives_in_a_private_file(tmp_path: Path) -> None:
    new_key(tmp_path / "references.key")
    assert (tmp_path / "references.key").stat().st_mode & 0o777 == 0o600
    references = References.load(tmp_path / "references.key", HOUSING)
    assert references.person("17") == References.load(tmp_path / "references.key", HOUSING).person("17")
    with pytest.raises(KeyFault, match="exists already"):
        new_key(tmp_path / "references.key")


@pytest.mark.parametrize("content", [b"", b"zz", b"00" * 31, b"\xff" * 64])
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "references.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyFault, match="reference key"):
        References.load(path, HOUSING)


@pytest.mark.parametrize("local_id", ["", "x" * 501])
def test_an_empty_or_absurd_id_is_refused_without_repeating_it(local_id: str) -> None:
    with pytest.raises(ValueError, match="1 to 500") as caught:
        References(KEY, HOUSING).person(local_id)
    assert "xxx" not in str(caught.value)
    assert KEY.hex() not in repr(References(KEY, HOUSING))
