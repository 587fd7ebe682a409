"""What every answer has in common, and what monitoring sees."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

import pytest
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from fhir.resources.R4B.operationoutcome import OperationOutcome
from starlette.testclient import TestClient

from gateway.api.application import create_app, create_internal_app
from gateway.api.hardening import HEADERS
from gateway.ports import StoreDown, UnitOfWork
from gateway.running.health import Health
from gateway.running.metrics import Metrics, Shown
from mappings.canonical.codes import Mode
from mappings.canonical.identifiers import KeyId
from tests.builders import SCHOOL
from tests.gateway.api.conftest import Door


class AwayStore:
    """A database that cannot be reached."""

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        raise StoreDown("away")
        yield

    write = read

    def use_nonce(self, key: KeyId, nonce: str, at: datetime) -> bool:
        raise StoreDown("away")

    def close(self) -> None:
        return None


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/fhir/metadata", 200),
        ("GET", "/nothing", 404),
        ("GET", "/docs", 404),
        ("GET", "/openapi.json", 404),
        ("GET", "/metrics", 404),
        ("DELETE", "/healthz", 405),
        ("POST", "/channel/notices", 415),
    ],
)
def test_every_answer_carries_the_headers_that_forbid(door: Door, method: str, path: str, status: int) -> None:
    answer = door.public.request(method, path)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == status
    if status == 405:
        assert "GET" in answer.headers["allow"]


def test_what_the_gateway_can_do_is_valid_fhir(door: Door) -> None:
    answer = door.public.get("/fhir/metadata")
    assert answer.headers["content-type"].startswith("application/fhir+json")
    statement = CapabilityStatement.model_validate(answer.json())
    assert (statement.fhirVersion, statement.software.version) == ("4.0.1", "1.2.3")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/fhir/Patient?family=x"), ("POST", "/fhir/metadata"), ("GET", "/fhir")]
)
def test_below_fhir_errors_are_operation_outcomes(door: Door, method: str, path: str) -> None:
    answer = door.public.request(method, path)
    assert answer.status_code in (404, 405)
    assert OperationOutcome.model_validate(answer.json()).issue[0].severity == "error"
    assert "family" not in answer.text


def test_readiness_says_what_is_missing_on_the_internal_port_only(door: Door) -> None:
    assert (door.public.get("/readyz").status_code, door.internal.get("/readyz").status_code) == (200, 200)
    door.health.failed("relay", "StoreDown")
    public, internal = door.public.get("/readyz"), door.internal.get("/readyz")
    assert (public.status_code, internal.status_code) == (503, 503)
    assert internal.json()["faults"] == {"relay": "StoreDown"}
    assert "relay" not in public.text
    door.health.went_well("relay")
    assert door.public.get("/readyz").status_code == 200


def test_metrics_are_numbers_and_name_nobody(door: Door) -> None:
    door.staff.agency(SCHOOL)
    connector = door.staff.connector("school-1", SCHOOL)
    door.queue.put_intake(connector.id, b"sealed")
    door.health.went_well("relay")
    text = door.internal.get("/metrics").text
    assert 'patchwork_queue_depth{queue="intake",side="trial"} 1.0' in text
    assert 'patchwork_worker_up{worker="relay"} 1.0' in text
    assert 'patchwork_alerts{side="trial",status="pending"} 0.0' in text
    assert 'patchwork_store_up{side="trial"} 1.0' in text
    assert "school" not in text


def test_without_its_database_it_says_so_and_lives(door: Door) -> None:
    parts = replace(door.parts, store=AwayStore())
    public = TestClient(create_app(parts), raise_server_exceptions=False)
    metrics = Metrics([Shown(Mode.TRIAL, AwayStore(), dict)], Health())
    internal = TestClient(create_internal_app(parts, metrics.text), raise_server_exceptions=False)
    assert 'patchwork_store_up{side="trial"} 0.0' in internal.get("/metrics").text
    assert public.get("/healthz").status_code == 200
    from identity.agency.keys import generate

    answer = replace_client(door, public).post(generate(), "/channel/notices", b"sealed")
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "store-away", "5")


def test_a_mistake_of_ours_tells_nothing(door: Door) -> None:
    def broken() -> dict[str, str]:
        raise KeyError("Okafor")

    public = TestClient(create_app(replace(door.parts, not_ready=broken)), raise_server_exceptions=False)
    answer = public.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "Okafor" not in answer.text
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def replace_client(door: Door, public: TestClient) -> Door:
    return replace(door, public=public)
