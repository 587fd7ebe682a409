"""STORY 3, the gateway's half: what was queued leaves, decided again and sealed at the moment of sending.

* Receipts leave as soon as they are there; alerts leave on a fixed tick, so that timing tells nothing.
* An alert is decided again from the register as it is now (`gateway.alerts.sending`). What is no longer permitted, or rests on a link that is
  gone, is not sent.
* It is marked as sent before it leaves: whoever may have been told counts as told, and will hear of an ending or a retraction.
* It lives for a short while (`lifetime`). Unsettled when that is over, it is decided and sealed afresh under the same alert id.
* A connector that may not speak is sent nothing; what waits for it is decided again when it may.
* A request for a test leaves after them, and lives as long as somebody waits for its answer.
* Replies, and nothing else, tell of the day's checkpoint of the audit (`gateway.audit.telling`): of the one of the day on which they are sealed.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from connectors.channel.port import ChannelDown, ChannelRefused, GatewayEnd
from gateway.alerts.alerting import Alerting
from gateway.alerts.pairing import Pairing
from gateway.alerts.sending import Addressed, Sending
from gateway.alerts.writing import AlertWriter
from gateway.disclosure_record.recording import DisclosureKeeping, DisclosureRecorder
from gateway.model.connector import Connector
from gateway.model.reply import Reply
from gateway.ports import Clock, Store
from gateway.running.pauses import pause_after
from identity.agency.envelope import seal
from identity.agency.keys import SigningKey
from identity.agency.trust import may_speak, may_speak_in
from mappings.canonical.codes import MessageKind, Mode
from mappings.canonical.envelope import GATEWAY, EnvelopeHeader
from mappings.canonical.identifiers import GatewayId, MessageId, PartnershipId
from mappings.canonical.probe import ProbeRequest
from mappings.canonical.witness import ToldCheckpoint
from mappings.fhir import alert_bundle
from mappings.probe_json import write_request

log = structlog.get_logger("patchwork.relay")

LIFETIME = timedelta(minutes=10)
BATCH = 200
# Alerts decided again in one transaction, which holds the register lock while it looks at every pair of their people.
ALERTS = 50
ToldAt = Callable[[datetime], ToldCheckpoint | None]


def tells_nothing(_: datetime) -> None:
    """Where there are no checkpoints to tell of."""


@dataclass(frozen=True, slots=True)
class Relay:
    """`end_of` gives the channel end that a connector's inbox is on. `keeping`: what becomes of the record of who was told. `endings_every`: see
    `gateway.alerts.sending`. `telling` gives the checkpoint that is told of at an instant."""

    store: Store
    clock: Clock
    end_of: Callable[[Connector], GatewayEnd]
    signer: SigningKey
    pairing: Pairing
    home: GatewayId
    partnership: PartnershipId
    mode: Mode
    lifetime: timedelta = LIFETIME
    keeping: DisclosureKeeping = field(default_factory=DisclosureKeeping)
    endings_every: timedelta = timedelta(0)
    telling: ToldAt = tells_nothing

    def send_replies(self) -> int:
        """Send every receipt and statement reply that is due. Returns how many left. Raises `StoreDown`."""
        now = self.clock.now()
        with self.store.read() as uow:
            due = uow.replies.due(now, BATCH)
            connectors = {each.id: each for each in uow.trust.connectors() if uow.side.is_place_of(each.status)}
        finished, failed = [], []
        for reply in due:
            connector = connectors.get(reply.connector)
            # A connector that may not speak is owed no answer: its messages are refused, and it will ask again when it may.
            # Nor one that left before and came back with a backup of the register.
            gone = connector is None or not may_speak(connector.status) or not reply.body
            if gone or (connector and self._answer(connector, reply)):
                finished.append(reply.id)
            else:
                failed.append(reply)
        if due:
            with self.store.write() as uow:
                uow.replies.remove(finished)
                for reply in failed:
                    uow.replies.retry(reply.id, reply.attempts + 1, now + pause_after(reply.attempts + 1))
        return len(finished)

    def tend_probes(self) -> int:
        """Send the request of every test that was asked for, and note whose receipt has left. Returns how many requests left. Raises
        `StoreDown`."""
        with self.store.read() as uow:
            due = [(probe, uow.trust.connector(probe.connector)) for probe in uow.probes.unsent(self.clock.now())]
            receipted = uow.probes.receipted()
        if receipted:
            with self.store.write() as uow:
                uow.probes.note_receipted(receipted, self.clock.now())
        sent = 0
        for probe, connector in due:
            if connector is None or not may_speak_in(connector.status, self.mode):
                # Stopped since somebody asked; the test runs out.
                continue
            # The moment before: the answer may be here before the channel has confirmed.
            at, body = self.clock.now(), write_request(ProbeRequest(probe.agency))
            left = self._deliver(connector, MessageKind.TEST_REQUEST, probe.id, body, probe.expires_at)
            with self.store.write() as uow:
                if left:
                    uow.probes.note_sent(probe.id, at)
                else:
                    uow.probes.put_off(probe.id, self.clock.now() + pause_after(probe.attempts + 1))
            sent += left
        return sent

    def send_alerts(self) -> int:
        """One tick: decide again, mark, seal and send every alert that is due. Returns how many left. Raises `StoreDown`.

        All that is due at its beginning: what cannot leave, because its connector is suspended, holds up nothing behind it.
        """
        begun, left, due = self.clock.now(), 0, ALERTS
        while due >= ALERTS:
            due, ready = self._make_ready(begun)
            left += self._send(ready)
        return left

    def _send(self, ready: list[Addressed]) -> int:
        failed = []
        for addressed in ready:
            alert = addressed.alert
            if not self._deliver(
                addressed.connector, MessageKind.ALERT, alert.id, alert_bundle.write(alert), alert.not_after
            ):
                failed.append(addressed)
        if failed:
            self._try_sooner(failed)
        return len(ready) - len(failed)

    def _make_ready(self, begun: datetime) -> tuple[int, list[Addressed]]:
        """How many were looked at, and those that may leave."""
        with self.store.read() as uow:
            if not uow.alerts.due(begun, 1):
                return 0, []
        with self.store.write() as uow:
            now = self.clock.now()
            due = uow.alerts.due(begun, ALERTS)
            alerting = Alerting(uow, self.pairing, uow.agreements.current(), now)
            writer = AlertWriter(uow.trust, alerting.agreements, self.home, uow.side, alerting.introducer)
            recorder = DisclosureRecorder(uow, self.pairing, self.keeping)
            sending = Sending(alerting, writer, self.lifetime, recorder, self.endings_every)
            ready = [sending.make_ready(reference) for reference in due]
            sending.tallies.keep(uow, now)
            for event in sending.entries:
                uow.audit.append(now, event.code, event.actor, event.fields)
        return len(due), [addressed for addressed in ready if addressed]

    def _try_sooner(self, failed: list[Addressed]) -> None:
        """They stay marked as sent, since they may have arrived, and are tried again before their life is over."""
        with self.store.write() as uow:
            for addressed in failed:
                reference = uow.alerts.get(addressed.reference.id)
                if reference == addressed.reference:
                    uow.alerts.save(
                        replace(reference, next_attempt_at=self.clock.now() + pause_after(reference.attempts))
                    )

    def _answer(self, connector: Connector, reply: Reply) -> bool:
        return self._deliver(connector, reply.kind, reply.about, reply.body, None, self.telling)

    def _deliver(
        self,
        connector: Connector,
        kind: MessageKind,
        about: MessageId,
        body: bytes,
        not_after: datetime | None,
        telling: ToldAt = tells_nothing,
    ) -> bool:
        now = self.clock.now()
        header = EnvelopeHeader(
            kind=kind,
            message=MessageId(str(uuid.uuid4())),
            about=about,
            sender=GATEWAY,
            destination=connector.id.value,
            partnership=self.partnership,
            mode=self.mode,
            issued_at=now.replace(microsecond=0),
            not_after=not_after,
            checkpoint=telling(now),
        )
        sealed = seal(header, body, self.signer, connector.keys.encryption)
        ttl = max((not_after - now).total_seconds(), 0.001) if not_after else None
        try:
            self.end_of(connector).send(connector.id, connector.inbox, sealed, ttl)
        except (ChannelDown, ChannelRefused) as problem:
            log.warning("not-sent", connector=connector.id.value, kind=kind.value, fault=type(problem).__name__)
            return False
        return True
