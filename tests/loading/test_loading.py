"""What `make loading` measures is what a connector does: nothing is left out, and nothing is lost by kill -9 on the way."""

from pathlib import Path

from tests.exports import HEADINGS
from tests.loading.__main__ import measured, row
from tests.loading.killing import killed_twice

CLIENTS = 500


def export(folder: Path) -> Path:
    path = folder / "export.csv"
    path.write_text("\n".join([HEADINGS, *map(row, range(CLIENTS))]) + "\n", encoding="utf-8")
    return path


def test_every_client_is_read_queued_and_sealed_and_every_stage_is_told(tmp_path: Path) -> None:
    found = measured(tmp_path, export(tmp_path), CLIENTS)
    assert [found[name] for name in ("read", "rejected", "outbox", "sealed")] == [CLIENTS, 0, CLIENTS, CLIENTS]
    rates = {name: rate for name, rate in found.items() if isinstance(rate, dict)}
    assert rates.keys() == {
        "bare loop",
        "read and map",
        "standardise, alone",
        "tokenise, alone",
        "write, alone",
        "seal, alone",
        "from the file into the outbox",
        "out of the outbox, sealed",
        "from the file to the sealed parcel",
        "tokenised, in the outbox and sealed",
    }
    assert all(rate.keys() == {"per_second", "per_cpu_second", "of_bare"} for rate in rates.values())


def test_killed_twice_it_still_ends_with_everything_sent_once_told(tmp_path: Path) -> None:
    export(tmp_path)
    found = killed_twice(tmp_path)
    assert found["killed while queueing"] == {"outbox": {}, "involvements": {}}, "all of a reading or nothing"
    half = found["killed while sealing"]
    assert half["involvements"] == {"live": CLIENTS}
    assert half["outbox"]["pending"] > 0
    assert found["after the last"] == {"outbox": {"sent": CLIENTS}, "involvements": {"live": CLIENTS}}
