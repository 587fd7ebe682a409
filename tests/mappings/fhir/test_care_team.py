"""A worker or a team on the wire: the contradictions that the allow-list alone would let through."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from mappings.fhir import notice_bundle
from mappings.fhir.refusal import ProfileRefusal
from tests.mappings.fhir.examples import STARTED, TEAM_ENDED

Json = dict[str, Any]
PHONE = {"system": "phone", "value": "01632 960001", "use": "work"}


def _add_behalf(document: Json) -> None:
    team = document["entry"][1]["resource"]
    team["participant"][0]["onBehalfOf"] = copy.deepcopy(team["managingOrganization"][0])


def _drop_behalf(document: Json) -> None:
    del document["entry"][1]["resource"]["participant"][0]["onBehalfOf"]


def _give_the_team_a_contact(document: Json) -> None:
    document["entry"][1]["resource"]["telecom"] = [PHONE]


def _let_the_agency_be_the_member(document: Json) -> None:
    team = document["entry"][1]["resource"]
    team["participant"][0]["member"] = copy.deepcopy(team["managingOrganization"][0])


def _two_phones(document: Json) -> None:
    document["entry"][1]["resource"]["telecom"] = [PHONE, PHONE]


def _private_number(document: Json) -> None:
    document["entry"][2]["resource"]["telecom"] = [PHONE | {"use": "home"}]


@pytest.mark.parametrize(
    ("example", "spoil", "code", "element"),
    [
        (TEAM_ENDED, _add_behalf, "conflict", "Bundle.entry[1].resource.participant[0].onBehalfOf"),
        (TEAM_ENDED, _two_phones, "repeated-element", "Bundle.entry[1].resource.telecom"),
        (STARTED, _drop_behalf, "missing-element", "Bundle.entry[1].resource.participant[0].onBehalfOf"),
        (STARTED, _give_the_team_a_contact, "conflict", "Bundle.entry[1].resource.telecom"),
        (
            STARTED,
            _let_the_agency_be_the_member,
            "dangling-reference",
            "Bundle.entry[1].resource.participant[0].member.reference",
        ),
        (STARTED, _private_number, "wrong-code", "Bundle.entry[2].resource.telecom[0].use"),
    ],
)
def test_a_contradiction_is_refused_by_name(
    example: Any, spoil: Callable[[Json], None], code: str, element: str
) -> None:
    document = notice_bundle.to_json(example)
    spoil(document)
    with pytest.raises(ProfileRefusal) as refusal:
        notice_bundle.read(json.dumps(document).encode())
    assert [(issue.code, issue.element) for issue in refusal.value.issues] == [(code, element)]
