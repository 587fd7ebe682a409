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


@pytest.mark.parametrize(("command", "secret"), [("rotate-pepper", "pepper"), ("rotate-data-key", "data-key")])
def test_a_secret_is_begun_to_be_rotated_and_how_far_it_is_can_be_seen(
    ready: Patchwork, tmp_path: Path, command: str, secret: str
) -> None:
    assert ready("keys", "renewal").out.strip() == "Nothing is being renewed."
    begun = ready("keys", command, "--json").json
    assert (begun["running"], begun["rotating"], begun["records_after"]) == (True, [secret], 0)
    made = Path(begun["next"])
    assert (made.parent, made.stat().st_mode & 0o777) == (tmp_path / "gw" / "secrets", 0o600)
    again = ready("keys", command, "--json")
    assert (again.status, again.json, made.read_text().strip() in again.out) == (0, begun, False)
    assert f"Being renewed: {secret}." in ready("keys", "renewal").out
    checked = ready("check")
    assert (checked.status, "being renewed in the background" in checked.out) == (0, True)
