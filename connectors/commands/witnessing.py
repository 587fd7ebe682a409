"""witnesses: what the gateway told of its audit, day by day, for whoever checks whether the audit was rewritten."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, SettingsPath, answer, connector_of, refuse
from connectors.commands.choosing import Agency, chosen

if TYPE_CHECKING:
    from connectors.ledger.witnesses import WitnessFinding
    from connectors.running.assembly import Connector
    from connectors.running.served_agency import ServedAgency
    from mappings.canonical.witness import Witness


def add_to(app: typer.Typer) -> None:
    """Register this command."""
    app.command()(witnesses)


def witnesses(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A new file for the auditor: one line of JSON a day.")
    ] = None,
    settings: SettingsPath = DEFAULT_SETTINGS,
    agency: Agency = "",
    as_json: AsJson = False,
) -> None:
    """Show which checkpoint of its audit the gateway told of on which day; with -o as a file for `patchwork audit verify --witnesses`. It names
    nobody. Exit code 1 where what was told does not hold together."""
    from identity.agency.private_file import write_public
    from mappings.witness_file import write_witnesses

    with connector_of(settings, as_json) as connector:
        told: list[Witness] = []
        findings: list[tuple[ServedAgency, WitnessFinding]] = []
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                findings += [(each, found) for found in unit.witnesses.findings()]
            told += _told(connector, each)
        if output is not None:
            if output.exists():
                refuse(f"{output} exists already; name a new file, so that what was kept before stays", as_json)
            write_public(output, write_witnesses(told))
        document = {
            "witnesses": [_document(one) for one in told],
            "findings": [
                {"agency": whose.id.value, "told_on": one.told_on, "problem": one.text} for whose, one in findings
            ],
            "file": str(output) if output else None,
        }
        lines = [f"{one.told_on}  the checkpoint made on {one.told.made_on}, sha256 {one.told.digest}" for one in told]
        lines = [f"Wrote {output}: {len(told)} lines."] if output else lines
        lines += [f"FINDING: {one.text}" for _, one in findings] or ([] if told else ["The gateway has told of none."])
        if findings:
            lines.append("Keep this ledger, and let an auditor compare: patchwork audit verify --witnesses FILE")
        answer(document, "\n".join(lines), as_json, to_do=bool(findings))


def _told(connector: "Connector", agency: "ServedAgency") -> "list[Witness]":
    from mappings.canonical.witness import Witness

    said = connector.settings
    with agency.ledger.read() as unit:
        return [
            Witness(said.partnership, said.mode, agency.id, each.told_on, each.told) for each in unit.witnesses.all()
        ]


def _document(witness: "Witness") -> dict[str, str]:
    return {
        "side": witness.mode.value,
        "agency": witness.agency.value,
        "told_on": witness.told_on.isoformat(),
        "made_on": witness.told.made_on.isoformat(),
        "sha256": witness.told.digest,
    }
