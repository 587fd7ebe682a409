"""The demo on the embedded default: who must be told is told, nobody else is, and no log knows a name."""

import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

from deploy.demo.caseloads import Allocation
from deploy.demo.story import Story, tell
from tests.deploy.demo.known_truth import must_be_told, own_words, people_by_reference, was_told
from tests.deploy.demo.one_run import Demo, without_escapes
from tests.log_lines import Reader
from tests.secrets_of import Needles, cells, files_below

Run = tuple[Demo, Story]
MOMENTS = ("timestamp", "at", "as_of")


def test_it_ends_by_itself_with_the_numbers_that_the_story_must_come_to(told: Run) -> None:
    demo, story = told

    assert demo.status == 0
    assert demo.complained == ""
    assert demo.said.splitlines()[-1] == str(story.truth)


def test_exactly_those_are_told_of_each_other_who_must_be(told: Run) -> None:
    demo, story = told
    wanted, found = must_be_told(story.rows), was_told(demo.root)

    assert sum((wanted - found).values()) == 0, "somebody was not told"
    assert sum((found - wanted).values()) == 0, "somebody was told who must not be"
    assert found.total() == story.truth.alerts > 100


def test_the_two_sides_of_a_reference_speak_of_one_person(told: Run) -> None:
    demo, story = told
    sides = people_by_reference(demo.root, story.rows)

    assert len(sides) == story.truth.connections
    for told_of in sides.values():
        assert len(told_of) == 2
        assert len({person for person, _ in told_of}) == 1
        assert len({agency for _, agency in told_of}) == 2


def test_every_line_of_every_log_is_on_the_allow_lists(told: Run) -> None:
    demo, _ = told
    logs = list(demo.root.glob("logs/*.log"))

    assert len(logs) > 5
    assert [finding for log in logs for finding in Reader(log).findings()] == []


def test_the_worklists_show_the_same_connections(told: Run) -> None:
    demo, story = told
    listed: Counter[tuple[str, str]] = Counter()
    for path in demo.root.glob("agencies/*/alerts/worklist.json"):
        for each in json.loads(path.read_text("utf-8"))["connections"]:
            listed[path.parent.parent.name, each["client_id"]] += 1
    wanted: Counter[tuple[str, str]] = Counter()
    for told_one, times in must_be_told(story.rows).items():
        wanted[told_one.agency, told_one.client_id] += times

    assert listed == wanted


def test_it_shows_what_a_practitioner_reads(told: Run) -> None:
    demo, _ = told

    assert "    Somebody else is involved with Maya Grace O'Neill (1002301): Helen Marsh" in demo.said
    assert "    Somebody else is involved with Maya Grace O'Neill (CH-3312): Folake Adeyemi" in demo.said
    assert "Reference to say: " in demo.said
    assert "1. Ring the number in this alert" in demo.said


def test_no_log_holds_anything_of_a_client(told: Run) -> None:
    demo, story = told
    logs = sorted((demo.root / "logs").iterdir())
    lines = [json.loads(line) for log in logs for line in log.read_text("utf-8").splitlines()]
    text = "\n".join(
        json.dumps({k: v for k, v in line.items() if k not in MOMENTS}, ensure_ascii=False) for line in lines
    )

    assert len(logs) == 6
    assert not found_in(text, story.rows)


def test_the_gateways_folder_holds_nothing_of_a_client(told: Run) -> None:
    demo, story = told
    # Short words stand in any database by chance; long ones do not.
    secrets = {secret for row in story.rows for secret in details(row) if len(secret) >= 7}
    # When somebody began to help is told openly; a small child may have been born on such a day.
    secrets -= {str(day) for row in story.rows for day in (row.start, row.end)}
    needles = Needles(secrets)
    files, values = files_below(demo.root / "gateway"), list(cells(f"sqlite:///{demo.root}/gateway/patchwork.db"))

    assert len(needles) > 500
    assert len(files) >= 7
    assert len(values) > 5_000
    assert not needles.in_cells(values), "the register holds a client's detail"
    for path in files:
        assert not needles.in_raw(path.read_bytes()), f"{path.name} holds a client's detail"


def test_nothing_runs_afterwards(told: Run) -> None:
    assert told[0].left_over() == []


def test_in_a_terminal_it_stays_up_until_ctrl_c_and_can_be_run_again(told: Run) -> None:
    day, folder = date.today(), told[0].folder
    before = {path.name for path in (told[0].root / "agencies").rglob("*.txt")}
    demo = Demo(folder)
    try:
        demo.start_in_terminal(columns=80, lines=30).until("Press Ctrl-C to stop")
        assert [line for line in demo.left_over() if "gateway run" in line], "the gateway does not run any more"
        demo.press_ctrl_c()
        demo.finish()
        seen, story = without_escapes(demo.said), tell(day)
        told_now = was_told(demo.root)
        after = {path.name for path in (demo.root / "agencies").rglob("*.txt")}
    finally:
        demo.kill()

    assert demo.status == 0
    assert seen.splitlines()[-1] == str(story.truth)
    assert told_now == must_be_told(story.rows)
    assert before & after == {"worklist.txt"}, "something is left of the run before"
    shown = [int(number) for number in re.findall(r"Gateway: (\d+) notices", seen)]
    assert shown[0] < shown[-1] == story.truth.notices, "the numbers did not rise before one's eyes"
    assert [line for line in re.split(r"[\r\n]+", seen) if len(line) > 80] == [], "wider than the terminal"
    assert demo.left_over() == []


def details(row: Allocation) -> set[str]:
    """What must never leave the agency in clear."""
    person = row.person
    words = {person.nhs_number, person.postcode, person.street, *own_words(row)[:2]}
    if not row.carried:
        words |= {person.given, person.middle, person.family, person.family.upper()}
        words |= {person.born.isoformat(), person.born.strftime("%d/%m/%Y")}
    return words - {""}


def found_in(text: str, rows: tuple[Allocation, ...]) -> list[Path]:
    """The rows (by number) of which a detail stands in the text as a word of its own."""
    words = set(re.findall(r"[\w'/-]+", text))
    whole = {each for row in rows for each in details(row)}
    return [Path(str(row.number)) for row in rows if words & details(row)] + [
        Path("several words") for each in whole if " " in each and each in text
    ]
