"""init: from an export to settings that work, by questions or by options."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.commands.answers import TO_DO, AsJson, answer, refuse

if TYPE_CHECKING:
    from connectors.commands.interview import Interview
    from connectors.enrolment.state import Place
    from connectors.setup.answers import Answers, Identity, Mailing
    from connectors.setup.making import Found
    from mappings.source_map import Field

_Export = Annotated[Path | None, typer.Argument(help="Your export: a file, or a folder of files.")]
_Folder = Annotated[Path, typer.Option("--folder", help="Where this connector's settings go, or are.")]
_Preset = Annotated[str, typer.Option(help="How the export is read: a preset's name or file. Default: whichever fits.")]
_Columns = Annotated[list[str] | None, typer.Option("--column", help="FIELD=HEADING, where a guess is wrong.")]
_LeftOut = Annotated[list[str] | None, typer.Option("--leave-out", help="A heading whose column is never read.")]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: take what the options say, and every guess.")]


def add_to(app: typer.Typer) -> None:
    """Register this command."""
    app.command()(init)


def init(
    export: _Export = None,
    folder: _Folder = Path("."),
    invitation: Annotated[str, typer.Option(help="The invitation's file: enrols this connector as well.")] = "",
    ca_file: Annotated[Path | None, typer.Option(help="Certificates to believe the gateway by.")] = None,
    preset: _Preset = "auto",
    column: _Columns = None,
    leave_out: _LeftOut = None,
    agency_name: Annotated[str, typer.Option(help="The agency's name, as practitioners know it.")] = "",
    service: Annotated[str, typer.Option(help="The service line of rows that name none.")] = "",
    team: Annotated[str, typer.Option(help="What others are shown where a row names no team.")] = "",
    phone: Annotated[str, typer.Option(help="The agency's general telephone.")] = "",
    email: Annotated[str, typer.Option(help="The agency's general mailbox.")] = "",
    sensitivity: Annotated[str, typer.Option(help="standard, sensitive or unclassified.")] = "",
    legal_basis: Annotated[str, typer.Option(help="The legal basis under which the agency publishes.")] = "",
    alerts: Annotated[str, typer.Option(help="The folder into which alerts go; - for none.")] = "",
    mail_to: Annotated[str, typer.Option(help="Where e-mail that there is an alert goes.")] = "",
    mail_host: Annotated[str, typer.Option(help="The agency's mail server (port 587, STARTTLS).")] = "",
    mail_sender: Annotated[str, typer.Option(help="From whom that e-mail is.")] = "",
    agreement: Annotated[str, typer.Option(help="The sharing agreement's id.")] = "",
    agreement_version: Annotated[int, typer.Option(min=1)] = 1,
    connector: Annotated[str, typer.Option(help="This connector's id, where there is no invitation.")] = "",
    agency: Annotated[str, typer.Option(help="The agency's id, likewise.")] = "",
    partnership: Annotated[str, typer.Option(help="Likewise.")] = "",
    gateway: Annotated[str, typer.Option(help="The gateway's id, likewise.")] = "",
    url: Annotated[str, typer.Option(help="The gateway's address, likewise.")] = "",
    mode: Annotated[str, typer.Option(help="trial or live, likewise.")] = "trial",
    yes: _Yes = False,
    as_json: AsJson = False,
) -> None:
    """Set this connector up: finds out how your export is read, asks what it needs to know, and ends in settings that work."""
    from connectors.commands.interview import Interview, settled
    from connectors.enrolment.state import Place
    from connectors.setup import making, settings_file
    from connectors.setup.answers import Identity
    from mappings.canonical.codes import Mode

    place, interview = Place(folder), Interview(yes=yes)
    with _refusals(as_json):
        if place.settings.exists():
            settings_file.may_be_completed(place)
        path = Path(interview.text(str(export or ""), "Path of your export", "EXPORT")).expanduser()
        found = making.find(path, preset)
        _show(found, as_json)
        columns = _columns(interview, found, settled(column or [], leave_out or []))
        answers = _answers(
            interview, place, path, found, (agency_name, service, team, phone, email, sensitivity, legal_basis),
            (alerts, mail_to, mail_host, mail_sender), (agreement, agreement_version),
        )  # fmt: skip
        who = None
        if not place.settings.exists() and not invitation:
            who = _identity(interview, Identity(connector, agency, partnership, gateway, url, Mode(mode)))
        fingerprint = _make(place, found, columns, answers, who, (invitation, ca_file))
        done = making.tried(place.settings)
    _tell(place, found, columns, fingerprint, done, as_json)


def _show(found: "Found", as_json: bool) -> None:
    from connectors.commands.dry_running import told

    if found.unknown is None and not as_json:
        typer.echo(told(found.done))
    elif not as_json:
        typer.echo(f"No preset fits {found.unknown.name if found.unknown else ''}. What do its columns hold?")


def _columns(interview: "Interview", found: "Found", said: dict[str, str]) -> "dict[str, Field]":
    from connectors.setup.answers import Incomplete
    from connectors.setup.guessing import guess, missing

    if found.unknown is None:
        if said:
            raise Incomplete(
                f"the preset {found.done.preset} reads this export; --column and --leave-out are for lists that none reads"
            )
        return {}
    read = interview.columns(guess(found.unknown), said)
    lacking = missing(tuple(read.values()))
    if lacking:
        raise Incomplete(f"{found.unknown.name} needs {lacking}; say which it is with --column FIELD=HEADING")
    return read


def _answers(
    interview: "Interview",
    place: "Place",
    export: Path,
    found: "Found",
    said: tuple[str, ...],
    where: tuple[str, ...],
    agreed: tuple[str, int],
) -> "Answers":
    from connectors.setup.answers import Answers, as_written
    from connectors.setup.settings_file import named_agency
    from mappings.canonical.codes import LegalBasis, Sensitivity, ServiceLine
    from mappings.preset import load_preset

    name, service, team, phone, email, sensitivity, legal_basis = said
    named, line = named_agency(place) if place.settings.exists() else ("", "")
    own = found.unknown is not None
    usual = "" if own else load_preset(found.done.preset).service.value
    private = sensitivity or ("" if own else "as the preset says")
    chosen = interview.text(private, f"Sensitivity (one of {', '.join(Sensitivity)})", "--sensitivity")
    return Answers(
        agency_name=interview.text(name, "Name of the agency", "--agency-name", named),
        service=interview.code(service, ServiceLine, "Service line", "--service", line or usual),
        team=interview.text(team, "Team that others are shown where a row names none", "--team", needed=False),
        phone=interview.text(phone, "General telephone", "--phone", needed=False),
        email=interview.text(email, "General mailbox", "--email", needed=False),
        sensitivity=None
        if chosen == "as the preset says"
        else interview.code(chosen, Sensitivity, "Sensitivity", "--sensitivity"),
        legal_basis=interview.code(legal_basis, LegalBasis, "Legal basis", "--legal-basis"),
        export=as_written(export, place.folder),
        preset=found.done.preset,
        alerts=_folder_for(interview, place, where[0], mail=bool(where[1])),
        mailing=_mailing(interview, *where[1:]),
        agreement=interview.text(agreed[0], "Id of the sharing agreement, if you have it", "--agreement", needed=False),
        agreement_version=agreed[1],
    )


def _folder_for(interview: "Interview", place: "Place", said: str, *, mail: bool) -> Path | None:
    from connectors.setup.answers import as_written

    proposal = "-" if mail else "alerts"
    chosen = interview.text(said, "Folder into which alerts go (- for none)", "--alerts", proposal)
    return None if chosen == "-" else as_written(place.folder / Path(chosen).expanduser(), place.folder)


def _mailing(interview: "Interview", to: str, host: str, sender: str) -> "Mailing | None":
    from connectors.setup.answers import Mailing

    address = interview.text(to, "Address of e-mail for alerts, if you want that too", "--mail-to", needed=False)
    if not address:
        return None
    server = interview.text(host, "Mail server", "--mail-host")
    return Mailing(address, server, interview.text(sender, "Sender of that e-mail", "--mail-sender", address))


def _identity(interview: "Interview", said: "Identity") -> "Identity":
    from dataclasses import replace

    hint = "; or give the invitation's file with --invitation"
    return replace(
        said,
        connector=interview.text(said.connector, "This connector's id, as the registrar says", f"--connector{hint}"),
        agency=interview.text(said.agency, "The agency's id, as the registrar says", f"--agency{hint}"),
        partnership=interview.text(said.partnership, "The partnership's name", f"--partnership{hint}"),
        gateway=interview.text(said.gateway, "The gateway's id", f"--gateway{hint}"),
        url=interview.text(said.url, "The gateway's address (https://...)", f"--url{hint}"),
    )


def _make(
    place: "Place",
    found: "Found",
    columns: "dict[str, Field]",
    answers: "Answers",
    who: "Identity | None",
    enrolling: tuple[str, Path | None],
) -> str:
    """Write what there is to write; answers the fingerprint of a new enrolment, empty where there was none."""
    from dataclasses import replace

    from connectors.setup import making, settings_file
    from mappings.canonical.codes import Sensitivity

    place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = None
    if found.unknown is not None:
        before = set(place.folder.glob("*.yaml"))
        private = answers.sensitivity or Sensitivity.UNCLASSIFIED
        path = making.write_preset(place.folder, found.unknown, columns, answers.service, private)
        written = None if path in before else path
        answers = replace(answers, preset=path.name)
    try:
        if who is not None:
            settings_file.begin(place, who, answers)
            return ""
        fingerprint = _enrol(place, answers, *enrolling) if not place.settings.exists() else ""
        settings_file.complete(place, answers)
    except BaseException:
        if written is not None:
            written.unlink(missing_ok=True)
        raise
    return fingerprint


def _enrol(place: "Place", answers: "Answers", invitation: str, ca_file: Path | None) -> str:
    from connectors.commands.enrolling import invitation_text
    from connectors.enrol import Newcomer, begin
    from connectors.running.shared_parts import utc_now
    from identity.agency.enrolment_keys import fingerprint
    from identity.agency.invitation_token import read

    newcomer = Newcomer(((answers.agency_name, answers.service),), ca_file)
    return fingerprint(begin(place, read(invitation_text(invitation)), newcomer, utc_now))


def _tell(
    place: "Place", found: "Found", columns: "dict[str, Field]", fingerprint: str, done: Any, as_json: bool
) -> None:
    from connectors.commands.dry_running import told
    from connectors.settings import load

    [agency] = load(place.settings).agencies
    preset = getattr(agency.sources[0], "preset", "")
    document = {
        "settings": str(place.settings),
        "preset": preset,
        "columns": {field.value: heading for heading, field in columns.items()},
        "left_out": [each for each in found.unknown.headings if each not in columns] if found.unknown else [],
        "fingerprint": fingerprint or None,
        "dry_run": done.document(),
    }
    lines = [f"Wrote {place.settings}. With these settings the export gives:", told(done)]
    if fingerprint:
        lines.append(f"Ring the registrar and the keyholder, and read out this fingerprint:\n\n    {fingerprint}\n")
        lines.append("Then: patchwork-connector enrol --resume, and patchwork-connector check")
    else:
        lines.append("Next: patchwork-connector check, then patchwork-connector run")
    answer(document, "\n".join(lines), as_json, to_do=not done.involvements)


@contextmanager
def _refusals(as_json: bool) -> Iterator[None]:
    from connectors.channel.port import ChannelDown, ChannelRefused
    from connectors.settings import SettingsFault
    from connectors.setup.answers import Incomplete
    from identity.agency.faults import KeyFault

    try:
        yield
    except (Incomplete, SettingsFault, KeyFault, ChannelRefused) as problem:
        refuse(problem, as_json)
    except ChannelDown as problem:
        refuse(problem, as_json, TO_DO)
    except KeyboardInterrupt:
        sys.exit(130)
