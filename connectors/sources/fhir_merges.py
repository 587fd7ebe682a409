"""Patient.link of a FHIR R4 bundle: which of the agency's records were merged into which.

`replaced-by` on the record that goes and `replaces` on the one that stays say the same. `refer` and `seealso` say nothing of the kind.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from connectors.sources.fhir_nodes import Misfit, child, children, text
from connectors.sources.fhir_person import PatientMap, restricted, surviving
from connectors.sources.fhir_references import BundleIndex, Entry
from connectors.sources.port import Merged, Parted, Reading

MAX_LINKS = 50
ABSENT = "Patient.link: the other patient is not in this bundle; the merge was left out"
UNREADABLE = "Patient.link: the patient or its link cannot be read; the merge was left out"


def note_replaced(index: BundleIndex, patients: Iterable[Entry]) -> None:
    """Let the index know who is replaced by whom where only the one that stays says so."""
    for entry in patients:
        try:
            links = children(entry.resource, "link")[:MAX_LINKS]
            replaced = [index.follow(child(link, "other"), entry).entry for link in links if _is(link, "replaces")]
        except Misfit:
            # Its own reading names the fault.
            continue
        for each in replaced:
            if each is not None and each.type == "Patient":
                index.replaced[id(each.resource)] = entry


def merges(
    patients: Iterable[tuple[str, Entry]], map: PatientMap, index: BundleIndex, remarks: Counter[str]
) -> Iterator[Reading]:
    """For every patient, where it stands: merged into another of the bundle, or a record of its own."""
    # What is wrong with a number is remarked on where the patient is read as a client.
    quiet = PatientMap(map.map, map.mode, Counter())
    for where, entry in patients:
        try:
            survivor = surviving(entry, index)
            if restricted(entry.resource, map.map) or restricted(survivor.resource, map.map):
                continue
            own, other = quiet.local_id(entry), quiet.local_id(survivor)
            leads_away = any(_is(link, "replaced-by") for link in children(entry.resource, "link"))
        except Misfit:
            # What it is, the involvements that hang on it say; a patient without any is nobody's business here.
            remarks[UNREADABLE] += bool(entry.resource.get("link"))
            continue
        if survivor is not entry and own != other:
            yield Merged(where, own, other)
        elif survivor is entry and leads_away:
            remarks[ABSENT] += 1
        elif survivor is entry:
            yield Parted(where, own)


def _is(link: dict[str, object], type: str) -> bool:
    return text(link, "type") == type
