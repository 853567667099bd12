"""What a user calls: `observe`, `instrument`, `uninstrument`."""

from typing import TypeVar

from headwater.sdk.guest import guest, report
from headwater.sdk.instrument import hooks, patches, sessions, vendors, websocket
from headwater.sdk.instrument.arrival import Arrivals

V = TypeVar("V")

_clients = {vendor: Arrivals({module: action}) for vendor, (module, action) in vendors.CLIENTS.items()}
_connections = Arrivals(vendors.CONNECTIONS)


def observe(client: V) -> V:
    """Record the calls of one client, and of the copies that it makes of itself, its WebSocket connections included.
    Returns the very same client.

    `client` is one of OpenAI's or Anthropic's, synchronous or asynchronous, Azure, Bedrock and Vertex included. Never
    raises: anything else is returned as it came.
    """
    try:
        vendors.patch_client_of(client)
        hooks.observe_one(client._client)  # type: ignore[attr-defined]
        _connections.begin()
    except Exception as error:  # noqa: BLE001 - nothing of ours leaves
        report(error, "observing a client")
    return client


@guest
def instrument(*only: str) -> None:
    """Record the calls of every client of OpenAI and Anthropic in this process: of those that are there and of those to
    come, whenever the libraries are imported. Never raises; a second time changes nothing.

    `only` names the vendors to record, "openai" or "anthropic", where it is not to be both.
    """
    hooks.observe_everything()
    for vendor, arrivals in _clients.items():
        if not only or vendor in only:
            arrivals.begin()
    if not only or "openai" in only:
        _connections.begin()


@guest
def uninstrument() -> None:
    """Undo `instrument` and every `observe`: methods and hooks are as they were. Calls under way are recorded to their
    end. Never raises."""
    for arrivals in _clients.values():
        arrivals.end()
    _connections.end()
    patches.restore()
    sessions.sessions_from_headers(())
    hooks.observe_nothing()
    websocket.forget()
