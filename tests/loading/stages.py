"""The stages of publishing, each by itself over the same clients: to see which of them a loading spends its time in."""

import uuid
from dataclasses import replace

from connectors.publishing import standing
from connectors.publishing.notice_builder import Facts, build, keyed
from connectors.sources.port import Read, Source
from identity.person.tokens import KeyedTokeniser
from mappings.canonical.codes import MessageKind, NoticeEvent
from mappings.canonical.identifiers import MessageId
from mappings.canonical.involvement import Involvement
from mappings.canonical.notice import Sequence
from mappings.fhir import notice_bundle
from tests.connectors.office import Office, an_epoch
from tests.loading.clock import Taken, clock

_BATCH = 200
FOR_STAGES = 20_000
"""The stages after reading keep what they make in memory: of so many clients."""


def read_and_map(source: Source, most: int = 0) -> tuple[int, Taken, list[Involvement]]:
    """Every row of the export as an involvement; answers how many there are, how long that took, and the first `most`."""
    rows, kept = 0, list[Involvement]()
    with clock() as taken:
        for reading in source.readings():
            rows += 1
            if isinstance(reading, Read) and len(kept) < most:
                kept.append(reading.involvement)
    return rows, taken, kept


def alone(office: Office, involvements: list[Involvement]) -> dict[str, Taken]:
    """How long each stage takes for all of them: details become tokens, a notice becomes a message, a message is signed and sealed."""
    # A tokeniser that has met nobody yet.
    desk, now = replace(office.desk, tokenisers=[KeyedTokeniser(an_epoch("trial-1"))]), office.clock()
    with clock() as standardising:
        standings = [standing.of_involvement(each) for each in involvements]
    with clock() as tokenising:
        batches = [standings[begin : begin + _BATCH] for begin in range(0, len(standings), _BATCH)]
        evidence = [each for batch in batches for each in keyed(batch, desk.tokenisers)]
    facts = [
        Facts(
            id=MessageId(str(uuid.uuid4())),
            event=NoticeEvent.STARTED,
            sequence=Sequence("20260301T080000Z-0a1b2c3d", number),
            person_ref=office.references.person(each.person.local_id),
            involvement_ref=office.references.involvement(each.local_id),
            confirmed=now.date(),
            today=now.date(),
        )
        for number, each in enumerate(involvements, 1)
    ]
    with clock() as writing:
        parts = zip(standings, evidence, facts, strict=True)
        written = [
            (said.id, notice_bundle.write(build(desk.publisher, stands, made, said, veiled=False)))
            for stands, made, said in parts
        ]
    with clock() as sealing:
        for begin in range(0, len(written), _BATCH):
            batch = [(MessageKind.NOTICE, id, body) for id, body in written[begin : begin + _BATCH]]
            office.correspondence.seal_all(batch, now)
    return {"standardise": standardising, "tokenise": tokenising, "write": writing, "seal": sealing}
