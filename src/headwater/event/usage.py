"""Usage: tokens in buckets that never overlap, and the sender's own numbers beside them."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Usage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Tokens of one call. The five buckets are disjoint: their sum is every token that the provider counted.

    `reasoning` and `output_audio` are parts of `output`, and `input_audio` of `input`; they are never added to it.
    `None` means that nobody said. `reported` holds the numbers under the sender's own names, untouched.
    `estimated` marks numbers that were counted by us or guessed by the sender.
    """

    input: int | None = None
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int | None = None
    reasoning: int = 0
    input_audio: int = 0
    output_audio: int = 0
    estimated: bool = False
    reported: Mapping[str, Any] = {}

    @property
    def cache_write(self) -> int:
        """Tokens written to the provider's prompt cache, whatever their time to live."""
        return self.cache_write_5m + self.cache_write_1h

    @property
    def input_tokens(self) -> int | None:
        """`gen_ai.usage.input_tokens`: all input, cached or not, as the conventions count it."""
        if self.input is None:
            return None
        return self.input + self.cache_read + self.cache_write

    @property
    def output_tokens(self) -> int | None:
        """`gen_ai.usage.output_tokens`: all output, reasoning included."""
        return self.output
