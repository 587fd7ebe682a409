"""The data protection officer of Seaton, who answers people that ask what is held of them, on a machine of their own."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.bench.world import PARTNERSHIP, World
from gateway.disclosure_record.recording import DisclosureKeeping
from gateway.model.access_request import AccessItem, AccessRequest
from gateway.subject_access.answering import ANSWER, DECIDE, answer_content, decide_content
from gateway.subject_access.exporting import EXPORT, export_content
from gateway.subject_access.lists import AccessLists
from gateway.subject_access.opening import OPEN, open_content
from gateway.subject_access.views import RequestView, show_request
from gateway.trust.actor import LOCAL_READER
from gateway.trust.operators import Office
from gateway.trust.proposals import HandedIn, hand_in
from identity.agency.keys import DecryptionKey
from identity.custody.access_answer import RELEASED, AccessOpening, Answer
from identity.custody.access_ask import read_change, sign_ask, tokens_of
from identity.custody.access_file import read_access
from identity.custody.epoch import LinkageEpoch
from mappings.canonical.codes import Mode
from mappings.canonical.person import Person
from tests.gateway.staff import Staff, opened


@dataclass
class Dpo:
    """`dora` signs; `key` opens what is sealed to her; `epochs` are those that the keyholder sealed to her."""

    seaton: World
    office: Office
    dora: Staff
    folder: Path
    key: DecryptionKey = field(default_factory=DecryptionKey.generate)
    epochs: list[LinkageEpoch] = field(default_factory=list)
    openings: int = 0

    def open(self, on_behalf: str = "self", about_child: bool = False, proof: str = "passport") -> AccessRequest:
        """Somebody came today and showed who they are."""
        today = self.seaton.clock.now().date()
        made: AccessRequest = self.change(
            OPEN, open_content(Mode.TRIAL, on_behalf, about_child, proof, "dora", today, today)
        )
        return made

    def search(self, request: AccessRequest, person: Person) -> list[AccessItem]:
        """With tokens made on her own machine from what the person says."""
        tokens = tokens_of(person, self.epochs, Mode.TRIAL)
        signed = sign_ask(request.reference, tokens, self.epochs, Mode.TRIAL, self.seaton.clock.now(), self.dora.key)
        found: list[AccessItem] = hand_in(self.office, signed).result
        return found

    def ask_agencies(self) -> None:
        """Every controller is asked through its own connector."""
        AccessLists(self.seaton.store, self.seaton.clock).send_due()
        self.seaton.step()

    def record_answer(self, request: AccessRequest, item: int, verdict: str, ground: str = "") -> AccessItem:
        """What an agency said on paper."""
        content = answer_content(Mode.TRIAL, request.reference, item, verdict, ground, "letter of 20 March")
        made: AccessItem = self.change(ANSWER, content)
        return made

    def decide(self, request: AccessRequest, item: int, include: bool) -> AccessItem:
        """Whether a service that must stay private is shown."""
        made: AccessItem = self.change(
            DECIDE, decide_content(Mode.TRIAL, request.reference, item, include, "asked herself")
        )
        return made

    def export(self, request: AccessRequest) -> Path:
        """The file that is carried to her machine."""
        handed = self.dora.hand_in(EXPORT, export_content(Mode.TRIAL, request.reference, PARTNERSHIP))
        self.openings += 1
        path = self.folder / f"request-{self.openings}.json"
        path.write_bytes(handed.result.data)
        return path

    def machine(self, file: Path) -> AccessOpening:
        """Her own machine, with the file on it."""
        access, digest = read_access(file)
        folder = self.folder / f"answer-{self.openings}"
        return AccessOpening(access, digest, self.key, self.dora.key, folder, self.seaton.clock.now)

    def answer(self, request: AccessRequest, private: bool = False) -> tuple[Answer, Path]:
        """Opened, made and released; the folder holds what the person is given."""
        machine = self.machine(self.export(request))
        answer = machine.open("the person asked", private)
        machine.release()
        self.carry(machine.folder / "opening.json")
        self.carry(machine.folder / RELEASED)
        return answer, machine.folder

    def carry(self, file: Path) -> HandedIn:
        """What she signed there, handed in at the gateway."""
        return hand_in(self.office, read_change(file))

    def show(self, request: AccessRequest) -> RequestView:
        return show_request(self.office, LOCAL_READER, request.reference)

    def change(self, action: str, content: dict[str, Any]) -> Any:
        return self.dora.hand_in(action, content).result

    def audited(self, code: str) -> list[dict[str, Any]]:
        with self.seaton.store.read() as unit:
            return [event.fields for event in unit.audit.events(0, 1000) if event.code == code]


def appointed(seaton: World, folder: Path) -> Dpo:
    """Enrol her; from then on who was told is sealed to her."""
    office = seaton.office()
    dora = opened(office).colleague("dora", "dpo")
    dpo = Dpo(seaton, office, dora, folder, epochs=[seaton.epoch])
    seaton.keeping = DisclosureKeeping((dpo.key.public,))
    return dpo
