"""What can be set about the journal."""

import msgspec


class JournalSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How much the journal keeps and how it groups commits."""

    segment_bytes: int = 128 * 1024 * 1024
    """Size in bytes at which a file is closed and the next one begun (env HEADWATER_JOURNAL_SEGMENT_BYTES)."""

    keep_s: int = 24 * 3600
    """Seconds that loaded records are kept for a re-load (env HEADWATER_JOURNAL_KEEP_S)."""

    cap_bytes: int = 10 * 1024**3
    """Bytes that the journal may take; past it loaded files go early, and when all is unloaded, appends are refused
    (env HEADWATER_JOURNAL_CAP_BYTES)."""

    commit_bytes: int = 16 * 1024 * 1024
    """Bytes after which a group commit takes no more records (env HEADWATER_JOURNAL_COMMIT_BYTES)."""

    queue_bytes: int = 256 * 1024 * 1024
    """Bytes that may wait for their commit; past it appends are refused (env HEADWATER_JOURNAL_QUEUE_BYTES)."""
