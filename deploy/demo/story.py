"""The whole story in data: the town, its agencies' records, and what must come of them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from deploy.demo.caseloads import Allocation, Office, Truth, caseloads, truth
from deploy.demo.exports import fhir, sheets, ssd
from deploy.demo.residents import residents
from deploy.demo.seaton_family import family_rows

SEED = 2026


@dataclass(frozen=True, slots=True)
class Story:
    """Everybody's rows, and the truth about them."""

    rows: tuple[Allocation, ...]
    truth: Truth


def tell(today: date, seed: int = SEED) -> Story:
    """The story as of a day: always the same for the same day and seed."""
    rows = tuple(caseloads(residents(seed, today), seed, today) + family_rows())
    return Story(rows, truth(rows))


def export(story: Story, office: Office, folder: Path) -> Path:
    """Write one agency's export into `folder`, as its own system would. Returns what its connector is to read."""
    rows = [row for row in story.rows if row.office is office and not row.carried]
    if office is Office.CHILDRENS:
        ssd.write(folder / "ssd", rows)
        return folder / "ssd"
    if office is Office.HEALTH:
        fhir.write(folder / "bundle.json", rows)
        return folder / "bundle.json"
    if office is Office.HOUSING:
        sheets.write_housing(folder / "housing.csv", rows)
        return folder / "housing.csv"
    sheets.write_keyworkers(folder / "clients.csv", rows)
    return folder / "clients.csv"
