"""`patchwork check`: does everything that the settings name work from here? Each check says what is wrong and what to
do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from connectors.channel.port import ChannelDown, ChannelRefused
from gateway.app import checkpoint_folder, open_register
from gateway.bank_holidays import BankHolidays, bank_holidays
from gateway.broker.keeper import broker_keeper
from gateway.broker_settings import broker_settings
from gateway.clock import SystemClock
from gateway.keys.own_rotation import overlap_end
from gateway.keys.secret_files import load_pairing
from gateway.keys.secret_rotation import check_pairing
from gateway.keys.secrets_on_disk import SECRET_BYTES, database_url, load_gateway_keys, load_secret, masked
from gateway.model.connector import Carrier
from gateway.model.housekeeping import HousekeepingRun
from gateway.ports import StoreDown
from gateway.refused import Refused
from gateway.settings import Settings
from gateway.sides import check_apart
from gateway.store.faults import StoreRefused
from gateway.trust.expiries import SOON, Expiry, expiries, soon
from identity.agency.faults import KeyFault
from identity.agency.trust import may_speak
from mappings.canonical.identifiers import PartnershipId

BACKWARDS = timedelta(minutes=2)
HOUSEKEEPING_LATE = timedelta(days=2)
_FAULTS = (Refused, KeyFault, StoreRefused, StoreDown, ChannelDown, ChannelRefused, OSError)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. `detail` is a sentence; `warnings` are what soon needs somebody."""

    name: str
    passed: bool
    detail: str
    warnings: tuple[str, ...] = ()


def run_checks(settings: Settings) -> list[Check]:
    """Everything, also after a failure; what each side has of its own, for each side."""
    checks = [_try("keys", _keys, settings)]
    for side in settings.sides:
        before = "" if side is settings else "trial "
        checks += [_try(before + name, check, side) for name, check in _OF_A_SIDE]
    if settings.has_trial_side:
        checks.append(_try("sides", _apart, settings))
    checks += [_try("broker", _broker, settings), _try("proxy", _proxy, settings)]
    checks += [_try_housekeeping("" if side is settings else "trial ", side) for side in settings.sides]
    checks += [_try_people("" if side is settings else "trial ", side) for side in settings.sides]
    return [*checks, _holidays(bank_holidays(), SystemClock().now().date()), _try_expiries(settings)]


def resolved(settings: Settings) -> dict[str, object]:
    """Every setting as it counts, passwords masked."""
    shown = settings.model_dump(mode="json")
    for name in ("database_url", "trial_database_url", "record_keys_url", "trial_record_keys_url", "broker_url"):
        shown[name] = masked(str(shown[name])) if shown[name] else ""
    return shown


def _try(name: str, check: Callable[[Settings], str], settings: Settings) -> Check:
    try:
        return Check(name, True, check(settings))
    except _FAULTS as problem:
        return Check(name, False, str(problem))


def _holidays(table: BankHolidays, today: date) -> Check:
    warning = table.warning(today)
    detail = f"bank holidays are known until {table.known_until}, version {table.version}"
    return Check("bank holidays", True, detail, (warning,) if warning else ())


def _try_expiries(settings: Settings) -> Check:
    try:
        found = soon(_expiries(settings))
    except _FAULTS as problem:
        return Check("expiries", False, str(problem))
    detail = f"{len(found)} end within {SOON.days} days" if found else f"nothing ends within {SOON.days} days"
    return Check("expiries", True, detail, tuple(each.sentence for each in found))


def _try_housekeeping(before: str, side: Settings) -> Check:
    name = f"{before}housekeeping"
    try:
        held, run, lost = _last_run(side)
    except _FAULTS as problem:
        return Check(name, False, str(problem))
    at = run.finished_at
    detail = "it has never run" if at is None else f"it last ended at {at.isoformat(timespec='seconds')}"
    late = at is None or SystemClock().now() - at > HOUSEKEEPING_LATE
    warnings = []
    if held and late:
        warnings.append(f"nothing expires or is erased: {detail}; run patchwork housekeeping once a day, by its timer")
    if lost:
        warnings.append(
            f"{lost} record keys were erased of which the register does not know: was a backup put back? What they were of is unreadable; run "
            "patchwork housekeeping, which ends it here too"
        )
    return Check(name, True, detail, tuple(warnings))


def _try_people(before: str, side: Settings) -> Check:
    """People who ask what is held of them, and the record that they are answered from."""
    name = f"{before}people"
    today = SystemClock().now().date()
    try:
        store = open_register(side)
        try:
            with store.read() as unit:
                asking, waits = unit.access_requests.all(1_000, under_way=True), unit.disclosure_records.waiting()
        finally:
            store.close()
    except _FAULTS as problem:
        return Check(name, False, str(problem))
    overdue = [each.reference for each in asking if each.is_overdue(today)]
    warnings = []
    if not (side.record_keys_url or side.record_keys_url_file):
        warnings.append(
            "there are no record keys: what is erased can still be read in backups; name a database of their own as record_keys_url"
        )
    if overdue:
        warnings.append(
            f"{len(overdue)} requests for access are OVERDUE ({', '.join(overdue[:5])}): patchwork subject-access list"
        )
    if waits and side.dpo_file is None:
        warnings.append(
            f"{waits} disclosures wait for a DPO's key under the gateway's own: name dpo_file (patchwork-keyholder dpos sign)"
        )
    elif waits:
        warnings.append(f"{waits} disclosures wait to be sealed to the DPOs: run patchwork housekeeping")
    return Check(name, True, f"{len(asking)} ask what is held of them", tuple(warnings))


def _last_run(side: Settings) -> tuple[int, HousekeepingRun, int]:
    """How many involvements there have been, the run, and how many record keys were erased of which the register does not know."""
    store = open_register(side)
    try:
        with store.read() as unit:
            return unit.housekeeping.last_involvement(), unit.housekeeping.run(), unit.housekeeping.lost_keys()
    finally:
        store.close()


def _expiries(settings: Settings) -> list[Expiry]:
    overlap = overlap_end(settings.keys_dir)
    store = open_register(settings)
    try:
        with store.read() as unit:
            return expiries(unit, SystemClock().now(), overlap)
    finally:
        store.close()


def _keys(settings: Settings) -> str:
    keys = load_gateway_keys(settings.keys_dir)
    return f"signing key {keys.signing.id}, decryption key {keys.decryption.id}, {len(keys.retired)} retired"


def _secrets(settings: Settings) -> str:
    data, pepper = load_secret(settings.data_key_file), load_secret(settings.pepper_file)
    if data == pepper:
        raise Refused("data_key_file and pepper_file hold the same secret; each must be a random one of its own")
    return f"data key and pepper hold {SECRET_BYTES} bytes each and only their owner can read them"


def _store(settings: Settings) -> str:
    store = open_register(settings)
    try:
        with store.read() as unit:
            counts, state = unit.counts(), unit.renewals.state()
    finally:
        store.close()
    held = f"{counts.get('involvements', 0)} involvements, {counts.get('dead_letters', 0)} dead letters"
    renewed = "; it is being renewed in the background, see patchwork keys renewal" if state.runs else ""
    check_pairing(state, load_pairing(settings.pepper_file, PartnershipId(settings.partnership)))
    return f"{masked(database_url(settings))} can be read and holds {held}{renewed}"


def _apart(settings: Settings) -> str:
    """Whatever the two sides hold of their own must differ. Raises `Refused`."""
    live, trial = settings.sides
    check_apart(settings)
    store = open_register(live)
    try:
        open_register(trial, store).close()
    finally:
        store.close()
    return "live and trial have databases, data keys and peppers of their own"


def _clock(settings: Settings) -> str:
    """A clock that runs behind what was already written would make receipts, alerts and windows wrong."""
    now = SystemClock().now()
    store = open_register(settings)
    try:
        with store.read() as unit:
            head, _ = unit.audit.head()
            latest = unit.audit.events(head - 1, 1) if head else []
    finally:
        store.close()
    if latest and latest[0].at > now + BACKWARDS:
        raise Refused("the clock is behind the last audit event; set it right (NTP) before the gateway runs")
    return f"{now.isoformat(timespec='seconds')}, not behind what the register holds"


def _checkpoints(settings: Settings) -> str:
    """A register that is behind a checkpoint of its own was put back from a backup, or lost its end."""
    last, _ = checkpoint_folder(settings).latest()
    store = open_register(settings)
    try:
        with store.read() as unit:
            head, _ = unit.audit.head()
    finally:
        store.close()
    if last > head:
        raise Refused(
            f"{settings.checkpoints_dir} holds a checkpoint of event {last}, and the audit ends at {head}: was a backup put back? "
            "patchwork audit verify says more"
        )
    if not last:
        return f"none in {settings.checkpoints_dir} yet; a running gateway makes them, or patchwork audit checkpoint"
    return f"the last in {settings.checkpoints_dir} is of event {last} of {head}; see that they are copied elsewhere"


def _broker(settings: Settings) -> str:
    broker = broker_settings(settings)
    if broker is None:
        return "none set: the embedded queue carries everything"
    from connectors.channel.amqp_connection import AmqpConnection

    connection = AmqpConnection(broker)
    try:
        connection.declare(lambda channel: None)
    finally:
        connection.close()
    return f"{masked(settings.broker_url)} lets us in{_kept(settings)}"


def _proxy(settings: Settings) -> str:
    if settings.proxy_socket is None:
        return "none set: who is asking is told by the signature of each request alone"
    if not settings.require_client_certificate:
        return f"{settings.proxy_socket} is for a proxy; a client certificate is not asked for"
    store = open_register(settings)
    try:
        with store.read() as unit:
            shut_out = [
                connector.id.value
                for connector in unit.trust.connectors()
                if connector.carrier is Carrier.HTTPS
                and may_speak(connector.status)
                and unit.enrolments.certificate(connector.id) is None
            ]
    finally:
        store.close()
    if shut_out:
        raise Refused(
            f"a client certificate is asked for, and {', '.join(sorted(shut_out))} have none: they cannot get in until they enrol, or "
            "their certificates are brought with patchwork authority import"
        )
    return f"{settings.proxy_socket} is for a proxy, and every connector over HTTPS must show it its certificate"


def _kept(settings: Settings) -> str:
    """How the broker's users are looked after. Raises `Refused`, `ChannelDown`, `StoreDown`."""
    if settings.broker_shared_user:
        return "; everybody SHARES one broker user, so the broker proves nothing of who sends: for demos with invented people only"
    store = open_register(settings)
    try:
        keeper = broker_keeper(settings, store, SystemClock())
        left = keeper.look().left if keeper else ()
    finally:
        store.close()
    if left:
        raise Refused(f"the broker differs from the trust register in {len(left)} ways: run patchwork broker reconcile")
    return ", and is as the trust register wants it"


_OF_A_SIDE: tuple[tuple[str, Callable[[Settings], str]], ...] = (
    ("secrets", _secrets),
    ("store", _store),
    ("clock", _clock),
    ("checkpoints", _checkpoints),
)
