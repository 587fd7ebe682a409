"""Staying up: publish whenever an export is replaced, deliver whenever something arrives, until told to stop.

Waiting is done at the channel, so that an alert is handed over as soon as it is there. What fails is logged and tried again with growing
pauses; nothing but SIGTERM, SIGINT or a fault of the configuration ends it.
"""

import signal
import threading
from collections import Counter
from contextlib import nullcontext
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING

from structlog.typing import FilteringBoundLogger

from connectors.deliver import Delivered, deliver
from connectors.exchange.pauses import CHANNEL_DOWN
from connectors.keys.following import follow_quietly
from connectors.running.assembly import Connector
from connectors.running.health import HealthDoor, Vitals
from connectors.running.watched_agency import WatchedAgency
from mappings.canonical.identifiers import AgencyId

if TYPE_CHECKING:
    from connectors.listeners.opening import Listeners


class Watch:
    """One running connector. `publishing` and `delivering` say which of the two it does."""

    def __init__(self, connector: Connector, log: FilteringBoundLogger, *, publishing: bool, delivering: bool) -> None:
        self._connector = connector
        self._log = log
        self._publishing = publishing
        self._delivering = delivering
        self._stop = threading.Event()
        self._agencies: dict[AgencyId, WatchedAgency] = {
            agency.id: WatchedAgency(agency, log.bind(agency=agency.id.value)) for agency in connector.agencies
        }
        self._failures = 0
        self._follow_at: datetime | None = None
        self._vitals = Vitals()
        self._refused = 0

    def stop(self, *_: int | FrameType | None) -> None:
        """End after the work in hand. Good as a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Until stopped. Raises `KeyFault`, `LedgerFault` and the like where the configuration itself does not work."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        port = self._connector.settings.service.health_port
        with HealthDoor(self._vitals, port) if port else nullcontext():
            self._rounds()
        self._log.info("stopped")

    def _rounds(self) -> None:
        said = self._connector.settings
        self._log.info("started", mode=said.mode.value)
        for agency in self._agencies.values():
            agency.wake()
        listeners = self._listen()
        try:
            self._go_on()
        finally:
            if listeners is not None:
                listeners.stop()
        self._log.info("stopped")

    def _listen(self) -> "Listeners | None":
        """Open the doors that the settings name. Raises `SettingsFault`."""
        if not self._publishing or not any(agency.has_listeners for agency in self._connector.agencies):
            return None
        # Imported here: most connectors read files and have no door.
        from connectors.listeners.opening import Listeners

        def note(source: str, what: str) -> None:
            self._log.warning("at the door", source=source, problem=what)

        listeners = Listeners(self._connector.settings, self._connector.agencies, self._connector.now, note)
        for source in listeners.start():
            self._log.info("listening", source=source)
        return listeners

    def _go_on(self) -> None:
        said = self._connector.settings
        while not self._stop.is_set():
            problem = self.cycle()
            refused, self._refused = self._refused, 0
            ledgers = [each.ledger for each in self._connector.agencies]
            self._vitals.round_ended(ledgers, well=not problem, answers_refused=refused)
            if self._failures and not problem and self._delivering:
                for agency in self._agencies.values():
                    agency.hurry()
            self._failures = self._failures + 1 if problem else 0
            pause = CHANNEL_DOWN.after(self._failures).total_seconds() if problem else 0.0
            if not self._delivering:
                pause = max(pause, said.publishing.poll_seconds)
            # Even while the gateway cannot be reached an export that is replaced is read soon.
            self._stop.wait(min(pause, max(said.publishing.poll_seconds, 5.0)))

    def cycle(self) -> str:
        """One round; answers what is wrong with the way to the gateway, empty where nothing is."""
        for agency in self._agencies.values():
            agency.stay_awake()
        self._follow_gateway()
        if self._publishing:
            for agency in self._agencies.values():
                agency.publish_what_changed()
        problems = [agency.post(self._connector.channel) for agency in self._agencies.values()]
        problem = next(filter(None, problems), "")
        if self._delivering:
            wait = 0.0 if problem else self._connector.settings.publishing.poll_seconds
            done = deliver(self._connector.receptions, self._connector.channel, wait)
            self._log_delivered(done)
            if done.parcels["statement reply"] or done.parcels["check list"]:
                for agency in self._agencies.values():
                    agency.look_soon()
            problem = done.problem or problem
        return problem

    def _follow_gateway(self) -> None:
        """At the start, before anything is opened, and every hour: the gateway's own keys may have changed, or the linkage epochs."""
        now = self._connector.now()
        if self._follow_at and now < self._follow_at:
            return
        followed = follow_quietly(self._connector)
        self._follow_at = now + followed.pause
        if followed.keys:
            self._log.info("gateway keys followed")
        if followed.epochs:
            self._log.info("linkage epochs followed")
            for agency in self._agencies.values():
                agency.look_soon()
        if followed.problem:
            self._log.warning("gateway keys not asked for", problem=followed.problem)
        if followed.epoch_problem:
            self._log.warning("linkage epochs not followed", problem=followed.epoch_problem)

    def _log_delivered(self, done: Delivered) -> None:
        delivered = sum((handed.delivered for handed in done.handed.values()), Counter[str]())
        if done.parcels or delivered:
            self._log.info("received", parcels=dict(done.parcels), delivered=dict(delivered))
        if done.answers:
            self._log.info("answers", changes=dict(done.answers))
        self._refused += len(done.refused)
        for agency, sink, why in done.refused:
            self._agencies[agency].log_refused_answer(sink, why)
        for agency, doubt in done.doubts:
            self._agencies[agency].log_doubt(doubt)
        for agency, handed in done.handed.items():
            self._agencies[agency].log_handed(handed)
        if done.problem:
            self._log.warning("inbox not read", problem=done.problem)
