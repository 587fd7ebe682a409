"""enrol, and keys rotate: from an invitation to a connector that is known at the gateway, and to its next keys."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.commands.answers import TO_DO, AsJson, answer, refuse
from connectors.commands.keeping import keys_app

if TYPE_CHECKING:
    from connectors.enrol import Progress
    from connectors.enrolment.state import Place

POLL_SECONDS = 5.0
_Invitation = Annotated[
    str, typer.Argument(help="The file that holds the invitation, or - to read it from standard input.")
]
_Folder = Annotated[Path, typer.Option("--folder", help="Where this connector's keys and settings go.")]
_Names = Annotated[
    list[str] | None,
    typer.Option(
        "--agency-name", help="The agency's name, as practitioners know it; once for each agency of the invitation."
    ),
]
_Services = Annotated[
    list[str] | None,
    typer.Option(
        "--service",
        help="The service line of rows that name none, once for each agency; a wrong one is answered with the list.",
    ),
]
_CaFile = Annotated[
    Path | None, typer.Option(help="Certificates to believe the gateway by. Default: the operating system's.")
]
_Keyholder = Annotated[str | None, typer.Option(help="The fingerprint that the keyholder read out to you.")]
_Resume = Annotated[bool, typer.Option("--resume", help="Ask how an enrolment stands, and fetch what there is.")]
_Wait = Annotated[bool, typer.Option("--wait", help="Go on asking until everything is there.")]
_Minutes = Annotated[float, typer.Option(min=0, max=24 * 60, help="How long --wait waits.")]


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command()(enrol)
    keys_app.command("rotate")(rotate_keys)


def rotate_keys(
    folder: _Folder = Path("."),
    hand_over: Annotated[
        bool, typer.Option("--hand-over", help="Second step: hand over to the new keys at the gateway.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make new keys; and, after the program was restarted so that it can open what is sealed to them, hand over to them."""
    from connectors.enrolment.state import Place
    from connectors.keys.rotation import hand_over_to_next, make_next
    from connectors.running.shared_parts import utc_now
    from identity.agency.enrolment_keys import fingerprint

    place = Place(folder)
    with _refusals(as_json):
        keys = hand_over_to_next(place, utc_now) if hand_over else make_next(place)
    said = (
        "Handed over. Restart the program within seven days; then: patchwork-connector enrol --resume (for the new certificate)."
        if hand_over
        else "Made new keys. Restart the program now, and then: patchwork-connector keys rotate --hand-over"
    )
    answer({"fingerprint": fingerprint(keys), "handed_over": hand_over}, f"{said}\n{fingerprint(keys)}", as_json)


def enrol(
    invitation: _Invitation = "",
    agency_name: _Names = None,
    service: _Services = None,
    folder: _Folder = Path("."),
    ca_file: _CaFile = None,
    keyholder_fingerprint: _Keyholder = None,
    resume: _Resume = False,
    wait: _Wait = False,
    wait_minutes: _Minutes = 60.0,
    as_json: AsJson = False,
) -> None:
    """Enrol this connector with an invitation; later, with --resume, fetch its certificate and linkage key."""
    from connectors.enrolment.state import Place

    place = Place(folder)
    with _refusals(as_json):
        if not resume:
            document, text = _begin(place, invitation, (agency_name or [], service or [], ca_file), as_json)
            if not wait:
                answer(document, text, as_json)
                return
            typer.echo(text, err=True)
        progress = _fetch(place, keyholder_fingerprint, wait_minutes * 60 if wait else 0.0)
    _tell(place, progress, as_json)


def _begin(
    place: "Place", invitation: str, said: tuple[list[str], list[str], Path | None], as_json: bool
) -> tuple[dict[str, Any], str]:
    from connectors.enrol import Newcomer, begin
    from connectors.running.shared_parts import utc_now
    from identity.agency.enrolment_keys import fingerprint
    from identity.agency.invitation_token import read

    names, services, ca_file = said
    if not invitation:
        refuse("name the file that holds the invitation, or - for standard input; or give --resume", as_json)
    if not names or not all(1 <= len(name.strip()) <= 200 and name.isprintable() for name in names):
        refuse("give the agency's name with --agency-name", as_json)
    lines = [_service(service, as_json) for service in services or [""]]
    if len(lines) != len(names):
        refuse("give --service as often as --agency-name, in the same order", as_json)
    token = read(invitation_text(invitation))
    agencies = tuple((name.strip(), line) for name, line in zip(names, lines, strict=True))
    keys = begin(place, token, Newcomer(agencies, ca_file), utc_now)
    document = {
        "connector": keys.connector.value,
        "agencies": [agency.value for agency in keys.agencies],
        "mode": token.mode.value,
        "fingerprint": fingerprint(keys),
        "public": str(place.keys / "enrolment.public.json"),
        "settings": str(place.settings),
    }
    told = [
        f"Connector {keys.connector} has handed in its keys ({token.mode.value} mode).",
        f"Ring the registrar, and read out this fingerprint:\n\n    {fingerprint(keys)}\n",
        f"Send {document['public']} to the keyholder, and read out the same fingerprint there.",
        f"Back {place.folder} up safely: losing a reference or ledger key in {place.keys} cannot be made good.",
        "Then: patchwork-connector enrol --resume",
    ]
    return document, "\n".join(told)


def _fetch(place: "Place", read_out: str | None, seconds: float) -> "Progress":
    from connectors.channel.port import ChannelDown
    from connectors.enrol import resume
    from connectors.running.shared_parts import utc_now

    until = time.monotonic() + seconds
    while True:
        try:
            progress = resume(place, read_out, utc_now)
        except ChannelDown:
            if time.monotonic() >= until:
                raise
        else:
            if not progress.missing or time.monotonic() >= until:
                return progress
        time.sleep(min(POLL_SECONDS, max(0.0, until - time.monotonic())))


def _tell(place: "Place", progress: "Progress", as_json: bool) -> None:
    document = {
        "status": progress.status.value,
        "certificate": progress.certificate,
        "epochs": list(progress.epochs),
        "missing": list(progress.missing),
        "settings": str(place.settings),
    }
    lines = [f"This connector is {progress.status}."]
    if progress.certificate:
        lines.append(f"Its certificate is {place.certificate}.")
    if progress.epochs:
        lines.append(f"Linkage epochs: {', '.join(progress.epochs)}.")
    lines += [f"Still missing: {each}" for each in progress.missing]
    if not progress.missing:
        lines.append(f"Everything is there. Complete {place.settings}, then: patchwork-connector check")
    answer(document, "\n".join(lines), as_json, to_do=bool(progress.missing))


def invitation_text(invitation: str) -> str:
    """The invitation's text, bounded. It holds a secret, so a file that others can read is refused like a key."""
    from identity.agency.faults import KeyFault
    from identity.agency.invitation_token import MAX_INVITATION_BYTES
    from identity.agency.private_file import read_private

    if invitation == "-":
        return sys.stdin.read(MAX_INVITATION_BYTES + 1)
    if invitation.startswith("patchwork-invitation"):
        raise KeyFault(
            "the invitation itself was given on the command line, where other users can see it: put it into a file (mode 0600), "
            "or pass it with - on standard input. Ask the registrar for a new one if others use this machine"
        )
    try:
        return read_private(Path(invitation)).decode("ascii")
    except UnicodeDecodeError:
        raise KeyFault(f"{invitation} does not hold an invitation as text") from None


def _service(text: str, as_json: bool) -> Any:
    from mappings.canonical.codes import ServiceLine

    try:
        return ServiceLine(text)
    except ValueError:
        refuse(f"give the agency's service line with --service: one of {', '.join(ServiceLine)}", as_json)


@contextmanager
def _refusals(as_json: bool) -> Iterator[None]:
    from connectors.channel.port import ChannelDown, ChannelRefused
    from identity.agency.faults import KeyFault

    try:
        yield
    except (KeyFault, ChannelRefused) as problem:
        refuse(problem, as_json)
    except ChannelDown as problem:
        refuse(problem, as_json, TO_DO)
    except KeyboardInterrupt:
        sys.exit(130)
