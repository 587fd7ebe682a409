"""Chapter 12. A council's children's services and adult services have one connector between them. They are two agencies all the same.

Mo is twelve and looks after his mother. Carys Lund of the children's services sees him, and so does Dan Rowe, who supports young carers for the
adult services; neither knows of the other.
The council's computer department runs one connector for both teams: one program, one inbox, one certificate. Each team has a signing key, a
ledger, an export and a place for its alerts of its own, and nothing of the one team's clients comes to the other but by an alert.
"""

from pathlib import Path

import pytest

from connectors.exchange.resync import begin_again
from gateway.bench.world import World
from mappings.canonical.identifiers import AgencyId
from tests.council import ADULTS, CHILDREN, Council
from tests.counterparts import an_alert
from tests.system.children import rows

HOUSING = AgencyId("urn:patchwork:seaton:housing")
MO, LEA, JO = 1, 2, 3


@pytest.fixture
def council(tmp_path: Path, seaton: World) -> Council:
    """The two teams have an agreement with each other, and with housing."""
    council = Council(tmp_path, seaton)
    seaton.agree(CHILDREN, ADULTS, HOUSING)
    return council


class TestTheyLearnOfEachOther:
    """Connections are between agencies, whoever runs their connectors."""

    def test_both_workers_are_told_in_their_own_teams_place(self, council: Council) -> None:
        """Given a council's children's and adult teams that share one program, when both are involved with one young person, then each worker is
        told in their own team's place."""
        council.children.state(rows(MO, worker="Carys Lund"))
        council.adults.state(rows(MO, worker="Dan Rowe"))
        council.publish()
        council.exchange()
        [for_carys], [for_dan] = council.children.texts(), council.adults.texts()
        assert for_carys.startswith("For: Carys Lund")
        assert "Dan Rowe" in for_carys
        assert "Seaton Adult Services" in for_carys
        assert for_dan.startswith("For: Dan Rowe")
        assert "Seaton Children's Services" in for_dan
        assert (council.children.outbox(), council.adults.outbox()) == ({"settled": 1}, {"settled": 1})

    def test_where_the_agreement_names_only_one_of_the_two_neither_is_told(self, tmp_path: Path, seaton: World) -> None:
        """Given an agreement that names only one of two teams, when both are involved with one person, then neither is told, and the other team
        alone hears that it is not a party."""
        apart = Council(tmp_path, seaton)
        seaton.agree(CHILDREN, HOUSING)
        apart.children.state(rows(MO))
        apart.adults.state(rows(MO, worker="Dan Rowe"))
        apart.publish()
        apart.exchange()
        assert (apart.children.texts(), apart.adults.texts()) == ([], [])
        assert apart.adults.outbox() == {"refused": 1}, "not a party: the adult team is told so, and nobody else"

    def test_when_one_team_ends_both_hear_that_it_is_over(self, council: Council) -> None:
        """Given two teams that know of each other, when one ends its involvement, then both hear that it is over."""
        for team in council.teams:
            team.state(rows(MO))
        council.publish()
        council.exchange()
        council.adults.state(rows(LEA))
        council.publish()
        council.exchange()
        assert (council.children.current(), council.adults.current()) == (0, 0)
        assert any("no longer shared" in text for text in council.children.texts())


class TestNothingElseCrosses:
    """What one team keeps, the other team's ledger, alerts and worklist do not have."""

    def test_each_team_is_told_of_its_own_clients_only(self, council: Council, seaton: World) -> None:
        """Given two teams with clients of their own, when alerts are delivered, then no team sees anything of the other's other clients."""
        council.children.state(rows(MO, LEA))
        council.adults.state(rows(MO, JO, worker="Dan Rowe"))
        council.publish()
        council.exchange()
        assert len(council.children.texts()) == len(council.adults.texts()) == 1
        assert f"K-{LEA}" not in council.adults.seen()
        assert f"K-{JO}" not in council.children.seen()

    def test_the_same_record_number_is_another_reference_in_each_team(self, council: Council) -> None:
        """Given one record number that occurs in both teams, when references are made, then they differ."""
        for team in council.teams:
            team.state(rows(MO))
        council.publish()
        refs = []
        for team in council.teams:
            with team.served.ledger.read() as unit:
                refs += [one.ref for one in unit.involvements.after("", 10)]
        assert len(set(refs)) == 2

    def test_one_teams_exclusion_list_takes_nothing_back_of_the_other(self, council: Council) -> None:
        """Given a client on one team's exclusion list, when it publishes, then that team's involvement is taken back and the other team's is
        not."""
        for team in council.teams:
            team.state(rows(MO, LEA))
        council.publish()
        council.exchange()
        council.children.exclude(f"K-{LEA}")
        council.publish()
        council.exchange()
        with council.adults.served.ledger.read() as unit:
            assert unit.involvements.counts() == {"live": 2}
        with council.children.served.ledger.read() as unit:
            assert unit.involvements.counts() == {"live": 1, "withdrawn": 1}
        assert (council.children.current(), council.adults.current()) == (1, 1)

    def test_an_alert_about_the_other_teams_client_is_shown_to_nobody(self, council: Council, seaton: World) -> None:
        """Given an alert named for one team about the other team's client, when it arrives, then nobody is shown it."""
        council.children.state(rows(MO))
        council.publish()
        council.exchange()
        references = council.children.served.keys.references
        person, involvement = references.person(f"K-{MO}"), references.involvement(f"K-{MO}")
        council.voice().send_alerts(an_alert(ADULTS, person, involvement, seaton.clock.now()))
        council.deliver()
        assert (council.children.texts(), council.adults.texts()) == ([], [])
        assert (council.children.current(), council.adults.current()) == (0, 1), "it waits for an export that states it"

    def test_an_alert_for_a_third_agency_is_refused(self, council: Council, seaton: World) -> None:
        """Given an alert for a third agency, when it arrives at the shared program, then it is kept aside and shown to nobody."""
        references = council.children.served.keys.references
        alert = an_alert(HOUSING, references.person("x"), references.involvement("x"), seaton.clock.now())
        council.voice().send_alerts(alert)
        assert council.deliver().parcels == {"dead letter": 1}
        assert (council.children.current(), council.adults.current()) == (0, 0)


class TestEachHasItsOwnWord:
    """What a team says is sealed with its key, and what the gateway answers is for its ledger alone."""

    def test_a_notice_is_signed_with_the_key_of_the_team_that_says_it(self, council: Council, seaton: World) -> None:
        """Given two teams that publish, when the gateway takes their notices, then each is signed with the key of the team that says it."""
        council.children.state(rows(MO))
        council.adults.state(rows(LEA))
        council.publish()
        seaton.receive()
        with seaton.store.read() as unit:
            accepted = [each for each in unit.audit.events(0, 100) if each.code == "notice-accepted"]
        assert {event.fields["agency"] for event in accepted} == {CHILDREN.value, ADULTS.value}

    def test_a_new_team_is_not_taken_for_a_ledger_that_came_back_from_a_backup(self, council: Council) -> None:
        """Given a second team that begins later, when it publishes, then neither team's state is taken for one restored from a backup."""
        council.children.state(rows(MO, LEA))
        council.publish()
        council.exchange()
        before = [incarnation(council, team) for team in (CHILDREN, ADULTS)]
        council.adults.state(rows(JO))
        council.publish()
        council.exchange()
        council.children.state(rows(MO, LEA, 4))
        council.publish()
        council.exchange()
        assert [incarnation(council, team) for team in (CHILDREN, ADULTS)] == before
        assert (council.children.outbox(), council.adults.outbox()) == ({"settled": 3}, {"settled": 1})

    def test_one_teams_ledger_is_put_back_and_the_other_is_not_asked_anything(
        self, council: Council, seaton: World
    ) -> None:
        """Given one team whose state was restored from a backup, when it states its list, then the other team is asked nothing and nobody is shown
        anything twice."""
        for team in council.teams:
            team.state(rows(MO))
        council.publish()
        council.exchange()
        with council.children.served.ledger.write() as unit:
            begin_again(unit, CHILDREN, seaton.clock.now())
        council.exchange()
        with seaton.store.read() as unit:
            stated = [
                event.fields["agency"] for event in unit.audit.events(0, 500) if event.code == "statement-answered"
            ]
        assert stated == [CHILDREN.value]
        assert (council.children.current(), council.adults.current()) == (1, 1)
        assert (len(council.children.texts()), len(council.adults.texts())) == (1, 1), "told again, and shown once"


def incarnation(council: Council, agency: AgencyId) -> str:
    """The name of a team's ledger's life."""
    team = council.children if agency == CHILDREN else council.adults
    with team.served.ledger.read() as unit:
        return unit.positions.incarnation
