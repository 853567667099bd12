"""Memory of keys: what the catalog answered lately, so that a hot key costs one look-up.

An answer is fresh for `fresh_s`. A good key's answer is kept for `stale_s`, for the time that the catalog is out of
reach. What is said of unknown keys is kept apart and bounded, so that a flood of made-up keys cannot push out the good
ones.
"""

from typing import Generic, TypeVar

from headwater import clock

Answer = TypeVar("Answer")


class Memory(Generic[Answer]):
    """Digest → what is known of it. Safe from any thread: each step is one operation on a dict."""

    def __init__(self, *, fresh_s: float, stale_s: float, limit: int) -> None:
        self._fresh_s = fresh_s
        self._stale_s = stale_s
        self._limit = limit
        self._good: dict[str, tuple[float, Answer]] = {}
        self._unknown: dict[str, float] = {}

    def fresh(self, digest: str) -> Answer | None:
        """The answer, if the catalog gave it within `fresh_s`."""
        return self._good_within(digest, self._fresh_s)

    def stale(self, digest: str) -> Answer | None:
        """The answer, if the catalog gave it within `stale_s`."""
        return self._good_within(digest, self._stale_s)

    def is_unknown(self, digest: str) -> bool:
        """Whether the catalog said within `fresh_s` that it does not know this key."""
        at = self._unknown.get(digest)
        return at is not None and clock.monotonic_s() - at < self._fresh_s

    def keep(self, digest: str, answer: Answer | None) -> None:
        """Remember what the catalog said now."""
        if answer is None:
            self._good.pop(digest, None)
            self._keep_unknown(digest)
        else:
            self._good[digest] = (clock.monotonic_s(), answer)
            self._unknown.pop(digest, None)

    def forget(self) -> None:
        """Forget all: the next look-up of each key asks the catalog."""
        self._good.clear()
        self._unknown.clear()

    def _good_within(self, digest: str, seconds: float) -> Answer | None:
        found = self._good.get(digest)
        return found[1] if found is not None and clock.monotonic_s() - found[0] < seconds else None

    def _keep_unknown(self, digest: str) -> None:
        if len(self._unknown) >= self._limit:
            self._unknown.clear()
        self._unknown[digest] = clock.monotonic_s()
