"""`patchwork authority`: who certifies the connectors' TLS keys, this gateway itself or an authority outside."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.options import DEFAULT_SETTINGS, Json, KeyFile, PassphraseFile, SettingsFile

if TYPE_CHECKING:
    from gateway.model.client_certificate import ClientCertificate

app = typer.Typer(help="Certificates for connectors.", no_args_is_help=True, rich_markup_mode=None)
_Id = Annotated[str, typer.Argument(help="The connector's id.")]


@app.command()
def init(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Make a built-in authority: a key file (0600) and its certificate, which the broker and a proxy are told to believe."""
    from gateway.cli.printing import print_result
    from gateway.clock import SystemClock
    from gateway.enrolment.authority import CERTIFICATE_FILE, make_authority
    from gateway.settings import load_settings

    read = load_settings(settings)
    made = make_authority(
        read.authority_dir, f"Patchwork {read.partnership} {read.mode} authority", SystemClock().now()
    )
    path = read.authority_dir / CERTIFICATE_FILE
    until = made.certificate.not_valid_after_utc.isoformat(timespec="seconds")
    text = (
        f"Made an authority in {read.authority_dir}, good until {until}. Back its key up apart from the database.\n"
        f"The broker believes connectors by {path}."
    )
    print_result(as_json, {"certificate": str(path), "valid_until": until}, text)


@app.command()
def issue(settings: SettingsFile = DEFAULT_SETTINGS, as_json: Json = False) -> None:
    """Certify every approved connector that has no certificate for its key, or whose certificate runs out within a month. An approval
    and a running gateway do this by themselves."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_rows
    from gateway.enrolment.authority import load_authority
    from gateway.enrolment.certificates import issue_missing
    from mappings.canonical.identifiers import GatewayId

    with opened_office(settings) as (read, office):
        issued = issue_missing(
            office.store, office.clock, lambda: load_authority(read.authority_dir), GatewayId(read.gateway_id)
        )
    rows = [_row(each) for each in issued]
    print_rows(as_json, "certificates", rows, ("connector", "serial", "valid_until", "issuer"))


@app.command()
def csr(
    id: _Id,
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write it.")],
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Write the certificate request of an approved connector, for an authority outside."""
    from gateway.app import opened_office
    from gateway.cli.printing import print_result
    from gateway.enrolment.certificates import certificate_request
    from identity.agency.private_file import write_public

    with opened_office(settings) as (_, office):
        write_public(out, certificate_request(office.store, id))
    text = f"Wrote {out}. What comes back: patchwork authority import {id} FILE"
    print_result(as_json, {"connector": id, "file": str(out)}, text)


@app.command("import")
def import_(
    id: _Id,
    file: Annotated[Path, typer.Argument(help="PEM: the connector's certificate, then the authority's.")],
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    settings: SettingsFile = DEFAULT_SETTINGS,
    as_json: Json = False,
) -> None:
    """Bring in a certificate from an authority outside (registrar). The connector fetches it."""
    from gateway.app import opened_office
    from gateway.cli.carrying_out import carry_out
    from gateway.cli.printing import print_result
    from gateway.cli.signing import Signers
    from gateway.enrolment.certificates import IMPORT, import_content

    content = import_content(id, file)
    with opened_office(settings) as (read, office):
        handed, _ = carry_out(office, read, Signers(key, passphrase_file), (IMPORT, content))
    row = _row(handed.result)
    print_result(as_json, {"imported": row}, f"Kept the certificate of {id}, good until {row['valid_until']}.")


def _row(certificate: "ClientCertificate") -> dict[str, Any]:
    return {
        "connector": certificate.connector.value,
        "serial": certificate.serial,
        "valid_until": certificate.valid_until.isoformat(timespec="seconds"),
        "issuer": certificate.issuer.value,
    }
