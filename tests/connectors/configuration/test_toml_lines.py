"""Changing single values in a settings file: what was meant and nothing else, or nothing at all."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.configuration.toml_lines import Unchangeable, quoted, with_values

TEXT = """\
# Ours. Do not touch.
connector = "school-1"
mode = "trial"  # until two people say otherwise

[agency]
name = "School"  # mode = "trial"

[keys]  # where they are
folder = "keys"
epochs = "epochs"

[[sources]]
name = "records"
"""


def test_a_value_is_set_where_it_stands_and_everything_else_stays() -> None:
    changed = with_values(TEXT, {("", "mode", 0): "live", ("keys", "epochs", 0): "epochs-live"})
    expected = TEXT.replace('mode = "trial"  # until two people say otherwise', 'mode = "live"')
    assert changed == expected.replace('epochs = "epochs"', 'epochs = "epochs-live"')


def test_what_was_not_there_is_added_to_its_table_or_with_it() -> None:
    changed = with_values(TEXT, {("agency", "phone", 0): "1", ("ledger", "path", 0): "x"})
    assert changed.replace('phone = "1"\n', "").replace('\n[ledger]\npath = "x"\n', "") == TEXT
    assert tomllib.loads(changed)["ledger"] == {"path": "x"}


SEVERAL = """\
mode = "trial"

[[agencies]]
id = "one"

[agencies.ledger]
path = "ledger.sqlite3"

[[agencies]]
id = "two"

[agencies.ledger]
path = "ledger-2.sqlite3"
"""


def test_of_several_tables_of_one_name_the_one_that_is_meant_is_changed() -> None:
    changed = with_values(SEVERAL, {("agencies.ledger", "path", 0): "a", ("agencies.ledger", "path", 1): "b"})
    assert [agency["ledger"]["path"] for agency in tomllib.loads(changed)["agencies"]] == ["a", "b"]
    shorter = SEVERAL.replace('[agencies.ledger]\npath = "ledger.sqlite3"\n', "")
    with pytest.raises(Unchangeable):
        with_values(shorter, {("agencies.ledger", "path", 0): "a", ("agencies.ledger", "path", 1): "b"})


@pytest.mark.parametrize(
    "text",
    [
        'mode = "trial"\nkeys = { epochs = "epochs" }\n',
        'mode = "trial"\n["keys"]\nepochs = "epochs"\n',
        'mode = "trial"\nkeys.epochs = "epochs"\n',
        'note = """\nmode = "x"\n"""\nmode = "trial"\n[keys]\nepochs = "epochs"\n',
    ],
)
def test_a_file_of_an_unexpected_shape_is_left_alone_and_the_lines_are_said(text: str) -> None:
    with pytest.raises(Unchangeable) as refused:
        with_values(text, {("", "mode", 0): "live", ("keys", "epochs", 0): "epochs-live"})
    assert refused.value.lines == ('mode = "live" before the first table', 'epochs = "epochs-live" in [keys]')


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_whatever_is_quoted_is_read_back(text: str) -> None:
    assert tomllib.loads(f"value = {quoted(text)}")["value"] == text
