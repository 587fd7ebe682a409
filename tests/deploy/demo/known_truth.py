"""Who must be told of whom, worked out from the rows by plain loops, without the demo's own arithmetic; and what the agencies'
folders say in fact."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.agencies import REGISTRATIONS
from deploy.demo.caseloads import FOR_ADULTS, FOR_CHILDREN, Allocation, Fate, Office, Truth

# What the carried files say of the family's rows that somebody else is told of: client id, client, worker.
FAMILY = {
    (Office.CHILDRENS, 90001): ("1002301", "Maya Grace O'Neill", "Folake Adeyemi"),
    (Office.HEALTH, 90): ("CH-3312", "Maya Grace O'Neill", "Helen Marsh"),
    (Office.HOUSING, 7781): ("H-7781", "Siobhan O'Neill", "Karen Priest"),
    (Office.HOUSING, 7782): ("H-7781", "Siobhan O'Neill", "Karen Priest"),
}
ID_FORMS = {
    Office.CHILDRENS: "300{:04d}",
    Office.HEALTH: "CH-{}",
    Office.YOUTH: "K-{}",
    Office.HOUSING: "H-{}",
    Office.ADULTS: "K-{}",
}
SENTENCE = "Somebody else is involved with "


@dataclass(frozen=True, order=True, repr=False)
class Told:
    """One alert in one agency's folder: about which of its clients, to whom of its staff, and who the other side is."""

    agency: str
    client_id: str
    client: str
    own_worker: str
    other_worker: str
    other_team: str
    other_agency: str


def must_be_told(rows: Sequence[Allocation]) -> Counter[Told]:
    """Every alert there must be, and how often."""
    hidden = {(row.office, row.worker) for row in rows if row.fate is Fate.PRIVATE}
    return Counter(
        told(mine, other, (other.office, other.worker) in hidden)
        for mine in rows
        for other in rows
        if mine.person.key == other.person.key
        and mine.office is not other.office
        and mine.fate is Fate.SHARED
        and other.fate is Fate.SHARED
        and any(mine.office in circle and other.office in circle for circle in (FOR_CHILDREN, FOR_ADULTS))
    )


def naive_truth(rows: Sequence[Allocation]) -> Truth:
    """The closing line, counted row by row."""
    people = []
    for row in rows:
        if row.fate in (Fate.SHARED, Fate.PRIVATE) and row.person.key not in people:
            people.append(row.person.key)
    alerts = must_be_told(rows).total()
    published = [row for row in rows if row.fate is not Fate.HISTORIC]
    refused = [row for row in published if row.fate is Fate.REFUSED]
    return Truth(len(published), len(people), alerts // 2, alerts, len(refused))


def told(mine: Allocation, other: Allocation, hidden: bool) -> Told:
    """What `mine` must be told of `other`, whose worker may be `hidden`: then it is the agency alone."""
    client_id, client, worker = own_words(mine)
    return Told(
        agency=mine.office.value,
        client_id=client_id,
        client=client,
        own_worker=worker,
        other_worker="" if hidden else own_words(other)[2],
        other_team="" if hidden else other.service,
        other_agency=REGISTRATIONS[other.office].name,
    )


def own_words(row: Allocation) -> tuple[str, str, str]:
    """The client's id and name in the row's own agency, and its worker."""
    if row.carried:
        return FAMILY.get((row.office, row.number), ("", "", ""))
    person = row.person
    given = [person.given] if row.quirk == "no-middle-name" or not person.middle else [person.given, person.middle]
    family = person.family.upper() if row.quirk == "capitals" else person.family
    return ID_FORMS[row.office].format(row.number), " ".join([*given, family]), row.worker


def was_told(root: Path) -> Counter[Told]:
    """Every alert that lies in an agency's folder, read from its JSON; its text must say the same."""
    found = []
    for office in Office:
        for path in alert_files(root, office):
            document = json.loads(path.read_text(encoding="utf-8"))
            text = document["payload"][0]["contentString"]
            assert path.with_suffix(".txt").read_text(encoding="utf-8") == text
            found.append(read(office, document["subject"]["identifier"]["value"], text))
    return Counter(found)


def alert_files(root: Path, office: Office) -> list[Path]:
    """The alerts of one agency, without its worklist."""
    folder = root / "agencies" / office.value / "alerts"
    return sorted(path for path in folder.glob("*.json") if path.stem != "worklist")


def read(office: Office, client_id: str, text: str) -> Told:
    """What a practitioner reads, taken apart."""
    first, second = text.splitlines()[:2]
    assert first.startswith("For: ")
    assert second.startswith(SENTENCE)
    client, _, rest = second.removeprefix(SENTENCE).partition(f" ({client_id}): ")
    parts = rest.split(" (")[0].split(", ")
    worker, team = (parts[0], parts[-2]) if len(parts) > 1 else ("", "")
    return Told(office.value, client_id, client, first.removeprefix("For: "), worker, team, parts[-1])


def people_by_reference(root: Path, rows: Sequence[Allocation]) -> dict[str, list[tuple[str, str]]]:
    """For each spoken reference, the person and agency of every alert that carries it."""
    keys = {(row.office, own_words(row)[0]): row.person.key for row in rows}
    found: dict[str, list[tuple[str, str]]] = {}
    for office in Office:
        for path in alert_files(root, office):
            document = json.loads(path.read_text(encoding="utf-8"))
            reference = next(
                each["valueString"] for each in document["extension"] if each["url"].endswith("spoken-reference")
            )
            key = keys[office, document["subject"]["identifier"]["value"]]
            found.setdefault(reference, []).append((key, office.value))
    return found
