"""What every table of the settings has in common: no key that is not known, nothing changed once read, no value repeated in a fault."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


class Table(BaseModel):
    """One table of the settings file."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)


def _expanded(path: Path) -> Path:
    return path.expanduser()


File = Annotated[Path, AfterValidator(_expanded)]
NAME = r"^[a-z0-9][a-z0-9_-]{0,39}$"
