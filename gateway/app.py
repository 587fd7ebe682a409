"""The composition root: the parts of the gateway put together from its settings. Nothing else decides which part uses
which."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from gateway.clock import SystemClock
from gateway.intake import Intake
from gateway.letter import LetterOpener
from gateway.operators import Office
from gateway.pairing import Pairing
from gateway.ports import Clock, Store
from gateway.secrets_on_disk import database_url, load_gateway_keys, load_secret, pairing_key
from gateway.settings import Settings, load_settings
from gateway.store.sql_store import SqlStore, open_store
from gateway.sweep import Sweep
from identity.agency.envelope import Expectations
from identity.agency.key_ring import KeyRing
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
        yield settings, Office(store, SystemClock(), PartnershipId(settings.partnership))
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
        keys=KeyRing([keys.decryption, *keys.retired]),
        expect=Expectations(GATEWAY, partnership, settings.mode),
        window=timedelta(hours=settings.window_hours),
    )
    pepper = Pepper(load_secret(settings.pepper_file), partnership)
    return Intake(store, clock, opener, pepper, build_pairing(settings), GatewayId(settings.gateway_id))


def build_sweep(settings: Settings, store: Store, clock: Clock) -> Sweep:
    """What looks at everybody again. Raises `KeyFault`."""
    return Sweep(store, clock, build_pairing(settings))
