"""The list of stewards is believed by the keyholder's signature, for one partnership and mode, and by nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from identity.agency.keys import DecryptionKey, SigningKey
from identity.custody.steward_list import InvalidStewardList, Steward, StewardList, read_list, sign_list
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

SEATON = PartnershipId("seaton")
KEYHOLDER = SigningKey.generate()
SAM, KIM = (Steward(name, DecryptionKey.generate().public) for name in ("sam", "kim"))
LISTED = StewardList(SEATON, Mode.TRIAL, datetime(2026, 3, 2, 12, tzinfo=UTC), (SAM, KIM))


def test_what_the_keyholder_signed_is_read() -> None:
    assert read_list(sign_list(LISTED, KEYHOLDER) + b"\n", KEYHOLDER.public, SEATON, Mode.TRIAL) == LISTED
    nobody = replace(LISTED, stewards=())
    assert read_list(sign_list(nobody, KEYHOLDER), KEYHOLDER.public, SEATON, Mode.TRIAL) == nobody


def test_what_anybody_else_signed_is_not_believed() -> None:
    gateway = SigningKey.generate()
    with pytest.raises(InvalidStewardList, match="not signed by the keyholder"):
        read_list(sign_list(LISTED, gateway), KEYHOLDER.public, SEATON, Mode.TRIAL)


@pytest.mark.parametrize("data", [b"", b"a.b.c", b"x" * 20_000, sign_list(LISTED, KEYHOLDER)[:-4]])
def test_rubbish_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidStewardList):
        read_list(data, KEYHOLDER.public, SEATON, Mode.TRIAL)


def test_live_and_trial_and_partnerships_never_mix() -> None:
    signed = sign_list(LISTED, KEYHOLDER)
    for place in ((SEATON, Mode.LIVE), (PartnershipId("elsewhere"), Mode.TRIAL)):
        with pytest.raises(InvalidStewardList, match="another partnership, or for the other mode"):
            read_list(signed, KEYHOLDER.public, *place)


def test_every_steward_stands_on_it_once() -> None:
    for stewards in ((SAM, SAM), (SAM, replace(KIM, name="sam")), (SAM, replace(KIM, key=SAM.key))):
        with pytest.raises(InvalidStewardList, match="once"):
            sign_list(replace(LISTED, stewards=stewards), KEYHOLDER)
    many = tuple(Steward(f"s-{number}", DecryptionKey.generate().public) for number in range(21))
    with pytest.raises(InvalidStewardList, match="at most 20"):
        sign_list(replace(LISTED, stewards=many), KEYHOLDER)
