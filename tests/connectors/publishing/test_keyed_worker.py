"""What an agency's ledger remembers of a worker's registration number, also beside what it remembered before there were any."""

import json
from dataclasses import replace

from connectors.publishing import standing
from connectors.publishing.notice_builder import keyed
from identity.person.tokens import KeyedTokeniser
from tests.connectors.office import an_epoch, involvement

DANA = "swe|SW123456"


def test_a_standing_comes_back_with_its_number_and_without_one_is_what_it_was() -> None:
    with_number = standing.of_involvement(involvement(1, registration=DANA))
    without = standing.of_involvement(involvement(1))
    for each in (with_number, without):
        assert standing.read(standing.write(each)) == each
    assert "registration" not in json.loads(standing.write(without))
    assert with_number.published() != without.published(), "a number that was added is a change to be told"


def test_a_token_is_made_under_every_epoch() -> None:
    tokenisers = [KeyedTokeniser(an_epoch(name)) for name in ("trial-1", "trial-2")]
    stated = standing.of_involvement(involvement(1, registration=DANA))
    made, without = keyed([stated, replace(stated, registration="")], tokenisers)
    assert made.worker == tuple(each.worker(DANA) for each in tokenisers)
    assert len(set(made.worker)) == 2
    assert without.worker == ()
