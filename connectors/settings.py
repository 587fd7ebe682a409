"""The settings of one connector: one TOML file, read once, never changed while it runs. Secrets are named by file, never written in it.

Relative paths count from the folder of the settings file. A key that is not known is an error that names the nearest one that is.

A connector for one agency writes it as `[agency]`, one for several as `[[agencies]]` (`connectors.configuration.shape`): once read, there are only
the agencies of this connector.
"""

import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, Tag, ValidationError

from connectors.configuration.errors import explained
from connectors.configuration.live_sources import LiveSource, file_of, of_kind
from connectors.configuration.shape import Misplaced, in_one_form
from connectors.configuration.sinks import FolderSinkSettings, SinkSettings
from connectors.configuration.table import NAME, File, Table
from identity.agency.enrolment_keys import MOST_AGENCIES
from mappings.canonical.codes import Consent, Informed, LegalBasis, Mode, Sensitivity, ServiceLine, YoungAdultStatus
from mappings.canonical.identifiers import (
    AgencyId,
    AgreementId,
    ConnectorId,
    GatewayId,
    InvalidIdentifier,
    PartnershipId,
)
from mappings.preset import SUFFIXES

Identifier = TypeVar("Identifier")


class SettingsFault(Exception):
    """The settings cannot be used. Names the file, the key and the way out, never a secret."""


def _of(kind: type[Any]) -> BeforeValidator:
    def make(value: object) -> object:
        if isinstance(value, kind):
            return value
        try:
            return kind(value)
        except InvalidIdentifier as problem:
            raise ValueError(str(problem)) from None

    return BeforeValidator(make)


SourceName = Annotated[str, Field(min_length=1, max_length=200)]
DisplayName = Annotated[str, Field(min_length=1, max_length=120)]


class LineDefaults(Table):
    """What the agency says for one service line, or for all."""

    team: str = Field("", max_length=120)
    role: str = Field("", max_length=120)
    phone: str = Field("", max_length=120)
    email: str = Field("", max_length=120)
    sensitivity: Sensitivity | None = None
    legal_basis: LegalBasis | None = None
    consent: Consent | None = None
    informed: Informed | None = None
    held_back: bool | None = None
    young_adult_status: YoungAdultStatus | None = None


class AgreementSettings(Table):
    """The sharing agreement an agency acts under."""

    id: Annotated[AgreementId, _of(AgreementId)]
    version: int = Field(ge=1)


class SourceSettings(Table):
    """One export. `preset` is the name of a shipped preset or of one in the agency's `presets`, the path of an own one (.yaml), or `auto`.
    `as_of` fixes the day of the extract. Into `archive`, a folder, the files go once they were published."""

    kind: Literal["file"] = "file"
    name: str = Field(pattern=NAME)
    preset: str = "auto"
    path: File
    as_of: date | None = None
    archive: File | None = None


AnySource = SourceSettings | LiveSource


class LedgerSettings(Table):
    """Where the ledger is, and how long settled messages are remembered."""

    path: File = Path("ledger.sqlite3")
    keep_settled_days: int = Field(30, ge=1)


class AgencySettings(LineDefaults):
    """One agency that this connector speaks for, with everything that is its own. `service` is the line of a row that names none; `lines`
    overrides for single lines. `teams` are the names under which others are shown its teams, by the source's own name; a team that is not
    there is shown as `team`, else as `name`. Of `private_teams` nothing is shown. `presets` is a folder of the agency's own presets, which go
    before the shipped ones."""

    id: Annotated[AgencyId, _of(AgencyId)]
    name: str = Field(min_length=1, max_length=200)
    service: ServiceLine
    lines: dict[ServiceLine, LineDefaults] = Field(default_factory=dict)
    teams: dict[SourceName, DisplayName] = Field(default_factory=dict, max_length=2000)
    private_teams: tuple[SourceName, ...] = Field((), max_length=2000)
    agreement: AgreementSettings | None = None
    presets: File | None = None
    sources: tuple[Annotated[Annotated[SourceSettings, Tag("file")] | LiveSource, of_kind], ...] = ()
    exclusions: File | None = None
    eligibility: dict[str, Any] = Field(default_factory=dict)
    sinks: tuple[Annotated[SinkSettings, Field(discriminator="kind")], ...] = ()
    ledger: LedgerSettings = LedgerSettings()


class HttpsChannel(Table):
    """The gateway over HTTPS."""

    kind: Literal["https"]
    url: str
    ca_file: File | None = None
    cert_file: File | None = None
    key_file: File | None = None
    unix_socket: File | None = None
    proxy: str | None = None


class AmqpChannel(Table):
    """The gateway's RabbitMQ. `inbox` is the name given at enrolment; `user` the broker user, this connector's own id unless said."""

    kind: Literal["amqp"]
    host: str
    port: int = Field(5671, ge=1, le=65535)
    vhost: str = "/"
    inbox: str
    user: str = ""
    password_file: File | None = None
    tls: bool = True
    ca_file: File | None = None
    cert_file: File | None = None
    key_file: File | None = None


class KeySettings(Table):
    """`folder` holds this connector's own keys (made by `keys new`), `epochs` the sealed linkage epochs (put there by `epoch install`).
    `gateway` is the gateway's public keys file and `keyholder` the keyholder's public key: both are pinned, nobody else is believed.
    `stewards` is the list, signed by the keyholder, of those to whom details are sealed for review; none where it is missing."""

    folder: File = Path("keys")
    epochs: File = Path("epochs")
    gateway: File = Path("gateway.public.json")
    keyholder: File = Path("keyholder.public.json")
    stewards: File = Path("stewards.jws")


class PublishingSettings(Table):
    """Days, shares and seconds of publishing. `mass_vanish_share` replaces what the presets say. `seal_details`: send name, birth date and
    postcode sealed to the stewards, where the agreement says so and their keys are here. `per_minute`: how many notices are sent a minute at
    most. `launch_until`: through that day every first alert waits for its worker's daily digest."""

    mass_vanish_share: float | None = Field(None, gt=0, le=1)
    linger_days_children: int = Field(92, ge=0, le=3650)
    linger_days_adults: int = Field(0, ge=0, le=3650)
    refresh_days: int = Field(30, ge=1, le=365)
    patience_days: int = Field(7, ge=0, le=90)
    resync_days: int = Field(1, ge=1, le=90)
    seal_details: bool = True
    poll_seconds: float = Field(2.0, gt=0, le=3600)
    resend_after_seconds: float = Field(60.0, gt=0, le=86_400)
    per_minute: int = Field(6_000, ge=1, le=1_000_000)
    launch_until: date | None = None


class ServiceSettings(Table):
    """The running program: on which port of the loopback it says how it is (`connectors.running.health`); none where it is left out."""

    health_port: int | None = Field(None, ge=1, le=65535)


class Settings(Table):
    """Everything one connector is told."""

    connector: Annotated[ConnectorId, _of(ConnectorId)]
    partnership: Annotated[PartnershipId, _of(PartnershipId)]
    mode: Mode
    home_gateway: Annotated[GatewayId, _of(GatewayId)]
    agencies: tuple[AgencySettings, ...] = Field(max_length=MOST_AGENCIES)
    channel: Annotated[HttpsChannel | AmqpChannel, Field(discriminator="kind")]
    keys: KeySettings = KeySettings()
    publishing: PublishingSettings = PublishingSettings()
    service: ServiceSettings = ServiceSettings()


def load(path: Path) -> Settings:
    """The settings in a file. Raises `SettingsFault`."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as problem:
        raise SettingsFault(
            f"the settings file {path} cannot be read: {problem.strerror}; name it with --settings"
        ) from None
    except UnicodeDecodeError:
        raise SettingsFault(f"the settings file {path} is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as problem:
        raise SettingsFault(f"the settings file {path} is not TOML: {problem}") from None
    try:
        settings = Settings.model_validate(in_one_form(document))
    except Misplaced as problem:
        raise SettingsFault(f"{path}: {problem}") from None
    except ValidationError as problem:
        said = (explained(error, Settings, document) for error in problem.errors()[:10])
        raise SettingsFault(f"{path}: " + "; ".join(said)) from None
    for agency in settings.agencies:
        _check_names(path, "sources", [source.name for source in agency.sources])
        _check_names(path, "sinks", [sink.name for sink in agency.sinks])
    resolved: Settings = rebased(settings, path.resolve().parent)
    _check_apart(path, resolved.agencies)
    return resolved


def rebased(table: Any, folder: Path) -> Any:
    """The same settings with every relative path made absolute from `folder`."""
    if isinstance(table, BaseModel):
        changed = {name: rebased(getattr(table, name), folder) for name in type(table).model_fields}
        if isinstance(table, SourceSettings) and table.preset.endswith(SUFFIXES):
            changed["preset"] = str(folder / table.preset)
        return table.model_copy(update=changed)
    if isinstance(table, tuple):
        return tuple(rebased(item, folder) for item in table)
    if isinstance(table, Path):
        return folder / table
    return table


def _check_names(path: Path, table: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SettingsFault(f"{path}: {table}: two are called {twice[0]!r}; give each a name of its own")


def _check_apart(path: Path, agencies: tuple[AgencySettings, ...]) -> None:
    """No file of one agency is another's too: else its clients would come into the other's notices, ledger or alerts."""
    ids = [agency.id.value for agency in agencies]
    if len(set(ids)) < len(ids):
        twice = next(id for id in ids if ids.count(id) > 1)
        raise SettingsFault(
            f"{path}: agencies: {twice} stands there twice; write everything of one agency into one table"
        )
    taken: dict[Path, AgencyId] = {}
    for agency in agencies:
        for what, place in _places(agency):
            other = taken.setdefault(place, agency.id)
            if other != agency.id:
                raise SettingsFault(
                    f"{path}: agencies: {other} and {agency.id} share {place} ({what}); give each agency a file or folder of its own"
                )


def _places(agency: AgencySettings) -> Iterator[tuple[str, Path]]:
    yield "ledger", agency.ledger.path.resolve()
    yield from (("source", each.path.resolve()) for each in agency.sources if isinstance(each, SourceSettings))
    yield from (("source", each.resolve()) for each in map(file_of, agency.sources) if each)
    archives = [each.archive for each in agency.sources if isinstance(each, SourceSettings) and each.archive]
    yield from (("archive", each.resolve()) for each in archives)
    yield from (("sink", sink.path.resolve()) for sink in agency.sinks if isinstance(sink, FolderSinkSettings))
