"""What each thread of a running gateway does over and over, on one side: take in, send out, look at everybody again."""

import threading
import time
from datetime import timedelta

from connectors.channel.amqp_settings import AmqpSettings
from connectors.channel.port import GatewayEnd
from connectors.channel.topology import Topology
from gateway.alarms.refused_claims import RefusedClaims
from gateway.alarms.watching import AlarmWatch
from gateway.app import (
    build_checkpointing,
    build_disclosure_keeping,
    build_intake,
    build_leaving,
    build_pairing,
    build_renewing,
    build_sweep,
    build_telling,
    retention_of,
    secret_place,
)
from gateway.broker.keeper import BrokerKeeper
from gateway.keys.secrets_on_disk import database_url, load_gateway_keys
from gateway.logs import operations
from gateway.model.connector import Carrier
from gateway.ports import Clock
from gateway.receive import Receiver
from gateway.relay import BATCH, Relay
from gateway.review.cases import report_overdue
from gateway.review.check_lists import CheckLists
from gateway.running.beat import every
from gateway.running.channel_ends import ChannelEnds
from gateway.running.late_store import LateStore
from gateway.running.workers import Step
from gateway.settings import Settings
from gateway.store.channel_queue import QueueGatewayEnd
from gateway.subject_access.lists import AccessLists
from gateway.withholding.placing import lapse_due
from mappings.canonical.identifiers import GatewayId, PartnershipId

TAKE_WAIT_SECONDS = 1.0
INBOXES_EVERY_SECONDS = 5.0
PROBES_EVERY_SECONDS = 0.2
SWEEP_EVERY_SECONDS = 24 * 3600.0
SWEEP_LOOK_SECONDS = 30.0
REVIEW_LOOK_SECONDS = 60.0
REPLY_WAIT_SECONDS = 0.25
UNTRUSTED_WAIT_SECONDS = 0.25
BROKER_LOOK_SECONDS = 1.0
ALARM_LOOK_SECONDS = 60.0
LEAVING_LOOK_SECONDS = 2.0
CHECKPOINT_LOOK_SECONDS = 10.0
RENEWAL_LOOK_SECONDS = 2.0
RENEWAL_REST_SECONDS = 1.0


class Loops:
    """Makes the steps of one side. `queue` is the embedded channel, shared by all threads; `answer` wakes the relay when
    there is something to answer; `stopping` ends every wait. `trusted` is set once the broker passed its check: by the
    loops that have the `keeper`, for those of the other side too."""

    def __init__(
        self,
        settings: Settings,
        store: LateStore,
        clock: Clock,
        broker: AmqpSettings | None,
        stopping: threading.Event,
        keeper: BrokerKeeper | None = None,
        trusted: threading.Event | None = None,
    ) -> None:
        self._settings, self._store, self._clock, self._broker, self._stopping = (
            settings,
            store,
            clock,
            broker,
            stopping,
        )
        self._answer = threading.Event()
        self._keeper = keeper
        self.trusted = trusted or threading.Event()
        if keeper is None and trusted is None:
            self.trusted.set()
        self.claims = RefusedClaims()
        self._lock = threading.Lock()
        self._queue: QueueGatewayEnd | None = None

    def queue(self) -> QueueGatewayEnd:
        """The embedded channel. Raises `StoreDown` while the database was never there."""
        with self._lock:
            if self._queue is None:
                self._queue = self._store.opened().queue(self._clock)
            return self._queue

    def receive_from_queue(self) -> tuple[Step, Step]:
        """Intake from the embedded queue. On SQLite this is the only process that takes from it (`gateway.running.service`)."""
        queue = self.queue()
        if database_url(self._settings).startswith("sqlite"):
            queue.forget_leases()
        return self._receive(queue)

    def receive_from_broker(self) -> tuple[Step, Step]:
        """Intake from RabbitMQ, over a connection of this thread's own. Nothing is taken before the broker has passed its check."""
        receive, end = self._receive(self._broker_end())

        def step() -> None:
            if self.trusted.is_set():
                receive()
            else:
                self._stopping.wait(UNTRUSTED_WAIT_SECONDS)

        return step, end

    def look_at_broker(self) -> None:
        """Mend the broker, and check it once. Raises `ChannelDown`, `StoreDown`, and `Refused` where the broker is not to be trusted."""
        if self._keeper is None:
            return
        report = self._keeper.reconcile()
        if report.mended or report.left:
            operations().warning("broker-drift", count=len(report.mended) + len(report.left))
        if not self.trusted.is_set():
            self._keeper.check()
            self.trusted.set()

    def keep_broker(self) -> tuple[Step, Step]:
        """The broker against the trust register, on a timer."""
        due = every(self._settings.broker_reconcile_seconds)
        due()

        def step() -> None:
            if due() or not self.trusted.is_set():
                self.look_at_broker()
            self._stopping.wait(min(BROKER_LOOK_SECONDS, self._settings.broker_reconcile_seconds / 4))

        return step, _nothing

    def relay(self) -> tuple[Step, Step]:
        """Receipts at once, alerts on the tick, tests of connectors soon after they are asked for."""
        ends: dict[Carrier, GatewayEnd] = {Carrier.HTTPS: self.queue()}
        if self._broker is not None:
            ends[Carrier.AMQP] = self._broker_end()
        channel_ends = ChannelEnds(ends)
        relay = Relay(
            store=self._store,
            clock=self._clock,
            end_of=channel_ends.end_of,
            signer=load_gateway_keys(self._settings.keys_dir).signing,
            pairing=build_pairing(self._settings, self._store),
            home=GatewayId(self._settings.gateway_id),
            partnership=PartnershipId(self._settings.partnership),
            mode=self._settings.mode,
            lifetime=timedelta(seconds=self._settings.alert_lifetime_seconds),
            keeping=build_disclosure_keeping(self._settings),
            endings_every=timedelta(minutes=self._settings.endings_every_minutes),
            telling=build_telling(self._settings, self._store, self._clock).on,
        )
        return self._relaying(relay, channel_ends), channel_ends.close

    def sweep(self) -> tuple[Step, Step]:
        """At the start, then once a day. A page a step: a gateway with many people is ready before all of them were looked at, and stops
        between two pages."""
        sweep = build_sweep(self._settings, self._store, self._clock)
        due, pages = 0.0, None

        def step() -> None:
            nonlocal due, pages
            if pages is None and time.monotonic() < due:
                self._stopping.wait(min(SWEEP_LOOK_SECONDS, max(0.0, due - time.monotonic())))
                return
            # Taken out before it may fail: what was broken off begins anew.
            going, pages = pages or sweep.pages(), None
            if next(going, None) is None:
                due = time.monotonic() + SWEEP_EVERY_SECONDS
            else:
                pages = going

        return step, _nothing

    def watch(self) -> tuple[Step, Step]:
        """Every minute: does anybody have to look at a connector?"""
        watch = AlarmWatch(self._store, self._clock, self.claims)
        look, tidy = every(ALARM_LOOK_SECONDS), every(SWEEP_EVERY_SECONDS)

        def step() -> None:
            if look():
                watch.look()
            if tidy():
                watch.forget()
            self._stopping.wait(BROKER_LOOK_SECONDS)

        return step, _nothing

    def leave(self) -> tuple[Step, Step]:
        """The trial side keeps up with the register of trust."""
        leaving = build_leaving(self._settings, self._store, self._clock)

        def step() -> None:
            if leaving.run():
                self._answer.set()
            self._stopping.wait(LEAVING_LOOK_SECONDS)

        return step, _nothing

    def renew(self) -> tuple[Step, Step]:
        """The register under its new secrets and epochs, a batch at a time; after each, others have as long as it took."""
        renewing, place = build_renewing(self._settings, self._store, self._clock), secret_place(self._settings)

        def step() -> None:
            begun = time.monotonic()
            if renewing.step():
                self._stopping.wait(min(RENEWAL_REST_SECONDS, time.monotonic() - begun))
                return
            with self._store.read() as unit:
                state = unit.renewals.state()
            try:
                place.settle(state)
            except OSError as fault:
                # The register says which secret counts: nothing but tidiness waits for it.
                operations().warning("secret-files-not-settled", fault=type(fault).__name__)
            self._stopping.wait(RENEWAL_LOOK_SECONDS)

        return step, _nothing

    def review(self) -> tuple[Step, Step]:
        """Cases and shields whose clock has run out are seen to, and agencies sent their daily lists, on a timer."""
        due = every(REVIEW_LOOK_SECONDS)
        pairing, kept = build_pairing(self._settings, self._store), retention_of(self._settings)
        lists, access = CheckLists(self._store, self._clock, pairing, kept), AccessLists(self._store, self._clock)

        def step() -> None:
            if due():
                report_overdue(self._store, self._clock)
                lapse_due(self._store, self._clock, pairing)
                lists.send_due()
                access.send_due()
            self._stopping.wait(REVIEW_LOOK_SECONDS / 4)

        return step, _nothing

    def checkpoint(self) -> tuple[Step, Step]:
        """The audit's head, signed, out of the database."""
        checkpointing = build_checkpointing(self._settings, self._store, self._clock)
        due = every(CHECKPOINT_LOOK_SECONDS)

        def step() -> None:
            if due():
                checkpointing.look()
            self._stopping.wait(BROKER_LOOK_SECONDS)

        return step, _nothing

    def _receive(self, end: GatewayEnd) -> tuple[Step, Step]:
        receiver = Receiver(build_intake(self._settings, self._store, self._clock), end)

        def step() -> None:
            if receiver.run_once(self._settings.batch_size, TAKE_WAIT_SECONDS):
                self._answer.set()

        return step, end.close

    def _relaying(self, relay: Relay, ends: ChannelEnds) -> Step:
        tick, inboxes = every(self._settings.tick_seconds), every(INBOXES_EVERY_SECONDS)
        probes = every(PROBES_EVERY_SECONDS)

        def step() -> None:
            if inboxes():
                ends.open_inboxes(self._store)
            more = relay.send_replies() >= BATCH
            if tick():
                relay.send_alerts()
            # After them, so that a test never comes between a receipt and its alert.
            if probes():
                relay.tend_probes()
            if not more and self._answer.wait(min(REPLY_WAIT_SECONDS, self._settings.tick_seconds / 4)):
                self._answer.clear()

        return step

    def _broker_end(self) -> GatewayEnd:
        # Imported here: without a broker nobody pays for its library.
        from connectors.channel.amqp import AmqpGatewayEnd

        if self._broker is None:
            raise ValueError("no broker is set up")
        return AmqpGatewayEnd(self._broker, Topology(PartnershipId(self._settings.partnership), self._settings.mode))


def _nothing() -> None:
    return None
