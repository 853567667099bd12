"""The gate: whose request is it. What is behind it belongs to the server room."""

import asyncio
from collections.abc import Mapping
from typing import Protocol


class Gate(Protocol):
    """Tells the project that a request's headers (lower case) speak for."""

    def recall(self, headers: Mapping[str, str]) -> str | None:
        """The project as far as it is remembered: no I/O. None: ask `admit`."""
        ...

    def admit(self, headers: Mapping[str, str]) -> str:
        """The project, asked of the catalog; may block. Raises Unauthorized, or Unavailable when nobody can tell."""
        ...

    def key_id(self, headers: Mapping[str, str]) -> str:
        """The id of the key that an admitted request came with, "" for none or one that is forgotten: no I/O."""
        ...


async def admitted(gate: Gate, headers: Mapping[str, str]) -> str:
    """The project of a request, from an event loop."""
    return gate.recall(headers) or await asyncio.to_thread(gate.admit, headers)
