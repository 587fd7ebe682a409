"""Errors as the API tells them: RFC 9457 problem+json, and FHIR OperationOutcome below `/fhir`. No error repeats what
was sent."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mappings.canonical.receipt import Issue
from mappings.fhir import operation_outcome

PROBLEM = "application/problem+json"
FHIR = "application/fhir+json"
# RFC 9110; Python's own table says it differently from version to version.
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_ISSUE_TYPES = {400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported", 413: "too-long"}


class Problem(Exception):
    """An answer other than success. `code` is stable; `detail` names the way out. `connector` is who asked, for the log alone."""

    def __init__(
        self, status: int, code: str, detail: str, headers: dict[str, str] | None = None, connector: str = ""
    ) -> None:
        super().__init__(code)
        self.connector = connector
        self.status, self.code, self.detail, self.headers = status, code, detail, headers or {}


def respond(request: Request, problem: Problem) -> Response:
    """The problem in the form that the route's readers expect."""
    if request.url.path == "/fhir" or request.url.path.startswith("/fhir/"):
        issue = Issue(_ISSUE_TYPES.get(problem.status, "exception"), problem.code, "", problem.detail)
        outcome = operation_outcome.write((issue,))
        return JSONResponse(outcome, problem.status, problem.headers, media_type=FHIR)
    return JSONResponse(document(problem), problem.status, problem.headers, media_type=PROBLEM)


def document(problem: Problem) -> dict[str, Any]:
    """The RFC 9457 object."""
    return {
        "type": f"urn:patchwork:problem:{problem.code}",
        "title": TITLES.get(problem.status, "Error"),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
    }


SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem details",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
    "additionalProperties": False,
}


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: each of these statuses as problem+json."""
    return {
        status: {
            "description": TITLES[status],
            "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
