"""What must hold between the ledgers, the register and the town's truth: some of it at any moment, the rest once everything is quiet."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from identity.agency.references import References
from mappings.canonical.identifiers import AgencyId
from tests.soak.books import Books
from tests.soak.residents import MOST_PEOPLE, Known, Residents
from tests.soak.town import Town
from tests.soak.violation import Violation, some
from tests.system.site import Site

_CONNECTIONS = """
SELECT c.id, a.agency, a.person_ref, b.agency, b.person_ref
FROM connection c JOIN involvement a ON a.id = c."first" JOIN involvement b ON b.id = c."second"
"""


@dataclass
class Rules:
    """Remembers which notices were settled when, so that a settled one that changes is seen."""

    town: Town
    residents: Residents
    books: Books
    _settled: dict[tuple[str, str], str] = field(default_factory=dict)
    _people: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def at_any_moment(self) -> list[Violation]:
        """Asked again and again while the load and the cycles go on."""
        found: list[Violation] = []
        # The ledgers first: what they call settled was accepted before.
        settled = {site.name: self._settled_of(site) for site in self.sites}
        found += self.books.read()
        for site in self.sites:
            found += self._check_settled(site, settled[site.name])
            found += self._check_dead_letters(site)
        return found + self._check_connections()

    def when_quiet(self) -> list[Violation]:
        """Asked at the end, when nothing is on its way."""
        found: list[Violation] = []
        for site in self.sites:
            found += self._check_all_settled(site)
            found += self._check_same_register(site)
            found += self._check_told(site)
        waiting = dict(self.town.register.alerts())
        if not self.town.register.is_told():
            found.append(Violation("quiet", f"the gateway's alerts by status: {waiting}"))
        return found + self.books.check_chain()

    def is_quiet(self) -> bool:
        """Whether nothing waits, and every worklist shows the truth."""
        if not all(site.is_quiet() and not self._check_told(site) for site in self.sites):
            return False
        return self.town.register.is_told()

    @property
    def sites(self) -> Iterable[Site]:
        """Those that have come so far."""
        return list(self.town.sites.values())

    def _settled_of(self, site: Site) -> dict[str, str]:
        query = "SELECT id, settled_at FROM outbox WHERE kind = 'notice' AND status = 'settled'"
        return dict(site.rows(query))  # type: ignore[arg-type]

    def _check_settled(self, site: Site, settled: dict[str, str]) -> list[Violation]:
        known = {id: at for (name, id), at in self._settled.items() if name == site.name}
        changed = [f"{id} ({at})" for id, at in known.items() if settled.get(id) != at]
        unbooked = [id for id in settled if self.books.accepted[site.name, id] != 1]
        self._settled |= {(site.name, id): at for id, at in settled.items()}
        found = (
            [Violation("settled-once", f"{site.name}: no longer settled as it was: {some(changed)}")] if changed else []
        )
        if unbooked:
            found.append(Violation("settled-once", f"{site.name}: settled, and not accepted once: {some(unbooked)}"))
        return found

    def _check_dead_letters(self, site: Site) -> list[Violation]:
        letters = site.rows("SELECT digest, code, received_at FROM dead_letter")
        about = some(f"{digest[:16]} {code} {at}" for digest, code, at in letters)
        return [Violation("dead-letters", f"{site.name} could not use {about}")] if letters else []

    def _check_connections(self) -> list[Violation]:
        wrong = []
        for id, agency, person, other_agency, other_person in self.town.register.rows(_CONNECTIONS):
            name, number = self._person(agency, person)
            other, other_number = self._person(other_agency, other_person)
            if number != other_number or not self.residents.may_have_been_told(name, number, other):
                wrong.append(id)
        return [Violation("never-permitted", f"connections {some(wrong)}")] if wrong else []

    def _check_all_settled(self, site: Site) -> list[Violation]:
        rows = dict(site.rows("SELECT id, status FROM outbox WHERE kind = 'notice'"))  # type: ignore[arg-type]
        open_ = [f"{id} {status}" for id, status in rows.items() if status != "settled"]
        booked = {id for name, id in self.books.accepted if name == site.name}
        found = [Violation("all-settled", f"{site.name}: {some(open_)}")] if open_ else []
        if booked != set(rows):
            about = f"{site.name}: in one place only: {some(booked ^ set(rows))}"
            found.append(Violation("all-settled", about))
        return found

    def _check_same_register(self, site: Site) -> list[Violation]:
        ledger = dict(site.rows("SELECT ref, digest FROM involvement WHERE status = 'live'"))  # type: ignore[arg-type]
        register = self.town.register.live_digests(site.agency)
        differ = [ref for ref in {*ledger, *register} if ledger.get(ref) != register.get(ref)]
        return [Violation("same-register", f"{site.name}: involvements {some(differ)}")] if differ else []

    def _check_told(self, site: Site) -> list[Violation]:
        shown, truth = worklist(site), self.residents.truth(site.name)
        if shown == truth:
            return []
        # Numbers of the seeded town, which names nobody.
        missing = some({f"{client} {other}" for client, other, _ in truth - shown})
        beyond = some({f"{client} {other}" for client, other, _ in shown - truth})
        return [Violation("told-truth", f"{site.name}: not shown {missing}; shown beyond the truth {beyond}")]

    def _person(self, agency: str, person_ref: str) -> tuple[str, int]:
        """Whose client it is and which resident, by the reference that only the agency can make."""
        key = (agency, person_ref)
        if key not in self._people:
            name = agency.rpartition(":")[2]
            references = References.load(self.town.sites[name].folder / "keys" / "reference.key", AgencyId(agency))
            self._people |= {
                (agency, references.person(f"K-{number}").value): (name, number) for number in range(MOST_PEOPLE)
            }
        return self._people[key]


def worklist(site: Site) -> set[Known]:
    """What the agency's people see, from the file that the connector keeps for them."""
    path = site.shown / "worklist.json"
    if not path.exists():
        return set()
    listed: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return {
        (each["client_id"], each["other"]["agency"].lower(), each["other"]["worker"]) for each in listed["connections"]
    }
