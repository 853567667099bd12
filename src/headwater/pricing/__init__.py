"""Pricing: what a call cost, line by line.

In:  a `Call` and when it was made; prices that users set.   Out: a `Priced`, or None.
Rule 1: unknown is None, never 0: no usage, no such model, or tokens that nobody has a price for.
Rule 2: lines never share a token, and their sum is the total.
Rule 3: no network, ever; the price list is the installed package's, and its version goes with every cost.
"""

from headwater.pricing.book import WITHOUT_OUTPUT as WITHOUT_OUTPUT
from headwater.pricing.book import PriceBook as PriceBook
from headwater.pricing.books import PriceBooks as PriceBooks
from headwater.pricing.priced import BUCKETS as BUCKETS
from headwater.pricing.priced import OwnPrice as OwnPrice
from headwater.pricing.priced import Priced as Priced
from headwater.pricing.priced import PriceLine as PriceLine
from headwater.pricing.priced import Tariff as Tariff
from headwater.pricing.stored import PRICED_AS as PRICED_AS
from headwater.pricing.stored import stored_call as stored_call
