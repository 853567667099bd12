"""What is patched in which module of a vendor, and whether the module is shaped as we know it."""

import inspect
from types import ModuleType
from typing import Any

from headwater.sdk.instrument import patches, request, websocket
from headwater.sdk.instrument.arrival import Action

_BASE_CLIENTS = {"SyncAPIClient": False, "AsyncAPIClient": True}
_FIRST_PARAMETERS = ["self", "cast_to", "options"]


class Unexpected(Exception):
    """A vendor's library is not shaped as any version that we know; it is left alone."""


def patch_clients(module: ModuleType) -> None:
    """Patch both base clients of a `_base_client` module. Raises Unexpected, having touched nothing."""
    owners = {name: _checked(getattr(module, name, None), is_async) for name, is_async in _BASE_CLIENTS.items()}
    for name, owner in owners.items():
        patches.replace(owner, "request", request.wrapped_async if _BASE_CLIENTS[name] else request.wrapped)


def patch_client_of(vendor: Any) -> None:
    """Patch the base client that one client descends from, whichever library of this make it is from.

    Raises Unexpected where it descends from none.
    """
    for kin in type(vendor).__mro__:
        if kin.__name__ in _BASE_CLIENTS and kin.__module__.endswith("._base_client"):
            is_async = _BASE_CLIENTS[kin.__name__]
            patches.replace(_checked(kin, is_async), "request", request.wrapped_async if is_async else request.wrapped)
            return
    raise Unexpected(f"{type(vendor).__qualname__} is not a client of OpenAI's or Anthropic's library")


def _checked(owner: Any, is_async: bool) -> type:
    """The class, if its `request` is what we know. It is only looked at: a trial could reach the network."""
    function = vars(owner).get("request") if isinstance(owner, type) else None
    plain = inspect.unwrap(function) if callable(function) else None
    if plain is None or inspect.iscoroutinefunction(plain) is not is_async:
        raise Unexpected(f"{owner!r} has no `request` of the kind that is known")
    if list(inspect.signature(plain).parameters)[:3] != _FIRST_PARAMETERS:
        raise Unexpected(f"`request` of {owner!r} takes other arguments than those that are known")
    assert isinstance(owner, type)  # noqa: S101 - said by the first check
    return owner


CLIENTS: dict[str, tuple[str, Action]] = {
    vendor: (f"{vendor}._base_client", patch_clients) for vendor in ("openai", "anthropic")
}
"""By vendor: its module of clients, and what to do with that once it is loaded."""

CONNECTIONS: dict[str, Action] = dict.fromkeys(websocket.MODULES, websocket.patch_connections)
"""What to do with a module of WebSocket connections once it is loaded, which it is when one is first asked for."""
