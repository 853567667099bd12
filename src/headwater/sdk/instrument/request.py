"""The wrappers around `request` of a vendor's base client: one exchange for all of its attempts."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from headwater.capture import Exchange, Scope, is_call
from headwater.sdk.client import begin, client
from headwater.sdk.guest import report
from headwater.sdk.instrument.calling import Calling
from headwater.sdk.instrument.hooks import ensure_hook, ensure_request_hook, is_observed
from headwater.sdk.instrument.own import Introduction, is_own
from headwater.sdk.instrument.sessions import pass_gate, pass_gate_async, session_of
from headwater.sdk.traceparent import traceparent_text


def wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
    """`request` of a synchronous client, told of. Same signature, same results, same errors."""

    @functools.wraps(original)
    def request(self: Any, *args: Any, **kwargs: Any) -> Any:
        session_id = session_of(self, args, kwargs)
        calling = _enter(self, args, kwargs, session_id, is_async=False)
        if calling is None:
            pass_gate(session_id)
            return original(self, *args, **kwargs)
        try:
            pass_gate(session_id)
            result = original(self, *args, **kwargs)
        except BaseException as error:
            calling.failed(error)
            raise
        finally:
            calling.leave()
        calling.returned()
        return result

    return request


def wrapped_async(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """`request` of an asynchronous client, told of."""

    @functools.wraps(original)
    async def request(self: Any, *args: Any, **kwargs: Any) -> Any:
        session_id = session_of(self, args, kwargs)
        calling = _enter(self, args, kwargs, session_id, is_async=True)
        if calling is None:
            await pass_gate_async(session_id)
            return await original(self, *args, **kwargs)
        try:
            await pass_gate_async(session_id)
            result = await original(self, *args, **kwargs)
        except BaseException as error:
            calling.failed(error)
            raise
        finally:
            calling.leave()
        calling.returned()
        return result

    return request


def _enter(
    vendor: Any, args: tuple[Any, ...], kwargs: dict[str, Any], session_id: str, is_async: bool
) -> Calling | None:
    """Begin an exchange, if this request is one that is recorded. Never raises."""
    try:
        http_client = vendor._client
        if not is_observed(http_client):
            return None
        options = args[1] if len(args) > 1 else kwargs["options"]
        if not is_call(options.url, options.method):
            return None
        begun = begin()
        if begun is None or not begun[3]:
            return None
        if session_id:
            begun = (replace(begun[0], session_id=session_id), *begun[1:])
        ensure_hook(http_client, is_async)
        calling = _begin(vendor._base_url, options, bool(kwargs.get("stream")), begun)
        _introduce(calling, vendor, options, begun, is_async)
        calling.enter()
        return calling
    except Exception as error:  # noqa: BLE001 - the request goes on unobserved
        report(error, "beginning a call")
        return None


def _introduce(
    calling: Calling, vendor: Any, options: Any, begun: tuple[Scope, int, int, bool], is_async: bool
) -> None:
    """Have a server of ours told which call this is. Without that it is recorded all the same."""
    try:
        base = vendor._base_url
        if is_own(base, vendor._custom_headers, options.headers):
            calling.introduction = Introduction(base.host, base.port, traceparent_text(*begun[1:]))
            ensure_request_hook(vendor._client, is_async)
    except Exception as error:  # noqa: BLE001 - the request goes on without it
        report(error, "introducing a call")


def _begin(base: Any, options: Any, is_stream: bool, begun: tuple[Scope, int, int, bool]) -> Calling:
    scope, trace_id, span_id, _ = begun
    limit = client().settings.call_limit_bytes
    exchange = Exchange(scope, trace_id, span_id, options.url, base.host, base.port, is_stream, limit)
    # Until the bytes are seen. The vendor made this mapping for the request; the user's own texts are in it.
    exchange.request = options.json_data
    return Calling(exchange, replace(scope, trace_id=trace_id, span_id=span_id, is_sampled=True))
