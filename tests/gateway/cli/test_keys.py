"""`patchwork keys rotate`, and what `patchwork check` warns of."""

from pathlib import Path

import pytest

from identity.agency.keys import load_public
from tests.gateway.cli.conftest import Patchwork


def test_both_steps_and_the_warning_between_them(ready: Patchwork, tmp_path: Path) -> None:
    public = next(tmp_path.rglob("gateway-public.json"))
    old = load_public(public)
    assert ready("check", "--json").json["passed"]
    begun = ready("keys", "rotate", "--begin", "--json").json
    assert (begun["finished"], begun["signing"] != old.signing.id.value) == (False, True)
    assert "WARN expiries: the gateway's next keys" in ready("check").out
    checked = ready("check", "--json")
    assert checked.status == 0, "a warning is no failure"
    (expiries,) = [each for each in checked.json["checks"] if each["name"] == "expiries"]
    assert any("patchwork keys rotate --finish" in each for each in expiries["warnings"])
    assert ready("keys", "rotate", "--finish").status == 1
    assert ready("keys", "rotate", "--finish", "--early", "--json").json["signing"] == begun["signing"]
    assert load_public(public).signing.id.value == begun["signing"]


@pytest.mark.parametrize("options", [(), ("--begin", "--finish"), ("--begin", "--early")])
def test_one_step_at_a_time(ready: Patchwork, options: tuple[str, ...]) -> None:
    answer = ready("keys", "rotate", *options)
    assert (answer.status, "give either --begin" in answer.err) == (1, True)
