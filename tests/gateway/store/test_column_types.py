"""Instants are stored exactly, and sorted as time runs."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from gateway.store.column_types import Coded, Identifier, Instant
from mappings.canonical.codes import Gender
from mappings.canonical.identifiers import ConnectorId, InvalidIdentifier

DIALECT = sqlite.dialect()
ZONES = st.timezones() | st.just(UTC) | st.just(timezone(timedelta(hours=-5)))
INSTANTS = st.datetimes(datetime(1900, 1, 2), datetime(9999, 12, 30), timezones=ZONES)


@given(INSTANTS, INSTANTS)
def test_an_instant_is_stored_to_the_microsecond_and_in_order(one: datetime, other: datetime) -> None:
    stored, stored_other = (Instant().process_bind_param(each, DIALECT) for each in (one, other))
    assert stored is not None
    assert stored_other is not None
    back = Instant().process_result_value(stored, DIALECT)
    assert back == one.astimezone(UTC)
    assert back.tzinfo is UTC
    assert (stored < stored_other) == (one.astimezone(UTC) < other.astimezone(UTC))


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="use UTC"):
        Instant().process_bind_param(datetime(2026, 1, 1), DIALECT)


def test_what_is_not_a_code_or_identifier_is_not_read_as_one() -> None:
    assert Coded(Gender).process_result_value("female", DIALECT) is Gender.FEMALE
    with pytest.raises(ValueError):
        Coded(Gender).process_result_value("other than listed", DIALECT)
    assert Identifier(ConnectorId).process_result_value("c1", DIALECT) == ConnectorId("c1")
    with pytest.raises(InvalidIdentifier):
        Identifier(ConnectorId).process_result_value("C 1", DIALECT)
