"""The public name table."""

from identity.person.name_rarity import RAREST, family_rarity, given_rarity, table_version
from identity.person.name_standard import family_name


def test_common_names_are_commoner_than_rare_ones() -> None:
    assert family_rarity("SMITH") == 0
    assert family_rarity("SMITH") < family_rarity("FEATHERSTONE")
    assert given_rarity("JAMES") == 0


def test_names_common_in_british_cities_are_not_taken_for_rare() -> None:
    for name in ("Khan", "Patel", "Singh", "Kaur", "Begum", "Hussain"):
        assert family_rarity(family_name(name)[0]) <= 1
    assert given_rarity("MOHAMMED") == 0


def test_an_unknown_name_is_rare() -> None:
    assert family_rarity("QXZVW") == given_rarity("QXZVW") == RAREST


def test_the_table_has_a_version() -> None:
    assert table_version()
