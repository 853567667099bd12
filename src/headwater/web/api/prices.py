"""The routes of prices: those that calls had, own ones, pricing anew, and what another model would have cost."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.query import ModelsPriced, PriceChange, WhatIf
from headwater.web.api.answering import answered, encoded
from headwater.web.api.schema import answers
from headwater.web.asked import Asked, call_filters
from headwater.web.desk import Desk
from headwater.web.own_prices import OwnPriceShown, list_own_prices, remove_price, set_price
from headwater.web.repricings import RepricingShown, stretch_of

_Project = Annotated[str, Query(description="project id, with a browser session that sees several")]
_STRICT = ConfigDict(extra="forbid", frozen=True)


class Priced(Asked):
    """Whose prices are asked for."""

    model_config = _STRICT


class Stretch(BaseModel):
    """A stretch of time that calls started in."""

    model_config = _STRICT

    start: str = Field(default="", description="first moment, RFC 3339 or Unix nanoseconds; since ever when not given")
    end: str = Field(default="", description="moment after the last; now when not given")


class ChangeAsked(Stretch):
    """A stretch, and of which project."""

    project: str = Field(default="", description="project id, with a browser session that sees several")


class Traded(Asked):
    """Which calls, and the model that they are to be priced as."""

    model_config = _STRICT

    at_model: str = Field(min_length=1, max_length=200, description="the other model")
    at_provider: str = Field(default="", max_length=100, description="its provider; any when not given")


class WantedPrice(BaseModel):
    """A price as it is to be."""

    model_config = _STRICT

    model: str = Field(max_length=200, description="a model's name, or a pattern with * and ?")
    provider: str = Field(default="", max_length=100, description="any when not given")
    usd_per_million: dict[str, str] = Field(
        max_length=20,
        description="US dollars per million tokens, as text, by bucket: input, input_audio, cache_read, cache_write_5m,"
        " cache_write_1h, output, reasoning, output_audio, request (per million calls)",
    )
    valid_from: str = Field(
        default="", max_length=40, description="RFC 3339 or Unix nanoseconds; all time if not given"
    )
    for_every_project: bool = False


def add_prices(router: APIRouter, desk: Desk) -> None:
    """Add the routes of prices."""
    _add_asked(router, desk)
    _add_own(router, desk)
    _add_repricings(router, desk)


def _add_asked(router: APIRouter, desk: Desk) -> None:
    @router.get("/prices", **answers(ModelsPriced))
    async def prices(request: Request, asked: Annotated[Priced, Query()]) -> Response:
        """Models with the prices that their calls had and the price of the next one; those without a price first."""
        filters = call_filters(asked, now_ns())
        return await answered(desk, request, lambda q: q.prices(filters))

    @router.get("/prices/change", **answers(PriceChange))
    async def change(request: Request, asked: Annotated[ChangeAsked, Query()]) -> Response:
        """What pricing the calls of a stretch anew, at the prices set now, would change. Nothing is written."""
        return await answered(desk, request, lambda q: q.price_change(asked.start, asked.end))

    @router.get("/prices/what-if", **answers(WhatIf))
    async def what_if(request: Request, asked: Annotated[Traded, Query()]) -> Response:
        """What calls would have cost at another model, by the tokens that they used."""
        filters = call_filters(Asked(**{name: getattr(asked, name) for name in Asked.model_fields}), now_ns())
        return await answered(desk, request, lambda q: q.what_if(filters, asked.at_provider, asked.at_model))


def _add_own(router: APIRouter, desk: Desk) -> None:
    catalog = desk.ports.catalog

    @router.get("/prices/own", **answers(tuple[OwnPriceShown, ...]))
    async def own(request: Request, project: _Project = "") -> Response:
        """The prices that people set, for this project or for every one."""
        visitor = await desk.visitor(request)
        return encoded(await desk.asker.ask(lambda: list_own_prices(catalog, visitor.project)))

    @router.post("/prices/own", **answers(OwnPriceShown))
    async def add(request: Request, wanted: WantedPrice, project: _Project = "") -> Response:
        """Set a price. Calls that come in from now on have it; stored ones keep theirs until they are priced anew."""
        visitor = await desk.changer(request)
        return encoded(await desk.asker.ask(lambda: set_price(catalog, visitor.project, **wanted.model_dump())))

    @router.put("/prices/own/{price_id}", **answers(OwnPriceShown))
    async def change_own(request: Request, price_id: str, wanted: WantedPrice, project: _Project = "") -> Response:
        """Set a price in place of another."""
        visitor = await desk.changer(request)
        return encoded(
            await desk.asker.ask(lambda: set_price(catalog, visitor.project, price_id=price_id, **wanted.model_dump()))
        )

    @router.delete("/prices/own/{price_id}", **answers(OwnPriceShown))
    async def remove(request: Request, price_id: str, project: _Project = "") -> Response:
        """Forget a price."""
        visitor = await desk.changer(request)
        return encoded(await desk.asker.ask(lambda: remove_price(catalog, visitor.project, price_id)))


def _add_repricings(router: APIRouter, desk: Desk) -> None:
    repricings = desk.ports.repricings

    @router.get("/prices/repricings", **answers(tuple[RepricingShown, ...]))
    async def wishes(request: Request, project: _Project = "") -> Response:
        """The last times that calls were priced anew, newest first, and how far that is."""
        visitor = await desk.visitor(request)
        return encoded(await desk.asker.ask(lambda: repricings.all(visitor.project)))

    @router.get("/prices/repricings/{wish_id}", **answers(RepricingShown))
    async def wish(request: Request, wish_id: int, project: _Project = "") -> Response:
        """One of them as it stands."""
        visitor = await desk.visitor(request)
        return encoded(await desk.asker.ask(lambda: repricings.one(visitor.project, wish_id)))

    @router.post("/prices/repricings", **answers(RepricingShown))
    async def ask(request: Request, wanted: Stretch, project: _Project = "") -> Response:
        """Price the calls of a stretch anew, at the prices set now; one stretch of a project at a time."""
        visitor = await desk.changer(request)
        since_ns, until_ns = stretch_of(wanted.start, wanted.end)
        name = visitor.person.name if visitor.person else ""
        return encoded(await desk.asker.ask(lambda: repricings.ask(visitor.project, since_ns, until_ns, name)))

    @router.delete("/prices/repricings/{wish_id}", **answers(RepricingShown))
    async def stop(request: Request, wish_id: int, project: _Project = "") -> Response:
        """Do no more of one; what is priced anew stays so."""
        visitor = await desk.changer(request)
        return encoded(await desk.asker.ask(lambda: repricings.stop(visitor.project, wish_id)))
