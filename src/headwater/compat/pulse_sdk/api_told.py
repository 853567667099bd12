"""Told: calls and steps that a program tells as JSON itself, instead of having a client observed."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

from headwater import sdk
from headwater.compat.pulse_sdk.api_state import is_enabled, logger
from headwater.compat.pulse_sdk.api_types import Span, Trace

DEFAULT_TIMEOUT = 10
"""Seconds."""

_ASKED = ("messages", "input", "prompt")
_OK_BELOW = 400


def add_to_buffer(trace: Trace) -> None:
    """Record a call or a step, if Pulse is on; it is sent with all else. Never raises."""
    if not is_enabled():
        return
    try:
        told = cast("Mapping[str, Any]", trace)
        with sdk.session(told.get("session_id"), metadata=_user_metadata(told)):
            (_tell_step if told.get("kind", "llm_call") != "llm_call" else _tell_call)(told)
    except Exception as error:  # noqa: BLE001 - the program goes on without that record
        logger.debug("recording a trace failed; the program goes on", exc_info=error)


def send_traces(api_url: str, api_key: str, traces: list[Trace]) -> None:
    """Send traces from this thread, once. Raises RuntimeError where they are not taken."""
    _post(api_url, api_key, "/v1/traces/async", traces)


def send_spans(api_url: str, api_key: str, spans: list[Span]) -> None:
    """Send spans from this thread, once. Raises RuntimeError where they are not taken."""
    _post(api_url, api_key, "/v1/spans/async", spans)


def _tell_call(told: Mapping[str, Any]) -> None:
    metadata = _object(told.get("metadata"))
    request = _object(told.get("request_body")) or _object(metadata.get("pulse.request"))
    asked = next((request[name] for name in _ASKED if request.get(name) is not None), None)
    error, cents = told.get("error"), told.get("cost_cents")
    # A trace tells when its call ended, a span when it began.
    at, length = _moment(told.get("timestamp")), told.get("latency_ms", told.get("duration_ms"))
    sdk.log(
        model=str(told.get("model_requested") or told.get("model") or ""),
        provider=str(told.get("provider") or ""),
        input=asked,
        output=told.get("output_text"),
        usage={name: told[name] for name in ("input_tokens", "output_tokens") if told.get(name) is not None},
        parameters={name: value for name, value in request.items() if name not in (*_ASKED, "model")},
        start=at if "duration_ms" in told else None,
        end=None if "duration_ms" in told else at,
        duration=None if length is None else length / 1000,
        error=None if error is None else str(_object(error).get("message") or error),
        finish_reason=told.get("finish_reason"),
        response_model=str(told.get("model_used") or ""),
        response_id=str(told.get("provider_request_id") or ""),
        cost_usd=None if cents is None else cents / 100,
    )


def _tell_step(told: Mapping[str, Any]) -> None:
    kind = {"tool_use": "tool", "agent_run": "agent"}.get(str(told.get("kind")), "span")
    name = str(told.get("tool_name") or told.get("event_type") or told.get("kind"))
    with sdk.span(name, kind=cast("Any", kind), input=told.get("tool_input")) as step:
        step.output(told.get("tool_response"))


def _user_metadata(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in _object(told.get("metadata")).items() if not name.startswith("pulse.")}


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _post(api_url: str, api_key: str, path: str, items: Any) -> None:
    if not items:
        return
    place = urlsplit(api_url.rstrip("/"))
    connect = HTTPSConnection if place.scheme == "https" else HTTPConnection
    connection = connect(place.hostname or "", place.port, timeout=DEFAULT_TIMEOUT)
    headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
    try:
        connection.request("POST", place.path + path, msgspec.json.encode(items, enc_hook=str), headers)
        answer = connection.getresponse()
        said = answer.read(1000)
    except OSError as error:
        raise RuntimeError(f"Pulse SDK: failed to send to {api_url}: {error}") from error
    finally:
        connection.close()
    if answer.status >= _OK_BELOW:
        raise RuntimeError(f"Pulse SDK: failed to send ({answer.status}): {said.decode('utf-8', 'replace')}")
