"""`patchwork init`: a folder with everything a gateway needs to start - settings, keys, pepper, data key, database; for a live gateway the
same once more for its trial side."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.refused import Refused
from gateway.secrets_on_disk import DECRYPTION_FILE, SIGNING_FILE, database_url, make_secret
from gateway.settings import Settings, load_settings, read_settings
from identity.agency.keys import PublicKeys, generate, save_private, save_public
from identity.agency.private_file import write_private
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
    for name in ("database_url", "trial_database_url"):
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


def _defaults() -> dict[str, str | int | float]:
    return {
        "partnership": "trial",
        "mode": "trial",
        "gateway_id": "urn:patchwork:gateway",
        "name": "Patchwork",
        "database_url": "sqlite:///patchwork.db",
        "data_key_file": "secrets/data.key",
        "pepper_file": "secrets/pepper.key",
        "keys_dir": "keys",
        "listen_host": "127.0.0.1",
        "listen_port": 8440,
        "internal_host": "127.0.0.1",
        "internal_port": 8441,
    }


_TRIAL_SIDE: dict[str, str | int | float] = {
    "trial_database_url": "sqlite:///patchwork-trial.db",
    "trial_data_key_file": "secrets/trial-data.key",
    "trial_pepper_file": "secrets/trial-pepper.key",
}


def _make_folder(folder: Path) -> None:
    try:
        for path in (folder, folder / "keys", folder / "secrets"):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise Refused(
            f"{problem.filename} cannot be made: {problem.strerror}; name a folder that you may write to"
        ) from None


def _toml(members: Mapping[str, str | int | float]) -> str:
    """Strings, whole and decimal numbers only; JSON writes all three the way TOML reads them."""
    lines = ["# Settings of a Patchwork gateway. Paths count from this folder. patchwork check shows them resolved."]
    return "\n".join([*lines, *(f"{name} = {json.dumps(value)}" for name, value in members.items())]) + "\n"
