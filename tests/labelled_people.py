"""Files of invented, labelled people, as tests of matching want them."""

from pathlib import Path
from random import Random

HEADER = "rec_id,source,true_id,given_name,middle_name,family_name,birth_date,gender,address,city,postcode,culture"


def written(tmp_path: Path, rows: list[str]) -> Path:
    """A file of these rows."""
    path = tmp_path / "people.csv"
    path.write_text("\n".join([HEADER, *rows]))
    return path


def invented(count: int, seed: int) -> list[str]:
    """People with errors, families among them, each in up to three records."""
    draw = Random(seed)
    given, family = (
        ["Jasmine", "Rowan", "Maya", "Amir", "Robert", "Aisha", "Leon", "Ivy"],
        ["Holloway", "Patel", "Osei", "Smith", "Khan", "Byrne"],
    )
    rows = []
    for number in range(count):
        name, surname = draw.choice(given), draw.choice(family)
        born, house = (
            f"{draw.randint(1950, 2015)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}",
            draw.randint(1, 60),
        )
        for source in "abc"[: draw.randint(1, 3)]:
            typed = name[:-1] if draw.random() < 0.2 else name
            dated = born if draw.random() < 0.8 else ""
            rows.append(
                f"{source}{number},{source},p{number},{typed},,{surname},{dated},F,{house} Quay Road,Seaton,ZZ2 4XY,{surname}"
            )
    draw.shuffle(rows)
    return rows
