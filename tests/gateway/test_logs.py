"""Logs hold codes and numbers, whatever is put into them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import logs


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    import structlog

    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    logs.configure("info", stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = before
    root.setLevel(level)


def lines(output: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def test_a_listed_field_is_kept_and_another_is_dropped_and_counted(output: io.StringIO) -> None:
    logs.operations().info("batch-taken", count=3, family_name="Okafor")
    (line,) = lines(output)
    assert (line["event"], line["count"], line["dropped"], line["stream"]) == ("batch-taken", 3, 1, "operations")
    assert "Okafor" not in output.getvalue()


def test_each_stream_has_its_own_list(output: io.StringIO) -> None:
    logs.security().warning("request-refused", route="/channel/notices", worker="relay")
    (line,) = lines(output)
    assert (line.get("route"), line.get("worker")) == ("/channel/notices", None)


def test_a_listed_field_with_more_than_a_code_in_it_is_dropped(output: io.StringIO) -> None:
    logs.operations().error("worker-failed", fault='value "Okafor, Ada" already exists')
    assert "Okafor" not in output.getvalue()
    assert lines(output)[0]["dropped"] == 1


def test_an_event_that_is_no_code_is_replaced(output: io.StringIO) -> None:
    logs.operations().error("could not parse {'family': 'Okafor'}")
    assert lines(output)[0]["event"] == logs.UNLISTED


def test_the_text_of_a_librarys_log_is_dropped(output: io.StringIO) -> None:
    try:
        raise KeyError("Okafor")
    except KeyError:
        logging.getLogger("some.library").exception("failed for Okafor")
    (line,) = lines(output)
    assert (line["event"], line["library"], line["fault"]) == ("library-log", "some.library", "KeyError")
    assert "Okafor" not in output.getvalue()


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5)


@given(st.dictionaries(st.text(max_size=12), JSON))
def test_whatever_is_logged_only_listed_fields_with_plain_values_remain(event: dict[str, object]) -> None:
    kept = logs.keep_allowed(None, "info", {**event, "stream": "security"})
    assert set(kept) <= logs.ALWAYS | logs.ALLOWED["security"] | {"dropped"}
    assert all(isinstance(value, str | int | float | bool) for value in kept.values())


def test_no_list_holds_a_field_for_personal_data() -> None:
    allowed = frozenset().union(*logs.ALLOWED.values())
    assert not allowed & {
        "name",
        "birth_date",
        "nhs_number",
        "postcode",
        "address",
        "local_id",
        "token",
        "body",
        "message",
    }
