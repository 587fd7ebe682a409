"""`patchwork answer`, as a steward types it; and what practitioners answered, as `review show` shows it."""

from pathlib import Path

import pytest

from gateway.app import open_register
from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from gateway.clock import SystemClock
from gateway.keys.secrets_on_disk import load_secret
from gateway.settings import load_settings
from mappings.canonical.codes import AnswerCode, RelationKind
from mappings.canonical.notice import RelatedPerson
from tests.gateway.cli.conftest import Patchwork
from tests.gateway.cli.test_review import NURSING, SAM, SOCIAL_CARE, stewards
from tests.spec.people import MAYA, TYLER

assert stewards  # a fixture


def answered(folder: Path, *, siblings: bool) -> None:
    """Social care and nursing learn of each other, and social care says that the other means somebody else."""
    settings = load_settings(folder / "gw" / "patchwork.toml")
    store = open_register(settings)
    world = World(store, clock=SystemClock(), pepper_key=load_secret(settings.pepper_file))  # type: ignore[arg-type]
    social_care, nursing = world.join(SOCIAL_CARE), world.join(NURSING)
    world.agree(SOCIAL_CARE, NURSING, relations=(RelationKind.SIBLING,))
    _say(world, nursing, social_care, siblings=siblings)
    social_care.answer_alert(social_care.alerts[-1], AnswerCode.DIFFERENT_PEOPLE)
    world.step()
    store.close()


def _say(world: World, nursing: Counterpart, social_care: Counterpart, *, siblings: bool) -> None:
    nursing.say(nursing.notice(TYLER if siblings else MAYA))
    world.step()
    relations = (RelatedPerson(RelationKind.SIBLING, nursing.notice(TYLER).evidence),) if siblings else ()
    social_care.say(social_care.notice(MAYA, relations=relations))
    world.step()


@pytest.mark.parametrize(("command", "outcome"), [("uphold", "upheld"), ("overrule", "overruled")])
def test_an_answer_about_a_relative_is_listed_and_decided(
    stewards: Patchwork, tmp_path: Path, command: str, outcome: str
) -> None:
    answered(tmp_path, siblings=True)
    (row,) = stewards("answer", "list", "--json").json["answers"]
    assert (row["id"], row["said"], row["outcome"]) == (1, "different-people", "open")
    assert stewards("answer", "uphold", 9, *SAM).status == 1
    decided = stewards("answer", command, 1, "--json", *SAM).json["answer"]
    assert (decided["outcome"], decided["decided_by"], decided["alerts"]) == (outcome, "sam", 2)
    assert stewards("answer", "list", "--json").json["answers"] == []
    assert outcome in stewards("answer", "list", "--all").out
    again = stewards("answer", command, 1, *SAM)
    assert (again.status, f"was {outcome} by sam" in again.err) == (1, True)


def test_an_answer_about_one_person_is_a_case_and_the_case_shows_it(stewards: Patchwork, tmp_path: Path) -> None:
    answered(tmp_path, siblings=False)
    assert stewards("answer", "list", "--json").json["answers"] == []
    refused = stewards("answer", "uphold", 1, *SAM)
    assert (refused.status, "patchwork review show 1" in refused.err) == (1, True)
    (row,) = stewards("review", "list", "--json").json["cases"]
    assert (row["reason"], row["state"]) == ("contested", "open")
    (said,) = row["answers"]
    assert (said["agency"], said["said"]) == (SOCIAL_CARE.value, "different-people")
    assert f"answered: different-people, by {SOCIAL_CARE.value}" in stewards("review", "show", 1).out
    assert stewards("review", "confirm", 1, "--json", *SAM).json["alerts"] == 2
