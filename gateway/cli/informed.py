"""`patchwork informed`: of how many people agencies say that they were told of being held here."""

from gateway.cli.options import DEFAULT_SETTINGS, Json, SettingsFile, Trial

_COLUMNS = (
    "agency",
    "total",
    "in_person",
    "by_letter",
    "by_privacy_notice",
    "not_informed",
    "unsafe_to_inform",
    "undated",
)
_NOTE = (
    "Counts from 1 to 4 are not shown (*), nor a total that would give one away. undated: told, it says, but not when."
)


def informed(trial: Trial = False, settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Report by agency how the people whose involvements are held were informed. Which people, only their own agency can say."""
    from gateway.app import opened_side
    from gateway.cli.printing import print_result, table
    from gateway.informing.report import informed_report
    from gateway.trust.actor import LOCAL_READER

    with opened_side(settings, trial) as (_, office):
        found = informed_report(office, LOCAL_READER)
    rows = [
        {"agency": each.agency.value, "total": each.total, "undated": each.undated}
        | {code.value.replace("-", "_"): count for code, count in each.by_code.items()}
        for each in found
    ]
    shown = [{name: "*" if value is None else value for name, value in row.items()} for row in rows]
    print_result(as_json, {"agencies": rows, "suppressed_below": 5}, f"{table('agencies', shown, _COLUMNS)}\n{_NOTE}")
