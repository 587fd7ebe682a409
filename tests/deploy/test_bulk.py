"""Large exports in bounded memory: the short form of `make bulk`."""

from pathlib import Path

from deploy.bulk import measured, read_in_a_process, write_census, write_rows

# What a row may leave behind while a million are read: two hashes of its references, and the books they stand in.
BYTES_A_ROW = 400
SLACK_MB = 12


def test_a_census_ten_times_as_long_takes_no_more_memory(tmp_path: Path) -> None:
    short, long = tmp_path / "short.xml", tmp_path / "long.xml"
    children = write_census(short, 1_000_000), write_census(long, 10_000_000)

    small, large = read_in_a_process(short), read_in_a_process(long)

    assert (small["rows"], large["rows"]) == children
    assert large["rows"] > 8 * small["rows"]
    assert large["megabytes"] - small["megabytes"] < SLACK_MB


def test_a_longer_table_takes_a_few_bytes_a_row(tmp_path: Path) -> None:
    short, long = tmp_path / "short.csv", tmp_path / "long.csv"
    write_rows(short, 2_000)
    write_rows(long, 42_000)

    small, large = read_in_a_process(short), read_in_a_process(long)

    assert (small["rows"], large["rows"]) == (2_000, 42_000)
    assert (large["megabytes"] - small["megabytes"]) * 1024**2 < 40_000 * BYTES_A_ROW + SLACK_MB * 1024**2


def test_the_figures_are_told_beside_the_leanest_reading_of_the_same_file(tmp_path: Path) -> None:
    found = measured(500, 100_000, tmp_path)

    assert found["csv"]["rows"] == 500
    assert found["xml"]["rows"] == found["xml"]["children"]
    assert found["csv"]["times_bare"] > 1
