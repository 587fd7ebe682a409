"""keys, epoch, resync and check: setting a connector up and looking after it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.commands.answers import DEFAULT_SETTINGS, AsJson, SettingsPath, answer, connector_of, refuse
from connectors.commands.choosing import Agency, chosen

keys_app = typer.Typer(help="This connector's own keys.", no_args_is_help=True)
epoch_app = typer.Typer(help="Linkage epochs, as the keyholder sealed them to this connector.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.add_typer(keys_app, name="keys")
    app.add_typer(epoch_app, name="epoch")
    app.command()(resync)
    app.command()(check)


@keys_app.command("new")
def new_keys(settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Make every key this connector needs, and the public document to hand to the registrar and the keyholder."""
    from connectors.keys import keys_folder
    from identity.agency.fingerprint import fingerprint

    with connector_of(settings, as_json) as connector:
        folder = connector.settings.keys.folder
        if len(connector.settings.agencies) > 1:
            refuse(
                "this makes keys for one agency, and the settings have several, each with a signing key of its own: ask the registrar for "
                "an invitation for all of them, and then: patchwork-connector enrol INVITATION_FILE",
                as_json,
            )
        public = keys_folder.make(folder, connector.settings.connector)
        document = {
            "folder": str(folder),
            "public": str(folder / "public.json"),
            "fingerprint": fingerprint(public),
        }
        text = (
            f"Made {folder}. Back it up safely: losing reference.key or ledger.key cannot be made good.\n"
            f"Hand {folder / 'public.json'} to the registrar and the keyholder, and read its fingerprint out to both over the telephone:\n"
            f"  {fingerprint(public)}"
        )
        answer(document, text, as_json)


@keys_app.command("webhook")
def new_webhook_key(
    file: Annotated[Path, typer.Argument(help="A new file for the private half: key_file of a webhook sink.")],
    as_json: AsJson = False,
) -> None:
    """Make the Ed25519 key that a webhook sink signs with, and show the public half for whoever receives."""
    from connectors.sinks.webhook_signature import make_key
    from identity.agency.faults import KeyFault

    try:
        public = make_key(file)
    except KeyFault as problem:
        refuse(problem, as_json)
    text = f"Wrote {file}. Give the receiver this public key, by which it knows who sends: {public}"
    answer({"file": str(file), "public": public}, text, as_json)


@keys_app.command("show")
def show_keys(settings: SettingsPath = DEFAULT_SETTINGS, as_json: AsJson = False) -> None:
    """Show the public keys and their fingerprints."""
    from connectors.keys import keys_folder
    from identity.agency import enrolment_keys
    from identity.agency.fingerprint import fingerprint
    from identity.agency.keys import public_document

    with connector_of(settings, as_json) as connector:
        public = keys_folder.public(connector.settings.keys.folder)
        document = public_document(public) | {"fingerprint": fingerprint(public)}
        lines = [f"connector    {public.owner}", f"fingerprint  {fingerprint(public)}"]
        enrolled = keys_folder.enrolled_keys(connector.settings.keys.folder)
        if enrolled is not None:
            document["agencies"] = [{"agency": id.value, "signing_key": key.id.value} for id, key in enrolled.signing]
            document["enrolment_fingerprint"] = enrolment_keys.fingerprint(enrolled)
            lines += [f"signing key  {key.id} of {id}" for id, key in enrolled.signing]
            lines.append(f"of the enrolment  {document['enrolment_fingerprint']}")
        answer(document, "\n".join(lines), as_json)


@keys_app.command("gateway")
def gateway_keys(
    succession: Annotated[
        Path | None,
        typer.Argument(help="gateway-succession.jws, brought by hand. Default: ask the gateway over HTTPS."),
    ] = None,
    finished: Annotated[
        bool,
        typer.Option("--finished", help="The registrar says that the rotation is finished: write to the new keys."),
    ] = False,
    settings: SettingsPath = DEFAULT_SETTINGS,
    as_json: AsJson = False,
) -> None:
    """Follow a rotation of the gateway's own keys, as far as the pinned key gives its word for it."""
    from connectors.keys.following import follow_gateway, office_settings
    from identity.agency.faults import KeyFault
    from identity.agency.private_file import read_public
    from identity.agency.succession import read

    with connector_of(settings, as_json) as connector:
        pins = connector.gateway_pins
        if succession is not None:
            word = read_public(succession)
            try:
                read(word, pins.pinned().current.signing)
            except KeyFault as problem:
                raise KeyFault(f"{succession}: {problem}") from None
            changed = pins.finish([word], connector.now()) if finished else pins.learn(None, [word], connector.now())
        elif finished or office_settings(connector) is None:
            raise KeyFault("name the gateway-succession.jws that the registrar sent you")
        else:
            changed = follow_gateway(connector)
        believed = [key.id.value for key in pins.pinned().verify_keys(connector.now())]
        text = "Followed the gateway's keys." if changed else "Nothing new."
        answer({"changed": changed, "believed": believed}, f"{text} Believed: {', '.join(believed)}", as_json)


@epoch_app.command("install")
def install_epoch(
    file: Annotated[Path, typer.Argument(help="The sealed epoch from the keyholder.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    as_json: AsJson = False,
) -> None:
    """Check a sealed linkage epoch and keep it. What is live is published again under it at the next publish."""
    from connectors.keys import epochs

    with connector_of(settings, as_json) as connector:
        said = connector.settings
        keyholder = epochs.keyholder_key(said.keys.keyholder)
        epoch = epochs.install(file, said.keys.epochs, connector.decryption, keyholder, said.partnership, said.mode)
        answer(
            {"epoch": epoch.id, "mode": epoch.mode.value},
            f"Installed linkage epoch {epoch.id} ({epoch.mode.value}).",
            as_json,
        )


@epoch_app.command("follow")
def follow_epochs(
    file: Annotated[Path, typer.Argument(help="The keyholder's word about the epochs, brought by hand.")],
    settings: SettingsPath = DEFAULT_SETTINGS,
    as_json: AsJson = False,
) -> None:
    """Take in which linkage epochs are over, by the keyholder's own word, where this connector does not hear it from the gateway."""
    from connectors.keys import epochs
    from connectors.keys.retired_epochs import held_word, take_word
    from identity.agency.private_file import read_public

    with connector_of(settings, as_json) as connector:
        said = connector.settings
        keyholder = epochs.keyholder_key(said.keys.keyholder)
        changed = take_word(read_public(file), said.keys.epochs, keyholder, said.partnership, said.mode)
        word = held_word(said.keys.epochs, keyholder)
        retired = list(word.retired) if word else []
        answer({"changed": changed, "retired": retired}, f"Retired linkage epochs: {', '.join(retired)}", as_json)


def resync(settings: SettingsPath = DEFAULT_SETTINGS, agency: Agency = "", as_json: AsJson = False) -> None:
    """State to the gateway everything this ledger holds as live, so that both agree again (after a restore, or in doubt)."""
    from connectors.exchange.posting import together
    from connectors.exchange.resync import begin_again

    with connector_of(settings, as_json) as connector:
        count, meant = 0, chosen(connector, agency, as_json)
        for each in meant:
            with each.ledger.write() as unit:
                # In a new incarnation, on which the gateway also tells again what this ledger may have lost.
                count += begin_again(unit, each.id, connector.now())
        posted = together(each.post(connector.channel) for each in meant)
        text = f"{count} statements queued. The gateway's answers come with: patchwork-connector deliver"
        document = {"statements": count, "sent": posted.sent, "problem": posted.problem or None}
        answer(document | {"agencies": [each.id.value for each in meant]}, text, as_json, to_do=bool(posted.problem))


def check(
    path: Annotated[
        Path | None,
        typer.Argument(
            help="An export, a file or a folder: a dry run, which needs no settings. Default: test this connector."
        ),
    ] = None,
    preset: Annotated[
        str,
        typer.Option(
            "--preset", help="Of an export: the format it is in, or the path of a preset of your own. Default: look."
        ),
    ] = "auto",
    settings: SettingsPath = DEFAULT_SETTINGS,
    as_json: AsJson = False,
) -> None:
    """Show the resolved settings and test every part: keys, epochs, ledger, exclusion list, sources, sinks, the way to the gateway. With a
    PATH instead: read that export without publishing anything, and show what it would give."""
    from connectors.probing import checking
    from connectors.running.assembly import Connector
    from connectors.settings import SettingsFault, load

    if path is not None:
        from connectors.commands.dry_running import check_export

        check_export(path, preset, as_json)
        return
    if preset != "auto":
        refuse("--preset is for an export: name its path", as_json)
    try:
        said = load(settings)
    except SettingsFault as problem:
        refuse(problem, as_json)
    results = checking.check(Connector(said))
    document: dict[str, Any] = {
        "settings": checking.shown(said),
        "checks": [{"part": one.part, "agency": one.agency, "ok": one.ok, "text": one.text} for one in results],
    }
    several = len(said.agencies) > 1
    whose = [f" of {one.agency}" if one.agency and several else "" for one in results]
    lines = [
        f"{'ok  ' if one.ok else 'FAIL'}  {one.part}{of}: {one.text}" for one, of in zip(results, whose, strict=True)
    ]
    answer(
        document, "\n".join([checking.shown_text(said), "", *lines]), as_json, to_do=not all(one.ok for one in results)
    )
