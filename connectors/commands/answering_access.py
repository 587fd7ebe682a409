"""access-requests: people who ask what is held of them, and whether our own records may be shown to them."""

from typing import Annotated

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, SettingsPath, answer, connector_of, refuse
from connectors.commands.choosing import Agency, chosen, holder, prefix

app = typer.Typer(help="People who ask what is held of them: may our records be shown?", no_args_is_help=True)


def add_to(parent: typer.Typer) -> None:
    """Register these commands."""
    parent.add_typer(app, name="access-requests")


@app.command("list")
def list_questions(settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False) -> None:
    """Show what the gateway asks. Exit status 1 where somebody has to answer."""
    from connectors.alerts.access_requests import access_requests, as_text
    from connectors.alerts.access_requests import as_json as document_of

    with connector_of(settings, as_json) as connector:
        documents, texts, waiting = [], [], 0
        for each in chosen(connector, agency, as_json):
            with each.ledger.read() as unit:
                asked = access_requests(unit, each.id)
            waiting += len(asked.entries)
            documents.append({"agency": each.id.value} | document_of(asked))
            texts.append(f"{prefix(connector, each)}{as_text(asked)}")
        answer({"agencies": documents}, "\n".join(texts), as_json, to_do=bool(waiting))


@app.command("answer")
def answer_one(
    question: Annotated[str, typer.Argument(help="The question's id, as the list shows it.")],
    verdict: Annotated[str, typer.Argument(help="release, not-theirs or exempt.")],
    ground: Annotated[
        str,
        typer.Option(help="Why it is exempt: serious-harm, mixed-data or workers. The rest stays in your own file."),
    ] = "",
    settings: SettingsPath = DEFAULT_SETTINGS,
    agency: Agency = "",
    as_json: AsJson = False,
) -> None:
    """Say whether our record may be shown to whoever asks. It leaves with the next publishing."""
    from connectors.alerts.access_requests import NotAsked, access_requests, answer_question
    from mappings.canonical.access import AccessVerdict, ExemptionGround
    from mappings.canonical.identifiers import InvalidIdentifier, MessageId

    if verdict not in set(AccessVerdict):
        raise typer.BadParameter(f"expected {', '.join(AccessVerdict)}", param_hint="VERDICT")
    if ground and ground not in set(ExemptionGround):
        raise typer.BadParameter(f"expected {', '.join(ExemptionGround)}", param_hint="--ground")
    if (verdict == AccessVerdict.EXEMPT) != bool(ground):
        raise typer.BadParameter("an exemption names its ground, and nothing else does", param_hint="--ground")
    missing = "no such question is open; patchwork-connector access-requests list shows those that are"
    with connector_of(settings, as_json) as connector:
        try:
            id = MessageId(question)
        except InvalidIdentifier:
            refuse(missing, as_json)
        agencies = [each.id for each in chosen(connector, agency, as_json)]
        whose = holder(
            connector,
            agency,
            as_json,
            lambda unit: any(id == each.question.id for one in agencies for each in access_requests(unit, one).entries),
            missing,
        )
        try:
            with whose.ledger.write() as unit:
                said, why = AccessVerdict(verdict), ExemptionGround(ground) if ground else None
                answer_question(unit, whose.id, id, said, why, connector.now())
        except NotAsked as problem:
            refuse(str(problem), as_json)
        text = "Answered. It leaves with the next: patchwork-connector publish (or run)"
        answer({"question": id.value, "verdict": verdict}, text, as_json)
