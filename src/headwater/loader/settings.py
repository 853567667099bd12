"""What can be set about loading."""

import msgspec


class LoaderSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How envelopes are gathered into blocks and how much of the live traces is remembered."""

    block_rows: int = 6000
    """Spans after which a block is loaded (env HEADWATER_LOADER_BLOCK_ROWS)."""

    block_bytes: int = 16 * 1024 * 1024
    """Bytes of envelopes after which a block is loaded (env HEADWATER_LOADER_BLOCK_BYTES)."""

    block_age_s: float = 0.25
    """Seconds that a block waits for more (env HEADWATER_LOADER_BLOCK_AGE_S)."""

    live_spans: int = 100_000
    """Spans of recent traces remembered for folding and totals; older ones are read back from the store when they are
    touched again (env HEADWATER_LOADER_LIVE_SPANS)."""

    seen_messages: int = 200_000
    """Messages remembered as durable, so that they are not sent again (env HEADWATER_LOADER_SEEN_MESSAGES)."""

    settle_s: int = 90
    """Seconds without a new span after which a minute is rolled up (env HEADWATER_LOADER_SETTLE_S)."""

    reprice_calls: int = 4_000
    """Calls that are priced anew at a time, between two blocks (env HEADWATER_LOADER_REPRICE_CALLS)."""
