"""The wrappers around `request` of a vendor's base client: one exchange for all of its attempts."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from headwater.capture import Exchange, Scope, is_call
from headwater.sdk import otel
from headwater.sdk.client import begin, client
from headwater.sdk.context import scope_here
from headwater.sdk.guest import report
from headwater.sdk.instrument.calling import Calling, current
from headwater.sdk.instrument.hooks import ensure_hook, is_observed


class _Entered:
    """What was current before a request of ours, to be made current again."""

    __slots__ = ("calling", "context", "previous", "scope", "scope_before")

    def __init__(self, calling: Calling, scope: Scope) -> None:
        self.calling = calling
        self.scope = scope
        self.previous = current.get()
        self.scope_before = scope_here.get()
        current.set(calling)
        scope_here.set(scope)
        self.context = otel.attach(scope) if otel.is_loaded() else None

    def leave(self) -> None:
        """Undo what is still ours to undo. Never raises."""
        try:
            if current.get() is self.calling:
                current.set(self.previous)
            if scope_here.get() is self.scope:
                scope_here.set(self.scope_before)
            if self.context is not None:
                otel.release(self.scope, self.context)
        except Exception as error:  # noqa: BLE001 - nothing of ours leaves
            report(error, "leaving a call")


def wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
    """`request` of a synchronous client, told of. Same signature, same results, same errors."""

    @functools.wraps(original)
    def request(self: Any, *args: Any, **kwargs: Any) -> Any:
        entered = _enter(self, args, kwargs, is_async=False)
        if entered is None:
            return original(self, *args, **kwargs)
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            entered.calling.failed(error)
            raise
        finally:
            entered.leave()
        entered.calling.returned()
        return result

    return request


def wrapped_async(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """`request` of an asynchronous client, told of."""

    @functools.wraps(original)
    async def request(self: Any, *args: Any, **kwargs: Any) -> Any:
        entered = _enter(self, args, kwargs, is_async=True)
        if entered is None:
            return await original(self, *args, **kwargs)
        try:
            result = await original(self, *args, **kwargs)
        except BaseException as error:
            entered.calling.failed(error)
            raise
        finally:
            entered.leave()
        entered.calling.returned()
        return result

    return request


def _enter(vendor: Any, args: tuple[Any, ...], kwargs: dict[str, Any], is_async: bool) -> _Entered | None:
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
        ensure_hook(http_client, is_async)
        return _begin(vendor._base_url, options, bool(kwargs.get("stream")), begun)
    except Exception as error:  # noqa: BLE001 - the request goes on unobserved
        report(error, "beginning a call")
        return None


def _begin(base: Any, options: Any, is_stream: bool, begun: tuple[Scope, int, int, bool]) -> _Entered:
    scope, trace_id, span_id, _ = begun
    limit = client().settings.call_limit_bytes
    exchange = Exchange(scope, trace_id, span_id, options.url, base.host, base.port, is_stream, limit)
    # Until the bytes are seen. The vendor made this mapping for the request; the user's own texts are in it.
    exchange.request = options.json_data
    inner = Scope(
        trace_id=trace_id,
        span_id=span_id,
        session_id=scope.session_id,
        user_id=scope.user_id,
        tags=scope.tags,
        metadata=scope.metadata,
    )
    return _Entered(Calling(exchange), inner)
