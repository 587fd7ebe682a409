"""HL7 v2 over MLLP inside the agency: each message is acknowledged once it is in the outbox, and whatever is wrong with it by AE or AR."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.listeners.connection import Connection
from connectors.listeners.hl7_answer import acknowledgment, batch
from connectors.listeners.hl7_header import HeaderRefused, Heard, check, heard_in, is_batch, read_header
from connectors.listeners.mllp_frames import Frames, NotFramed
from connectors.reading.taking import Making, NotTaken, Taken, Why

MOST_IN_A_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class MllpDoor:
    """`making` makes a message of what was heard, `take` takes it. `most` in bytes, times in seconds."""

    making: Callable[[Heard], Making]
    take: Callable[[Making, float], Taken]
    most: int
    message_seconds: float
    idle_seconds: float

    def serve(self, connection: Connection) -> None:
        """See `connectors.listeners.listener.Door`."""
        frames = Frames(connection, self.most, self.message_seconds, self.idle_seconds)
        try:
            while (block := frames.next()) is not None:
                connection.answering = True
                try:
                    answer = self._answered(block)
                finally:
                    connection.answering = False
                # Latin-1 gives back the header's bytes as they came.
                frames.answer(answer.encode("latin-1", "replace"))
        except NotFramed:
            return

    def _answered(self, block: bytes) -> str:
        messages = heard_in(block)
        if not messages or len(messages) > MOST_IN_A_BATCH:
            nobody = read_header(b"MSH|^~\\&|")
            problem = (
                "there is no MSH in the block" if not messages else f"more than {MOST_IN_A_BATCH} messages in one batch"
            )
            return acknowledgment(nobody, "AR", _now(), problem, 100)
        heard = [read_header(each) for each in messages]
        answers = [self._acknowledged(each) for each in heard]
        return (
            batch(heard[0], answers, _now())
            if is_batch(block)
            else answers[0]
            if len(answers) == 1
            else "".join(answers)
        )

    def _acknowledged(self, heard: Heard) -> str:
        try:
            check(heard)
            self.take(self.making(heard), self.message_seconds)
        except HeaderRefused as refusal:
            return acknowledgment(heard, "AR", _now(), str(refusal), refusal.code)
        except NotTaken as problem:
            code, number = ("AR", 207) if problem.why is Why.LATER else ("AE", 102)
            return acknowledgment(heard, code, _now(), str(problem), number)
        return acknowledgment(heard, "AA", _now())


def _now() -> datetime:
    return datetime.now(UTC)
