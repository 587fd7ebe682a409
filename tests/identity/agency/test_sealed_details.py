"""Details sealed to stewards: each of them opens them, nobody else does, and nothing in the blob chooses how."""

import json
from dataclasses import replace
from typing import Any

import pytest
from joserfc.util import urlsafe_b64encode

from identity.agency.keys import DecryptionKey
from identity.agency.sealed_details import (
    MAX_SEALED_BYTES,
    MAX_STEWARDS,
    Details,
    InvalidDetails,
    open_details,
    seal_details,
)
from mappings.canonical.identifiers import AgencyId, PersonRef

SAM, KIM, STRANGER = (DecryptionKey.generate() for _ in range(3))
DETAILS = Details(
    AgencyId("urn:patchwork:seaton:school"), PersonRef("a" * 64), "ORLA JEAN", "TESTCASE", "2014-05-06", "ZZ1 1AA"
)


def sealed(*keys: DecryptionKey) -> str:
    return seal_details(DETAILS, [each.public for each in keys or (SAM, KIM)])


def test_each_steward_opens_them() -> None:
    blob = sealed()
    assert open_details(blob, SAM) == open_details(blob, KIM) == DETAILS


def test_nobody_else_does_and_nothing_is_said_of_them() -> None:
    with pytest.raises(InvalidDetails, match="another steward") as refused:
        open_details(sealed(), STRANGER)
    assert "ORLA" not in str(refused.value)
    assert "ORLA" not in repr(DETAILS)


def test_the_blob_is_one_line_whose_length_tells_nothing_of_the_name() -> None:
    short = seal_details(replace(DETAILS, given="A", family="B"), [SAM.public])
    assert len(short) == len(sealed(SAM))
    assert "\n" not in short
    assert "TESTCASE" not in sealed()
    assert sealed() != sealed()


def test_as_many_stewards_as_may_be_fit_into_a_notice() -> None:
    most = [DecryptionKey.generate() for _ in range(MAX_STEWARDS)]
    assert len(sealed(*most)) < MAX_SEALED_BYTES
    assert open_details(sealed(*most), most[-1]) == DETAILS
    for none_or_too_many in ([], [*most, SAM]):
        with pytest.raises(ValueError, match="1 to 20"):
            seal_details(DETAILS, [each.public for each in none_or_too_many])


def _changed(**members: Any) -> str:
    return json.dumps(json.loads(sealed(SAM)) | members)


def _recipient(**members: Any) -> str:
    document = json.loads(sealed(SAM))
    document["recipients"][0] |= members
    return json.dumps(document)


def _header(**members: Any) -> str:
    document = json.loads(sealed(SAM))
    document["recipients"][0]["header"] |= members
    return json.dumps(document)


@pytest.mark.parametrize(
    "blob",
    [
        "",
        "null",
        "[]",
        "[" * 20_000,
        "{}",
        "x" * (MAX_SEALED_BYTES + 1),
        _changed(tag="AAAAAAAAAAAAAAAAAAAAAA"),
        _changed(protected=urlsafe_b64encode(b'{"enc":"A256GCM","typ":"patchwork-details+jwe","zip":"DEF"}').decode()),
        _changed(protected=urlsafe_b64encode(b'{"enc":"A128GCM","typ":"patchwork-details+jwe"}').decode()),
        _changed(unprotected={"alg": "dir"}),
        _changed(recipients=[]),
        _changed(recipients=[{}]),
        _recipient(encrypted_key="AAAA"),
        _header(alg="ECDH-ES"),
        _header(jku="https://elsewhere.example"),
        _header(epk={"kty": "OKP", "crv": "X448", "x": "AAAA"}),
    ],
)
def test_anything_else_is_refused(blob: str) -> None:
    with pytest.raises(InvalidDetails):
        open_details(blob, SAM)
