"""The composition root: the parts of the gateway put together from its settings. Nothing else decides which part uses
which."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from gateway.authority import has_authority, load_authority
from gateway.broker_settings import connectors_broker
from gateway.certificates import issue_missing
from gateway.clock import SystemClock
from gateway.enrolment_facts import EnrolmentFacts
from gateway.expiries import days_left, expiries
from gateway.intake import Intake
from gateway.letter import LetterOpener
from gateway.logs import operations
from gateway.matching import Matching
from gateway.operators import Office
from gateway.own_rotation import overlap_end
from gateway.pairing import Pairing
from gateway.ports import Clock, Store, UnitOfWork
from gateway.secrets_on_disk import (
    database_url,
    keyholder_key,
    load_gateway_keys,
    load_secret,
    load_successions,
    pairing_key,
)
from gateway.settings import Settings, SettingsFault, load_settings
from gateway.store.sql_store import SqlStore, open_store
from gateway.sweep import Sweep
from identity.agency.envelope import Expectations
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_public
from identity.custody.steward_list import read_list
from identity.person.pepper import Pepper
from mappings.canonical.envelope import GATEWAY
from mappings.canonical.identifiers import GatewayId, PartnershipId


def open_register(settings: Settings) -> SqlStore:
    """The register that the settings name. Raises `StoreRefused`, `StoreDown`, `KeyFault`."""
    return open_store(database_url(settings), load_secret(settings.data_key_file))


@contextmanager
def opened_office(path: Path) -> Iterator[tuple[Settings, Office]]:
    """The settings in `path` and where signed changes are handed in under them; closed at the end."""
    settings = load_settings(path)
    store = open_register(settings)
    try:
        partnership = PartnershipId(settings.partnership)
        yield settings, Office(store, SystemClock(), partnership, lambda: build_matching(settings))
    finally:
        store.close()


def build_pairing(settings: Settings) -> Pairing:
    """What names pairs. Raises `KeyFault`."""
    return Pairing(pairing_key(load_secret(settings.pepper_file), PartnershipId(settings.partnership)))


def build_intake(settings: Settings, store: Store, clock: Clock) -> Intake:
    """Story 2. Raises `KeyFault`."""
    keys = load_gateway_keys(settings.keys_dir)
    partnership = PartnershipId(settings.partnership)
    opener = LetterOpener(
        keys=keys.opening,
        expect=Expectations(GATEWAY, partnership, settings.mode),
        window=timedelta(hours=settings.window_hours),
    )
    matching = build_matching(settings)
    home = GatewayId(settings.gateway_id)
    return Intake(store, clock, opener, matching.pepper, matching.pairing, home, matching.review_days)


def build_matching(settings: Settings) -> Matching:
    """What decides links and alerts. Raises `KeyFault`."""
    pepper = Pepper(load_secret(settings.pepper_file), PartnershipId(settings.partnership))
    return Matching(pepper, build_pairing(settings), settings.review_days)


def build_facts(settings: Settings) -> EnrolmentFacts:
    """What connectors are told at enrolment. Raises `KeyFault`, `SettingsFault`."""
    return EnrolmentFacts(
        gateway=load_gateway_keys(settings.keys_dir).public,
        keyholder=keyholder_key(settings.keyholder_public_file) if settings.keyholder_public_file else None,
        partnership=PartnershipId(settings.partnership),
        mode=settings.mode,
        home=GatewayId(settings.gateway_id),
        broker=connectors_broker(settings),
        successions=load_successions(settings.keys_dir),
        stewards=_steward_list(settings),
    )


def _steward_list(settings: Settings) -> bytes:
    """The keyholder's list of stewards. Checked here only so that an operator hears of a wrong file; connectors check it for themselves."""
    if settings.stewards_file is None:
        return b""
    if settings.keyholder_public_file is None:
        raise SettingsFault(
            "stewards_file needs keyholder_public_file: the list of stewards is believed by the keyholder's signature"
        )
    data = read_public(settings.stewards_file).strip()
    keyholder = keyholder_key(settings.keyholder_public_file)
    read_list(data, keyholder, PartnershipId(settings.partnership), settings.mode)
    return data


def build_certifying(settings: Settings, store: Store, clock: Clock) -> Callable[[], None]:
    """What issues missing certificates, where there is a built-in authority; nothing happens where there is none. A fault of the
    authority's files is logged: it must not keep a connector from hearing how it stands."""

    def certify() -> None:
        if not has_authority(settings.authority_dir):
            return
        try:
            issue_missing(store, clock, lambda: load_authority(settings.authority_dir), GatewayId(settings.gateway_id))
        except KeyFault as fault:
            operations().error("certificates-not-issued", fault=type(fault).__name__)

    return certify


def build_days_left(settings: Settings, clock: Clock) -> Callable[[UnitOfWork], Mapping[str, int]]:
    """What `/metrics` shows of what ends. A fault of the key files hides the gateway's own overlap only."""

    def days(unit: UnitOfWork) -> Mapping[str, int]:
        try:
            overlap = overlap_end(settings.keys_dir)
        except KeyFault as fault:
            operations().error("key-overlap-unknown", fault=type(fault).__name__)
            overlap = None
        return days_left(expiries(unit, clock.now(), overlap))

    return days


def build_sweep(settings: Settings, store: Store, clock: Clock) -> Sweep:
    """What looks at everybody again. Raises `KeyFault`."""
    return Sweep(store, clock, build_pairing(settings))
