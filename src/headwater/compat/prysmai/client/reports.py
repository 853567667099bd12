"""Reports: what is told to the server without anybody waiting for it."""

import os
from typing import Any

from headwater.compat.prysmai.client.background import background_for
from headwater.compat.prysmai.client.config import PrysmConnectionConfig, logger, root_of
from headwater.compat.prysmai.client.wire import Unreachable, Wire

_TIMEOUT_S = 10.0
_PASSING = frozenset({408, 425, 429})
_REFUSED, _SERVERS = 400, 500

_wires: dict[PrysmConnectionConfig, Wire] = {}


def report(connection: PrysmConnectionConfig, path: str, body: Any) -> None:
    """Have a body posted below the server's root. Never blocks, never raises."""
    background_for(root_of(connection.base_url)).put(lambda: _is_done(connection, path, body))


def telemetry_path(connection: PrysmConnectionConfig) -> str:
    """Where events of frameworks go: below the address of proxied calls."""
    url = connection.base_url.rstrip("/")
    return url[len(root_of(url)) :] + "/telemetry/events"


def _is_done(connection: PrysmConnectionConfig, path: str, body: Any) -> bool:
    wire = _wires.get(connection)
    if wire is None:
        wire = _wires[connection] = Wire(root_of(connection.base_url), connection.prysm_key, _TIMEOUT_S)
    try:
        answer = wire.send("POST", path, body)
    except Unreachable as error:
        logger.debug("a report could not be sent yet: %s", error)
        return False
    if answer.status in _PASSING or answer.status >= _SERVERS:
        return False
    if answer.status >= _REFUSED:
        logger.warning("a report to %s was refused with status %d", path, answer.status)
    return True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_wires.clear)
