"""The composition root: the parts of the gateway put together from its settings. Nothing else decides which part uses
which."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

from gateway.alerts.pairing import Pairing
from gateway.alerts.sweep import Sweep
from gateway.audit.checkpointing import Checkpointing
from gateway.audit.checkpoints import CheckpointFolder
from gateway.audit.telling import Telling
from gateway.broker_settings import connectors_broker
from gateway.clock import SystemClock
from gateway.disclosure_record.clock import DisclosureClock
from gateway.disclosure_record.recording import DisclosureKeeping
from gateway.enrolment.authority import has_authority, load_authority
from gateway.enrolment.certificates import issue_missing
from gateway.enrolment.facts import EnrolmentFacts
from gateway.housekeeping.daily_run import Housekeeping
from gateway.housekeeping.retention import Retention
from gateway.intake import Intake
from gateway.keys.own_rotation import overlap_end
from gateway.keys.peppers import Peppers
from gateway.keys.renewal import Renewing
from gateway.keys.secret_files import SecretFile, load_pairing, pepper_id
from gateway.keys.secret_rotation import SecretPlace, check_pairing
from gateway.keys.secrets_on_disk import (
    database_url,
    keyholder_key,
    load_gateway_keys,
    load_successions,
    record_keys_url,
)
from gateway.linkage.matching import Matching
from gateway.logs import operations
from gateway.notices.letter import LetterOpener
from gateway.ports import Clock, Store, UnitOfWork
from gateway.refused import Refused
from gateway.running.late_store import LateStore
from gateway.settings import Settings, SettingsFault, load_settings
from gateway.store.data_keys import key_id
from gateway.store.sql_store import SqlStore, open_store
from gateway.trust.actor import LOCAL_READER
from gateway.trust.expiries import days_left, expiries
from gateway.trust.leaving import Leaving
from gateway.trust.lifecycle import show_connector
from gateway.trust.operators import Office
from identity.agency.envelope import Expectations
from identity.agency.faults import KeyFault
from identity.agency.private_file import read_public
from identity.custody.steward_list import DPOS, STEWARDS, Readers, StewardList, read_list
from mappings.canonical.envelope import GATEWAY
from mappings.canonical.identifiers import GatewayId, PartnershipId

NO_TRIAL_SIDE = (
    "this gateway has one side, which is {mode}: leave --trial out. A live gateway is given a trial side with: "
    "patchwork gateway add-trial-side"
)


def open_register(settings: Settings, trust: Store | None = None) -> SqlStore:
    """The register that the settings name. `trust` is the store with the register of trust, for the settings of a side that has none of its
    own. Raises `StoreRefused`, `StoreDown`, `KeyFault`."""
    file = secret_place(settings).data_key
    return open_store(
        database_url(settings), file.current(), settings.side, trust, file.others, record_keys_url(settings)
    )


@contextmanager
def opened_office(path: Path) -> Iterator[tuple[Settings, Office]]:
    """The settings in `path` and where signed changes are handed in under them; closed at the end."""
    settings = load_settings(path)
    store = open_register(settings)
    try:
        partnership = PartnershipId(settings.partnership)
        yield settings, Office(store, SystemClock(), partnership, partial(build_matching, settings, store))
    finally:
        store.close()


@contextmanager
def opened_sides(path: Path) -> Iterator[list[tuple[Settings, Office]]]:
    """As `opened_office`, for every side; the first is the one with the register of trust."""
    settings, clock = load_settings(path), SystemClock()
    with ExitStack() as closing:
        stores: list[SqlStore | LateStore] = []
        for side in settings.sides:
            # The other side only when it is asked: one that is away must not hide this one.
            store = LateStore(partial(open_register, side, stores[0])) if stores else open_register(side)
            closing.callback(store.close)
            stores.append(store)
        partnership = PartnershipId(settings.partnership)
        sides = zip(settings.sides, stores, strict=True)
        yield [(side, Office(its, clock, partnership, partial(build_matching, side, its))) for side, its in sides]


@contextmanager
def opened_side(path: Path, trial: bool) -> Iterator[tuple[Settings, Office]]:
    """As `opened_office`, for the trial side beside the live one if `trial`. Raises `Refused` where there is none."""
    with opened_sides(path) as sides:
        if trial and len(sides) == 1:
            raise Refused(NO_TRIAL_SIDE.format(mode=sides[0][0].mode))
        yield sides[1] if trial else sides[0]


@contextmanager
def opened_place(path: Path, connector: str) -> Iterator[tuple[Settings, Office]]:
    """As `opened_office`, on the side that the connector is on. Raises `Refused` where there is no such connector."""
    with opened_sides(path) as sides:
        status = show_connector(sides[0][1], LOCAL_READER, connector).status
        yield next(side for side in sides if side[0].side.is_place_of(status))


def secret_place(settings: Settings) -> SecretPlace:
    """Where the secrets of the register stand."""
    data_key, pepper = SecretFile(settings.data_key_file, key_id), SecretFile(settings.pepper_file, pepper_id)
    return SecretPlace(pepper, data_key, PartnershipId(settings.partnership))


def build_pairing(settings: Settings, store: Store) -> Pairing:
    """What names pairs. Raises `KeyFault`, also where the register rests on another key for it, and `StoreDown`."""
    key = load_pairing(settings.pepper_file, PartnershipId(settings.partnership))
    with store.read() as unit:
        check_pairing(unit.renewals.state(), key)
    return Pairing(key)


def build_peppers(settings: Settings) -> Peppers:
    """Which pepper counts. Raises `KeyFault`."""
    file = secret_place(settings).pepper
    file.current()
    return Peppers(file, PartnershipId(settings.partnership))


def build_renewing(settings: Settings, store: Store, clock: Clock) -> Renewing:
    """What goes through the register in the background. Raises `KeyFault`."""
    return Renewing(store, clock, build_peppers(settings).to_renew)


def build_intake(settings: Settings, store: Store, clock: Clock) -> Intake:
    """Story 2. Raises `KeyFault`, `StoreDown`."""
    keys = load_gateway_keys(settings.keys_dir)
    partnership = PartnershipId(settings.partnership)
    opener = LetterOpener(
        keys=keys.opening,
        expect=Expectations(GATEWAY, partnership, settings.mode),
        window=timedelta(hours=settings.window_hours),
    )
    matching, home = build_matching(settings, store), GatewayId(settings.gateway_id)
    return Intake(
        store,
        clock,
        opener,
        matching.peppers,
        matching.pairing,
        home,
        review_days=matching.review_days,
        retention=retention_of(settings),
    )


def retention_of(settings: Settings) -> Retention:
    """How long things are kept."""
    return Retention(
        unconfirmed_days=settings.unconfirmed_days,
        ask_before_days=settings.ask_before_days,
        linger_days_children=settings.linger_days_children,
        linger_days_adults=settings.linger_days_adults,
        dead_letter_days=settings.dead_letter_days,
        answer_days=settings.answer_days,
        introduction_days=settings.introduction_days,
    )


def build_housekeeping(settings: Settings, store: Store, clock: Clock) -> Housekeeping:
    """What lets go of what is too old. Raises `KeyFault`, `StoreDown`."""
    pairing, keeping = build_pairing(settings, store), build_disclosure_keeping(settings)
    return Housekeeping(store, clock, pairing, retention_of(settings), keeping)


def build_disclosure_keeping(settings: Settings) -> DisclosureKeeping:
    """To whom the disclosure record is sealed, and how long it is kept. Raises `KeyFault`, `SettingsFault`."""
    clock = DisclosureClock(settings.disclosure_years, settings.disclosure_child_age)
    if settings.dpo_file is None:
        return DisclosureKeeping((), clock)
    data = read_public(settings.dpo_file).strip()
    return DisclosureKeeping(tuple(each.key for each in _listed(settings, data, DPOS, "dpo_file").stewards), clock)


def build_matching(settings: Settings, store: Store) -> Matching:
    """What decides links and alerts. Raises `KeyFault`, `StoreDown`."""
    return Matching(build_peppers(settings), build_pairing(settings, store), settings.review_days)


def build_facts(settings: Settings) -> EnrolmentFacts:
    """What connectors are told at enrolment. Raises `KeyFault`, `SettingsFault`."""
    return EnrolmentFacts(
        gateway=load_gateway_keys(settings.keys_dir).public,
        keyholder=keyholder_key(settings.keyholder_public_file) if settings.keyholder_public_file else None,
        partnership=PartnershipId(settings.partnership),
        mode=settings.mode,
        trial_side=settings.has_trial_side,
        home=GatewayId(settings.gateway_id),
        broker=connectors_broker(settings),
        successions=load_successions(settings.keys_dir),
        stewards={side.mode: _steward_list(side) for side in settings.sides},
    )


def _steward_list(settings: Settings) -> bytes:
    """The keyholder's list of stewards. Checked here only so that an operator hears of a wrong file; connectors check it for themselves."""
    if settings.stewards_file is None:
        return b""
    data = read_public(settings.stewards_file).strip()
    _listed(settings, data, STEWARDS, "stewards_file")
    return data


def _listed(settings: Settings, data: bytes, readers: Readers, setting: str) -> StewardList:
    """A list that the keyholder signed."""
    if settings.keyholder_public_file is None:
        raise SettingsFault(
            f"{setting} needs keyholder_public_file: the list of {readers.word} is believed by the keyholder's signature"
        )
    keyholder = keyholder_key(settings.keyholder_public_file)
    return read_list(data, keyholder, PartnershipId(settings.partnership), settings.mode, readers)


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
    """What looks at everybody again. Raises `KeyFault`, `StoreDown`."""
    return Sweep(store, clock, build_pairing(settings, store), build_peppers(settings), settings.review_days)


def checkpoint_folder(settings: Settings, path: Path | None = None) -> CheckpointFolder:
    """Where the checkpoints of this side's audit are; in a folder of copies where `path` names one."""
    return CheckpointFolder(path or settings.checkpoints_dir, settings.mode)


def build_checkpointing(settings: Settings, store: Store, clock: Clock) -> Checkpointing:
    """What has the audit leave the database."""
    return Checkpointing(
        store=store,
        clock=clock,
        folder=checkpoint_folder(settings),
        keys=settings.keys_dir,
        after=settings.checkpoint_events,
        every=timedelta(minutes=settings.checkpoint_minutes),
    )


def build_telling(settings: Settings, store: Store, clock: Clock) -> Telling:
    """What chooses the checkpoint that connectors are told of."""
    return Telling(store, checkpoint_folder(settings), settings.keys_dir, clock)


def build_leaving(settings: Settings, store: Store, clock: Clock) -> Leaving:
    """What has the trial side keep up with the register of trust; `settings` and `store` are the trial side's. Raises `KeyFault`,
    `StoreDown`."""
    return Leaving(store, clock, build_pairing(settings, store))
