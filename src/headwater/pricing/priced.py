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
    as a short one, reasoning and spoken output as output.
    """

    id: str
    model: str
    usd_per_million: Mapping[str, Decimal]
    provider: str = ""
    valid_from_ns: int = 0
