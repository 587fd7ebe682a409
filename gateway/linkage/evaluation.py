"""How well matching does on a file of labelled, fictional people, by the very path a notice takes: standardised and
tokenised as a connector does it, then linked against a register inside its write units, in file order.

The gateway's side of it sees no label and no plaintext: they are looked at again only to count.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice

from gateway.linkage.linking import drawn, enter
from gateway.ports import Clock
from gateway.store.sizes import bytes_of_people
from gateway.store.sql_store import SqlStore
from identity.custody.epoch import LinkageEpoch
from identity.person.figures import Figures, Placing, figures
from identity.person.labelled import LabelledRecord
from identity.person.linkage import LinkContext
from identity.person.pepper import Pepper
from identity.person.tokens import KeyedTokeniser
from identity.person.weights import Parameters, default_parameters
from identity.person.why_apart import Apart, why_apart
from mappings.canonical.agency import Agency
from mappings.canonical.codes import AgencyType, Mode
from mappings.canonical.evidence import Evidence
from mappings.canonical.identifiers import AgencyId, PartnershipId, PersonRef

PARTNERSHIP = PartnershipId("evaluation")
BATCH = 200
# Always the same keys, so that a file gives the same figures whenever it is evaluated. They guard invented people only.
EPOCH = LinkageEpoch("trial-evaluation", Mode.TRIAL, bytes(range(32)), PARTNERSHIP)
PEPPER = Pepper(bytes(range(32, 64)), PARTNERSHIP)


@dataclass(frozen=True, slots=True)
class Report:
    """The figures, how many candidates each record had, how long each took to be linked (milliseconds, without the
    commit), the bytes a person takes with their sealed evidence, and why true pairs stayed apart."""

    figures: Figures
    candidates: tuple[int, ...]
    milliseconds: tuple[float, ...]
    bytes_per_person: float
    parameters: str
    apart: Apart


def evaluate(
    store: SqlStore,
    clock: Clock,
    records: Sequence[LabelledRecord],
    *,
    one_to_one: bool,
    parameters: Parameters | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Link all records against the register, which should be empty. `one_to_one`: links across sources are counted, else all pairs. The
    only source of a file whose pairs are counted declares that it may hold a person twice; several sources declare nothing."""
    before = bytes_of_people(store)
    placings: list[Placing] = []
    milliseconds: list[float] = []
    numbers: dict[int, int] = {}
    sources = sorted({record.source for record in records})
    _add_agencies(store, sources)
    twice = not one_to_one and len(sources) == 1
    held: list[Evidence] = []
    for batch in _batches(_tokenised(records)):
        with store.write() as uow:
            for record, evidence in batch:
                context = LinkContext(_agency(record.source), 0, declares_duplicates=twice)
                held.append(evidence)
                started = time.perf_counter()
                reference = PersonRef(sha256(f"{len(placings)}".encode()).hexdigest())
                placed, decision = enter(uow, PEPPER, context, reference, (evidence,), clock.now(), parameters)
                milliseconds.append((time.perf_counter() - started) * 1000)
                numbers[placed.record_id] = len(placings)
                compared = tuple(numbers[other] for other in decision.compared)
                possibles = tuple(numbers[other] for other, _ in decision.possibles)
                placings.append(Placing(placed.person_id, compared, possibles))
                for moved in drawn(uow, PEPPER, placed, clock.now(), context, parameters):
                    number = numbers[moved.record_id]
                    placings[number] = replace(placings[number], person=moved.person_id)
        progress(len(placings))
    people = len({placing.person for placing in placings})
    return Report(
        figures(records, placings, one_to_one=one_to_one),
        tuple(len(placing.candidates) for placing in placings),
        tuple(milliseconds),
        (bytes_of_people(store) - before) / max(people, 1),
        (parameters or default_parameters()).version,
        why_apart(records, placings, held, one_to_one=one_to_one, parameters=parameters or default_parameters()),
    )


def _tokenised(records: Sequence[LabelledRecord]) -> Iterator[tuple[LabelledRecord, Evidence]]:
    tokeniser = KeyedTokeniser(EPOCH)
    for record in records:
        yield record, tokeniser.evidence([record.person])[0]


def _batches(
    pairs: Iterator[tuple[LabelledRecord, Evidence]],
) -> Iterator[list[tuple[LabelledRecord, Evidence]]]:
    while batch := list(islice(pairs, BATCH)):
        yield batch


def _add_agencies(store: SqlStore, sources: Sequence[str]) -> None:
    with store.write() as uow:
        for number, source in enumerate(sources, start=1):
            uow.trust.add_agency(Agency(_agency(source), f"Source {number}", AgencyType.HEALTH_COMMUNITY, "Evaluation"))


def _agency(source: str) -> AgencyId:
    return AgencyId(f"urn:evaluation:{sha256(source.encode()).hexdigest()[:16]}")
