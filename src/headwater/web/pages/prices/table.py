"""The table of the price pages."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from headwater.web.desk import Desk
from headwater.web.pages.prices.frame import OWN, PRICES, REPRICE, WHAT_IF
from headwater.web.pages.prices.models import prices_page
from headwater.web.pages.prices.own import (
    drop_price,
    new_price_page,
    own_page,
    price_page,
    remove_price_question,
    save_price,
)
from headwater.web.pages.prices.reprice import ask_reprice, reprice_page, repricing_page, stop_reprice
from headwater.web.pages.prices.what_if import what_if_page
from headwater.web.rendering import Renderer

PRICE_PAGES: tuple[tuple[str, str, Callable[[Desk, Renderer, Request], Awaitable[Response]]], ...] = (
    ("GET", PRICES, prices_page),
    ("GET", OWN, own_page),
    ("GET", f"{OWN}/new", new_price_page),
    ("POST", f"{OWN}/new", save_price),
    ("GET", f"{OWN}/{{price_id}}", price_page),
    ("POST", f"{OWN}/{{price_id}}", save_price),
    ("GET", f"{OWN}/{{price_id}}/remove", remove_price_question),
    ("POST", f"{OWN}/{{price_id}}/remove", drop_price),
    ("GET", REPRICE, reprice_page),
    ("POST", REPRICE, ask_reprice),
    ("GET", f"{REPRICE}/{{wish_id:int}}", repricing_page),
    ("POST", f"{REPRICE}/{{wish_id:int}}/stop", stop_reprice),
    ("GET", WHAT_IF, what_if_page),
)
