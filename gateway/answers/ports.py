"""What answers need of the store (`gateway.ports.UnitOfWork.answers`)."""

from datetime import datetime
from typing import Protocol

from gateway.model.alert_answer import AlertAnswer
from mappings.canonical.codes import AnswerCode
from mappings.canonical.identifiers import MessageId


class Answers(Protocol):
    """Every answer that could be placed, one for each alert and code."""

    def add(self, answer: AlertAnswer) -> AlertAnswer:
        """Stores it and returns it with its id. Raises `StoreConflict` where that alert has that answer."""

    def save(self, answer: AlertAnswer) -> None:
        """Update by id: outcome, case and who decided."""

    def get(self, id: int) -> AlertAnswer | None: ...
    def of_alert(self, alert: MessageId) -> list[AlertAnswer]:
        """Everything answered to one alert, oldest first."""

    def between(self, first: int, second: int, limit: int) -> list[AlertAnswer]:
        """What was answered for involvements of the one record about involvements of the other, either way; the newest first."""

    def waiting(self, decided: bool) -> list[AlertAnswer]:
        """Those about relatives that wait for a steward, oldest first; with `decided` also those that are decided."""

    def pauses(self, connection: MessageId) -> bool:
        """Whether an answer about a relative keeps this connection from being shared."""

    def counts(self) -> dict[str, int]:
        """Number of answers by code; codes that nobody gave are 0."""

    def followed_by_contact(self, involvement: int, codes: frozenset[AnswerCode]) -> bool:
        """Whether any answer for this involvement is one of these."""

    def forget(self, before: datetime, limit: int) -> int:
        """Remove those taken before that instant, but for those that wait for a steward or were upheld. Returns how many."""
