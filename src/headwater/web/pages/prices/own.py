"""Own prices: the list, the form that sets one, and the question before one goes."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.web.desk import Desk, Visitor
from headwater.web.forms import Form, read_form, said
from headwater.web.own_prices import OwnPriceShown, list_own_prices, own_price, remove_price, set_price
from headwater.web.pages.prices.frame import BUCKETS, HINTS, OWN, framed
from headwater.web.rendering import Here, Renderer

_FIELDS = ("model", "provider", "valid_from", *BUCKETS)


async def own_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /prices/own."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    own = await desk.asker.ask(lambda: list_own_prices(desk.ports.catalog, visitor.project))
    return renderer.page("prices/own.html", here, {**framed(here), "own": own})


async def new_price_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /prices/own/new, `provider` and `model` filled in as the address says."""
    visitor = await desk.signed_in(request)
    query = request.query_params
    filled = {"provider": query.get("provider", "")[:100], "model": query.get("model", "")[:200]}
    return _form(renderer, renderer.here(request, visitor), filled)


async def price_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /prices/own/{price_id}."""
    visitor = await desk.signed_in(request)
    price = await _one(desk, visitor, request)
    filled = {
        "provider": price.provider,
        "model": price.model,
        "valid_from": price.valid_from or "",
        "whose": "all" if price.for_every_project else "",
        **price.usd_per_million,
    }
    return _form(renderer, renderer.here(request, visitor), filled, price=price)


async def save_price(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /prices/own/new and /prices/own/{price_id}."""
    visitor, form = await desk.changer(request), await read_form(request)
    here, price_id = renderer.here(request, visitor), request.path_params.get("price_id", "")
    price = await _one(desk, visitor, request) if price_id else None
    try:
        kept = await desk.asker.ask(lambda: _set(desk, visitor, form, price_id))
    except BadRequest as error:
        return _form(renderer, here, form.as_typed, price=price, wrong=_wrong(error))
    return said(here.link(OWN), f"Calls to {kept.model} that come in from now on have this price")


async def remove_price_question(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /prices/own/{price_id}/remove."""
    visitor = await desk.signed_in(request)
    here = renderer.here(request, visitor)
    price = await _one(desk, visitor, request)
    return renderer.page("prices/remove.html", here, {**framed(here), "price": price, "back": here.link(OWN)})


async def drop_price(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /prices/own/{price_id}/remove."""
    visitor, price_id = await desk.changer(request), request.path_params["price_id"]
    gone = await desk.asker.ask(lambda: remove_price(desk.ports.catalog, visitor.project, price_id))
    return said(renderer.here(request, visitor).link(OWN), f"The own price of {gone.model} is removed")


async def _one(desk: Desk, visitor: Visitor, request: Request) -> OwnPriceShown:
    price_id = request.path_params["price_id"]
    return await desk.asker.ask(lambda: own_price(desk.ports.catalog, visitor.project, price_id))


def _set(desk: Desk, visitor: Visitor, form: Form, price_id: str) -> OwnPriceShown:
    return set_price(
        desk.ports.catalog,
        visitor.project,
        model=form.one("model"),
        provider=form.one("provider"),
        valid_from=form.one("valid_from"),
        usd_per_million={bucket: form.one(bucket) for bucket in BUCKETS},
        for_every_project=form.one("whose") == "all",
        price_id=price_id,
    )


def _wrong(error: BadRequest) -> tuple[str, str]:
    """The field at fault, "" for the whole form, and what is wrong with it."""
    field, colon, words = str(error).partition(": ")
    if field not in _FIELDS:
        # What is wrong with no field in particular is wrong with the prices.
        field, words = "", words if colon and field == "usd_per_million" else str(error)
    return field, words[:1].upper() + words[1:]


def _form(
    renderer: Renderer,
    here: Here,
    filled: Any,
    *,
    price: OwnPriceShown | None = None,
    wrong: tuple[str, str] = ("", ""),
) -> Response:
    values = {
        **framed(here),
        "price": price,
        "filled": {name: filled.get(name, "") for name in (*_FIELDS, "whose")},
        "wrong": wrong,
        "hints": HINTS,
        "back": here.link(OWN),
        "projects": len(here.projects),
    }
    return renderer.page("prices/price.html", here, values, status=400 if wrong[1] else 200)
