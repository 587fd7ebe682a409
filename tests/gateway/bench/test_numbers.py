"""What the bench computes from what it measured, and the load it measures with."""

import threading
import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bench.load import Town, nhs_numbers
from gateway.bench.report import Measured, Round, percentile, summary
from gateway.bench.sides import Drained
from gateway.bench.stages import Meter
from identity.person.standardise import standardise
from mappings.canonical.codes import Strength


def measured(rate: float, p99: float) -> Measured:
    return Measured(Drained(100, 100, 100 / rate, {"open": 0.1, "total": 0.3}), [p99] * 10)


def test_a_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    # The medians of the two sides alone would give 60 / 300.
    rounds = [Round(measured(100, 1), measured(60, 10)), Round(measured(300, 2), measured(90, 4))]
    rounds.append(Round(measured(500, 1), measured(50, 3)))
    result = summary(rounds)
    assert result["ratio"] == {"throughput": 0.3, "p99": 3.0}
    assert (result["floor"]["notices_per_s"], result["pipeline"]["notices_per_s"]) == (300, 60)
    assert result["pipeline"]["cpu_ms"] == {"open": 1.0, "total": 3.0}


@pytest.mark.parametrize(("share", "expected"), [(50, 50), (95, 95), (99, 99), (100, 100)])
def test_percentiles_are_nearest_rank(share: int, expected: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], share) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_was_measured(values: list[float], share: int) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= share * len(values)


def test_a_stage_is_paid_for_its_own_time_only() -> None:
    meter = Meter()
    meter.reset()
    with meter.stage("outer"), meter.stage("inner"):
        burn()
    spent = meter.read()
    assert spent["outer"] < spent["inner"]
    assert sum(spent.values()) - spent["total"] == pytest.approx(spent["total"])


def test_a_decision_inside_the_relay_is_the_second_one() -> None:
    meter = Meter()
    with meter.stage("decide"):
        pass
    with meter.stage("relay"), meter.stage("decide"):
        pass
    assert set(meter.read()) == {"decide", "relay", "decide_again", "other", "total"}


def test_threads_are_counted_together_and_waiting_is_not() -> None:
    meter = Meter()

    def work() -> None:
        with meter.stage("work"):
            burn()
            time.sleep(0.05)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = meter.read()
    assert 0 < spent["work"] <= spent["total"]


def test_what_is_watched_does_and_returns_the_same() -> None:
    class Thing:
        def double(self, number: int) -> int:
            return 2 * number

    meter, heard = Meter(), list[int]()
    meter.watch(Thing, "double", "doubling", heard.append)
    assert Thing().double(4) == 8
    assert heard == [8]
    assert "doubling" in meter.read()


def test_the_same_seed_draws_the_same_town_and_nobody_twice() -> None:
    today = date(2026, 3, 2)
    one, same = Town(today).clients(60), Town(today).clients(60)
    assert [standardise(client.first) for client in one] == [standardise(client.first) for client in same]
    assert len({client.key for client in one}) == 60
    assert len({client.first.identifiers[0].value for client in one}) == 60


def test_two_clients_in_three_carry_a_number_on_both_sides() -> None:
    clients = Town(date(2026, 3, 2)).clients(60)
    assert sum(bool(client.second.identifiers) for client in clients) == 40
    assert all(client.first.identifiers[0].strength is Strength.STRONG for client in clients)


def test_numbers_are_of_the_range_that_is_never_given_out() -> None:
    numbers = nhs_numbers()
    first = [next(numbers) for _ in range(1000)]
    assert len(set(first)) == 1000
    assert all(number.startswith("999") and len(number) == 10 for number in first)


def burn() -> None:
    """Use a little of this thread's time, whatever the clock does."""
    until = time.thread_time() + 0.01
    while time.thread_time() < until:
        pass
