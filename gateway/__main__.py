"""`patchwork`: the gateway operator's program. Exit status 0 done, 1 refused or failed, 2 wrong usage."""

import sys

import typer

from gateway.cli import (
    agency,
    agreement,
    alarm,
    answer,
    audit,
    authority,
    bench,
    broker,
    check,
    compared,
    connector,
    db,
    dead_letter,
    epoch,
    gateway,
    governance,
    housekeeping,
    identity,
    informed,
    init,
    introducer,
    investigation,
    invitation,
    keys,
    link,
    merge,
    no_contact,
    operator,
    probe,
    proposal,
    protected_places,
    rehearse,
    replay,
    restriction,
    review,
    rollout,
    rules,
    shield,
    standing,
    subject_access,
)
from gateway.cli.options import Json

app = typer.Typer(
    name="patchwork",
    help="Lets professionals in different agencies learn that they are working with the same person.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(init.init)
app.add_typer(gateway.app, name="gateway")
app.add_typer(agency.app, name="agency")
invitation.add_to(connector.app)
standing.add_to(connector.app)
compared.add_to(connector.app)
probe.add_to(connector.app)
app.add_typer(connector.app, name="connector")
app.add_typer(keys.app, name="keys")
app.add_typer(authority.app, name="authority")
app.add_typer(epoch.app, name="epoch")
app.add_typer(agreement.app, name="agreement")
app.add_typer(rules.app, name="rules")
app.add_typer(governance.app, name="governance")
app.add_typer(rollout.app, name="rollout")
app.add_typer(protected_places.app, name="protected-places")
app.add_typer(alarm.app, name="alarm")
app.add_typer(answer.app, name="answer")
app.add_typer(shield.app, name="shield")
app.add_typer(restriction.app, name="restriction")
app.add_typer(no_contact.app, name="no-contact")
app.add_typer(investigation.app, name="investigation")
app.add_typer(operator.app, name="operator")
app.add_typer(proposal.app, name="proposal")
replay.add_to(dead_letter.app)
app.add_typer(dead_letter.app, name="dead-letter")
app.add_typer(review.app, name="review")
app.add_typer(introducer.app, name="introducer")
app.add_typer(link.app, name="link")
app.add_typer(merge.app, name="merge")
app.add_typer(subject_access.app, name="subject-access")
app.add_typer(db.app, name="db")
app.add_typer(identity.app, name="identity")
app.command()(rehearse.rehearse)
app.add_typer(audit.app, name="audit")
app.add_typer(broker.app, name="broker")
app.command()(check.check)
app.command()(informed.informed)
app.command()(housekeeping.housekeeping)
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(bench.bench)


@app.command()
def version(as_json: Json = False) -> None:
    """Say which version this is."""
    from gateway.cli.printing import print_result
    from gateway.version import software_version

    print_result(as_json, {"version": software_version()}, f"patchwork {software_version()}")


def main() -> None:
    """The console script."""
    try:
        _check_installation()
        app()
    except Exception as fault:
        from gateway.cli.failure import report

        sys.exit(report(fault, "--json" in sys.argv))
    except KeyboardInterrupt:
        sys.exit(1)


def _check_installation() -> None:
    """An unrelated distribution on PyPI is called `identity` and installs over ours without a warning."""
    from importlib.util import find_spec

    if find_spec("identity.agency") is None:
        from gateway.refused import Refused

        raise Refused(
            "another package called identity took the place of ours: pip uninstall identity, then install ours again"
        )


if __name__ == "__main__":
    main()
