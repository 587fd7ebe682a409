"""The exclusion list: read whole, or publishing stops."""

import pytest

from connectors.reading.exclusion import ExclusionList, ExclusionListUnreadable


def listed(folder, text):
    path = folder / "excluded.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "1002301\n1002388\n",
        "# sealed by the panel\r\n1002301 # adopted\r\n\r\n1002388",
        "\ufeffPerson ID\n1002301\n1002388",
        "Reason,pers_person_id,By\nsealed,1002301,JF\nadopted,1002388,JF\n",
    ],
)
def test_a_list_is_one_id_a_line_or_a_column_of_a_csv_file(tmp_path, text):
    exclusions = ExclusionList.load(listed(tmp_path, text))

    assert exclusions.person_ids == {"1002301", "1002388"}
    assert exclusions.excludes("1002301")
    assert not exclusions.excludes("1002302")


def test_comparison_errs_on_the_side_of_leaving_out():
    exclusions = ExclusionList(frozenset({"00123", "CH 3312a"}))

    assert [exclusions.excludes(one) for one in ("123", "00123", "ch-3312a", "CH3312A", " ch 3312A ", "1230")] == [
        True,
        True,
        False,
        True,
        True,
        False,
    ]


def test_an_empty_file_excludes_nobody(tmp_path):
    exclusions = ExclusionList.load(listed(tmp_path, ""))

    assert len(exclusions) == 0
    assert not exclusions.excludes("")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"\xff\xfe1\x00", "UTF-8"),
        ("sealed,1002301\nadopted,1002388", "several columns"),
        ("person id,reason\n,sealed", "no usable id in line 2"),
        ("x" * 201, "no usable id in line 1"),
        ("person id\n" + "y" * 140_000, "cell too long|no usable id"),
    ],
)
def test_a_list_that_is_not_understood_stops_everything(tmp_path, text, sentence):
    with pytest.raises(ExclusionListUnreadable, match=sentence) as refused:
        ExclusionList.load(listed(tmp_path, text))
    assert "1002301" not in str(refused.value)


def test_a_missing_list_stops_everything(tmp_path):
    with pytest.raises(ExclusionListUnreadable, match="give an empty file"):
        ExclusionList.load(tmp_path / "none.txt")


def test_its_repr_names_nobody():
    assert "1002301" not in repr(ExclusionList(frozenset({"1002301"})))
