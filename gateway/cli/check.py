"""`patchwork check`: the settings as they count, and whether what they name works from here."""

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile


def check(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Show the resolved settings (secrets masked) and test keys, secrets, store, clock and broker, and list what expires soon; exit
    status 1 on a failure, 0 with warnings."""
    from gateway.checks import resolved, run_checks
    from gateway.cli.printing import print_result
    from gateway.settings import load_settings

    read = load_settings(settings)
    shown, checks = resolved(read), run_checks(read)
    passed = all(each.passed for each in checks)
    document = {
        "settings": shown,
        "checks": [
            {"name": each.name, "passed": each.passed, "detail": each.detail, "warnings": list(each.warnings)}
            for each in checks
        ],
        "passed": passed,
    }
    lines = [f"{name} = {'' if value is None else value}" for name, value in shown.items()]
    lines += [f"{'ok  ' if each.passed else 'FAIL'} {each.name}: {each.detail}" for each in checks]
    lines += [f"WARN {each.name}: {warning}" for each in checks for warning in each.warnings]
    print_result(as_json, document, "\n".join(lines))
    if not passed:
        raise typer.Exit(1)
