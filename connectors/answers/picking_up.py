"""Taking up the answers that were put down beside alerts. One that cannot be used is put aside with a sentence; none stops the next.

A file is put away only once its answer is in the ledger: whatever dies in between, it is taken up again and is the same answer.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connectors.answers.saying import NotAnswered, by_whom, code_of, meant, say
from connectors.publishing.queueing import Desk
from connectors.sinks.port import AnswerFile, Sink, SinkDown, TakesAnswers
from identity.agency.faults import KeyFault
from identity.person.ports import TokeniserUnavailable

_BATCH = 200


@dataclass(slots=True)
class PickedUp:
    """How many were `taken` and `rejected`, why (the sink, and a sentence), and what is wrong with a sink, by sink."""

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str]] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)


def pick_up(desk_of: Callable[[], Desk], sinks: Sequence[Sink]) -> PickedUp:
    """Everything that waits, up to a few hundred a sink. Never raises for a file's or a sink's sake."""
    done = PickedUp()
    for sink in sinks:
        if not isinstance(sink, TakesAnswers):
            continue
        try:
            for file in sink.answers(_BATCH):
                _take_up(desk_of(), sink, sink.name, file, done)
        except (SinkDown, TokeniserUnavailable, KeyFault) as problem:
            done.problems[sink.name] = str(problem)
    return done


def _take_up(desk: Desk, sink: TakesAnswers, name: str, file: AnswerFile, done: PickedUp) -> None:
    try:
        _say(desk, file)
    except NotAnswered as problem:
        # Counted and told first: it is refused, whatever becomes of putting it aside.
        done.counts["rejected"] += 1
        done.refused.append((name, str(problem)))
        sink.answer_rejected(file, str(problem))
    else:
        sink.answer_taken(file)
        done.counts["taken"] += 1


def _say(desk: Desk, file: AnswerFile) -> None:
    if file.fault:
        raise NotAnswered(file.fault)
    code, by = code_of(file.answer), by_whom(file.by)
    with desk.ledger.read() as unit:
        found = meant(unit, file.alert) or (meant(unit, file.reference) if file.reference else [])
    if not found:
        raise NotAnswered("no current connection of ours has this reference; what is over is not answered any more")
    if len(found) > 1:
        raise NotAnswered("several of our involvements are told of under this reference; name the alert by its id")
    say(desk, found[0], code, by)
