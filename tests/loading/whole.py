"""The real way of everything an agency has: its own file, its map, its ledger on the disk; only the channel is none."""

from dataclasses import replace
from pathlib import Path

from connectors.exchange.pace import Pace
from connectors.exchange.posting import post
from connectors.publish import publish
from connectors.publishing.policy import Report
from connectors.reading.progress import Tell
from connectors.reading.staging import Feed
from connectors.sources.opening import open_source
from connectors.sources.port import Source
from mappings.agency_defaults import AgencyDefaults, ServiceDefaults
from mappings.canonical.codes import LegalBasis, Mode, Sensitivity, ServiceLine
from mappings.source_map import VanishPolicy
from tests.connectors.office import MONDAY, SCHOOL, Office
from tests.loading.clock import Taken, clock
from tests.loading.counting import Counting


def export(path: Path) -> Source:
    """The agency's own CSV."""
    said = ServiceDefaults(sensitivity=Sensitivity.STANDARD, legal_basis=LegalBasis.CHILDREN_ACT_2004_S10)
    defaults = AgencyDefaults(SCHOOL, ServiceLine.SCHOOL, said)
    return open_source("generic_agency_csv", path, defaults, Mode.TRIAL, MONDAY.date())


def load(office: Office, path: Path, tell: Tell, channel: Counting) -> tuple[Report, Taken, Taken]:
    """Into the outbox, and out of it; how long each took."""
    feed = Feed("records", export(path), VanishPolicy.CLOSE, 0.2)
    with clock() as queueing:
        report = publish(replace(office.desk, tell=tell), office.screening, [feed], office.policy)
    with clock() as sealing:
        post(office.ledger, office.correspondence, channel, office.clock, pace=Pace(10**9))
    return report, queueing, sealing
