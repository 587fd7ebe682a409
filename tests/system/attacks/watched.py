"""What an attack might change, told or written down: the register before and after, the answers, the audit."""

from gateway.bench.counterpart import Counterpart
from gateway.bench.world import World
from mappings.canonical.identifiers import ConnectorId
from mappings.canonical.receipt import Receipt
from mappings.fhir import receipt_bundle


class Watched:
    """A town whose register is looked at. `health` is the honest party, of which no answer may tell."""

    world: World
    health: Counterpart

    def mark(self) -> None:
        """The story begins here."""
        self.before = self.held()
        with self.world.store.read() as unit:
            self.since = unit.audit.head()[0]

    def held(self) -> tuple[object, ...]:
        """All that an attack might change. Dead letters are where attacks are kept, so they do not count."""
        with self.world.store.read() as unit:
            counts = {name: n for name, n in unit.counts().items() if name not in ("refused", "dead_letters")}
            states = [repr(connector) for connector in unit.trust.connectors()]
            digests = [unit.involvements.live_digests(agency.id, "") for agency in unit.trust.agencies()]
            progress = [
                unit.processed.last_accepted(connector.id, agency)
                for connector in unit.trust.connectors()
                for agency in connector.agencies
            ]
        return counts, states, digests, progress

    def audited(self) -> list[tuple[str, str]]:
        """Code and reasons of every audit event since the story began."""
        with self.world.store.read() as unit:
            return [(e.code, str(e.fields.get("reasons", ""))) for e in unit.audit.events(self.since, 1_000)]

    def answers(self) -> list[tuple[ConnectorId, Receipt]]:
        """The receipts that wait to be sent, and to whom."""
        with self.world.store.read() as unit:
            due = unit.replies.due(self.world.clock.now(), 1_000)
        return [(reply.connector, receipt_bundle.read(reply.body)) for reply in due]

    def receive(self) -> None:
        """Take in everything that waits."""
        self.world.receive()

    def assert_refused(self, reason: str, to: Counterpart | None) -> None:
        """Refused by intake: audited with its reason, told to `to` alone (None: to nobody), and nothing changed."""
        self.receive()
        assert self.audited() == [("message-refused", reason)]
        assert self.held() == self.before
        told = self.answers()
        assert [(who, [issue.code for issue in receipt.issues]) for who, receipt in told] == (
            [(to.id, [reason])] if to else []
        )
        for _, receipt in told:
            self.assert_tells_nothing(receipt_bundle.write(receipt))

    def assert_tells_nothing(self, answer: bytes) -> None:
        """No key, inbox or other party is named in an answer."""
        with self.world.store.read() as unit:
            everybody = unit.trust.connectors()
        for each in everybody:
            for secret in (each.keys.signing.id.value, each.keys.encryption.id.value, each.inbox):
                assert secret.encode() not in answer
        assert self.health.agency.value.encode() not in answer
