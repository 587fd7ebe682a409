"""The shapes of enrolment's requests and answers, for the OpenAPI document."""

from typing import Any

from identity.agency.enrolment_keys import MOST_AGENCIES
from identity.agency.succession import MAX_SUCCESSIONS
from mappings.canonical.identifiers import MessageId


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        "properties": properties,
    }


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_TEXT = {"type": "string"}
_JWK = _object({"kty": {"const": "OKP"}, "crv": _TEXT, "x": _TEXT, "kid": _TEXT}, "kid")
_CONNECTOR = {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]{0,39}$"}
_PUBLIC = _object({"connector": _TEXT, "signing": _JWK, "encryption": _JWK})
_KEYS = _object(
    {
        "form": {"const": "patchwork-enrolment-keys/1"},
        "connector": _CONNECTOR,
        "signing": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_AGENCIES,
            "items": _object({"agency": _TEXT, "key": _JWK}),
        },
        "encryption": _JWK,
        "tls": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    }
)
_REQUEST = {"type": "string", "pattern": "^[\\n -~]{1,8192}$", "description": "PKCS #10 in PEM form"}
_GATEWAY = {
    "gateway": _PUBLIC,
    "keyholder": _or_null(_JWK),
    "successions": {
        "type": "array",
        "maxItems": MAX_SUCCESSIONS,
        "items": {"type": "string", "description": "JWS of the gateway's next public keys, by the key before"},
    },
}

APPLICATION = _object(
    {
        "invitation": {"type": "string", "pattern": f"^{MessageId.pattern.pattern}$"},
        "secret": {"type": "string", "pattern": "^[!-~]{1,100}$"},
        "keys": _KEYS,
        "proofs": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_AGENCIES,
            "items": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,100}$"},
        },
        "certificate_request": _REQUEST,
    }
)
NOTHING = {"type": "object", "additionalProperties": False, "maxProperties": 0}
ROTATION = _object(
    {
        "keys": _KEYS,
        "proofs": APPLICATION["properties"]["proofs"],
        "handovers": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_AGENCIES,
            "items": {"type": "string", "pattern": "^[A-Za-z0-9_-]{0,100}$"},
        },
    }
)
CERTIFICATE = _object({"certificate_request": _REQUEST})

TAKEN = _answer("It is requested", _object({"connector": _CONNECTOR, "status": {"const": "requested"}, **_GATEWAY}))
TOLD = _answer(
    "Where it stands",
    _object(
        {
            "connector": _CONNECTOR,
            "status": _TEXT,
            "mode": {"enum": ["trial", "live"]},
            "inbox": _or_null(_TEXT),
            "broker": _or_null(
                _object(
                    {
                        "host": _TEXT,
                        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
                        "vhost": _TEXT,
                        "ca": _TEXT,
                    }
                )
            ),
            "certificate": _or_null(_object({"pem": _TEXT, "chain": _TEXT, "valid_until": _TEXT})),
            "epochs": {"type": "array", "items": _object({"epoch": _TEXT, "sealed": _TEXT})},
            "epochs_word": _or_null(
                {"type": "string", "description": "JWS of the keyholder's latest word: which epochs are retired"}
            ),
            **_GATEWAY,
        }
    ),
)
