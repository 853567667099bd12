"""Taking a session along: to a thread, an executor's workers, or another process."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

from headwater.compat.tropir.client.sessions import get_session_id, get_session_name, set_session_id
from headwater.compat.tropir.client.stays import here, stays_here
from headwater.sdk import carry, continue_from, headers

_TRACE = "traceparent"


def capture_async_session_context() -> dict[str, Any] | None:
    """The session of this thread or task, for `apply_session_context` elsewhere; None outside of any."""
    if here() is None:
        return None
    return {"session_id": get_session_id(), "session_name": get_session_name(), "thread_id": threading.get_ident()}


def apply_session_context(context_dict: Mapping[str, Any] | None) -> None:
    """Be in a session that was captured elsewhere."""
    if context_dict and context_dict.get("session_id"):
        set_session_id(context_dict["session_id"], context_dict.get("session_name"))


class SessionAwareThreadPoolExecutor(ThreadPoolExecutor):
    """The standard library's, whose workers are in the session of whoever submits, or else of whoever made it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._made_in = capture_async_session_context()
        super().__init__(*args, **kwargs)

    def submit(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] - as theirs was
        """Run a function in the context of this line."""
        if here() is not None:
            return super().submit(carry(fn), *args, **kwargs)
        return super().submit(carry(_in_session), self._made_in, fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, cancel_futures: bool = False) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as theirs was
        """As the standard library's, but positional as Tropir's."""
        super().shutdown(wait=wait, cancel_futures=cancel_futures)


class SessionAwareProcessPoolExecutor(ProcessPoolExecutor):
    """The standard library's, whose workers are in the session and the trace of whoever submits."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._made_in = capture_async_session_context()
        super().__init__(*args, **kwargs)

    def submit(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:  # pyright: ignore[reportIncompatibleMethodOverride] - as theirs was
        """Run a function in another process, in the session of this line."""
        told = {**(capture_async_session_context() or self._made_in or {}), **headers()}
        return super().submit(_in_session, told, fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, cancel_futures: bool = False) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as theirs was
        """As the standard library's, but positional as Tropir's."""
        super().shutdown(wait=wait, cancel_futures=cancel_futures)


def _in_session(told: Mapping[str, Any] | None, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run a function in a captured session, of which nothing is left behind in its worker."""
    with continue_from((told or {}).get(_TRACE)):
        apply_session_context(told)
        try:
            return function(*args, **kwargs)
        finally:
            for outermost in stays_here()[-1:]:
                outermost.leave()
