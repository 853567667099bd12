"""Text: what a call says and what the mock must have answered to it, as native/wire.h has it, for SQL that checks."""

from collections.abc import Sequence

import msgspec

POOL_BYTES = 8192
ANSWER_BYTES = 720
_WORDS = (
    *("river", "stone", "light", "harbour", "letter", "quiet", "window", "garden"),
    *("the", "of", "and", "under", "over", "with", "from", "toward"),
)
_REQUEST = '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"'
_MARK = "call=SSSSSSSSSS-PPPP-CCCC chunks=NNNN gap=GGGGGGG "
_RESTS = {
    (False, False): '"}],"temperature":0.5}',
    (True, False): '"}],"stream":true}',
    (True, True): '"}],"stream":true,"stream_options":{"include_usage":true}}',
}
_SPREAD = 2654435761
_LOW_64 = (1 << 64) - 1


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A sort of call. `size` is its body's bytes; with `chunks` it is a stream of so many events, `gap_us` apart; else
    `gap_us` is how long the mock waits. Of the calls of a load, `weight` of all weights are of this kind.
    """

    weight: int = 1
    chunks: int = 0
    gap_us: int = 0
    size: int = 1024
    asks_usage: bool = False

    @property
    def argument(self) -> str:
        """As native/load.c reads it."""
        return f"{self.weight}:{self.chunks}:{self.gap_us}:{self.size}:{int(self.asks_usage)}"

    @property
    def mark(self) -> str:
        """What follows the id in the message."""
        return f" chunks={self.chunks:04d} gap={self.gap_us:07d} "

    @property
    def text_bytes(self) -> int:
        """How much of the pool's text fills the message."""
        rest = _RESTS[bool(self.chunks), self.asks_usage]
        return max(0, self.size - len(_REQUEST) - len(_MARK) - len(rest))

    @property
    def pieces(self) -> str:
        """The streamed content, without the times in it."""
        return "".join(f"w{number:04d} " for number in range(self.chunks))


def kind_of(serial: int, kinds: Sequence[Kind]) -> int:
    """The place of the kind that a call is of."""
    point = ((serial * _SPREAD & _LOW_64) >> 16) % sum(kind.weight for kind in kinds)
    for place, kind in enumerate(kinds):
        if point < kind.weight:
            return place
        point -= kind.weight
    raise AssertionError("a point within all weights is within one of them")


def call_id(serial: int) -> str:
    """The words that tell a call: its serial, and the tokens in and out that are reported for it."""
    return f"{serial:010d}-{100 + serial * 7919 % 900:04d}-{10 + serial * 104729 % 90:04d}"


def pool() -> str:
    """The text that fillings are cut from: for a call, from 37 times its serial, over and over."""
    words: list[str] = []
    size, state = 0, 1
    while size < POOL_BYTES:
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        words.append(_WORDS[state >> 28])
        size += len(words[-1]) + 1
    return (" ".join(words) + " ")[:POOL_BYTES]
