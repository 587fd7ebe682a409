"""The gateway's settings: one frozen object, read once from a TOML file with the environment on top, and passed down.

* Every setting can be overridden by `PATCHWORK_` and its name in capitals. A name that is no setting is an error, in
  file or environment.
* A secret is never a setting: settings name the files that hold them (`..._file`), and those files are readable by
  their owner alone.
* A relative path is meant from the folder of the settings file, wherever the program is started.
* `mode` is the side that holds the register of trust. A live gateway has a trial side too where the `trial_...` settings name its own
  database, data key and pepper; `sides` gives the settings as each side sees them.
"""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from gateway.model.side import Side
from gateway.refused import Refused
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import GatewayId, PartnershipId

PREFIX = "PATCHWORK_"
# Read by the command line itself, not settings.
NOT_SETTINGS = frozenset({"PATCHWORK_SETTINGS"})
MAX_SETTINGS_BYTES = 64 * 1024
LEAST_QUIET_DAYS = 60


class SettingsFault(Refused):
    """The settings cannot be used; the message names the setting and the way out."""


class Settings(BaseModel):
    """What `patchwork.toml` says. Ports are TCP ports, times are seconds unless the name says otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partnership: str
    mode: Mode
    gateway_id: str
    name: str = Field(min_length=1, max_length=200)
    database_url: str = ""
    database_url_file: Path | None = None
    record_keys_url: str = ""
    record_keys_url_file: Path | None = None
    broker_url: str = ""
    broker_password_file: Path | None = None
    broker_ca_file: Path | None = None
    broker_cert_file: Path | None = None
    broker_key_file: Path | None = None
    broker_shared_user: bool = False
    broker_management_url: str = ""
    broker_management_user: str = ""
    broker_management_password_file: Path | None = None
    broker_reconcile_seconds: float = Field(default=60.0, ge=1, le=3600)
    broker_check_cert_file: Path | None = None
    broker_check_key_file: Path | None = None
    data_key_file: Path
    pepper_file: Path
    trial_database_url: str = ""
    trial_database_url_file: Path | None = None
    trial_record_keys_url: str = ""
    trial_record_keys_url_file: Path | None = None
    trial_data_key_file: Path | None = None
    trial_pepper_file: Path | None = None
    trial_stewards_file: Path | None = None
    trial_dpo_file: Path | None = None
    keys_dir: Path
    operator_key_file: Path | None = None
    public_url: str = ""
    public_broker_url: str = ""
    public_broker_ca_file: Path | None = None
    keyholder_public_file: Path | None = None
    stewards_file: Path | None = None
    dpo_file: Path | None = None
    authority_dir: Path = Path("authority")
    checkpoints_dir: Path = Path("checkpoints")
    checkpoint_events: int = Field(default=10_000, ge=1, le=1_000_000)
    checkpoint_minutes: int = Field(default=60, ge=1, le=24 * 60)
    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=8440, ge=0, le=65_535)
    internal_host: str = "127.0.0.1"
    internal_port: int = Field(default=8441, ge=0, le=65_535)
    proxy_socket: Path | None = None
    require_client_certificate: bool = False
    tick_seconds: float = Field(default=1.0, ge=0.05, le=3600)
    endings_every_minutes: int = Field(default=0, ge=0, le=24 * 60)
    alert_lifetime_seconds: int = Field(default=600, ge=5, le=86_400)
    window_hours: int = Field(default=72, ge=1, le=24 * 31)
    batch_size: int = Field(default=200, ge=1, le=5_000)
    review_days: int = Field(default=5, ge=1, le=60)
    unconfirmed_days: int = Field(default=365, ge=90, le=3650)
    ask_before_days: int = Field(default=30, ge=0, le=365)
    linger_days_children: int = Field(default=92, ge=0, le=3650)
    linger_days_adults: int = Field(default=0, ge=0, le=3650)
    dead_letter_days: int = Field(default=90, ge=1, le=3650)
    answer_days: int = Field(default=400, ge=90, le=3650)
    introduction_days: int = Field(default=400, ge=30, le=3650)
    disclosure_years: int = Field(default=6, ge=1, le=30)
    disclosure_child_age: int = Field(default=25, ge=18, le=40)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("partnership")
    @classmethod
    def _partnership(cls, value: str) -> str:
        return PartnershipId(value).value

    @field_validator("gateway_id")
    @classmethod
    def _gateway_id(cls, value: str) -> str:
        return GatewayId(value).value

    @property
    def has_trial_side(self) -> bool:
        """Whether this gateway has a trial side beside the live one."""
        return bool(self.trial_database_url or self.trial_database_url_file)

    @property
    def side(self) -> Side:
        """Which side these settings are of."""
        return Side(self.mode, alone=not self.has_trial_side)

    @property
    def sides(self) -> "tuple[Settings, ...]":
        """The settings of each side, the one with the register of trust first."""
        if not self.has_trial_side:
            return (self,)
        of_trial = {
            "mode": Mode.TRIAL,
            "database_url": self.trial_database_url,
            "database_url_file": self.trial_database_url_file,
            "record_keys_url": self.trial_record_keys_url,
            "record_keys_url_file": self.trial_record_keys_url_file,
            "data_key_file": self.trial_data_key_file,
            "pepper_file": self.trial_pepper_file,
            "stewards_file": self.trial_stewards_file,
            "dpo_file": self.trial_dpo_file,
        }
        return (self, self.model_copy(update=of_trial))

    @field_validator(
        "database_url",
        "trial_database_url",
        "record_keys_url",
        "trial_record_keys_url",
        "broker_url",
        "broker_management_url",
        "public_url",
        "public_broker_url",
    )
    @classmethod
    def _no_secret(cls, value: str) -> str:
        try:
            secret = urlsplit(value).password is not None
        except ValueError:
            raise ValueError("is not a URL") from None
        if secret:
            raise ValueError(
                "holds a password; put the whole URL into a file with mode 0600 and name that file with ..._file"
            )
        return value


def load_settings(path: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in `path` with the environment on top. Raises `SettingsFault`, naming the setting and the way
    out."""
    return read_settings(_members(path), environment, path.absolute().parent, str(path))


def read_settings(
    members: Mapping[str, Any], environment: Mapping[str, str], folder: Path, source: str = "the settings"
) -> Settings:
    """The settings from members already parsed. Relative paths count from `folder`. Raises `SettingsFault`."""
    known = frozenset(Settings.model_fields)
    for name in members:
        _check_known(name, name, known, source)
    given = dict(members)
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable not in NOT_SETTINGS:
            name = variable.removeprefix(PREFIX).lower()
            _check_known(name, variable, known, "the environment")
            given[name] = environment[variable]
    try:
        settings = Settings(**given)
    except ValidationError as problem:
        raise SettingsFault(_sentence(problem, source)) from None
    _check_pair(settings, source)
    return settings.model_copy(update=_absolute(settings, folder))


def _members(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()[: MAX_SETTINGS_BYTES + 1]
    except FileNotFoundError:
        raise SettingsFault(
            f"there are no settings at {path}: name the file with --settings, or make one with patchwork init FOLDER"
        ) from None
    except OSError as problem:
        raise SettingsFault(f"the settings {path} cannot be read: {problem.strerror}") from None
    if len(data) > MAX_SETTINGS_BYTES:
        raise SettingsFault(
            f"the settings {path} are larger than {MAX_SETTINGS_BYTES} bytes; this is not a settings file"
        )
    try:
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as problem:
        raise SettingsFault(f"the settings {path} are not TOML: {problem}") from None


def _check_known(name: str, shown: str, known: frozenset[str], source: str) -> None:
    if name not in known:
        close = get_close_matches(name, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"the settings are {', '.join(sorted(known))}"
        raise SettingsFault(f"{source}: there is no setting {shown[:60]!r}; {hint}")


def _sentence(problem: ValidationError, source: str) -> str:
    """The first fault only, without the value: it may be a secret in the wrong place."""
    fault = problem.errors(include_url=False, include_input=False, include_context=False)[0]
    name = ".".join(str(part) for part in fault["loc"]) or "settings"
    if fault["type"] == "missing":
        return f"{source}: the setting {name!r} is missing"
    return f"{source}: the setting {name!r}: {fault['msg'].removeprefix('Value error, ')}"


def _check_pair(settings: Settings, source: str) -> None:
    if settings.database_url and settings.database_url_file:
        raise SettingsFault(f"{source}: give either database_url or database_url_file, not both")
    for name in ("", "trial_"):
        if getattr(settings, f"{name}record_keys_url") and getattr(settings, f"{name}record_keys_url_file"):
            raise SettingsFault(f"{source}: give either {name}record_keys_url or {name}record_keys_url_file, not both")
        url = getattr(settings, f"{name}record_keys_url")
        if url and url in (settings.database_url, settings.trial_database_url):
            raise SettingsFault(
                f"{source}: {name}record_keys_url names the register's own database: record keys stand apart, or its backups would hold them"
            )
    if settings.require_client_certificate and settings.proxy_socket is None:
        raise SettingsFault(
            f"{source}: require_client_certificate needs proxy_socket: only a proxy that comes through a socket of its own is believed"
        )
    if not settings.database_url and not settings.database_url_file:
        raise SettingsFault(f"{source}: the setting 'database_url' or 'database_url_file' is missing")
    if settings.unconfirmed_days - settings.ask_before_days < LEAST_QUIET_DAYS:
        raise SettingsFault(
            f"{source}: unconfirmed_days less ask_before_days must be at least {LEAST_QUIET_DAYS}: connectors confirm about once a month, and "
            "would be asked about what is fresh"
        )
    _check_trial_side(settings, source)


def _check_trial_side(settings: Settings, source: str) -> None:
    """All of a trial side or nothing of it, and nothing that it shares with the live one."""
    given = [name for name in Settings.model_fields if name.startswith("trial_") and getattr(settings, name)]
    if not given:
        return
    if settings.mode is not Mode.LIVE:
        raise SettingsFault(
            f"{source}: {given[0]} is for a live gateway; in trial mode this gateway is a trial side already"
        )
    if settings.trial_database_url and settings.trial_database_url_file:
        raise SettingsFault(f"{source}: give either trial_database_url or trial_database_url_file, not both")
    if not settings.has_trial_side or not settings.trial_data_key_file or not settings.trial_pepper_file:
        raise SettingsFault(
            f"{source}: a trial side needs trial_database_url (or trial_database_url_file), trial_data_key_file and trial_pepper_file"
        )
    for name in (
        "database_url",
        "database_url_file",
        "record_keys_url",
        "record_keys_url_file",
        "data_key_file",
        "pepper_file",
        "stewards_file",
        "dpo_file",
    ):
        own = getattr(settings, name)
        if own and own == getattr(settings, f"trial_{name}"):
            raise SettingsFault(f"{source}: {name} and trial_{name} are the same; the two sides share nothing")


def _absolute(settings: Settings, folder: Path) -> dict[str, Any]:
    changed: dict[str, Any] = {
        name: folder / value for name in Settings.model_fields if isinstance(value := getattr(settings, name), Path)
    }
    for name in ("database_url", "trial_database_url", "record_keys_url", "trial_record_keys_url"):
        url = getattr(settings, name)
        relative = url.removeprefix("sqlite:///")
        if relative != url:
            changed[name] = f"sqlite:///{folder / relative}"
    return changed
