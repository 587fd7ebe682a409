"""A limit reached at the gateway: what it stopped is sent again later, and whoever looks is told which limit it was."""

import pytest

from connectors.exchange.settling import _why_again
from connectors.version import software_version
from mappings.canonical.codes import ReceiptOutcome
from mappings.canonical.receipt import Issue, Receipt


@pytest.mark.parametrize(
    ("issues", "says"),
    [
        ((Issue("expired", "stale", "", "too old"),), "check this machine's clock"),
        ((), "check this machine's clock"),
        ((Issue("business-rule", "limit-per-day", "", "as many notices today as it may"),), "as many notices today"),
    ],
)
def test_a_stale_receipt_is_told_in_the_words_that_fit(issues: tuple[Issue, ...], says: str) -> None:
    assert says in _why_again(Receipt(None, "0" * 64, ReceiptOutcome.STALE, issues))


def test_the_version_fits_into_an_envelope() -> None:
    from identity.agency.envelope_header import _software

    assert _software(software_version()) == software_version() != ""
