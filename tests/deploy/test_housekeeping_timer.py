"""The timer that is shipped starts a command that there is, once a day, and makes up for a day that was missed."""

from configparser import ConfigParser
from pathlib import Path

from gateway.settings import Settings

FOLDER = Path(__file__).parents[2] / "deploy"
UNITS = FOLDER / "systemd"


def unit(name: str) -> ConfigParser:
    read = ConfigParser(interpolation=None, strict=True)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string((UNITS / name).read_text())
    return read


def test_the_timer_starts_the_service_once_a_day_and_is_made_up_for() -> None:
    timer = unit("patchwork-housekeeping.timer")["Timer"]
    assert (UNITS / timer["Unit"]).is_file()
    assert timer["OnCalendar"].startswith("*-*-* ")
    assert timer["Persistent"] == "true"


def test_the_service_runs_a_command_that_the_program_has_and_can_gain_no_rights() -> None:
    import typer.main

    from gateway.__main__ import app

    service = unit("patchwork-housekeeping.service")["Service"]
    program, command, option = service["ExecStart"].split()
    assert program.endswith("/patchwork")
    found = typer.main.get_group(app).commands[command]  # type: ignore[attr-defined]
    assert option in [name for each in found.params for name in each.opts]
    assert (service["Type"], service["NoNewPrivileges"], service["UMask"]) == ("oneshot", "yes", "0077")


def test_the_page_names_every_setting_with_its_default() -> None:
    page = (FOLDER / "docs" / "housekeeping.md").read_text()
    names = ("unconfirmed", "ask_before", "linger", "dead_letter", "answer", "disclosure")
    fields = {name: field.default for name, field in Settings.model_fields.items() if name.startswith(names)}
    assert len(fields) == 8
    for name, default in fields.items():
        assert f"`{name}` = {default} " in page
