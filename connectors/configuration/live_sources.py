"""The settings of live sources: systems that are asked, and listeners that are told. Each is one table of `sources` with a `kind` of its own."""

from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from connectors.configuration.table import NAME, File, Table
from connectors.reaching.own_server import check_base

FILE = "file"
KINDS = (FILE, "fhir_server", "http_push", "hl7v2_mllp", "sql_query", "sftp")
"""Every kind of source; a source without `kind` is a file or a folder of them."""


class _Live(Table):
    name: str = Field(pattern=NAME)


class FhirServerSettings(_Live):
    """The agency's FHIR R4 server, asked every `every_minutes` for what changed, and every `full_every_hours` for everything: by searches, or
    by a bulk data export (`full_by`).

    `token_file` holds a bearer token, `credential_file` `user:password`; both 0600. `relatives`: RelatedPersons are asked for too.
    `longest_reading_seconds` bounds one reading as a whole: beyond it nothing of it is used.
    """

    kind: Literal["fhir_server"]
    preset: str = "fhir_r4_ukcore"
    url: str
    token_file: File | None = None
    credential_file: File | None = None
    ca_file: File | None = None
    types: tuple[Literal["CareTeam", "EpisodeOfCare"], ...] = Field(("CareTeam", "EpisodeOfCare"), min_length=1)
    relatives: bool = False
    every_minutes: int = Field(15, ge=1, le=1_440)
    full_every_hours: int = Field(24, ge=1, le=168)
    full_by: Literal["search", "export"] = "search"
    page_size: int = Field(200, ge=1, le=1_000)
    longest_reading_seconds: int = Field(600, ge=5, le=3_600)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        check_base(self.url, "fhir_server")
        if self.token_file and self.credential_file:
            raise ValueError("fhir_server: name a token_file or a credential_file, not both")
        return self


class _Listening(_Live):
    """A listener inside the agency. On another address than this machine's own it takes TLS (`cert_file`, `key_file`). `senders` are the
    addresses or networks whose connections are taken, all where it is empty; `client_ca_file` lets nobody in without a certificate of its. `staff`
    and `teams` are directories (CSV) of what the messages know by number only."""

    address: str = "127.0.0.1"
    port: int = Field(ge=0, le=65_535)
    senders: tuple[str, ...] = ()
    cert_file: File | None = None
    key_file: File | None = None
    client_ca_file: File | None = None
    staff: File | None = None
    teams: File | None = None
    most_connections: int = Field(32, ge=1, le=256)

    @model_validator(mode="after")
    def _safe(self) -> Self:
        try:
            own = ip_address(self.address).is_loopback
            named = [ip_network(each) for each in self.senders]
        except ValueError:
            raise ValueError(
                "address and senders must be IP addresses, senders also networks such as 10.1.2.0/24"
            ) from None
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file go together; name both")
        if self.client_ca_file and not self.cert_file:
            raise ValueError("client_ca_file needs cert_file and key_file: certificates are shown over TLS only")
        if any(each.prefixlen == 0 for each in named):
            raise ValueError("senders: a network of every address names nobody; name those that send")
        self._check(own)
        return self

    def _check(self, own: bool) -> None:
        """What else must be, knowing whether only this machine can reach the listener. Raises `ValueError`."""


class HttpPushSettings(_Listening):
    """A listener to which the agency's systems POST. `secret_file` holds the shared secret (0600, 16 characters or more)."""

    kind: Literal["http_push"]
    secret_file: File | None = None
    fhir_preset: str = "fhir_r4_ukcore"
    rows_preset: str = "generic_agency_csv"
    largest_kilobytes: int = Field(1_024, ge=1, le=16_384)
    request_seconds: int = Field(30, ge=1, le=300)

    def _check(self, own: bool) -> None:
        if not own and not self.cert_file:
            raise ValueError(
                "http_push: on another address than 127.0.0.1 the secret may be read on its way; name cert_file and key_file"
            )
        if not self.secret_file and not self.client_ca_file:
            raise ValueError(
                "http_push: name a secret_file, or a client_ca_file: else anybody could publish in this agency's name"
            )


class MllpSettings(_Listening):
    """A listener for HL7 v2 messages over MLLP. The protocol knows no secret: on another address than this machine's own, `senders` or
    `client_ca_file` say who may speak, and `unencrypted` that names cross that network in clear."""

    kind: Literal["hl7v2_mllp"]
    preset: str = "hl7v2_adt_uk"
    unencrypted: bool = False
    largest_kilobytes: int = Field(256, ge=1, le=4_096)
    message_seconds: int = Field(30, ge=1, le=300)
    idle_seconds: int = Field(3_600, ge=1, le=86_400)

    def _check(self, own: bool) -> None:
        if not own and not self.senders and not self.client_ca_file:
            raise ValueError(
                "hl7v2_mllp: on another address than 127.0.0.1 name senders or a client_ca_file: MLLP has no password"
            )
        if not own and not self.cert_file and not self.unencrypted:
            raise ValueError(
                "hl7v2_mllp: on another address than 127.0.0.1 name cert_file and key_file, or set unencrypted = true where that network is "
                "one on which names may be read"
            )


class SqlQuerySettings(_Live):
    """One SELECT over the agency's database: the `database_file` where `driver` is sqlite, the `database` at `host` where it is postgresql.
    `since_column` names the column of the query that says when a row changed, where the query asks for `:since`."""

    kind: Literal["sql_query"]
    driver: str
    query_file: File
    database_file: File | None = None
    database: str = Field("", max_length=120)
    preset: str = "generic_agency_csv"
    since_column: str = Field("", max_length=120)
    host: str = "127.0.0.1"
    port: int = Field(5_432, ge=1, le=65_535)
    user: str = ""
    password_file: File | None = None
    ca_file: File | None = None
    every_minutes: int = Field(15, ge=1, le=1_440)
    full_every_hours: int = Field(24, ge=1, le=168)
    query_seconds: int = Field(300, ge=1, le=3_600)

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.driver not in ("sqlite", "postgresql"):
            raise ValueError(
                "sql_query: driver must be sqlite or postgresql; other databases, also over ODBC, are not read: export CSV from them, or a view "
                "into one of these"
            )
        if self.driver == "sqlite" and not self.database_file:
            raise ValueError("sql_query: name the database_file of SQLite")
        if self.driver == "postgresql" and not (self.user and self.database):
            raise ValueError("sql_query: name the database, and a user that may read the view and nothing else")
        return self


class SftpSettings(_Live):
    """An export on a server that is reached over SFTP. `host_key_file` holds the server's public key, `key_file` our private one (0600)."""

    kind: Literal["sftp"]
    preset: str
    host: str
    port: int = Field(22, ge=1, le=65_535)
    user: str
    key_file: File
    host_key_file: File
    remote_path: str = Field(min_length=1, max_length=1_000)
    every_minutes: int = Field(60, ge=1, le=1_440)
    fetch_seconds: int = Field(600, ge=5, le=3_600)


PolledSource = FhirServerSettings | SqlQuerySettings | SftpSettings
ListenerSource = HttpPushSettings | MllpSettings
LiveSource = (
    Annotated[FhirServerSettings, Tag("fhir_server")]
    | Annotated[HttpPushSettings, Tag("http_push")]
    | Annotated[MllpSettings, Tag("hl7v2_mllp")]
    | Annotated[SqlQuerySettings, Tag("sql_query")]
    | Annotated[SftpSettings, Tag("sftp")]
)


def _kind(value: Any) -> Any:
    return value.get("kind", FILE) if isinstance(value, dict) else getattr(value, "kind", FILE)


of_kind = Discriminator(
    _kind,
    custom_error_type="source_kind",
    custom_error_message=f"kind: there is no such kind of source; there are {', '.join(KINDS)}",
)


def file_of(said: Any) -> Path | None:
    """The file that a live source reads, where it is one."""
    return said.database_file if isinstance(said, SqlQuerySettings) else None
