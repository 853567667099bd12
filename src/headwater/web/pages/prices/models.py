"""The models and their prices: which were used, which hold now, and which are missing."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.query import ModelPriced
from headwater.web.asked import Asked, call_filters, query_pairs, read_asked
from headwater.web.desk import Desk
from headwater.web.own_prices import list_own_prices
from headwater.web.pages.overview import has_any, narrowing
from headwater.web.pages.prices.frame import OWN, PRICES, REPRICE, WHAT_IF, framed, ordered, source_of
from headwater.web.pages.start import start
from headwater.web.rendering import Here, Renderer


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A model as it is shown. `prices` are (bucket in words, US dollars per million) of now, or of the last calls where
    none holds now; `source` and `version` say where they come from. `others` are the calls priced otherwise, `is_told`
    whether tokens of any are known."""

    model: ModelPriced
    prices: list[tuple[str, float]]
    above: list[tuple[int, list[tuple[str, float]]]]
    source: str
    version: str
    own_id: str
    others: int
    is_told: bool
    calls_href: str
    set_href: str
    what_if_href: str


async def prices_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /prices."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "7d")
    filters = call_filters(asked, here.now_ns)
    found = await desk.ask(visitor, lambda q: q.prices(filters))
    own = await desk.asker.ask(lambda: list_own_prices(desk.ports.catalog, visitor.project))
    lines = [_line(model, asked, here) for model in found.models]
    values = {
        **framed(here),
        **narrowing(asked, here, PRICES),
        "missing": [line for line in lines if line.model.now is None and line.is_told],
        "known": [line for line in lines if line.model.now is not None],
        "untold": [line for line in lines if line.model.now is None and not line.is_told],
        "others": sum(line.others for line in lines),
        "reprice": here.link_pairs(REPRICE, query_pairs(Asked(range=asked.range, start=asked.start, end=asked.end))),
        "own_count": len(own),
        "is_partial": found.is_partial,
        "has_any": bool(found.models) or await has_any(desk, visitor),
        **start(desk, request, here),
    }
    response = renderer.page("prices/models.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = here.link_pairs(PRICES, query_pairs(asked))
    return response


def _line(model: ModelPriced, asked: Asked, here: Here) -> Line:
    now = model.now
    words = {name: [word] for name, word in (("provider", model.provider), ("model", model.model)) if word}
    version = now.version if now is not None else ""
    return Line(
        model=model,
        prices=ordered(now.usd_per_million) if now is not None else [],
        above=[(bound, ordered(usd)) for bound, usd in now.above.items()] if now is not None else [],
        source=source_of(version),
        version=version,
        own_id=version.removeprefix("own:") if version.startswith("own:") else "",
        others=sum(each.calls - each.untold_calls for each in model.used if now and each.version != now.version),
        is_told=any(each.calls > each.untold_calls for each in model.used),
        calls_href=here.link_pairs("/calls", query_pairs(asked, sort=None, **words)),
        set_href=here.link(f"{OWN}/new", provider=model.provider, model=model.model),
        what_if_href=here.link_pairs(
            WHAT_IF, [*query_pairs(asked, sort=None), ("at_provider", model.provider), ("at_model", model.model)]
        ),
    )
