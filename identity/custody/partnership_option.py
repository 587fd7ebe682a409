"""The partnership and the mode, as every command of the keyholder takes them."""

import typer

from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import InvalidIdentifier, PartnershipId


def meant(partnership: str, mode: str) -> tuple[PartnershipId, Mode]:
    """What `--partnership` and `--mode` say. Raises `typer.BadParameter`, naming the option."""
    if mode not in set(Mode):
        raise typer.BadParameter("expected trial or live", param_hint="--mode")
    try:
        return PartnershipId(partnership), Mode(mode)
    except InvalidIdentifier as problem:
        raise typer.BadParameter(str(problem), param_hint="--partnership") from None
