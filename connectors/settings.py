"""The settings of one connector: one TOML file, read once, never changed while it runs. Secrets are named by file, never written in it.

Relative paths count from the folder of the settings file. A key that is not known is an error that names the nearest one that is.
"""

import difflib
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from mappings.canonical.codes import Consent, Informed, LegalBasis, Mode, Sensitivity, ServiceLine
from mappings.canonical.identifiers import (
    AgencyId,
    AgreementId,
    ConnectorId,
    GatewayId,
    InvalidIdentifier,
    PartnershipId,
)

Identifier = TypeVar("Identifier")
_NAME = r"^[a-z0-9][a-z0-9_-]{0,39}$"


class SettingsFault(Exception):
    """The settings cannot be used. Names the file, the key and the way out, never a secret."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)


def _of(kind: type[Any]) -> BeforeValidator:
    def make(value: object) -> object:
        if isinstance(value, kind):
            return value
        try:
            return kind(value)
        except InvalidIdentifier as problem:
            raise ValueError(str(problem)) from None

    return BeforeValidator(make)


def _expanded(path: Path) -> Path:
    return path.expanduser()


File = Annotated[Path, AfterValidator(_expanded)]


class LineDefaults(_Table):
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


class AgencySettings(LineDefaults):
    """The agency this connector publishes for. `service` is the line of a row that names none; `lines` overrides for single lines."""

    id: Annotated[AgencyId, _of(AgencyId)]
    name: str = Field(min_length=1, max_length=200)
    service: ServiceLine
    lines: dict[ServiceLine, LineDefaults] = {}


class AgreementSettings(_Table):
    """The sharing agreement this connector acts under."""

    id: Annotated[AgreementId, _of(AgreementId)]
    version: int = Field(ge=1)


class SourceSettings(_Table):
    """One export. `preset` is a shipped preset's name, the path of an own one (.yaml), or `auto`. `as_of` fixes the day of the extract."""

    name: str = Field(pattern=_NAME)
    preset: str = "auto"
    path: File
    as_of: date | None = None


class FolderSinkSettings(_Table):
    """Alerts as files."""

    kind: Literal["folder"]
    name: str = Field("folder", pattern=_NAME)
    path: File
    patient_system: str = ""


class FhirSinkSettings(_Table):
    """Alerts into the agency's own FHIR server."""

    kind: Literal["fhir"]
    name: str = Field("fhir", pattern=_NAME)
    url: str
    token_file: File | None = None
    ca_file: File | None = None
    patient_system: str = ""
    storing: Literal["put", "transaction"] = "put"


class HttpsChannel(_Table):
    """The gateway over HTTPS."""

    kind: Literal["https"]
    url: str
    ca_file: File | None = None
    cert_file: File | None = None
    key_file: File | None = None
    unix_socket: File | None = None
    proxy: str | None = None


class AmqpChannel(_Table):
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


class KeySettings(_Table):
    """`folder` holds this connector's own keys (made by `keys new`), `epochs` the sealed linkage epochs (put there by `epoch install`).
    `gateway` is the gateway's public keys file and `keyholder` the keyholder's public key: both are pinned, nobody else is believed.
    `stewards` is the list, signed by the keyholder, of those to whom details are sealed for review; none where it is missing."""

    folder: File = Path("keys")
    epochs: File = Path("epochs")
    gateway: File = Path("gateway.public.json")
    keyholder: File = Path("keyholder.public.json")
    stewards: File = Path("stewards.jws")


class LedgerSettings(_Table):
    """Where the ledger is, and how long settled messages are remembered."""

    path: File = Path("ledger.sqlite3")
    keep_settled_days: int = Field(30, ge=1)


class PublishingSettings(_Table):
    """Days, shares and seconds of publishing. `mass_vanish_share` replaces what the presets say. `seal_details`: send name, birth date and
    postcode sealed to the stewards, where the agreement says so and their keys are here."""

    mass_vanish_share: float | None = Field(None, gt=0, le=1)
    linger_days_children: int = Field(92, ge=0, le=3650)
    linger_days_adults: int = Field(0, ge=0, le=3650)
    refresh_days: int = Field(30, ge=1, le=365)
    patience_days: int = Field(7, ge=0, le=90)
    resync_days: int = Field(7, ge=1, le=90)
    seal_details: bool = True
    poll_seconds: float = Field(2.0, gt=0, le=3600)
    resend_after_seconds: float = Field(60.0, gt=0, le=86_400)


class Settings(_Table):
    """Everything one connector is told."""

    connector: Annotated[ConnectorId, _of(ConnectorId)]
    partnership: Annotated[PartnershipId, _of(PartnershipId)]
    mode: Mode
    home_gateway: Annotated[GatewayId, _of(GatewayId)]
    agency: AgencySettings
    agreement: AgreementSettings | None = None
    sources: tuple[SourceSettings, ...] = ()
    exclusions: File | None = None
    eligibility: dict[str, Any] = {}
    sinks: tuple[Annotated[FolderSinkSettings | FhirSinkSettings, Field(discriminator="kind")], ...] = ()
    channel: Annotated[HttpsChannel | AmqpChannel, Field(discriminator="kind")]
    keys: KeySettings = KeySettings()
    ledger: LedgerSettings = LedgerSettings()
    publishing: PublishingSettings = PublishingSettings()


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
        settings = Settings.model_validate(document)
    except ValidationError as problem:
        raise SettingsFault(f"{path}: " + "; ".join(_explained(error) for error in problem.errors()[:10])) from None
    _check_names(path, "sources", [source.name for source in settings.sources])
    _check_names(path, "sinks", [sink.name for sink in settings.sinks])
    resolved: Settings = rebased(settings, path.resolve().parent)
    return resolved


def rebased(table: Any, folder: Path) -> Any:
    """The same settings with every relative path made absolute from `folder`."""
    if isinstance(table, BaseModel):
        changed = {name: rebased(getattr(table, name), folder) for name in type(table).model_fields}
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


def _explained(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"] if part not in ("folder", "fhir", "https", "amqp"))
    if error["type"] == "extra_forbidden":
        name = str(error["loc"][-1])
        near = difflib.get_close_matches(name, _keys_at(error["loc"][:-1]), n=1)
        return f"{where}: there is no such key" + (f"; did you mean {near[0]!r}?" if near else "")
    if error["type"] == "missing":
        return f"{where}: must be set"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"


def _keys_at(location: tuple[Any, ...]) -> list[str]:
    """The keys of the table at a place in the document, as far as the model tells."""
    kinds: list[Any] = [Settings]
    for part in location:
        found = [model.model_fields[part].annotation for model in _models(kinds) if part in model.model_fields]
        kinds = found or kinds
    return sorted({name for model in _models(kinds) for name in model.model_fields})


def _models(kinds: list[Any]) -> list[type[BaseModel]]:
    """Every table among these annotations, however wrapped."""
    models: list[type[BaseModel]] = []
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            models.append(kind)
        else:
            models += _models(list(get_args(kind)))
    return models
