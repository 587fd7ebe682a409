"""The pip wheel for a Python without pip: one version, known by its hash, from the index pip is configured for."""

from __future__ import annotations

import configparser
import hashlib
import html.parser
import os
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

NAME = "pip-26.3-py3-none-any.whl"
SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
SYSTEM_FILES = ("/etc/xdg/pip/pip.conf", "/etc/pip.conf")


class SetupFailed(Exception):
    """Its text is the one sentence for the person who runs the set-up."""


def configured_indexes() -> list[str]:
    """The package indexes that the environment or pip's configuration names; none is written in this project."""
    found = [
        os.environ.get(name, "")
        for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")
    ]
    own = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"))
    files = [*map(Path, SYSTEM_FILES), Path.home() / ".pip/pip.conf", own / "pip/pip.conf"]
    if os.environ.get("PIP_CONFIG_FILE"):
        files.append(Path(os.environ["PIP_CONFIG_FILE"]))
    settings = configparser.RawConfigParser(strict=False)
    try:
        settings.read(files, encoding="utf-8")
    except configparser.Error as problem:
        raise SetupFailed(f"pip's configuration cannot be read: {problem}") from problem
    for section in ("install", "global"):
        found += [settings.get(section, name, fallback="") for name in ("index-url", "extra-index-url")]
    return [url for entry in found for url in entry.split()]


class Links(html.parser.HTMLParser):
    """The addresses that an index page links to, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if tag == "a" and name == "href" and value]


def fetch_pip(index: str) -> bytes | None:
    """The pinned wheel from a simple index (PEP 503), None when it is not there. Raises SetupFailed when it differs."""
    page = index.rstrip("/") + "/pip/"
    if page.startswith("file:"):
        page += "index.html"
    links = Links()
    try:
        links.feed(fetch(page).decode("utf-8", "replace"))
        for address in links.addresses:
            full = urllib.parse.urljoin(page, address).partition("#")[0]
            if urllib.parse.unquote(full).endswith("/" + NAME):
                wheel = fetch(full)
                break
        else:
            return None
    except (urllib.error.URLError, OSError, ValueError):
        return None
    if hashlib.sha256(wheel).hexdigest() != SHA256:
        raise SetupFailed(
            f"The {NAME} of the configured package index is not the published one: do not use that index."
        )
    return wheel


def fetch(url: str) -> bytes:
    """The bytes at an http, https or file address, 30 MB at most."""
    if urllib.parse.urlsplit(url).scheme not in {"http", "https", "file"}:
        raise ValueError("not an address of a package index")
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - the scheme was looked at above
        content: bytes = answer.read(30_000_001)
    if len(content) > 30_000_000:
        raise ValueError("too large")
    return content
