"""Changing single values in a settings file: what was meant and nothing else, or nothing at all."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.toml_lines import Unchangeable, quoted, with_values

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
    changed = with_values(TEXT, {("", "mode"): "live", ("keys", "epochs"): "epochs-live"})
    expected = TEXT.replace('mode = "trial"  # until two people say otherwise', 'mode = "live"')
    assert changed == expected.replace('epochs = "epochs"', 'epochs = "epochs-live"')


def test_what_was_not_there_is_added_to_its_table_or_with_it() -> None:
    changed = with_values(TEXT, {("agency", "phone"): "1", ("ledger", "path"): "x"})
    assert changed.replace('phone = "1"\n', "").replace('\n[ledger]\npath = "x"\n', "") == TEXT
    assert tomllib.loads(changed)["ledger"] == {"path": "x"}


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
        with_values(text, {("", "mode"): "live", ("keys", "epochs"): "epochs-live"})
    assert refused.value.lines == ('mode = "live" before the first table', 'epochs = "epochs-live" in [keys]')


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")))
def test_whatever_is_quoted_is_read_back(text: str) -> None:
    assert tomllib.loads(f"value = {quoted(text)}")["value"] == text
