import json
from typing import Any

import pytest

from headwater.proxy.wire.faults import Dialect, dialect_for, fault


def _read(response: bytes) -> tuple[bytes, dict[str, str], dict[str, Any]]:
    head, _, body = response.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    headers = dict(line.decode().split(": ", 1) for line in lines)
    assert headers["content-length"] == str(len(body))
    return status, headers, json.loads(body)


def test_a_fault_has_openais_shape() -> None:
    response = fault("openai", 502, "connect_error", "cannot connect to 'h'", is_final=False, trace_id=b"ab")
    assert _read(response) == (
        b"HTTP/1.1 502 Bad Gateway",
        {
            "content-type": "application/json",
            "content-length": "103",
            "x-should-retry": "true",
            "x-headwater-error": "connect_error",
            "x-headwater-trace-id": "ab",
        },
        {"error": {"message": "cannot connect to 'h'", "type": "server_error", "param": None, "code": "connect_error"}},
    )


def test_a_fault_has_anthropics_shape() -> None:
    response = fault("anthropic", 429, "budget_exceeded", "no \u20ac left", 30, is_close=True, trace_id=b"ab")
    assert _read(response) == (
        b"HTTP/1.1 429 Too Many Requests",
        {
            "content-type": "application/json",
            "content-length": "94",
            "x-should-retry": "false",
            "x-headwater-error": "budget_exceeded",
            "retry-after": "30",
            "x-headwater-trace-id": "ab",
            "connection": "close",
        },
        {"type": "error", "error": {"type": "rate_limit_error", "message": "no \u20ac left"}, "request_id": "ab"},
    )


def test_a_fault_has_prysms_shape() -> None:
    status, headers, body = _read(fault("prysm", 502, "connect_error", "words", is_final=False, trace_id=b"ab"))
    assert status == b"HTTP/1.1 502 Bad Gateway"
    assert (headers["x-prysm-trace-id"], headers["x-should-retry"]) == ("ab", "true")
    told = {"message": "words", "type": "proxy_error", "code": "connect_error", "prysm_trace_id": "ab"}
    assert body == {"error": told}


@pytest.mark.parametrize(
    ("upstream", "is_prysm", "expected"),
    [("openai", False, "openai"), ("groq", True, "prysm"), ("anthropic", True, "anthropic")],
)
def test_a_fault_is_told_as_the_callers_client_knows_it(upstream: str, is_prysm: bool, expected: Dialect) -> None:
    assert dialect_for(upstream, is_prysm=is_prysm) == expected


@pytest.mark.parametrize(
    ("dialect", "types"),
    [
        (
            "prysm",
            {
                400: "invalid_request_error",
                401: "authentication_error",
                403: "invalid_request_error",
                429: "rate_limit_error",
                502: "proxy_error",
                503: "proxy_error",
                504: "proxy_error",
            },
        ),
        (
            "openai",
            {
                400: "invalid_request_error",
                401: "invalid_request_error",
                404: "invalid_request_error",
                413: "invalid_request_error",
                429: "rate_limit_error",
                500: "server_error",
                502: "server_error",
                503: "service_unavailable_error",
                504: "server_error",
            },
        ),
        (
            "anthropic",
            {
                400: "invalid_request_error",
                401: "authentication_error",
                402: "billing_error",
                403: "permission_error",
                404: "not_found_error",
                409: "conflict_error",
                413: "request_too_large",
                422: "invalid_request_error",
                429: "rate_limit_error",
                500: "api_error",
                502: "api_error",
                503: "api_error",
                504: "timeout_error",
                529: "overloaded_error",
            },
        ),
    ],
)
def test_each_status_has_the_type_that_its_vendor_gives_it(dialect: Dialect, types: dict[int, str]) -> None:
    for status, kind in types.items():
        line, _, body = _read(fault(dialect, status, "x", "words"))
        assert line.startswith(b"HTTP/1.1 %d " % status)
        assert body["error"]["type"] == kind
