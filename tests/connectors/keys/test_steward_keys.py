"""To whom an agency seals details: what the pinned keyholder signed, never what the gateway says; and of whom nothing is sealed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.keys.steward_keys import keep_list, stewards_in
from connectors.publishing.notice_builder import Publisher
from identity.agency.faults import KeyFault
from identity.agency.keys import DecryptionKey, SigningKey
from identity.agency.sealed_details import open_details
from identity.custody.steward_list import Steward, StewardList, sign_list
from mappings.canonical.codes import Mode, NoticeEvent, Sensitivity
from mappings.canonical.identifiers import PartnershipId
from mappings.canonical.involvement import Involvement
from mappings.canonical.notice import Notice
from tests.connectors.office import Office, involvement

SEATON = PartnershipId("seaton")
KEYHOLDER, STEWARD = SigningKey.generate(), DecryptionKey.generate()
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def signed(*keys: DecryptionKey, at: datetime = AT, by: SigningKey = KEYHOLDER) -> bytes:
    stewards = tuple(Steward(f"s-{number}", key.public) for number, key in enumerate(keys))
    return sign_list(StewardList(SEATON, Mode.TRIAL, at, stewards), by)


@pytest.fixture
def pinned(tmp_path: Path) -> Path:
    """The keyholder's public key, as it is pinned."""
    path = tmp_path / "keyholder.public.json"
    path.write_text(json.dumps(KEYHOLDER.public.to_jwk()))
    return path


def keep(path: Path, offered: bytes, pinned: Path) -> None:
    keep_list(path, offered, pinned, SEATON, Mode.TRIAL)


def known(path: Path, pinned: Path) -> list[str]:
    return [key.id.value for key in stewards_in(path, pinned, SEATON, Mode.TRIAL)]


def test_what_the_keyholder_signed_is_kept_and_used(tmp_path: Path, pinned: Path) -> None:
    path = tmp_path / "stewards.jws"
    assert known(path, pinned) == []
    keep(path, signed(STEWARD), pinned)
    assert known(path, pinned) == [STEWARD.public.id.value]


def test_what_a_gateway_signed_for_itself_is_not(tmp_path: Path, pinned: Path) -> None:
    path = tmp_path / "stewards.jws"
    keep(path, signed(STEWARD), pinned)
    with pytest.raises(KeyFault, match="not signed by the keyholder"):
        keep(path, signed(DecryptionKey.generate(), by=SigningKey.generate()), pinned)
    assert known(path, pinned) == [STEWARD.public.id.value]
    path.write_bytes(signed(DecryptionKey.generate(), by=SigningKey.generate()))
    with pytest.raises(KeyFault, match="not signed by the keyholder"):
        known(path, pinned)


def test_an_older_list_does_not_come_back(tmp_path: Path, pinned: Path) -> None:
    path, former = tmp_path / "stewards.jws", DecryptionKey.generate()
    keep(path, signed(STEWARD, at=AT + timedelta(days=1)), pinned)
    with pytest.raises(KeyFault, match="older list"):
        keep(path, signed(STEWARD, former), pinned)
    assert known(path, pinned) == [STEWARD.public.id.value]


def test_where_the_agreement_says_nothing_of_it_no_more_nothing_is_sealed(tmp_path: Path, pinned: Path) -> None:
    path = tmp_path / "stewards.jws"
    keep(path, b"", pinned)
    assert not path.exists()
    keep(path, signed(STEWARD), pinned)
    keep(path, b"", pinned)
    assert known(path, pinned) == []


class SealingOffice(Office):
    """The school, with the keys of one steward."""

    @property
    def publisher_with_stewards(self) -> Publisher:
        return replace(super().desk.publisher, stewards=(STEWARD.public,))

    @property
    def desk(self):  # type: ignore[no-untyped-def]
        return replace(super().desk, publisher=self.publisher_with_stewards)


def published(tmp_path: Path, *stated: Involvement) -> list[Notice]:
    """What the gateway gets."""
    school = SealingOffice(tmp_path)
    school.publish(*stated)
    school.gateway.take()
    return list(school.gateway.notices)


def test_name_birth_date_and_postcode_are_sealed_and_nothing_else(tmp_path: Path) -> None:
    (notice,) = published(tmp_path, involvement(1))
    details = open_details(notice.sealed_details, STEWARD)
    person = involvement(1).person
    assert (details.agency, details.person_ref) == (notice.agency, notice.person_ref)
    assert details.family == "TESTCASE"
    assert person.birth_date is not None
    assert details.birth_date[:4] == str(person.birth_date.year)


@pytest.mark.parametrize("changes", [{"sensitivity": Sensitivity.SENSITIVE}, {"held_back": True}])
def test_nothing_is_sealed_of_a_sensitive_services_client_or_one_held_back(tmp_path: Path, changes) -> None:
    (notice,) = published(tmp_path, replace(involvement(1), **changes))
    assert notice.sealed_details == ""


def test_nothing_is_sealed_once_it_is_over(tmp_path: Path) -> None:
    school = SealingOffice(tmp_path)
    school.publish(involvement(1), involvement(2))
    school.publish(involvement(2))
    school.gateway.take()
    ended = [each for each in school.gateway.notices if each.event is NoticeEvent.ENDED]
    assert len(ended) == 1
    assert ended[0].sealed_details == ""
