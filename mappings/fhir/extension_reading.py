"""Writing extensions, and taking their values out of an `extension` array that the allow-list has already checked."""

from typing import Any

Json = dict[str, Any]


def simple(url: str, value_name: str, value: Any) -> Json:
    """An extension with one value."""
    return {"url": url, value_name: value}


def compound(url: str, *inner: Json | None) -> Json:
    """An extension made of extensions; None among them is left out."""
    return {"url": url, "extension": [part for part in inner if part is not None]}


def maybe(url: str, value_name: str, value: Any) -> Json | None:
    """An extension with one value, or None where there is no value."""
    return simple(url, value_name, value) if value else None


def values(holder: Json, url: str, value_name: str) -> list[Any]:
    """Every value of one extension, in order."""
    return [item[value_name] for item in holder.get("extension", ()) if item["url"] == url]


def value(holder: Json, url: str, value_name: str) -> Any:
    """The value of an extension that stands at most once, or None."""
    for item in holder.get("extension", ()):
        if item["url"] == url:
            return item[value_name]
    return None


def within(holder: Json, url: str) -> list[Json]:
    """Every extension with that URL, to look inside."""
    return [item for item in holder.get("extension", ()) if item["url"] == url]
