"""A partnership in which one connector, the council's, speaks for two agencies out of one inbox."""

from dataclasses import dataclass, replace

from connectors.keys import keys_folder
from gateway.model.connector import AgencyKey
from gateway.trust.capability_setting import LIMIT_CONNECTOR, limits_content
from gateway.trust.onboarding import ADD_AGENCY, ADD_CONNECTOR, agency_content, connector_content
from identity.custody.sealed_epoch import seal
from mappings.canonical.codes import ServiceLine
from mappings.canonical.identifiers import AgencyId, ConnectorId
from tests.council import agency_table
from tests.system.partnership import AGREEMENT, HOME, PARTNERSHIP, Partnership
from tests.system.site import Site

COUNCIL = "council"
TEAMS = ("children", "adults")


class Team(Site):
    """One of the council's agencies: its own export, ledger and alerts; folder, keys and program are the council's."""

    def __init__(self, name: str, council: Site) -> None:
        self.name = name
        self.agency = f"urn:patchwork:seaton:{name}"
        self.folder, self.settings_file, self.program = council.folder, council.settings_file, council.program
        self.export = council.folder / name / "clients.csv"
        self.shown = council.folder / name / "out"
        self.ledger = council.folder / name / "ledger.sqlite3"


@dataclass
class CouncilPartnership(Partnership):
    """Name `council` among the connectors: its two teams are then among the sites."""

    def _join(self, name: str) -> None:
        if name != COUNCIL:
            super()._join(name)
            return
        council = Site(COUNCIL, self.folder / COUNCIL)
        teams = [Team(team, council) for team in TEAMS]
        self.sites |= {team.name: team for team in teams}
        agencies = tuple(AgencyId(team.agency) for team in teams)
        keys = keys_folder.make_enrolling(council.folder / "keys", ConnectorId(COUNCIL), agencies)
        for team in teams:
            self._sign(ADD_AGENCY, agency_content(team.agency, team.name.title(), "charity", "Seaton Council"))
        added = self._sign(ADD_CONNECTOR, connector_content(keys.first, [agencies[0].value], "https"))
        # As an enrolment leaves it: one signing key for each agency.
        with self._office.store.write() as unit:
            signing = tuple(AgencyKey(agency, key, self._office.clock.now()) for agency, key in keys.signing)
            unit.trust.update_connector(replace(added, agencies=agencies, signing=signing))
        self._sign(LIMIT_CONNECTOR, limits_content(COUNCIL, [f"services={','.join(ServiceLine)}"]))
        council.settings_file.write_text(self._settings_of_council(teams), "utf-8")
        council.install_epoch(seal(self.epoch, keys.first, self.keyholder))

    def _settings_of_council(self, teams: list[Team]) -> str:
        common = f'''\
connector = "{COUNCIL}"
partnership = "{PARTNERSHIP}"
mode = "trial"
home_gateway = "{HOME}"

[channel]
kind = "https"
url = "http://127.0.0.1:{self.port}"

[keys]
gateway = "{self.folder / "gateway" / "gateway-public.json"}"
keyholder = "{self.folder / "keyholder.json"}"

[publishing]
poll_seconds = 0.2
resend_after_seconds = {self.resend_seconds}
'''
        return common + "".join(self._table_of(team) for team in teams)

    def _table_of(self, team: Team) -> str:
        files = {"source": team.export, "sink": team.shown, "ledger": team.ledger}
        return agency_table(team.agency, team.name.title(), "school", AGREEMENT, files)
