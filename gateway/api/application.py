"""The two applications: the public one that connectors reach, and the internal one for the operator's monitoring."""

from collections.abc import Callable

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.channel.port import ChannelDown, ChannelRefused
from gateway.api import channel, enrolment, watching
from gateway.api.hardening import Hardening
from gateway.api.parts import Parts
from gateway.api.problems import Problem, respond
from gateway.logs import security
from gateway.ports import StoreDown
from gateway.running.health import hinders

_CODES = {404: "not-found", 405: "method-not-allowed"}
_DETAILS = {404: "there is nothing at this address", 405: "this address does not take that method"}


def create_app(parts: Parts) -> FastAPI:
    """The public application."""
    app = describe(parts.version)
    app.state.parts = parts
    return app


def describe(version: str) -> FastAPI:
    """The public application's routes, enough to make its OpenAPI document from."""
    app = _application("Patchwork gateway", version)
    app.include_router(channel.router)
    app.include_router(enrolment.router)
    app.include_router(watching.router)
    return app


def create_internal_app(parts: Parts, metrics: Callable[[], bytes]) -> FastAPI:
    """The internal application: health, readiness with what is missing, and `/metrics`. Never to be exposed."""
    app = _application("Patchwork gateway, internal", parts.version)
    app.state.parts = parts

    @app.get("/healthz")
    async def healthz() -> Response:
        return JSONResponse({"status": "alive"})

    @app.get("/readyz")
    def readyz() -> Response:
        faults = dict(parts.not_ready())
        down = hinders(faults)
        return JSONResponse({"status": "not ready" if down else "ready", "faults": faults}, 503 if down else 200)

    @app.get("/metrics")
    def show_metrics() -> Response:
        return Response(metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return app


def _application(title: str, version: str) -> FastAPI:
    app = FastAPI(
        title=title,
        version=version,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Hardening)],
    )
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StoreDown, _away)
    app.add_exception_handler(ChannelDown, _away)
    app.add_exception_handler(ChannelRefused, _refused)
    return app


async def _problem(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, Problem)  # noqa: S101 - Starlette calls it for nothing else
    if fault.status in (403, 408, 413) and request.url.path.startswith(channel.router.prefix):
        # Enrolment and signatures (401) are logged where they are judged.
        known = {"connector": fault.connector} if fault.connector else {}
        security().warning("request-refused", fault=fault.code, route=request.url.path, status=fault.status, **known)
    return respond(request, fault)


async def _http(request: Request, fault: Exception) -> Response:
    status = fault.status_code if isinstance(fault, HTTPException) else 500
    headers = dict(fault.headers or {}) if isinstance(fault, HTTPException) else {}
    return respond(
        request,
        Problem(status, _CODES.get(status, "refused"), _DETAILS.get(status, "the request was refused"), headers),
    )


async def _invalid(request: Request, fault: Exception) -> Response:
    return respond(request, Problem(422, "shape", "the request does not have the shape that this address takes"))


async def _refused(request: Request, fault: Exception) -> Response:
    return respond(request, Problem(403, "channel-refused", str(fault)))


async def _away(request: Request, fault: Exception) -> Response:
    problem = Problem(
        503, "store-away", "the gateway's database is away; send the same again shortly", {"Retry-After": "5"}
    )
    return respond(request, problem)
