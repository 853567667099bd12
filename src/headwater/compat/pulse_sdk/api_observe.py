"""Observe: a client that takes Pulse's words with every call, and whose calls are recorded.

The client stays the user's own. What is changed on it, and on no other: the methods that ask a model take
`pulse_session_id` and `pulse_metadata` besides, and its `request`, through which every one of its requests goes, tells
the session. Recording itself is that of Headwater's SDK, so streams, raw responses and asynchronous clients are
recorded as they are there.
"""

import copy
import functools
import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, cast

from headwater.compat.pulse_sdk.api_state import is_enabled, logger
from headwater.compat.pulse_sdk.api_types import ObserveOptions
from headwater.sdk import session
from headwater.sdk.instrument import observe as record_calls_of

_SESSION = ("pulse_session_id", "pulseSessionId")
_METADATA = ("pulse_metadata", "pulseMetadata")
_MARK = "__pulse__"

# Where a vendor's client keeps what asks a model, and the methods that do.
_RESOURCES = ("chat.completions", "completions", "responses", "embeddings", "messages")
_BETA = ("chat.completions", "messages")
_METHODS = ("create", "stream", "parse", "tool_runner", "thread")
# What remembers the methods of a resource as they were when it was first asked for.
_REMEMBERING = ("with_raw_response", "with_streaming_response")


class _Told(NamedTuple):
    """What was said of a call, or of all calls of a client."""

    session_id: str | None = None
    metadata: Mapping[str, str] = {}

    def over(self, other: "_Told") -> "_Told":
        """This, and the other where this says nothing."""
        return _Told(self.session_id or other.session_id, {**other.metadata, **self.metadata})


class _Watch:
    """What is known of one observed client."""

    def __init__(self, told: _Told) -> None:
        self.told = told
        self._is_recorded = False

    def begin(self, client: Any) -> None:
        """Record the client's calls from the first one on that is made while Pulse is on."""
        if not self._is_recorded and is_enabled():
            self._is_recorded = True
            record_calls_of(client)


def watch(client: Any, options: ObserveOptions | None) -> None:
    """Observe a client; one that is observed already only learns its options. Never raises."""
    try:
        told = _Told() if options is None else _told(options.session_id, options.metadata)
        known = getattr(_own(client).get("request"), _MARK, None)
        if isinstance(known, _Watch):
            known.told = told.over(known.told)
            return
        _prepare(client, _Watch(told))
    except Exception as error:  # noqa: BLE001 - the program goes on with its client as it is
        logger.debug("observing a client failed; the program goes on", exc_info=error)


def _prepare(client: Any, watched: _Watch) -> None:
    _accept_all(client, watched, client, _RESOURCES)
    if isinstance(getattr(_class(client), "beta", None), functools.cached_property) and "beta" not in vars(client):
        vars(client)["beta"] = _Later(client, watched)
    else:
        _accept_all(client, watched, getattr(client, "beta", None), _BETA)
    if not hasattr(_class(client), "request"):
        return
    client.request = _requesting(client, watched, _Told())
    for name in ("copy", "with_options"):
        if hasattr(_class(client), name):
            setattr(client, name, _copying(client, watched, name))
    watched.begin(client)


class _Later:
    """Stands for a client's `beta` until something in it is asked for: loading it takes most of a second."""

    def __init__(self, client: Any, watched: _Watch) -> None:
        self._client = client
        self._watched = watched

    def __getattr__(self, name: str) -> Any:
        client = self._client
        _own(client).pop("beta", None)
        _accept_all(client, self._watched, client.beta, _BETA)
        return getattr(client.beta, name)


def _accept_all(client: Any, watched: _Watch, root: Any, paths: Iterable[str]) -> None:
    for path in paths:
        resource = root
        for word in path.split("."):
            resource = getattr(resource, word, None)
        for name in _METHODS:
            if resource is not None and callable(getattr(resource, name, None)):
                _accept(client, watched, resource, name)


def _accept(client: Any, watched: _Watch, resource: Any, name: str) -> None:
    """Let a method take Pulse's words, which it keeps from the provider whether Pulse is on or off."""
    original = getattr(resource, name)
    if getattr(original, _MARK, None) is not None:
        return

    @functools.wraps(original)
    def method(*args: Any, **kwargs: Any) -> Any:
        told = _taken_from(kwargs)
        chosen = original if told is None else _for_one_call(client, watched, resource, name, told)
        return (chosen or original)(*args, **kwargs)

    setattr(method, _MARK, watched)
    setattr(resource, name, method)
    for remembering in _REMEMBERING:
        _own(resource).pop(remembering, None)
        _own(client).pop(remembering, None)


def _taken_from(kwargs: dict[str, Any]) -> _Told | None:
    """Take Pulse's words out of the arguments; None where there are none."""
    if not any(name in kwargs for name in (*_SESSION, *_METADATA)):
        return None
    sessions = [kwargs.pop(name, None) for name in _SESSION]
    metadata = [kwargs.pop(name, None) for name in _METADATA]
    return _told(_first(sessions), _first(metadata))


def _first(values: list[Any]) -> Any:
    return next((value for value in values if value is not None), None)


def _told(session_id: Any, metadata: Any) -> _Told:
    named: Mapping[Any, Any] = cast("Mapping[Any, Any]", metadata) if isinstance(metadata, Mapping) else {}
    texts = {str(name): _as_text(value) for name, value in named.items() if value is not None}
    return _Told(str(session_id) if session_id else None, texts)


def _as_text(value: Any) -> str:
    """A text as it is, all else as JSON: what was told in JSON to Pulse's server reads the same."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _for_one_call(client: Any, watched: _Watch, resource: Any, name: str, told: _Told) -> Callable[..., Any] | None:
    """The method on a copy of the client whose requests tell this call's session, whenever they are made: those of a
    stream begin only when it is entered, and a runner of tools makes several. None for what is no vendor's client.
    """
    try:
        if getattr(resource, "_client", None) is not client or not hasattr(_class(client), "request"):
            return None
        own = _copy_of(client)
        own.request = _requesting(client, watched, told)
        return getattr(type(resource)(own), name)
    except Exception as error:  # noqa: BLE001 - the call is made all the same, without its session
        logger.debug("telling a call's session failed; the program goes on", exc_info=error)
        return None


def _copy_of(client: Any) -> Any:
    """A copy whose resources go through it: newer clients make theirs when they are asked for, older ones have all."""
    own = copy.copy(client)
    for attribute, value in tuple(_own(own).items()):
        if getattr(value, "_client", None) is not client:
            continue
        del _own(own)[attribute]
        if not hasattr(_class(client), attribute):
            setattr(own, attribute, type(value)(own))
    return own


def _requesting(client: Any, watched: _Watch, told: _Told) -> Callable[..., Any]:
    """The client's `request`, in the scope that was told. It is looked up when it is called: it may be hooked later."""
    kind = _class(client)

    def scope() -> Any:
        watched.begin(client)
        all_told = told.over(watched.told)
        return session(all_told.session_id, metadata=all_told.metadata)

    if inspect.iscoroutinefunction(inspect.unwrap(kind.request)):

        async def request_async(*args: Any, **kwargs: Any) -> Any:
            with scope():
                return await kind.request(client, *args, **kwargs)

        setattr(request_async, _MARK, watched)
        return request_async

    def request(*args: Any, **kwargs: Any) -> Any:
        with scope():
            return kind.request(client, *args, **kwargs)

    setattr(request, _MARK, watched)
    return request


def _class(client: Any) -> Any:
    return cast("Any", type(client))


def _own(thing: Any) -> dict[str, Any]:
    """The attributes of a thing itself, not those of its class."""
    return cast("dict[str, Any]", vars(thing))


def _copying(client: Any, watched: _Watch, name: str) -> Callable[..., Any]:
    """Copies that a client makes of itself are observed as it is."""
    original = getattr(_class(client), name)

    @functools.wraps(original)
    def copied(*args: Any, **kwargs: Any) -> Any:
        made = original(client, *args, **kwargs)
        watch(made, ObserveOptions(watched.told.session_id, dict(watched.told.metadata)))
        return made

    return copied
