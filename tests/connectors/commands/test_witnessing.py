"""`patchwork-connector witnesses`: what the gateway told of its audit, shown, written out for an auditor, and doubted where it must be."""

from datetime import UTC, datetime, timedelta

from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import AgencyId
from mappings.canonical.witness import ToldCheckpoint, Witness
from mappings.witness_file import read_witnesses
from tests.connectors.commands.test_commands import Housing, housing, row, set_up  # noqa: F401 - the fixture
from tests.counterparts import SEATON

DAY = timedelta(days=1)


def hear(housing: Housing, told: ToldCheckpoint, *rows: str) -> None:  # noqa: F811
    """Publish these, and deliver the receipts; the gateway tells of that checkpoint with them."""
    housing.gateway.checkpoint = told
    housing.export(*rows)
    housing.json("publish")
    housing.gateway.take()
    housing.json("deliver")


def test_they_are_shown_and_written_out_for_an_auditor(housing: Housing) -> None:  # noqa: F811
    set_up(housing)
    assert "The gateway has told of none." in housing("witnesses").stdout
    assert "has told of no checkpoint yet" in housing("check").stdout
    today = datetime.now(UTC).date()
    told = ToldCheckpoint(today - DAY, "ab" * 32)
    hear(housing, told, row(1), row(2))
    found = housing.json("witnesses")["witnesses"]
    assert found == [
        {
            "side": "trial",
            "agency": "urn:patchwork:seaton:housing",
            "told_on": today.isoformat(),
            "made_on": told.made_on.isoformat(),
            "sha256": "ab" * 32,
        }
    ]
    assert f"witnessed on 1 days, last on {today}" in housing("check").stdout
    file = housing.folder / "housing.jsonl"
    assert housing.json("witnesses", "-o", str(file))["file"] == str(file)
    assert read_witnesses(file) == [Witness(SEATON, Mode.TRIAL, AgencyId("urn:patchwork:seaton:housing"), today, told)]
    again = housing("witnesses", "-o", str(file))
    assert (again.exit_code, "exists already" in again.output) == (2, True)


def test_two_of_one_day_end_with_something_to_do(housing: Housing) -> None:  # noqa: F811
    set_up(housing)
    today = datetime.now(UTC).date()
    hear(housing, ToldCheckpoint(today - DAY, "ab" * 32), row(1))
    housing.gateway.checkpoint = ToldCheckpoint(today - DAY, "cd" * 32)
    housing.export(row(1), row(2))
    housing.json("publish")
    housing.gateway.take()
    done = housing.json("deliver", code=1)
    assert done["parcels"] == {"receipt, accepted": 1}, "and the receipt counts"
    assert "two different checkpoints" in str(done["audit_in_doubt"])
    found = housing.json("witnesses", code=1)
    assert len(found["witnesses"]) == 2  # type: ignore[arg-type]
    assert "two different checkpoints" in housing("witnesses").stdout
    checked = housing("check")
    assert checked.exit_code == 1
    assert "FAIL  gateway audit" in checked.stdout
