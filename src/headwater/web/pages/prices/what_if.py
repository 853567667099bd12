"""What if: what the traffic would have cost at another model."""

from urllib.parse import urlencode

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.query import WhatIf
from headwater.web.asked import call_filters, query_pairs, read_asked
from headwater.web.desk import Desk
from headwater.web.pages.overview import narrowing
from headwater.web.pages.prices.frame import WHAT_IF, framed, ordered, source_of
from headwater.web.rendering import Renderer

_LONGEST = 200


async def what_if_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /prices/what-if, `at_provider` and `at_model` naming the other model."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "7d")
    filters = call_filters(asked, here.now_ns)
    provider = request.query_params.get("at_provider", "").strip()[:_LONGEST]
    model = request.query_params.get("at_model", "").strip()[:_LONGEST]
    found: WhatIf | None = None
    wrong = ""
    if model:
        try:
            found = await desk.ask(visitor, lambda q: q.what_if(filters, provider, model))
        except BadRequest as error:
            wrong = str(error).removeprefix("model: ")
    seen = await desk.ask(visitor, lambda q: q.prices(filters))
    own_words = [(name, word) for name, word in (("at_provider", provider), ("at_model", model)) if word]
    bar = narrowing(asked, here, WHAT_IF)
    values = {
        **framed(here),
        **bar,
        **{name: _with(bar[name], own_words) for name in ("clear", "all_time")},
        "chips": [replace(chip, without=_with(chip.without, own_words)) for chip in bar["chips"]],
        "carried": own_words,
        "pairs": [pair for pair in query_pairs(asked) if pair[0] != "project"],
        "at_provider": provider,
        "at_model": model,
        "found": found,
        "price": ordered(found.price.usd_per_million) if found else [],
        "source": source_of(found.price.version) if found else "",
        "wrong": wrong[:1].upper() + wrong[1:],
        "seen": [each for each in seen.models if each.now is not None],
    }
    response = renderer.page("prices/what_if.html", here, values, status=400 if wrong else 200)
    response.headers["hx-push-url"] = here.link_pairs(WHAT_IF, [*query_pairs(asked), *own_words])
    return response


def _with(address: str, words: list[tuple[str, str]]) -> str:
    """An address that goes on naming the other model."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(words)}" if words else address
