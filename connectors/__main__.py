"""patchwork-connector: installed at an agency. Publishes what its records say about involvements, and delivers alerts into its own systems.

    publish  deliver  run          the two stories, once or until stopped
    init  enrol  go-live  keys  epoch  check  resync  setting up and looking after it
    rehearsal-key  rehearse                      counting together before there is an agreement
    held  outbox  deliveries  dead-letters  worklist  connection  check-records  still-involved  leaver  ask-introducer
    shield  reference                           clients who must not be told of
    witnesses                                   what the gateway told of its audit, for whoever checks it

Exit codes: 0 done, 1 there is something for a person to do, 2 wrong use or configuration.
"""

import os
from pathlib import Path

import typer

import identity
from connectors.commands import (
    answering_access,
    answering_alerts,
    answering_questions,
    asking,
    changing_over,
    enrolling,
    handing_on,
    inbound,
    informing_people,
    keeping,
    looking,
    rehearsing,
    running,
    setting_up,
    shielding,
    witnessing,
)
from connectors.commands.answers import AsJson, answer
from connectors.running.collecting import collect_rarely
from connectors.version import software_version

app = typer.Typer(
    name="patchwork-connector",
    help="Publishes this agency's involvements and delivers alerts into its own systems.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
running.add_to(app)
answering_alerts.add_to(app)
setting_up.add_to(app)
enrolling.add_to(app)
changing_over.add_to(app)
keeping.add_to(app)
looking.add_to(app)
inbound.add_to(app)
answering_questions.add_to(app)
answering_access.add_to(app)
informing_people.add_to(app)
asking.add_to(app)
handing_on.add_to(app)
rehearsing.add_to(app)
shielding.add_to(app)
witnessing.add_to(app)


@app.command()
def version(as_json: AsJson = False) -> None:
    """Show which version this is."""
    found = software_version() or "not installed"
    answer({"version": found}, f"patchwork-connector {found}", as_json)


def main() -> None:
    """The entry point."""
    if os.name == "nt":
        raise SystemExit(
            "patchwork-connector: keys are protected by POSIX file permissions, which this system does not have; on Windows run it in WSL 2 or in "
            "the container of deploy/connector/Containerfile"
        )
    # An unrelated distribution of that name installs over ours without a warning.
    if Path(identity.__file__ or "").parent.parent != Path(__file__).parent.parent:
        raise SystemExit(
            "patchwork-connector: another package called 'identity' is installed over ours; install into an empty environment"
        )
    collect_rarely()
    app()


if __name__ == "__main__":
    main()
