"""What can be set about ingest."""

import msgspec


class IngestSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds of what one request and all requests together may bring."""

    body_limit_bytes: int = 64 * 1024 * 1024
    """Bytes of one body after decompression; past it the answer is 413 (env HEADWATER_INGEST_BODY_LIMIT_BYTES)."""

    in_flight_bytes: int = 256 * 1024 * 1024
    """Bytes of all bodies being read at once; past it the answer is 503 (env HEADWATER_INGEST_IN_FLIGHT_BYTES)."""

    commit_timeout_s: float = 30.0
    """Seconds to wait for the journal before the answer is 503 (env HEADWATER_INGEST_COMMIT_TIMEOUT_S)."""
