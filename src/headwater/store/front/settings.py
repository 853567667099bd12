"""What the front is told at its start."""

import msgspec


class FrontSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the store process.

    `path` is a directory of its own, `memory_bytes` caps what the engine may hold, `connections` how many requests run
    at once, `wait_s` how long a request waits for its turn, `request_bytes` the largest body after decompression,
    `statement_bytes` the longest SQL text, `result_bytes` the largest answer of a format that cannot be streamed.
    """

    path: str
    port: int
    secret: str
    memory_bytes: int = 700 * 1024 * 1024
    cache_bytes: int = 64 * 1024 * 1024
    connections: int = 8
    wait_s: float = 30.0
    request_bytes: int = 256 * 1024 * 1024
    statement_bytes: int = 16 * 1024 * 1024
    result_bytes: int = 128 * 1024 * 1024
