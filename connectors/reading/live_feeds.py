"""Opening the sources that are asked again and again, each from where the ledger says that it was read to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from connectors.channel.amqp_settings import is_loopback
from connectors.configuration.live_sources import FhirServerSettings, PolledSource, SftpSettings, SqlQuerySettings
from connectors.ledger.ledger import Ledger, Unit
from connectors.reading.staging import Feed
from connectors.sources import watermark
from connectors.sources.fhir_client import FhirAccess
from connectors.sources.fhir_server import FhirServerSource
from connectors.sources.port import SourceUnreadable
from connectors.sources.sftp import SftpAccess, SftpSource
from connectors.sources.sql_query import SqlQuerySource
from connectors.sources.sql_query_database import Database, PostgresqlDatabase, SqliteDatabase
from mappings.agency_defaults import AgencyDefaults
from mappings.canonical.codes import Mode
from mappings.preset import Preset, load_preset
from mappings.preset_section import PresetError


@dataclass(frozen=True, slots=True)
class _Begun:
    """What every such source is given besides its own settings."""

    preset: Preset
    defaults: AgencyDefaults
    mode: Mode
    now: Callable[[], datetime]
    since: watermark.Watermark | None


def open_live(
    said: PolledSource,
    mode: Mode,
    mass_vanish_share: float | None,
    defaults: AgencyDefaults,
    ledger: Ledger,
    now: Callable[[], datetime],
    presets: Path | None = None,
) -> Feed:
    """The feed of one such source. Nothing is asked yet; `presets` is the folder of the agency's own. Raises `SourceUnreadable`."""
    preset = _preset(said.preset, presets)
    with ledger.read() as unit:
        since = watermark.read(unit.positions.watermark(said.name))
    begun = _Begun(preset, defaults, mode, now, since)
    share = mass_vanish_share or preset.mass_vanish_share
    if isinstance(said, SftpSettings):
        return Feed(said.name, _sftp(said, begun), preset.vanish, share)
    source = _fhir_server(said, begun) if isinstance(said, FhirServerSettings) else _sql_query(said, begun)

    def keep(unit: Unit) -> None:
        unit.positions.note_watermark(said.name, source.reached().write())

    return Feed(said.name, source, preset.vanish, share, keep=keep)


def turn_of(said: PolledSource, now: datetime) -> int:
    """A number that changes whenever it is time to ask again."""
    return int(now.timestamp() // (said.every_minutes * 60))


def _fhir_server(said: FhirServerSettings, begun: _Begun) -> FhirServerSource:
    longest = said.longest_reading_seconds
    return FhirServerSource(
        name=said.name,
        access=FhirAccess(said.url, said.token_file, said.credential_file, said.ca_file, longest_reading=longest),
        preset=begun.preset,
        agency=begun.defaults,
        mode=begun.mode,
        now=begun.now,
        since=begun.since,
        types=said.types,
        relatives=said.relatives,
        full_every=timedelta(hours=said.full_every_hours),
        page_size=said.page_size,
        full_by_export=said.full_by == "export",
    )


def _sql_query(said: SqlQuerySettings, begun: _Begun) -> SqlQuerySource:
    return SqlQuerySource(
        name=said.name,
        database=_database(said),
        query_file=said.query_file,
        preset=begun.preset,
        agency=begun.defaults,
        mode=begun.mode,
        now=begun.now,
        since=begun.since,
        since_column=said.since_column,
        full_every=timedelta(hours=said.full_every_hours),
    )


def _sftp(said: SftpSettings, begun: _Begun) -> SftpSource:
    access = SftpAccess(
        said.host, said.port, said.user, said.key_file, said.host_key_file, said.remote_path, said.fetch_seconds
    )
    return SftpSource(said.name, access, begun.preset, begun.defaults, begun.mode, begun.now)


def _database(said: SqlQuerySettings) -> Database:
    if said.database_file is not None and said.driver == "sqlite":
        return SqliteDatabase(said.database_file, said.query_seconds)
    local = said.host.startswith("/") or is_loopback(said.host)
    return PostgresqlDatabase(
        said.host, said.port, said.database, said.user, said.password_file, said.ca_file, local, said.query_seconds
    )


def _preset(name: str, presets: Path | None) -> Preset:
    try:
        return load_preset(name, presets)
    except PresetError as problem:
        raise SourceUnreadable(str(problem)) from None
