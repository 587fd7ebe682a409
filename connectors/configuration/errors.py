"""What is wrong with a settings file, in words: the key as it was written, and the nearest one that there is."""

import difflib
from typing import Any, get_args

from pydantic import BaseModel

from connectors.configuration.live_sources import KINDS
from connectors.configuration.shape import Location, as_written, keys_beside

_KINDS = ("folder", "fhir", "https", "amqp", *KINDS)


def explained(error: Any, model: type[BaseModel], document: dict[str, Any]) -> str:
    """One fault that the model found in the document, which it saw in its one form."""
    location: Location = error["loc"]
    where = ".".join(str(part) for part in as_written(location, document) if part not in _KINDS)
    if error["type"] == "extra_forbidden":
        known = [*_keys_at(location[:-1], model), *keys_beside(location[:-1], document)]
        near = difflib.get_close_matches(str(location[-1]), known, n=1)
        return f"{where}: there is no such key" + (f"; did you mean {near[0]!r}?" if near else "")
    if error["type"] == "missing":
        return f"{where}: must be set"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"


def _keys_at(location: Location, model: type[BaseModel]) -> list[str]:
    """The keys of the table at a place in the document, as far as the model tells."""
    kinds: list[Any] = [model]
    for part in location:
        found = [table.model_fields[part].annotation for table in _models(kinds) if part in table.model_fields]
        kinds = found or kinds
    return sorted({name for table in _models(kinds) for name in table.model_fields})


def _models(kinds: list[Any]) -> list[type[BaseModel]]:
    """Every table among these annotations, however wrapped."""
    models: list[type[BaseModel]] = []
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            models.append(kind)
        else:
            models += _models(list(get_args(kind)))
    return models
