"""Small exports of invented people, as an agency's own system would write them."""

from pathlib import Path

HEADINGS = "Client id,Surname,Forename,Date of Birth,NHS Number,Postcode,Keyworker,Team,Start date,End date"


def export(path: Path, *rows: str) -> Path:
    """A CSV with one involvement a row, in the order of `HEADINGS`."""
    path.write_text("\n".join((HEADINGS, *rows)) + "\n", encoding="utf-8")
    return path


_GIVEN = (
    "Jasmine",
    "Rowan",
    "Kaya",
    "Tobias",
    "Orla",
    "Winston",
    "Beatrix",
    "Yusuf",
    "Maeve",
    "Dmitri",
    "Francesca",
    "Hugo",
)
_FAMILY = (
    "Holloway",
    "Patel",
    "Osei",
    "Lindqvist",
    "Testcase",
    "Abernathy",
    "Quill",
    "Demir",
    "Byrne",
    "Voronin",
    "Castellani",
    "Zeller",
)


def child(number: int, *, end: str = "", nhs: str = "") -> str:
    """One of twelve children who have nothing in common but the year they were born in; the worker is invented too."""
    given, family, day, month = _GIVEN[number % 12], _FAMILY[number % 12], number * 2 + 1, number % 12 + 1
    postcode, born = f"ZZ{number % 9 + 1} {(number * 5) % 9 + 1}{'AB'[number % 2]}X", f"{day:02}/{month:02}/2014"
    return f"C{number},{family},{given},{born},{nhs},{postcode},Folake Adeyemi,Early Help West,01/09/2025,{end}"
