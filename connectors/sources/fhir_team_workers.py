"""Who works in a team: the workers whom a CareTeam or EpisodeOfCare names and who are of the agency itself."""

from collections import Counter
from dataclasses import dataclass

from connectors.sources.fhir_nodes import Misfit, Node, child, children, text, when
from connectors.sources.fhir_references import BundleIndex, Entry, Target
from connectors.sources.fhir_worker import PEOPLE, FoundWorker, ods_code, own_key, worker

MAX_PARTICIPANTS = 200
LOST = "CareTeam, EpisodeOfCare: nobody in this bundle says who the worker is; the team stands for them"


@dataclass(frozen=True, slots=True)
class TeamWorkers:
    """Finds workers by the references of a resource. `remarks` counts what was seen on the way."""

    index: BundleIndex
    ods_system: str
    remarks: Counter[str]

    def of(self, entry: Entry, team: str, own: tuple[str, ...]) -> list[tuple[FoundWorker, Node]]:
        """Each with its participant (empty for an EpisodeOfCare), whoever began first at the front. `team` is the team's name, `own` the codes of its
        organisations. Raises `Misfit`."""
        if entry.type == "EpisodeOfCare":
            return self._manager(entry, team)
        participants = children(entry.resource, "participant")
        if len(participants) > MAX_PARTICIPANTS:
            raise Misfit(f"more than {MAX_PARTICIPANTS} participants")
        found: dict[str, tuple[FoundWorker, Node]] = {}
        lost: Target | None = None
        for participant in participants:
            target = self.index.follow(child(participant, "member"), entry)
            if target.type in PEOPLE and target.entry is None and not target.display and team:
                lost = target
            elif target.type in PEOPLE:
                one = worker(target, self.index, self.ods_system)
                behalf = ods_code(self.index.follow(child(participant, "onBehalfOf"), entry), self.ods_system)
                if not _external(behalf or one.employer, own):
                    found.setdefault(one.id or one.name, (one, participant))
        if lost is not None and (found or not self._lost(lost, team)):
            # Which of the workers has the team's own key could not be said.
            worker(lost, self.index, self.ods_system)
        return sorted(found.values(), key=lambda pair: (_started(pair[1]), pair[0].id))

    def _manager(self, entry: Entry, team: str) -> list[tuple[FoundWorker, Node]]:
        manager = self.index.follow(child(entry.resource, "careManager"), entry)
        if not child(entry.resource, "careManager") or self._lost(manager, team):
            return []
        return [(worker(manager, self.index, self.ods_system), {})]

    def _lost(self, target: Target, team: str) -> bool:
        """Whether nobody can say who a worker is; then the team, where it has a name, stands for them."""
        if target.entry is not None or target.display or not team:
            return False
        self.remarks[LOST] += 1
        return True


def member_key(target: Target) -> str:
    """What tells one worker from another before anybody says who they are."""
    return own_key(target.entry) if target.entry is not None else target.identifier or target.display


def _external(employer: str, own: tuple[str, ...]) -> bool:
    """Whether a worker belongs to another organisation. The code of a trust's site begins with the code of the
    trust."""
    return bool(employer and own) and not any(employer.startswith(code) or code.startswith(employer) for code in own)


def _started(participant: Node) -> str:
    started = when(child(participant, "period"), "start")
    return text(child(participant, "period"), "start") if started else "9999"
