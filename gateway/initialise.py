"""`patchwork init`: a folder with everything a gateway needs to start - settings, keys, pepper, data key, database; for a live gateway the
same once more for its trial side."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.keys.secrets_on_disk import DECRYPTION_FILE, SIGNING_FILE, database_url, make_secret
from gateway.refused import Refused
from gateway.settings import Settings, load_settings, read_settings
from identity.agency.keys import PublicKeys, generate, save_private, save_public
from identity.agency.private_file import replace_private, write_private
from mappings.canonical.codes import Mode
from mappings.canonical.envelope import GATEWAY

SETTINGS_FILE = "patchwork.toml"
PUBLIC_FILE = "gateway-public.json"


@dataclass(frozen=True, slots=True)
class Initialised:
    """What was made."""

    settings_file: Path
    public_file: Path
    public: PublicKeys
    settings: Settings


def initialise(folder: Path, members: Mapping[str, str | int | float]) -> Initialised:
    """Make a gateway's folder. `members` are settings that differ from the defaults. Raises `Refused`, `KeyFault`
    before anything is overwritten; a folder that holds settings is refused."""
    from gateway.store.migration import upgrade

    whole = {**_defaults(), **(_TRIAL_SIDE if members.get("mode") == "live" else {}), **members}
    for name in ("database_url", "trial_database_url", "record_keys_url", "trial_record_keys_url"):
        if f"{name}_file" in members:
            del whole[name]
    read_settings(whole, {}, folder)
    _make_folder(folder)
    settings_file = folder / SETTINGS_FILE
    if settings_file.exists():
        raise Refused(f"{settings_file} exists already; name another folder, or move this one away first")
    keys = generate()
    save_private(folder / "keys" / SIGNING_FILE, keys.signing)
    save_private(folder / "keys" / DECRYPTION_FILE, keys.decryption)
    for name in ("data_key_file", "pepper_file", "trial_data_key_file", "trial_pepper_file"):
        if name in whole:
            make_secret(folder / str(whole[name]))
    public = keys.public(GATEWAY)
    save_public(folder / PUBLIC_FILE, public)
    write_private(settings_file, _toml(whole).encode())
    settings = load_settings(settings_file, {})
    for side in settings.sides:
        upgrade(database_url(side))
    return Initialised(settings_file, folder / PUBLIC_FILE, public, settings)


def add_trial_side(settings_file: Path, members: Mapping[str, str] | None = None) -> Settings:
    """Give a live gateway that was made without one a trial side: secrets and a database beside the settings, whose lines are added. `members`
    name its database where that is not a file. Raises `Refused`, `KeyFault`; the settings are changed last."""
    from gateway.store.migration import upgrade

    before, folder = load_settings(settings_file), settings_file.absolute().parent
    if before.mode is not Mode.LIVE or before.has_trial_side:
        has = "has a trial side already" if before.has_trial_side else "is a trial itself"
        raise Refused(f"the gateway of {settings_file} {has}; a trial side is added to a live gateway without one")
    added = {name: value for name, value in _TRIAL_SIDE.items() if name not in _DATABASE_NAMES or not members} | dict(
        members or {}
    )
    for name in ("trial_data_key_file", "trial_pepper_file"):
        path = folder / str(added[name])
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made by an attempt that did not come to its end: nothing rests on it yet.
        if not path.exists():
            make_secret(path)
    (folder / "record-keys").mkdir(mode=0o700, exist_ok=True)
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in added.items())
    text = f"{settings_file.read_text('utf-8').rstrip()}\n{lines}"
    settings = read_settings(tomllib.loads(text), {}, folder)
    upgrade(database_url(settings.sides[1]))
    replace_private(settings_file, text.encode())
    return settings


def _defaults() -> dict[str, str | int | float]:
    return {
        "partnership": "trial",
        "mode": "trial",
        "gateway_id": "urn:patchwork:gateway",
        "name": "Patchwork",
        "database_url": "sqlite:///patchwork.db",
        "record_keys_url": "sqlite:///record-keys/keys.db",
        "data_key_file": "secrets/data.key",
        "pepper_file": "secrets/pepper.key",
        "keys_dir": "keys",
        "listen_host": "127.0.0.1",
        "listen_port": 8440,
        "internal_host": "127.0.0.1",
        "internal_port": 8441,
    }


_DATABASE_NAMES = ("trial_database_url", "trial_database_url_file")
_TRIAL_SIDE: dict[str, str | int | float] = {
    "trial_database_url": "sqlite:///patchwork-trial.db",
    "trial_record_keys_url": "sqlite:///record-keys/trial-keys.db",
    "trial_data_key_file": "secrets/trial-data.key",
    "trial_pepper_file": "secrets/trial-pepper.key",
}


def _make_folder(folder: Path) -> None:
    try:
        for path in (folder, folder / "keys", folder / "secrets", folder / "record-keys"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise Refused(
            f"{problem.filename} cannot be made: {problem.strerror}; name a folder that you may write to"
        ) from None


def _toml(members: Mapping[str, str | int | float]) -> str:
    """Strings, whole and decimal numbers only; JSON writes all three the way TOML reads them."""
    lines = ["# Settings of a Patchwork gateway. Paths count from this folder. patchwork check shows them resolved."]
    return "\n".join([*lines, *(f"{name} = {json.dumps(value)}" for name, value in members.items())]) + "\n"
