"""Which prompts a provider has seen before, for its counts of cached tokens."""

from collections import OrderedDict
from hashlib import blake2b

from headwater.simulator.words import CHARACTERS_PER_TOKEN

_BLOCK_TOKENS = 128
_LEAST_TOKENS = 1024
_MOST_KEPT = 50_000


class Prefixes:
    """Remembers prompts by their beginnings. Bounded; the oldest go first."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def cached_tokens(self, prompt: str) -> int:
        """How many tokens at the beginning of a prompt were seen before, in blocks of 128, none below 1024."""
        data = prompt.encode("utf-8", "surrogatepass")
        size = _BLOCK_TOKENS * CHARACTERS_PER_TOKEN
        if len(data) < _LEAST_TOKENS * CHARACTERS_PER_TOKEN:
            return 0
        digest, cached, is_same = blake2b(digest_size=12), 0, True
        for end in range(size, len(data) + 1, size):
            digest.update(data[end - size : end])
            is_same = self._saw(digest.digest()) and is_same
            cached += _BLOCK_TOKENS * is_same
        return cached if cached >= _LEAST_TOKENS else 0

    def has_seen(self, prefix: str) -> bool:
        """Whether exactly this beginning was seen before; it is remembered."""
        return self._saw(blake2b(prefix.encode("utf-8", "surrogatepass"), digest_size=12).digest())

    def _saw(self, key: bytes) -> bool:
        has_seen = key in self._seen
        self._seen[key] = None
        self._seen.move_to_end(key)
        if len(self._seen) > _MOST_KEPT:
            self._seen.popitem(last=False)
        return has_seen
