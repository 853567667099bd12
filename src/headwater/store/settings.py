"""What the store is told at its start."""

import msgspec


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of the embedded engine and of the clients that speak to a store."""

    memory_bytes: int = 700 * 1024 * 1024
    """Bytes that the embedded engine may hold; it refuses, and the loader tries again, past it
    (env HEADWATER_STORE_MEMORY_BYTES)."""

    connections: int = 8
    """Requests that the embedded engine runs at once (env HEADWATER_STORE_CONNECTIONS)."""

    connect_timeout_s: int = 5
    """Seconds that a client waits for a connection (env HEADWATER_STORE_CONNECT_TIMEOUT_S)."""

    timeout_s: int = 120
    """Seconds that a client waits for an answer (env HEADWATER_STORE_TIMEOUT_S)."""

    cluster: str = ""
    """Name of the ClickHouse cluster on which tables are made replicated; empty for one node or the embedded engine
    (env HEADWATER_STORE_CLUSTER)."""


class UserLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much an SQL statement of a user may take before it is stopped."""

    time_s: int = 30
    memory_bytes: int = 300 * 1024 * 1024
    rows: int = 10_000
    result_bytes: int = 32 * 1024 * 1024
