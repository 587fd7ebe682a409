"""The port every sink implements: one alert, in the agency's own words, into the agency's own system."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from mappings.canonical.alert import Alert
from mappings.canonical.person import PartialDate


class SinkDown(Exception):
    """The sink cannot take the alert now; it will be tried again. The message names the sink and holds nothing of the alert. `retry_after`:
    the sink itself said how long to wait."""

    def __init__(self, problem: str, retry_after: timedelta | None = None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class SinkRefused(Exception):
    """The sink says it will never take this alert. Kept in the ledger for a person to look at."""


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """An alert with what only this agency knows: its own ids and labels for the client, its own worker, and the sentence to read.

    `client_family`, `client_given` and `client_born` are the client's as the ledger keeps them (names in capital letters, without spaces); for
    systems that compare them with their own."""

    alert: Alert
    client_local_id: str
    client_label: str
    involvement_local_id: str
    worker: str
    text: str
    client_family: str = ""
    client_given: str = ""
    client_born: PartialDate | None = None


class Sink(Protocol):
    """Where alerts go. Delivering the same alert twice must leave one alert there (keyed by alert id and version)."""

    name: str

    def deliver(self, delivery: Delivery) -> None:
        """Put it there durably before returning. Raises `SinkDown` or `SinkRefused`."""
