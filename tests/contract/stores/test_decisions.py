"""What people decide, what connectors may do and which messages came in, on both engines; and registers made before there was any of it."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway.model.agreement import Document
from gateway.model.capabilities import TAKING_BACK, Capabilities
from gateway.model.connector_change import ConnectorChange
from gateway.model.proposal import Proposal, ProposalState
from gateway.store.engine import database_url
from gateway.store.faults import StoreConflict
from gateway.store.migration import upgrade
from gateway.store.sql_store import SqlStore, open_store
from identity.agency.keys import generate
from identity.agency.trust import Status
from mappings.canonical.codes import AgeBand, AlertLevel, ServiceLine, Strength
from mappings.canonical.identifiers import AgreementId, ConnectorId, KeyId, MessageId
from tests.builders import SCHOOL, agreement
from tests.contract.stores.rows import DATA_KEY, LATER, NOW, agencies, connector

C1 = ConnectorId("c1")
PROPOSAL = Proposal("abcde-fghjk", "agreement.add", b"bytes \x00\xff", "anna", KeyId("k" * 43), b"s" * 64, NOW, LATER)
LIMITS = Capabilities(
    events=TAKING_BACK,
    services=frozenset({ServiceLine.SCHOOL, ServiceLine.HOUSING}),
    age_bands=frozenset({AgeBand.CHILD}),
    level=AlertLevel.ID_ONLY,
    strongest=Strength.MEDIUM,
    aliases=False,
    per_minute=7,
    per_day=8,
    minimum_version="1.4.2",
)


def test_a_proposal_keeps_the_very_bytes_and_only_its_standing_changes(store: SqlStore) -> None:
    closed = replace(
        PROPOSAL, state=ProposalState.REJECTED, closed_by="omar", closed_at=LATER, reason="not yet", statement=b"other"
    )
    with store.write() as unit:
        unit.proposals.add(PROPOSAL)
        assert unit.proposals.get(PROPOSAL.id) == PROPOSAL
        unit.proposals.save(closed)
        assert unit.proposals.get(PROPOSAL.id) == replace(closed, statement=PROPOSAL.statement)
        assert unit.proposals.get("none") is None
        newer = replace(PROPOSAL, id="zzzzz-zzzzz", statement=b"newer", made_at=NOW + timedelta(seconds=1))
        unit.proposals.add(newer)
        assert [each.id for each in unit.proposals.all(10)] == ["zzzzz-zzzzz", "abcde-fghjk"]
        assert len(unit.proposals.all(1)) == 1
    with pytest.raises(StoreConflict, match="no such proposal"), store.write() as unit:
        unit.proposals.save(replace(PROPOSAL, id="none"))


def test_a_statement_is_proposed_once(store: SqlStore) -> None:
    with store.write() as unit:
        unit.proposals.add(PROPOSAL)
    with pytest.raises(StoreConflict), store.write() as unit:
        unit.proposals.add(replace(PROPOSAL, id="zzzzz-zzzzz", key=KeyId("l" * 43)))


def test_limits_and_history_of_a_connector_come_back(store: SqlStore) -> None:
    made = connector("c1", SCHOOL, capabilities=LIMITS)
    steps = [
        ConnectorChange(C1, None, Status.REQUESTED, "enrolment", "", "it asked", NOW),
        ConnectorChange(C1, Status.REQUESTED, Status.APPROVED, "anna", "omar", "compared £", LATER),
    ]
    with store.write() as unit:
        agencies(unit)
        unit.trust.add_connector(made)
        for step in steps:
            unit.trust.add_change(step)
        unit.trust.add_change(replace(steps[0], connector=ConnectorId("c2")))
    with store.read() as unit:
        assert unit.trust.connector(C1) == made
        assert unit.trust.changes(C1) == steps


def test_every_version_of_an_agreement_comes_back_with_its_papers(store: SqlStore) -> None:
    first = agreement(recorded_at=NOW, recorded_by="anna", approved_by="omar")
    papers = (Document("Impact assessment", "b" * 64), Document("Agreement £", "c" * 64))
    second = replace(first, version=2, controllers=("Seaton Council", "Seaton NHS"), documents=papers)
    with store.write() as unit:
        unit.agreements.add(first)
        unit.agreements.add(second)
    with store.read() as unit:
        assert unit.agreements.versions(first.id) == [second, first]
        assert unit.agreements.versions(AgreementId("none")) == []


def test_message_ids_and_volumes_are_kept(store: SqlStore) -> None:
    message = MessageId("00000000-0000-4000-8000-000000000001")
    with store.write() as unit:
        assert unit.message_ids.note(C1, message, "a" * 64, NOW) is None
        assert unit.message_ids.note(C1, message, "b" * 64, NOW) == "a" * 64
        unit.volumes.keep(C1, NOW, 1, 2)
        unit.volumes.keep(C1, NOW, 3, 4)
        assert unit.volumes.counts(C1, NOW) == (3, 4)
        unit.message_ids.forget(NOW + timedelta(microseconds=1))
        assert unit.message_ids.note(C1, message, "b" * 64, NOW) is None


def test_an_inbox_is_purged_and_no_other(store: SqlStore) -> None:
    from tests.gateway.staff import StillClock

    queue = store.queue(StillClock(NOW))
    for name in ("one", "other"):
        queue.open_inbox(C1, name)
        queue.send(C1, name, b"sealed", None)
    with store.write() as unit:
        assert unit.inboxes.purge("one") == 1
        assert unit.inboxes.purge("none") == 0
    assert queue.lease_inbox(C1, "one", 10, 0) == []
    assert len(queue.lease_inbox(C1, "other", 10, 0)) == 1


def test_a_register_from_before_keeps_its_connectors_and_agreements(tmp_path: Path, postgresql_url: str) -> None:
    for url in (f"sqlite:///{tmp_path}/register.db", postgresql_url):
        upgrade(url, "0001")
        _fill_earlier(url)
        upgrade(url)
        store = open_store(url, DATA_KEY)
        with store.read() as unit:
            (known,) = unit.trust.connectors()
            (terms,) = unit.agreements.current()
        store.close()
        assert (known.status, known.capabilities) == (Status.LIVE, Capabilities())
        assert (terms.controllers, terms.documents, terms.recorded_at) == (
            ("Elsewhere Trust", "Seaton Council"),
            (),
            None,
        )


def _fill_earlier(url: str) -> None:
    keys = generate().public("c1")
    public = {"signing": keys.signing.to_jwk(), "encryption": keys.encryption.to_jwk(), "owner": "c1"}
    parties = ["urn:patchwork:seaton:school", "urn:patchwork:seaton:housing"]
    engine = create_engine(database_url(url))
    with engine.begin() as database:
        for id, organisation in zip(parties, ("Seaton Council", "Elsewhere Trust"), strict=True):
            database.execute(
                text("INSERT INTO agency VALUES (:id, 'An agency', 'school', :organisation)"),
                {"id": id, "organisation": organisation},
            )
        database.execute(
            text(
                "INSERT INTO connector (id, signing_key, public_keys, status, carrier, inbox, since)"
                " VALUES ('c1', :key, :keys, 'live', 'https', 'inbox.c1', 0)"
            ),
            {"key": keys.signing.id.value, "keys": json.dumps(public)},
        )
        database.execute(
            text("INSERT INTO connector_agency (connector, agency, position) VALUES ('c1', :id, 0)"), {"id": parties[0]}
        )
        database.execute(
            text(
                "INSERT INTO agreement (id, version, title, parties, purpose, legal_bases, age_bands, level, valid_from, valid_until,"
                " review_by, rights_contact) VALUES ('a1', 1, 'A title', :parties, 'a purpose', :bases, :bands, 'full', '2026-01-01',"
                " '2026-12-31', '2026-12-31', 'rights@seaton.example')"
            ),
            {
                "parties": json.dumps(parties),
                "bases": json.dumps(["children-act-2004-s10"]),
                "bands": json.dumps(["child"]),
            },
        )
    engine.dispose()
