"""The keyholder's list of protected places: addresses in, tokens out, signed, and nothing else believed."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.agency.keys import SigningKey
from identity.custody.epoch import LinkageEpoch
from identity.custody.protected_list import MOST_PLACES, InvalidProtectedList, make, read, read_places
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import PartnershipId

KEYHOLDER, STRANGER = SigningKey.generate(), SigningKey.generate()
EPOCH = LinkageEpoch("trial-1", Mode.TRIAL, bytes(range(32)), PartnershipId("seaton"))
HEAD = "address,town,postcode\n"


def places(tmp_path: Path, text: str):
    path = tmp_path / "places.csv"
    path.write_bytes(text.encode())
    return read_places(path)


def test_a_list_comes_back_as_the_keyholder_made_it_and_holds_no_address(tmp_path):
    there = places(
        tmp_path, HEAD + '"9 Quiet Lane",Seaton,ZZ7 4QP\n"12 Harbour Court, Dock Street",Seaton,\n,,zz8 1aa\n'
    )
    data = make(EPOCH, there, KEYHOLDER)
    found = read(data, KEYHOLDER.public)
    assert (found.epoch, found.mode, found.partnership) == (EPOCH.id, Mode.TRIAL, EPOCH.partnership)
    assert len(found.tokens.places) == 4
    payload = base64.urlsafe_b64decode(data.split(b".")[1] + b"==")
    assert not [word for word in (b"Quiet", b"QUIET", b"ZZ7", b"Harbour", b"Seaton") if word in payload]


def test_the_same_place_written_otherwise_gives_the_same_tokens(tmp_path):
    one = places(tmp_path, HEAD + '"9 Quiet Lane",Seaton,ZZ7 4QP\n')
    other = places(tmp_path, "\ufeff" + HEAD + '"9, QUIET LANE, Seaton",SEATON,zz74qp\n')
    assert make(EPOCH, one, KEYHOLDER) == make(EPOCH, other, KEYHOLDER)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "headings address, town, postcode"),
        ("address,postcode\n1 High Street,ZZ1 1AA\n", "headings address, town, postcode"),
        (HEAD, "a row a place"),
        (HEAD + ",Seaton,\n", "row 2: a place needs a postcode or an address"),
        (HEAD + '"9 Quiet Lane",Seaton,ZZ7 4QP\nwithheld,,\n', "row 3"),
        (HEAD + ",,ZZ1 1AA\n9 Quiet Lane,Seaton,ZZ7 4QP,more\n", "row 3"),
        (HEAD + '"9 Quiet Lane\n', "not CSV"),
        (HEAD + ",,ZZ1 1AA\n" * (MOST_PLACES + 1), f"more than {MOST_PLACES}"),
        (HEAD + "x" * 1_100_000, "larger than"),
    ],
)
def test_what_cannot_be_protected_is_named_by_its_row_and_never_quoted(tmp_path, text, says):
    with pytest.raises(InvalidProtectedList, match=says) as caught:
        places(tmp_path, text)
    assert "Quiet" not in str(caught.value)


def test_a_stranger_s_list_a_changed_one_and_another_document_are_refused(tmp_path):
    data = make(EPOCH, places(tmp_path, HEAD + ",,ZZ1 1AA\n"), KEYHOLDER)
    header, payload, signature = data.split(b".")
    statement = json.loads(base64.urlsafe_b64decode(payload + b"=="))
    widened = base64.urlsafe_b64encode(json.dumps({**statement, "epoch": "trial-2"}).encode()).rstrip(b"=")
    for wrong in (make(EPOCH, [], STRANGER), b".".join((header, widened, signature)), b"", b"a.b.c", payload):
        with pytest.raises(InvalidProtectedList, match="patchwork-keyholder protect"):
            read(wrong, KEYHOLDER.public)


@given(st.binary(max_size=300))
def test_whatever_the_bytes_are_only_its_own_refusal_is_raised(data):
    with pytest.raises(InvalidProtectedList):
        read(data, KEYHOLDER.public)
