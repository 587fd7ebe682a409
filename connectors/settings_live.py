"""The settings of live sources: systems that are asked, and listeners that are told. Each is one table of `sources` with a `kind` of its own."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from connectors.own_server import check_base
from connectors.settings_table import NAME, File, Table

FILE = "file"
KINDS = (FILE, "fhir_server")
"""Every kind of source; a source without `kind` is a file or a folder of them."""


class _Live(Table):
    name: str = Field(pattern=NAME)


class FhirServerSettings(_Live):
    """The agency's FHIR R4 server, asked every `every_minutes` for what changed, and every `full_every_hours` for everything.

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
    page_size: int = Field(200, ge=1, le=1_000)
    longest_reading_seconds: int = Field(600, ge=5, le=3_600)

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        check_base(self.url, "fhir_server")
        if self.token_file and self.credential_file:
            raise ValueError("fhir_server: name a token_file or a credential_file, not both")
        return self


LiveSource = Annotated[FhirServerSettings, Tag("fhir_server")]


def _kind(value: Any) -> Any:
    return value.get("kind", FILE) if isinstance(value, dict) else getattr(value, "kind", FILE)


of_kind = Discriminator(
    _kind,
    custom_error_type="source_kind",
    custom_error_message=f"kind: there is no such kind of source; there are {', '.join(KINDS)}",
)
