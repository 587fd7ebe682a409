"""One thread that takes in one agency's messages, in the order in which they came: the ledger is for one thread only, and so is what is made
from it. Whoever brings a message waits until it is in the outbox."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from connectors.reading.taking import Making, NotTaken, Taken, Why, take
from connectors.running.assembly import Connector
from connectors.running.served_agency import ServedAgency
from connectors.settings import Settings, SettingsFault
from identity.agency.faults import KeyFault
from mappings.canonical.identifiers import AgencyId


class OneByOne:
    """For one agency of a connector. Used from any thread."""

    def __init__(self, settings: Settings, agency: AgencyId, now: Callable[[], datetime]) -> None:
        self._settings, self._id, self._now = settings, agency, now
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="taking")
        self._agency: ServedAgency | None = None

    def take(self, making: Making, seconds: float) -> Taken:
        """Returns when the message is in the outbox. Raises `NotTaken`, with `Why.LATER` too where it took longer than that: it may have
        been taken all the same, and the same message again will say so."""
        try:
            waiting: Future[Taken] = self._thread.submit(self._taken, making)
        except RuntimeError:
            raise NotTaken(Why.LATER, "the connector is stopping; send it again") from None
        try:
            return waiting.result(seconds)
        except TimeoutError:
            waiting.cancel()
            raise NotTaken(Why.LATER, "the connector is busy; send it again") from None

    def close(self) -> None:
        """What is being taken is finished first."""
        self._thread.submit(self._let_go)
        self._thread.shutdown()

    def _taken(self, making: Making) -> Taken:
        try:
            agency = self._agency = self._agency or self._assembled()
        except (KeyFault, SettingsFault) as problem:
            raise NotTaken(Why.LATER, str(problem)) from None
        return take(agency, making)

    def _assembled(self) -> ServedAgency:
        connector = Connector(self._settings, self._now)
        return next(each for each in connector.agencies if each.id == self._id)

    def _let_go(self) -> None:
        if self._agency is not None and "ledger" in vars(self._agency):
            self._agency.ledger.close()
            self._agency = None
