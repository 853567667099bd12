"""Own prices: what people pay where the public list says otherwise, or nothing.

What a bucket is, and which price holds for a call, is known to the room that prices; here they rest.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, func, or_, select, update

from headwater import clock, ids
from headwater.access import keys, tables
from headwater.access.engine import reading, writing, writing_alone
from headwater.errors import BadRequest, NotFound

_MODEL = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")
_PROVIDER = re.compile(r"[^\s\x00-\x1f\x7f]{0,100}")
_ID = re.compile(r"[A-Za-z0-9._-]{0,32}")
_BUCKET = re.compile(r"[a-z0-9_]{1,32}")
_MOST_PRICES = 2_000
_MOST_USD = Decimal(10**9)
_MOST_DECIMALS = 12
_LAST_NS = 2**63 - 1
_PRICES = tables.own_prices


class KeptPrice(msgspec.Struct, frozen=True, kw_only=True):
    """An own price as it rests. `project` is the id of whose it is, "" for every project's.

    `provider` is "" for any, `model` a pattern with `*` and `?`. It holds from `valid_from_ns` on (Unix nanoseconds).
    `usd_per_million` gives US dollars per million tokens by bucket.
    """

    id: str
    model: str
    usd_per_million: Mapping[str, Decimal]
    provider: str = ""
    valid_from_ns: int = 0
    project: str = ""


class OwnPrices:
    """The own prices of a catalog. Blocking; each method is one transaction. Raises Unavailable."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[KeptPrice]:
        """Those of every project and of each one, in the order in which they were made."""
        with reading(self._engine) as connection:
            return _found(connection)

    def of_project(self, project_id: str) -> list[KeptPrice]:
        """Those that can hold for a project's calls: its own, and those of every project."""
        with reading(self._engine) as connection:
            return _found(connection, project_id)

    def one(self, price_id: str) -> KeptPrice:
        """The price of that id. Raises NotFound."""
        with reading(self._engine) as connection:
            row = connection.execute(select(_PRICES).where(_PRICES.c.id == price_id)).first()
        if row is None:
            raise _missing(price_id)
        return _price(row)

    def set(self, price: KeptPrice) -> KeptPrice:
        """Keep a price: in place of the one of its id, or as a new one where that is ""; return it as it is kept.

        Raises BadRequest that names the field, NotFound for an id or a project that is not there.
        """
        _check(price)
        with writing_alone(self._engine) as connection:
            if price.project:
                keys.find_project(connection, price.project)
            if not price.id:
                return _add(connection, msgspec.structs.replace(price, id=ids.short_id()))
            changed = connection.execute(update(_PRICES).where(_PRICES.c.id == price.id).values(**_columns(price)))
        if not changed.rowcount:
            raise NotFound(f"no own price with the id {price.id!r}; leave the id out to make a new one")
        return price

    def take_over(self, prices: Sequence[KeptPrice]) -> int:
        """Keep prices that were written elsewhere, with their ids; return how many were not here yet.

        One whose id is here already is left as it is, and so is all where one cannot be meant. Raises BadRequest that
        names the field.
        """
        for price in prices:
            _check(price)
        with writing_alone(self._engine) as connection:
            here = set(connection.execute(select(_PRICES.c.id)).scalars())
            fresh = {price.id: price for price in prices if price.id and price.id not in here}
            for price in fresh.values():
                _add(connection, price)
        return len(fresh)

    def remove(self, price_id: str) -> None:
        """Forget a price; calls keep what they were priced at until they are priced anew. Raises NotFound."""
        with writing(self._engine) as connection:
            if not connection.execute(delete(_PRICES).where(_PRICES.c.id == price_id)).rowcount:
                raise _missing(price_id)


def _missing(price_id: str) -> NotFound:
    return NotFound(f"no own price with the id {price_id[:60]!r}; `headwater prices list` shows those there are")


def _found(connection: Connection, project_id: str | None = None) -> list[KeptPrice]:
    wanted = select(_PRICES).order_by(_PRICES.c.created_ns, _PRICES.c.id)
    if project_id is not None:
        wanted = wanted.where(or_(_PRICES.c.project_id == project_id, _PRICES.c.project_id == ""))
    return [_price(row) for row in connection.execute(wanted)]


def _add(connection: Connection, price: KeptPrice) -> KeptPrice:
    if connection.execute(select(func.count()).select_from(_PRICES)).scalar_one() >= _MOST_PRICES:
        raise BadRequest(f"there are {_MOST_PRICES:,} own prices already: remove one, or use a pattern for several")
    # Of several that hold, the one made last counts: no two may be of one moment.
    last_ns = connection.execute(select(func.max(_PRICES.c.created_ns))).scalar_one() or 0
    created_ns = max(clock.now_ns(), last_ns + 1)
    connection.execute(_PRICES.insert().values(id=price.id, created_ns=created_ns, **_columns(price)))
    return price


def _columns(price: KeptPrice) -> dict[str, Any]:
    usd = {bucket: format(amount, "f") for bucket, amount in price.usd_per_million.items()}
    return {
        "project_id": price.project,
        "provider": price.provider,
        "model": price.model,
        "valid_from_ns": price.valid_from_ns,
        "usd_per_million": msgspec.json.encode(usd).decode(),
    }


def _price(row: Row[Any]) -> KeptPrice:
    return KeptPrice(
        id=row.id,
        project=row.project_id,
        provider=row.provider,
        model=row.model,
        valid_from_ns=row.valid_from_ns,
        usd_per_million=msgspec.json.decode(row.usd_per_million, type=dict[str, Decimal]),
    )


def _check(price: KeptPrice) -> None:
    """Raise BadRequest for what cannot be meant; its text begins with the field."""
    if not _MODEL.fullmatch(price.model):
        raise BadRequest("model: give a model's name, or a pattern such as gpt-5* , without spaces, of 1 to 200 signs")
    if not _PROVIDER.fullmatch(price.provider):
        raise BadRequest("provider: give a provider's name such as openai, without spaces, or nothing for any")
    if not _ID.fullmatch(price.id):
        raise BadRequest("id: give at most 32 letters, digits, '.', '_' or '-'")
    if not 0 <= price.valid_from_ns <= _LAST_NS:
        raise BadRequest("valid_from: give a time between 1970 and 2262, or nothing for all time")
    if not price.usd_per_million:
        raise BadRequest("usd_per_million: give at least one price, such as that of input")
    for bucket, usd in price.usd_per_million.items():
        _check_amount(bucket, usd)


def _check_amount(bucket: str, usd: Decimal) -> None:
    if not _BUCKET.fullmatch(bucket):
        raise BadRequest(f"usd_per_million: {bucket[:40]!r} is no bucket of tokens")
    if not usd.is_finite() or not 0 <= usd <= _MOST_USD:
        raise BadRequest(f"{bucket}: {usd} is no price; give US dollars per million tokens, from 0 to {_MOST_USD:,f}")
    if -int(usd.as_tuple().exponent) > _MOST_DECIMALS:
        raise BadRequest(f"{bucket}: {usd} has more than {_MOST_DECIMALS} decimals; give fewer")
