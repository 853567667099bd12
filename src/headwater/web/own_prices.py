"""Own prices as people see and set them: read from words, checked, and shown again."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from headwater.access import Catalog, KeptPrice
from headwater.errors import BadRequest, NotFound
from headwater.pricing import BUCKETS
from headwater.query import read_time, show_time
from headwater.web.health import Shown


class OwnPriceShown(Shown, frozen=True, kw_only=True):
    """A price that people set. `usd_per_million` gives US dollars per million tokens by bucket, as decimal text.

    `provider` is "" for any; `model` may hold `*` and `?`. `valid_from` is None for all time. `for_every_project` tells
    whether it holds for every project's calls; a project's own goes before it.
    """

    id: str
    provider: str
    model: str
    usd_per_million: Mapping[str, str]
    valid_from: str | None
    for_every_project: bool


def list_own_prices(catalog: Catalog, project: str) -> tuple[OwnPriceShown, ...]:
    """The own prices that can hold for a project's calls: its own first, then by model."""
    found = [shown(price) for price in catalog.own_prices.of_project(project)]
    return tuple(sorted(found, key=lambda price: (price.for_every_project, price.model, price.valid_from or "")))


def own_price(catalog: Catalog, project: str, price_id: str) -> OwnPriceShown:
    """One of them. Raises NotFound."""
    price = catalog.own_prices.one(price_id)
    if price.project not in ("", project):
        raise NotFound(f"no own price with the id {price_id[:60]!r} in this project")
    return shown(price)


def set_price(
    catalog: Catalog,
    project: str,
    *,
    model: str,
    usd_per_million: Mapping[str, str],
    provider: str = "",
    valid_from: str = "",
    for_every_project: bool = False,
    price_id: str = "",
) -> OwnPriceShown:
    """Keep a price, in place of the one of that id where it is given. Raises BadRequest whose text begins with the
    field, NotFound."""
    if price_id:
        own_price(catalog, project, price_id)
    wanted = KeptPrice(
        id=price_id,
        project="" if for_every_project else project,
        provider=provider.strip(),
        model=model.strip(),
        valid_from_ns=max(0, read_time(valid_from, "valid_from") or 0),
        usd_per_million={bucket: _usd(bucket, text) for bucket, text in usd_per_million.items() if text.strip()},
    )
    for bucket in wanted.usd_per_million:
        if bucket not in BUCKETS:
            raise BadRequest(f"usd_per_million: unknown bucket {bucket[:40]!r}; use {', '.join(BUCKETS)}")
    return shown(catalog.own_prices.set(wanted))


def remove_price(catalog: Catalog, project: str, price_id: str) -> OwnPriceShown:
    """Forget a price; return what it was. Raises NotFound."""
    gone = own_price(catalog, project, price_id)
    catalog.own_prices.remove(price_id)
    return gone


def shown(price: KeptPrice) -> OwnPriceShown:
    """A price as people see it."""
    return OwnPriceShown(
        id=price.id,
        provider=price.provider,
        model=price.model,
        usd_per_million={bucket: format(usd, "f") for bucket, usd in price.usd_per_million.items()},
        valid_from=show_time(price.valid_from_ns) if price.valid_from_ns else None,
        for_every_project=not price.project,
    )


def _usd(bucket: str, text: str) -> Decimal:
    """Read dollars as people write them: 2.5, $2.50, 1,250."""
    plain = text.strip().removeprefix("$").replace(",", "").replace("_", "").strip()
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise BadRequest(f"{bucket}: {text[:40]!r} is no amount; give US dollars per million, such as 2.50") from None
