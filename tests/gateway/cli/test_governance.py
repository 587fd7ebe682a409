"""`patchwork governance`, as an information-governance lead types it."""

from tests.gateway.cli.conftest import Patchwork


def test_the_report_is_for_people_and_for_machines(ready: Patchwork) -> None:
    document = ready("governance", "report", "--json").json
    assert (document["partnership"], document["mode"], document["agreements"]) == ("seaton", "trial", [])
    text = ready("governance", "report").out
    for heading in (
        "Agreements",
        "Rules in force (version 0)",
        "Data items held",
        "How long they are kept",
        "Whether it works",
    ):
        assert f"\n{heading}\n---" in text
    assert "No agreements." in text
    assert "encrypted, until the involvement is erased" in text
    assert document["remember"] in text


def test_who_sees_unseen_is_listed_with_what_cannot_be_said_yet(ready: Patchwork) -> None:
    document = ready("governance", "fishing", "--json").json
    assert (document["connectors"], document["one_way_sights"], document["one_way_rules"]) == ([], [], [])
    text = ready("governance", "fishing").out
    assert "No connectors." in text
    assert "Where none does, what is counted instead" in text


def test_a_day_is_no_month(ready: Patchwork) -> None:
    refused = ready("governance", "report", "--since", "2026-03-01")
    assert (refused.status, "--since is a whole month" in refused.err) == (1, True)
