"""The page on formats says what the program does."""

import os
from pathlib import Path

import pytest

from deploy.formats_page import END, PAGE, PRESETS, SAMPLES, presets_table, replaced, samples_table, section

FOLDER = Path(os.environ.get("PATCHWORK_SAMPLES", Path(__file__).parents[3] / "shared/samples")) / "dev"


def test_every_preset_is_on_the_page_as_it_is() -> None:
    assert section(PAGE.read_text("utf-8"), PRESETS) == presets_table()


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the public sample files are not on this machine")
def test_every_public_file_became_what_the_page_says() -> None:
    assert section(PAGE.read_text("utf-8"), SAMPLES) == samples_table(FOLDER)


def test_each_file_of_the_page_either_gave_involvements_or_says_what_is_missing() -> None:
    rows = [line.split(" | ") for line in section(PAGE.read_text("utf-8"), SAMPLES).splitlines()[2:]]

    assert len(rows) > 20
    assert all(bool(found.strip()) != bool(missing.strip(" |")) for _, _, found, missing in rows)


def test_only_what_stands_between_the_marks_is_written_anew() -> None:
    page = f"a\n{PRESETS}\nold\n{END}\nb\n{SAMPLES}\nkept\n{END}\nc"

    assert replaced(page, PRESETS, "new") == f"a\n{PRESETS}\nnew\n{END}\nb\n{SAMPLES}\nkept\n{END}\nc"
