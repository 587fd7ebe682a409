"""What was read can be told apart later, without a word of it being kept."""

from connectors.reading.lineage import digest_of


def test_a_digest_changes_with_every_byte_and_name_and_with_nothing_else(tmp_path):
    export, folder = tmp_path / "export.csv", tmp_path / "set"
    export.write_text("a,b\n")
    folder.mkdir()
    (folder / "one.csv").write_text("a")
    (folder / "two.csv").write_text("b")
    file, whole = digest_of(export), digest_of(folder)

    export.touch()
    assert (digest_of(export), digest_of(folder)) == (file, whole)
    export.write_text("a,c\n")
    (folder / "two.csv").rename(folder / "three.csv")
    assert digest_of(export) != file
    assert digest_of(folder) != whole
    assert len(file) == 64


def test_what_is_not_there_has_none(tmp_path):
    assert digest_of(tmp_path / "none.csv") == ""
