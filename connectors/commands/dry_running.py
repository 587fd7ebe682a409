"""check PATH: what a connector would make of an export, before there is any connector."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connectors.commands.answers import answer, refuse

if TYPE_CHECKING:
    from connectors.reading.dry_run import DryRun
    from connectors.sources.port import Read
    from mappings.canonical.person import Person

WORDS = re.compile(r"\w[\w'’-]*")
WHY = {
    "not-an-involvement": "the row states no involvement",
    "external-worker": "the worker is of another agency",
    "no-identity": "the row tells neither a name nor a number of anybody",
    "unborn": "a child not yet born: held until it has a birth date",
    "duplicate": "the row says again what another row says",
    "earlier-event": "a later message says how the visit stands",
    "excluded": "the record is restricted",
    "withdrawn": "the source takes back what it said",
    "records-merged": "two of the agency's own records became one",
    "unreadable": "something in the row breaks a rule, named below",
    "unknown-columns": "the file has columns that the preset does not know: map, ignore or deny them in a preset of your own",
    "not-enough-identity": "neither a name nor a national number: put a file with the people beside the export",
    "no-contact": "nobody to ring: set a team or a contact under [agency] in the settings",
    "over-before-it-was-seen": "over already when it is first read",
    "sensitive-service": "a sensitive service: it is published so, and nobody is told of it",
    "unclassified-service": "nobody has said what service this is, or whether it is sensitive: set service and sensitivity in the settings",
    "held-back": "marked as one that must not be shared",
    "consent-missing": "consent is needed, and not given",
}


def check_export(path: Path, preset: str, as_json: bool) -> None:
    """Read an export without any settings, and answer what it gives. Exit code 1 where it gives no involvement."""
    from connectors.reading.dry_run import dry_run
    from mappings.preset_section import PresetError

    if not path.exists():
        refuse(f"{path} does not exist", as_json)
    try:
        done = dry_run(path, preset)
    except PresetError as problem:
        refuse(problem, as_json)
    if done.missing:
        named = "" if path.name in done.missing else f"{path.name}: "
        typer.echo(f"patchwork-connector: {named}{done.missing}", err=True)
    answer(done.document(), told(done), as_json, to_do=not done.involvements)


def told(done: "DryRun") -> str:
    """What was found, in words."""
    lines = [f"{done.preset or 'no preset'}: {done.title}".rstrip(": ")]
    if done.as_of:
        lines.append(f"as of {done.as_of}: {done.coverage}")
    skipped = sum(done.skipped.values())
    lines.append(
        f"{done.rows} rows: {done.involvements} involvements ({done.weak} of them with a weak identity), {skipped} skipped"
    )
    lines += [f"  skipped   {count:7}  {WHY.get(reason, reason)}" for reason, count in done.skipped.items()]
    lines.append(f"{done.published} would be published")
    if done.waiting:
        lines.append(
            f"  waiting   {done.waiting:7}  too weak to be published: on the agency's own list of records to check"
        )
    lines += [f"  withheld  {count:7}  {WHY.get(reason, reason)}" for reason, count in done.withheld.items()]
    if done.workers or done.teams:
        lines.append(
            f"{len(done.workers)} workers and {len(done.teams)} teams are known by number only: put a staff or team directory beside the export"
        )
    if done.columns:
        lines.append(f"columns not read: {', '.join(done.columns)}")
    if done.files:
        lines.append(f"files and sheets not read: {', '.join(done.files)}")
    lines += [f"  {count} times {remark}" for remark, count in done.remarks.items()]
    lines += [f"  {problem}" for problem in done.problems]
    if done.examples:
        lines.append("For example (names, numbers and dates masked):")
        lines += [f"  {example(each)}" for each in done.examples]
        lines.append(
            "Of each, what leaves is keyed evidence, the service, the worker or team with a contact, and the dates; no name, number or birth date."
        )
    return "\n".join(lines)


def example(read: "Read") -> str:
    """One involvement with everything personal masked."""
    one = read.involvement
    worker = masked(one.worker) if one.worker else "no worker"
    dates = f"{one.start or 'start unknown'} to {one.end or 'now'}"
    return f"{read.where}: {_person(one.person)} | {worker}, {one.team or 'no team'} | {dates} | {one.service.value}, {one.sensitivity.value}"


def masked(text: str) -> str:
    """The first letter of every word."""
    return " ".join(f"{word[0]}***" for word in WORDS.findall(text))


def _person(person: "Person") -> str:
    name = masked(" ".join((*person.given, person.family))) or (
        f"known as {masked(' '.join(person.known_as))}" if person.known_as else "no name"
    )
    year = person.birth_date and person.birth_date.year
    born = f"born {year}" if year else "no birth date"
    place = next((address.postcode.split()[0] for address in person.addresses if address.postcode), "")
    kinds = sorted({number.system.name.replace("_", " ").lower() for number in person.identifiers})
    return ", ".join([name, born, *([place] if place else []), *kinds])
