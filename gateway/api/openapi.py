"""The OpenAPI document of the public API, as checked in at `deploy/openapi.json`.

python -m gateway.api.openapi > deploy/openapi.json
"""

import json
import sys

from gateway.api.application import describe
from gateway.api.problems import SCHEMA

# Of the interface, not of the software: it changes when the interface does.
INTERFACE_VERSION = "1.0.0"


def document() -> str:
    """The document as JSON text, keys sorted, with a final newline."""
    app = describe(INTERFACE_VERSION)
    described = app.openapi()
    described.setdefault("components", {}).setdefault("schemas", {})["Problem"] = SCHEMA
    return json.dumps(described, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
