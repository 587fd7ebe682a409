"""The settings file that setting up ends with: a new one, or the one that enrolling wrote, completed. Nothing that somebody wrote is changed,
and nothing is written before it was read back as settings that can be used."""

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePath

from connectors.configuration.starting import EXAMPLES
from connectors.configuration.toml_lines import Place as Line
from connectors.configuration.toml_lines import Unchangeable, quoted, with_values
from connectors.enrolment.state import Place
from connectors.settings import SettingsFault, load
from connectors.setup.answers import Answers, Identity, Incomplete
from identity.agency.private_file import replace_private, write_private

_WRITTEN_ALREADY = ("sources", "sinks", "agreement")


def begin(place: Place, who: Identity, answers: Answers) -> None:
    """A new settings file. Raises `Incomplete`, and `KeyFault` where there is one already."""
    text = f"""\
# A Patchwork connector, set up by patchwork-connector init. patchwork-connector check tests all of it.
connector = {quoted(who.connector)}
partnership = {quoted(who.partnership)}
mode = {quoted(who.mode.value)}
home_gateway = {quoted(who.gateway)}

[agency]
id = {quoted(who.agency)}
name = {quoted(answers.agency_name)}
service = {quoted(answers.service.value)}
{EXAMPLES}
[keys]
folder = "keys"
epochs = "epochs"
gateway = "gateway.public.json"
keyholder = "keyholder.public.json"

[channel]
kind = "https"
url = {quoted(who.url)}
"""
    whole = _completed(text, answers)
    _try(place, whole)
    write_private(place.settings, whole.encode())


def complete(place: Place, answers: Answers) -> None:
    """The file that is there, with what was said. Raises `Incomplete` where it says some of that already: nothing is overwritten."""
    before = place.settings.read_text("utf-8")
    may_be_completed(place)
    whole = _completed(before, answers)
    _try(place, whole)
    replace_private(place.settings, whole.encode())


def may_be_completed(place: Place) -> None:
    """Raises `Incomplete` where the settings file cannot be read, serves several agencies, or names sources or sinks of its own."""
    try:
        document = tomllib.loads(place.settings.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise Incomplete(f"{place.settings} cannot be read as settings; correct it, or move it away") from None
    if "agency" not in document:
        raise Incomplete(
            f"{place.settings} serves several agencies: write sources and sinks into the [[agencies]] table of each, as "
            "deploy/connector/README.md shows, and try every export with: patchwork-connector check EXPORT"
        )
    said = [name for name in _WRITTEN_ALREADY if name in document]
    if said:
        raise Incomplete(
            f"{place.settings} names {' and '.join(said)} already, and nothing is overwritten; change it there, or set up another folder"
        )


def named_agency(place: Place) -> tuple[str, str]:
    """Name and service line of the agency in the file."""
    agency = tomllib.loads(place.settings.read_text("utf-8"))["agency"]
    return str(agency.get("name", "")), str(agency.get("service", ""))


def slashed(path: PurePath) -> str:
    """A path as settings hold it: with slashes on every system, so that a file made on Windows needs no doubled backslashes."""
    return path.as_posix()


def _completed(text: str, answers: Answers) -> str:
    tables = "\n" + "\n".join(_tables(answers))
    # Where the examples of a fresh file still stand, in their place: else behind everything else.
    whole = text.replace(EXAMPLES, tables) if EXAMPLES in text else f"{text.rstrip()}\n{tables}"
    values: dict[Line, str] = {
        ("agency", name, 0): value
        for name, value in (
            ("name", answers.agency_name),
            ("service", answers.service.value),
            ("team", answers.team),
            ("phone", answers.phone),
            ("email", answers.email),
            ("legal_basis", answers.legal_basis.value),
            ("sensitivity", answers.sensitivity.value if answers.sensitivity else ""),
        )
        if value
    }
    try:
        return with_values(whole, values)
    except Unchangeable as problem:
        raise Incomplete(f"the settings cannot be changed safely; write these lines yourself: {problem}") from None


def _tables(answers: Answers) -> Iterator[str]:
    if answers.agreement:
        yield f"[agreement]\nid = {quoted(answers.agreement)}\nversion = {answers.agreement_version}\n"
    yield (
        f'[[sources]]\nname = "records"\npreset = {quoted(answers.preset)}\npath = {quoted(slashed(answers.export))}\n'
    )
    if answers.alerts is not None:
        yield f'[[sinks]]\nkind = "folder"\npath = {quoted(slashed(answers.alerts))}\n'
    if answers.mailing is not None:
        mail = answers.mailing
        lines = [
            f"{name} = {quoted(value)}"
            for name, value in (("host", mail.host), ("sender", mail.sender), ("to", mail.to))
        ]
        yield "\n".join(["[[sinks]]", 'kind = "email"', *lines, ""])


def _try(place: Place, text: str) -> None:
    """Read it as the program would."""
    draft = place.settings.with_name(".connector.toml.draft")
    with suppress(FileNotFoundError):
        draft.unlink()
    write_private(draft, text.encode())
    try:
        load(draft)
    except SettingsFault as problem:
        raise Incomplete(str(problem).replace(draft.name, place.settings.name)) from None
    finally:
        draft.unlink()
