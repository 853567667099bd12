"""Bill: what a call cost, as arithmetic that a person can do again.

In:  a span.   Out: how its token counts are made of the lines of its price, and where the prices come from.
"""

import msgspec

from headwater.query import SpanShown

_SIDES = {
    "Input": ("input_tokens", frozenset({"input", "input_audio", "cache_read", "cache_write_5m", "cache_write_1h"})),
    "Output": ("output_tokens", frozenset({"output", "reasoning", "output_audio"})),
}
_OWN = "own:"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """How an inclusive count is made of its lines: (bucket, tokens) each. `rest` tokens are in no line."""

    side: str
    total: int
    parts: tuple[tuple[str, int], ...]

    @property
    def rest(self) -> int:
        """Tokens that no line prices, below 0 where lines hold more than was counted."""
        return self.total - sum(tokens for _, tokens in self.parts)


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """`made` explains the counts that have more than one line, `source` says where the prices come from."""

    made: tuple[Made, ...]
    source: str


def bill_of(span: SpanShown) -> Bill:
    """Explain what a call cost."""
    made: list[Made] = []
    for side, (field, buckets) in _SIDES.items():
        parts = tuple((line.bucket, line.tokens) for line in span.price_lines if line.bucket in buckets)
        total = getattr(span, field)
        whole = None if total is None else Made(side=side, total=total, parts=parts)
        if whole is not None and parts and (len(parts) > 1 or whole.rest):
            made.append(whole)
    return Bill(made=tuple(made), source=_source(span.price_version))


def _source(version: str) -> str:
    if version.startswith(_OWN):
        return f"your own price {version.removeprefix(_OWN)}"
    return f"the price list {version}, which comes with this server" if version else ""
