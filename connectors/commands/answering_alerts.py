"""answer: say what came of an alert; answers: what was said."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, Limit, SettingsPath, connector_of, refuse
from connectors.commands.answers import answer as print_answer
from connectors.commands.choosing import Agency, chosen, only, prefix

if TYPE_CHECKING:
    from connectors.answers.saying import Said
    from connectors.ledger.connections import Told
    from connectors.running.assembly import Connector
    from connectors.running.served_agency import ServedAgency

_Reference = Annotated[
    str, typer.Argument(metavar="REFERENCE", help="What the alert says to say, such as K7P-4QX, or the alert's id.")
]
_Answer = Annotated[
    str,
    typer.Argument(
        metavar="ANSWER",
        help="seen, already-knew, made-contact, not-relevant, not-on-my-caseload, different-people, same-person or no-longer-involved.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command("answer")(answer)
    app.command("answers")(answers)


def answer(
    reference: _Reference,
    said: _Answer,
    by: Annotated[str, typer.Option(help="Who answers. It is kept here and never leaves.")] = "",
    settings: SettingsPath = DEFAULT_SETTINGS,
    agency: Agency = "",
    as_json: AsJson = False,
) -> None:
    """Say what came of an alert. Only the alert's references, the answer and the day leave; the other side never learns of it.

    different-people and same-person are for after both sides have spoken. no-longer-involved ends our own involvement; not-on-my-caseload passes
    the alert on within our own agency. Exit status 1 where it could not leave at once: it leaves as soon as the gateway can be reached, while the
    connector runs.
    """
    from connectors.answers.saying import WHAT_FOLLOWS, NotAnswered, by_whom, code_of, say
    from connectors.commands.telling import posted_document, posted_text

    with connector_of(settings, as_json) as connector:
        try:
            code, who = code_of(said), by_whom(by)
            whose, told = _meant(connector, agency, reference, as_json)
            done = say(whose.desk, told, code, who)
        except NotAnswered as problem:
            refuse(problem, as_json)
        posted = whose.post(connector.channel)
        lines = ["Answered." if done.new else "That was answered before, and is not said twice."]
        lines += [WHAT_FOLLOWS[code]] if code in WHAT_FOLLOWS and done.new else []
        lines += _followed(done)
        document = {
            "agency": whose.id.value,
            "answer": code.value,
            **_document(done),
            "posted": posted_document(posted),
        }
        print_answer(document, "\n".join([*lines, posted_text(posted)]), as_json, to_do=bool(posted.problem))


def answers(
    settings: SettingsPath = DEFAULT_SETTINGS, limit: Limit = 100, agency: Agency = "", as_json: AsJson = False
) -> None:
    """Show what was answered, and which involvements that were ended here our own system states still. Exit status 1 where there is one."""
    from connectors.answers.saying import answers_document, answers_text

    with connector_of(settings, as_json) as connector:
        documents, texts = [], []
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                documents.append(answers_document(unit, each.id, limit))
            texts.append(f"{prefix(connector, each)}{answers_text(documents[-1])}")
        still = any(each["ended_here_and_still_stated"] for each in documents)
        print_answer({"agencies": documents}, "\n".join(texts), as_json, to_do=still)


def _meant(connector: "Connector", agency: str, reference: str, as_json: bool) -> "tuple[ServedAgency, Told]":
    """Whose connection it is; refused where no agency has a current one of that reference, or several do. Raises `NotAnswered`."""
    from connectors.answers.saying import meant

    found = []
    for each in chosen(connector, agency, as_json):
        with each.ledger.read() as unit:
            found += [(each, told) for told in meant(unit, reference)]
    if not found:
        refuse(
            "no current connection of ours has this reference; patchwork-connector worklist shows those there are",
            as_json,
        )
    if len({each.id for each, _ in found}) > 1:
        # Says which agencies there are to choose from.
        only(connector, agency, as_json)
    if len(found) > 1:
        refuse(
            "several of our involvements are told of under this reference; name the alert by its id, as its file is called",
            as_json,
        )
    return found[0]


def _document(done: "Said") -> dict[str, Any]:
    return {
        "new": done.new,
        "ended": done.ended,
        "rerouted_to": (done.rerouted.to or "duty") if done.rerouted else None,
    }


def _followed(done: "Said") -> list[str]:
    lines = []
    if done.ended:
        lines.append(
            "Our involvement ends today. End it in your own system too: patchwork-connector answers shows it until then."
        )
    if done.rerouted is not None:
        whom = done.rerouted.to or "whoever is on duty"
        lines.append(f"The alert goes to {whom} with the next: patchwork-connector deliver (or run)")
    return lines
