"""`patchwork rules`: who shows whom how much under the agreements, on which legal ground, until when."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from gateway.cli.options import (
    DEFAULT_SETTINGS,
    Json,
    KeyFile,
    PassphraseFile,
    SecondKey,
    SecondPassphraseFile,
    SettingsFile,
    Trial,
)
from mappings.canonical.codes import AgeBand, Consent, LegalBasis, RelationKind, Sensitivity, ServiceLine

if TYPE_CHECKING:
    from datetime import date

    from gateway.rules.explaining import Supposed
    from gateway.sharing.rule_set import RuleSet

_T = TypeVar("_T")
app = typer.Typer(help="Rules of sharing under the agreements.", no_args_is_help=True, rich_markup_mode=None)
_File = Annotated[Path, typer.Argument(help="A rule set in TOML or JSON.")]
_Set = Annotated[str, typer.Argument(help="current, shipped, a version, or a file.")]
_Day = Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="As of that day. Default: today.")]
_Services = Annotated[list[ServiceLine] | None, typer.Option("--service", help="Of A's involvement, then of B's.")]
_Bases = Annotated[
    list[LegalBasis] | None, typer.Option("--basis", help="Of A's, then of B's. Default: the agreement's first.")
]
_Bands = Annotated[list[AgeBand] | None, typer.Option("--age-band", help="Of A's client, then of B's.")]
_Consents = Annotated[list[Consent] | None, typer.Option("--consent", help="For A's, then for B's.")]
_Sensitivities = Annotated[list[Sensitivity] | None, typer.Option("--sensitivity", help="Of A's line, then of B's.")]
_Relation = Annotated[
    RelationKind | None, typer.Option(help="What B's client is to A's. Default: they are one person.")
]


@app.command()
def check(file: _File, on: _Day = None, as_json: Json = False) -> None:
    """Read a rule set and say what is wrong with it, what has no effect, what is missing and what ends soon; exit status 1 on an error."""
    from gateway.cli.printing import print_result
    from gateway.clock import SystemClock
    from gateway.rules.setting import read_rule_file
    from gateway.sharing.findings import Weight, findings
    from gateway.sharing.rule_set import faults_in, rule_set_from

    document = read_rule_file(file)
    faults = faults_in(document)
    rows = [{"weight": "error", "kind": "refused", "rules": [], "sentence": fault} for fault in faults]
    if not faults:
        day = _day(on) or SystemClock().now().date()
        rows = [
            {"weight": each.weight.value, "kind": each.kind, "rules": list(each.rules), "sentence": each.sentence}
            for each in findings(rule_set_from(document, 1), day)
        ]
    passed = not any(row["weight"] == Weight.ERROR for row in rows)
    lines = [f"{row['weight']}: {row['sentence']}" for row in rows]
    lines.append("These rules can be proposed." if passed else "These rules cannot be proposed as they are.")
    print_result(as_json, {"passed": passed, "findings": rows}, "\n".join(lines))
    if not passed:
        raise typer.Exit(1)


@app.command()
def explain(
    first: Annotated[str, typer.Argument(metavar="A", help="An agency's id.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another's.")],
    service: _Services = None,
    basis: _Bases = None,
    age_band: _Bands = None,
    consent: _Consents = None,
    sensitivity: _Sensitivities = None,
    relation: _Relation = None,
    under: Annotated[str, typer.Option(help="Under which rules: current, shipped, a version, or a file.")] = "current",
    on: _Day = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say in one sentence what A and B are told of each other's involvements, and why. An option given once is for both sides."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_result
    from gateway.rules.explaining import Supposed, explain_rules
    from gateway.rules.setting import named_rules
    from gateway.trust.actor import LOCAL_READER

    services, sensitivities = (
        _two("service", service, ServiceLine.OTHER),
        _two("sensitivity", sensitivity, Sensitivity.STANDARD),
    )
    bases, consents = _two("basis", basis, None), _two("consent", consent, Consent.NOT_NEEDED)
    bands = _two("age-band", age_band, AgeBand.CHILD)
    given = zip((first, second), services, sensitivities, bases, consents, bands, strict=True)
    sides = tuple(Supposed(*each) for each in given)
    with opened_office(settings) as (_, office):
        rule_set = named_rules(office, LOCAL_READER, under)
        found = explain_rules(office, LOCAL_READER, (sides[0], sides[1]), relation, rule_set, _day(on))
    decision = found.decision
    document = {
        "sentence": found.sentence,
        "shared": decision.permit,
        "told": {side.agency: level and level.value for side, level in zip(sides, decision.levels, strict=True)},
        "reasons": list(decision.reasons),
        "rules": list(decision.rules),
        "rule_set": decision.rule_set_version,
        "agreement": decision.agreement and decision.agreement.value,
        "agreement_version": decision.agreement_version,
        "supposed": [_supposed(side) for side in found.sides],
        "on": found.on.isoformat(),
    }
    lines = [found.sentence, *(f"  supposed: {' '.join(map(str, _supposed(side).values()))}" for side in found.sides)]
    print_result(as_json, document, "\n".join(lines))


@app.command()
def diff(
    old: _Set,
    new: _Set,
    on: _Day = None,
    trial: Trial = False,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Say which rules differ, and count the pairs of involvements in the register of which more or less would be shown."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result
    from gateway.rules.effects import effects
    from gateway.rules.setting import named_rules
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        before, after = (named_rules(office, LOCAL_READER, name) for name in (old, new))
        found = effects(office, LOCAL_READER, before, after, _day(on))
    counts = {change.value: number for change, number in found.counts.items()}
    document = {"added": found.added, "removed": found.removed, "changed": found.changed, "connections": counts}
    lines = [f"{name} rules: {', '.join(document[name]) or 'none'}" for name in ("added", "removed", "changed")]
    lines.append("connections: " + ", ".join(f"{number} {change}" for change, number in counts.items()))
    print_result(as_json, document, "\n".join(lines))


@app.command()
def propose(
    file: _File,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    second_key: SecondKey = None,
    second_passphrase_file: SecondPassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Sign a rule set to take the place of the one that counts (information governance lead). A second person approves it."""
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out, print_waiting
    from gateway.cli.signing import Signers
    from gateway.rules.setting import SET_RULES, read_rule_file, rules_content

    signers = Signers(key, passphrase_file, second_key, second_passphrase_file)
    with opened_office(settings) as (read, office):
        content = rules_content(office, read_rule_file(file))
        handed, followed = carry_out(office, read, signers, (SET_RULES, content))
    if handed.proposal is not None:
        print_waiting(as_json, handed.proposal)
        return
    _print_set(as_json, handed.result, followed)


@app.command()
def approve(
    id: Annotated[str, typer.Argument(help="The proposal's id.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Sign a proposed rule set as a second person (information governance lead or data protection officer), and so put it in force."""
    from gateway.app import opened_office
    from gateway.cli.carrying_out import approve_at_terminal
    from gateway.cli.signing import own_key_file
    from gateway.refused import Refused
    from gateway.rules.setting import SET_RULES
    from gateway.trust.actor import LOCAL_READER
    from gateway.trust.proposals import show_proposal

    with opened_office(settings) as (read, office):
        proposal = show_proposal(office, LOCAL_READER, id)
        if proposal.action != SET_RULES:
            raise Refused(f"proposal {id} is not about rules; use patchwork proposal approve {id}")
        path = own_key_file(read, key)
        handed, followed = approve_at_terminal(office, read, proposal, path, passphrase_file)
    _print_set(as_json, handed.result, followed)


@app.command()
def history(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """List every version, who proposed it and who approved it. The first counts; version 0 ships with the program."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_rows
    from gateway.rules.setting import rule_history
    from gateway.trust.actor import LOCAL_READER

    with opened_office(settings) as (_, office):
        rows = [_row(each) for each in rule_history(office, LOCAL_READER)]
    columns = ("version", "title", "recorded_at", "recorded_by", "approved_by", "rules", "digest")
    print_rows(as_json, "versions", rows, columns)


@app.command()
def show(
    name: _Set = "current",
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Print one rule set, in the JSON that check, diff and propose read; with --json also its version and who signed it."""
    import json

    from gateway.app import opened_office
    from gateway.cli.printing import print_result
    from gateway.rules.setting import named_rules
    from gateway.trust.actor import LOCAL_READER

    with opened_office(settings) as (_, office):
        found = named_rules(office, LOCAL_READER, name)
    document = {"set": _row(found), "document": found.document}
    print_result(as_json, document, json.dumps(found.document, ensure_ascii=False, indent=2))


def _print_set(as_json: bool, made: "RuleSet", followed: dict[str, Any]) -> None:
    from gateway.cli.printing import print_result

    text = (
        f"Rule set {made.version} is in force with {len(made.rules)} rules; {followed['alerts']} alerts follow from it."
    )
    print_result(as_json, {"set": _row(made), **followed}, text)


def _row(made: "RuleSet") -> dict[str, Any]:
    return {
        "version": made.version,
        "title": made.title,
        "recorded_at": made.recorded_at.isoformat(timespec="seconds") if made.recorded_at else None,
        "recorded_by": made.recorded_by,
        "approved_by": made.approved_by,
        "rules": [rule.id for rule in made.rules],
        "digest": made.digest,
    }


def _supposed(side: "Supposed") -> dict[str, str]:
    return {
        "agency": side.agency,
        "service": side.service.value,
        "sensitivity": side.sensitivity.value,
        "basis": side.basis.value if side.basis else "",
        "consent": side.consent.value,
        "age_band": side.age_band.value,
    }


def _two(name: str, values: Sequence[_T] | None, default: _T) -> tuple[_T, _T]:
    """For both sides. Raises `BadParameter`, which is wrong usage, for more than two."""
    if values and len(values) > 2:
        raise typer.BadParameter(f"--{name} is given at most twice: for A, and for B")
    return (values[0], values[-1]) if values else (default, default)


def _day(on: datetime | None) -> "date | None":
    return on.date() if on else None
