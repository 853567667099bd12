"""How a simulator behaves."""

import msgspec


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """Delays and errors. `delay_ms`: until the answer begins. `chunk_ms`: between two events of a stream.
    `error_rate`: the part of all requests (0 to 1) that is answered with 429, 500 or 529 in turn.
    """

    delay_ms: float = 0
    chunk_ms: float = 0
    error_rate: float = 0
