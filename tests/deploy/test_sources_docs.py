"""The examples of deploy/docs/sources.md are settings that a connector takes, one for every kind of live source."""

import re
from pathlib import Path

from connectors.configuration.live_sources import FILE, KINDS
from connectors.settings import load
from tests.architecture.source_tree import PROJECT
from tests.connectors.test_settings import SHORT

EXAMPLES = re.findall(r"```toml\n(.*?)```", (PROJECT / "deploy/docs/sources.md").read_text("utf-8"), re.DOTALL)


def test_every_kind_has_an_example_that_a_connector_takes(tmp_path: Path) -> None:
    settings = tmp_path / "connector.toml"
    settings.write_text(SHORT + "\n".join(EXAMPLES), "utf-8")
    kinds = [each.kind for each in load(settings).agencies[0].sources]
    assert sorted(set(kinds)) == sorted(KINDS)
    assert kinds == [FILE, *(kind for kind in kinds if kind != FILE)]


def test_every_key_of_every_kind_is_explained(tmp_path: Path) -> None:
    text = (PROJECT / "deploy/docs/sources.md").read_text("utf-8")
    settings = tmp_path / "connector.toml"
    settings.write_text(SHORT + "\n".join(EXAMPLES), "utf-8")
    for each in load(settings).agencies[0].sources:
        if each.kind != FILE:
            section = text.partition(f"## `{each.kind}`")[2].partition("\n## ")[0]
            missing = [
                key for key in type(each).model_fields if f"`{key}`" not in section and key not in ("kind", "name")
            ]
            assert not missing, each.kind
