"""How every command answers: text for people or one JSON object, and an exit code. A user's error is one sentence, never a traceback.

Exit codes: 0 done, 1 there is something for a person to do, 2 wrong use or configuration.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from connectors.running.assembly import Connector

TO_DO, WRONG = 1, 2

SettingsPath = Annotated[
    Path, typer.Option("--settings", "-s", envvar="PATCHWORK_CONNECTOR_SETTINGS", help="The settings file (TOML).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")]
DEFAULT_SETTINGS = Path("connector.toml")


def answer(document: dict[str, Any], text: str, as_json: bool, *, to_do: bool = False) -> None:
    """Print the answer; with `to_do`, end with exit code 1."""
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False, default=str) if as_json else text.rstrip("\n"))
    if to_do:
        raise typer.Exit(TO_DO)


def refuse(problem: object, as_json: bool, code: int = WRONG) -> NoReturn:
    """Say what is wrong and what to do, and end."""
    if as_json:
        typer.echo(json.dumps({"error": str(problem)}, ensure_ascii=False))
    else:
        typer.echo(f"patchwork-connector: {problem}", err=True)
    raise typer.Exit(code)


@contextmanager
def connector_of(settings: Path, as_json: bool) -> Iterator["Connector"]:
    """The connector that the settings describe; whatever is wrong with them becomes one sentence and exit code 2."""
    from connectors.channel.port import ChannelDown, ChannelRefused
    from connectors.eligibility import InvalidCriterion
    from connectors.ledger.cipher import LedgerFault
    from connectors.reading.exclusion import ExclusionListUnreadable
    from connectors.running.assembly import Connector
    from connectors.settings import SettingsFault, load
    from identity.agency.faults import KeyFault
    from identity.person.ports import TokeniserUnavailable

    try:
        yield Connector(load(settings))
    except (SettingsFault, KeyFault, LedgerFault, InvalidCriterion, ExclusionListUnreadable) as problem:
        refuse(problem, as_json)
    except (TokeniserUnavailable, ChannelDown) as problem:
        refuse(problem, as_json, TO_DO)
    except ChannelRefused as problem:
        refuse(problem, as_json)
    except OSError as problem:
        refuse(f"{problem.filename or 'a file'} cannot be used: {problem.strerror}", as_json)
    except KeyboardInterrupt:
        sys.exit(130)
