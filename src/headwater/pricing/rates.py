"""Prices of one model at one time, ready to be multiplied.

Where a price depends on how long the input is, crossing a bound changes the rate of every token of the call. So there
is one table of rates for each stretch between bounds, and a call finds its table by one search.
"""

from bisect import bisect_left
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from headwater.event import Usage
from headwater.pricing.priced import BUCKETS, KIND_OF, Priced, PriceLine, Tariff

# Integer arithmetic in 10^-18 dollars a token is exact for prices of up to twelve decimals a million tokens.
_PER_MILLION = 10**12
_PER_NANOUSD = 10**9


class Price(NamedTuple):
    """US dollars per million tokens: `base`, and the prices that hold above a number of input tokens, ascending."""

    base: Decimal
    above: tuple[tuple[int, Decimal], ...] = ()

    def at(self, input_tokens: int) -> Decimal:
        """The price of a call with so many input tokens, cached ones included."""
        return next((price for start, price in reversed(self.above) if input_tokens > start), self.base)


class _Rate(NamedTuple):
    usd_per_million: Decimal
    usd: Decimal
    units: int


class Rates:
    """All prices of one model at one time."""

    def __init__(self, version: str, prices: Mapping[str, Price]) -> None:
        self._version = version
        self._bounds = tuple(sorted({start for price in prices.values() for start, _ in price.above}))
        # Just above each bound, and at none, every price is that of its stretch.
        stretches = (0, *(bound + 1 for bound in self._bounds))
        self._tables = tuple([_table(prices, input_tokens) for input_tokens in stretches])
        self._audio_in = "input_audio" in prices
        self._reasoning = "reasoning" in prices
        self._audio_out = "output_audio" in prices

    @property
    def tariff(self) -> Tariff:
        """The same prices as plain numbers."""
        return Tariff(
            version=self._version,
            bounds=self._bounds,
            units=tuple(
                [tuple([table[each].units if each in table else None for each in BUCKETS]) for table in self._tables]
            ),
            has_audio_in=self._audio_in,
            has_reasoning=self._reasoning,
            has_audio_out=self._audio_out,
        )

    def priced(self, usage: Usage, output: int) -> Priced | None:
        """The cost of a usage whose input is known; None where tokens were used that have no price."""
        plain_input = usage.input or 0
        table = self._tables[bisect_left(self._bounds, plain_input + usage.cache_read + usage.cache_write)]
        audio_in = min(usage.input_audio, plain_input) if self._audio_in else 0
        reasoning = min(usage.reasoning, output) if self._reasoning else 0
        audio_out = min(usage.output_audio, output - reasoning) if self._audio_out else 0
        total = 0
        lines: list[PriceLine] = []
        for bucket, tokens in (
            ("input", plain_input - audio_in),
            ("input_audio", audio_in),
            ("cache_read", usage.cache_read),
            ("cache_write_5m", usage.cache_write_5m),
            ("cache_write_1h", usage.cache_write_1h),
            ("output", output - reasoning - audio_out),
            ("reasoning", reasoning),
            ("output_audio", audio_out),
            ("request", 1 if "request" in table else 0),
        ):
            if not tokens:
                continue
            rate = table.get(bucket)
            if rate is None:
                return None
            total += tokens * rate.units
            lines.append(
                PriceLine(bucket=bucket, tokens=tokens, usd_per_million=rate.usd_per_million, usd=rate.usd * tokens)
            )
        nanousd = (total + _PER_NANOUSD // 2) // _PER_NANOUSD
        return Priced(total_nanousd=nanousd, version=self._version, lines=tuple(lines))


def _table(prices: Mapping[str, Price], input_tokens: int) -> dict[str, _Rate]:
    found: dict[str, _Rate] = {}
    for bucket in ("input", "output", "request", *KIND_OF):
        price = prices.get(bucket)
        if price is not None:
            usd = price.at(input_tokens)
            found[bucket] = _Rate(usd, usd.scaleb(-6), int((usd * _PER_MILLION).to_integral_value()))
        elif (kind := KIND_OF.get(bucket, "")) in found:
            found[bucket] = found[kind]
    return found
