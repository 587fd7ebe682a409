"""The options that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

SettingsFile = Annotated[
    Path, typer.Option("--settings", "-s", envvar="PATCHWORK_SETTINGS", help="The gateway's settings file.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", "-k", help="Your operator key file. Default: operator_key_file of the settings."),
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", help="A file (mode 0600) that holds the passphrase. Default: ask for it."),
]
SecondKey = Annotated[
    Path | None,
    typer.Option(
        "--second-key",
        help="The key file of a second person who is here and signs too. Default: they approve it later.",
    ),
]
SecondPassphraseFile = Annotated[
    Path | None,
    typer.Option("--second-passphrase-file", help="A file (mode 0600) that holds theirs. Default: ask for it."),
]
Trial = Annotated[
    bool,
    typer.Option("--trial", help="On the trial side of a gateway that has a live side too. Default: the other one."),
]
Reason = Annotated[str, typer.Option(help="Why, in a few words. Never name a client.")]

DEFAULT_SETTINGS = Path("patchwork.toml")
