"""What a cost is made of, and prices that users set themselves."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec

BUCKETS = (
    "input",
    "input_audio",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "output",
    "reasoning",
    "output_audio",
    "request",
)


KIND_OF: Mapping[str, str] = {
    "input_audio": "input",
    "cache_read": "input",
    "cache_write_5m": "input",
    "cache_write_1h": "cache_write_5m",
    "reasoning": "output",
    "output_audio": "output",
}
"""Of which bucket a bucket is a kind: its price holds where it has none of its own."""


class PriceLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of a bill: `tokens` of a `bucket` at `usd_per_million`, making `usd`.

    Lines never share a token. Audio and reasoning have lines of their own only where they have prices of their own, and
    are counted in `input` and `output` else. For the bucket "request", `tokens` counts requests.
    """

    bucket: str
    tokens: int
    usd_per_million: Decimal
    usd: Decimal


class Priced(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a call cost, and by which prices.

    `total_nanousd` is the sum of the lines in 10^-9 US dollars, rounded half up. `version` names the price list
    ("genai-prices 0.2.3") or the user's own price ("own:<id>").
    """

    total_nanousd: int
    version: str
    lines: tuple[PriceLine, ...]


class OwnPrice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A price that a user sets; it wins over the list from `valid_from_ns` (Unix nanoseconds) on.

    `provider` is an OpenTelemetry provider name, "" for any. `model` is a pattern over the whole name, upper and lower
    case alike, with `*` and `?`. `usd_per_million` gives US dollars per million tokens by bucket (`BUCKETS`); a bucket
    that is missing costs what the one that it is a kind of costs: audio and the cache as input, an hour's cache write
    as a short one, reasoning and spoken output as output. `project` is whose calls it is for, "" for every project's.
    """

    id: str
    model: str
    usd_per_million: Mapping[str, Decimal]
    provider: str = ""
    valid_from_ns: int = 0
    project: str = ""


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """The prices of one model as whole numbers, for whoever multiplies elsewhere.

    `units` holds, for each stretch of input tokens, the price of one token of each of `BUCKETS` in 10^-18 US dollars,
    None where there is none. A call with more input tokens, cached ones included, than so many of `bounds` is in that
    stretch. Audio and reasoning tokens are apart from input and output only where `has_…` says so.
    """

    version: str
    bounds: tuple[int, ...]
    units: tuple[tuple[int | None, ...], ...]
    has_audio_in: bool
    has_reasoning: bool
    has_audio_out: bool

    def usd_per_million(self, stretch: int = 0) -> dict[str, Decimal]:
        """US dollars per million tokens by bucket, of a stretch, without those that cost what they are a kind of."""
        usd = {
            bucket: Decimal(units).scaleb(-12).normalize()
            for bucket, units in zip(BUCKETS, self.units[stretch], strict=True)
            if units is not None
        }
        apart = {"input_audio": self.has_audio_in, "reasoning": self.has_reasoning, "output_audio": self.has_audio_out}
        return {
            bucket: amount
            for bucket, amount in usd.items()
            if apart.get(bucket, True) and usd.get(KIND_OF.get(bucket, "")) != amount
        }
