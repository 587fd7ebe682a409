"""The family that the story follows through the town. Its records are carried as files (`deploy/demo/seaton`); this is what they amount to.

Maya and Mya are twins whom children's social care knows; a health visitor knows Maya. Their mother Siobhan has a tenancy and a homelessness
case with housing, and long-term support from adult social care. Tyler's early help ended long since. Ahmad is known to one team alone.
"""

from datetime import date
from pathlib import Path

from deploy.demo.caseloads import Allocation, Fate, Office
from deploy.demo.residents import Resident

FILES = Path(__file__).parent / "seaton"
MOTHER = Resident(
    "siobhan", -1, "Siobhán", "", "O'Neill", date(1988, 2, 1), True, "4 Cliff Way", "ZZ2 4XY", "9990103011", adult=True
)

TEAMS = {Office.CHILDRENS: ("CSC Assessment West",), Office.HEALTH: ("0-19 Public Health Nursing West",)}
"""Teams of the carried files that somebody else is told of."""


def family_rows() -> list[Allocation]:
    """The rows that stand in the carried files, and the one that adult social care's export gets for the mother."""
    maya, mya, ahmad, tyler = (_child(key) for key in ("maya", "mya", "ahmad", "tyler"))
    return [
        _carried(Office.CHILDRENS, maya, 90001, "CSC Assessment West"),
        _carried(Office.CHILDRENS, mya, 90002, "CSC Assessment West"),
        _carried(Office.CHILDRENS, tyler, 90003, "Early Help West", Fate.HISTORIC),
        # He is grown up, and one team alone knows him: nobody is there to connect him with.
        _carried(Office.CHILDRENS, ahmad, 90004, "Children in Care 1"),
        _carried(Office.HEALTH, maya, 90, "0-19 Public Health Nursing West"),
        _carried(Office.HEALTH, maya, 7, "RZZ", Fate.HISTORIC),
        _carried(Office.HOUSING, MOTHER, 7781, "Tenancy"),
        _carried(Office.HOUSING, MOTHER, 7782, "Homelessness prevention duty"),
        Allocation(
            Office.ADULTS,
            MOTHER,
            9001,
            "Long-term support",
            "Owen Hale",
            date(2025, 5, 12),
            None,
            Fate.SHARED,
            "no-number",
        ),
    ]


def _child(key: str) -> Resident:
    return Resident(key, -1, key, "", "", date(2014, 3, 9), True, "", "", "", adult=False)


def _carried(office: Office, person: Resident, number: int, service: str, fate: Fate = Fate.SHARED) -> Allocation:
    return Allocation(office, person, number, service, "", date(2025, 9, 1), None, fate, carried=True)
