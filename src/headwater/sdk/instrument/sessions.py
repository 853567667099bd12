"""Sessions: a program may say on a single request whose session it belongs to, in a header that is meant for us.

The header is read and goes no further: what a program calls its sessions is nothing to a vendor. Whoever asked for such
headers may also stand at the gate: it is told the session of each request before that goes out, and what it raises
reaches the program in place of an answer. It is the one thing of ours that a program may feel, because it asked for it.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from headwater.sdk import context
from headwater.sdk.guest import report

Gate = Callable[[str], None]
"""Takes the id of a session; raises what the program shall get instead of an answer."""

_names: frozenset[str] = frozenset()
_gate: Gate | None = None


def sessions_from_headers(names: Iterable[str], gate: Gate | None = None) -> None:
    """Take the session of a request from these headers, in whatever case they are written, and off the request.

    `gate` is asked before each request that belongs to a session, in a thread of its own where the client is
    asynchronous. Each call replaces the one before; no names and no gate are as before the first.
    """
    global _names, _gate
    _names, _gate = frozenset(name.lower() for name in names), gate


def session_of(vendor: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """The session that a request names in one of the headers, which are taken off it; "" without one. Never raises."""
    if not _names:
        return ""
    try:
        return _taken(vendor, args[1] if len(args) > 1 else kwargs["options"])
    except Exception as error:  # noqa: BLE001 - the request goes on without a session
        report(error, "taking a session's header")
        return ""


def pass_gate(session_id: str) -> None:
    """Ask whether a request of this session, or of the one around this line, may go. Raises what the gate raises."""
    gate = _gate
    if gate is not None:
        session_id = session_id or context.own_scope().session_id
        if session_id:
            gate(session_id)


async def pass_gate_async(session_id: str) -> None:
    """The same, while the event loop goes on."""
    if _gate is None:
        return
    import asyncio  # a program without a loop does not need it

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        # Another library's loop: its threads are not ours to ask for.
        pass_gate(session_id)
    else:
        await asyncio.to_thread(pass_gate, session_id)


def _taken(vendor: Any, options: Any) -> str:
    asked, always = _listed(options.headers), _listed(vendor._custom_headers)
    ours = {name: value for name, value in asked.items() if name.lower() in _names}
    standing = {name: value for name, value in always.items() if name.lower() in _names}
    if not ours and not standing:
        return ""
    # The mapping is the program's own, and stays as it is. `Omit` is the vendors' word for a header that is left out.
    omit = sys.modules[_base_of(vendor)].Omit if standing else None
    kept = {name: value for name, value in asked.items() if name not in ours}
    options.headers = {**kept, **{name: cast(Any, omit)() for name in standing}}
    return next((text for text in map(_text, (*ours.values(), *standing.values())) if text), "")


def _base_of(vendor: Any) -> str:
    modules = (kin.__module__ for kin in type(vendor).__mro__)
    return next(module for module in modules if module.endswith("._base_client"))


def _listed(headers: Any) -> dict[str, Any]:
    return dict(cast(Mapping[str, Any], headers)) if isinstance(headers, Mapping) else {}


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    # What is no text is the vendors' mark for "none"; a UUID is one to whoever made it.
    return str(value) if isinstance(value, str) or type(value).__name__ == "UUID" else ""
