"""The models page: providers side by side, and every model at every provider."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.query import ModelUsed
from headwater.web.asked import Asked, call_filters, query_pairs, read_asked
from headwater.web.desk import Desk
from headwater.web.pages.overview import has_any, narrowing
from headwater.web.pages.overview_numbers import per_cent
from headwater.web.pages.prefixes import PLACE as PREFIXES
from headwater.web.pages.start import start
from headwater.web.rendering import Here, Renderer

PLACE = "/models"
_SORT = "-cost"


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A head of the table, and the order that it links to; `order` is what aria-sort says."""

    key: str
    name: str
    hint: str
    is_number: bool
    href: str
    order: str = ""
    arrow: str = ""


_HEADS = (
    ("model", "Model", "As the provider named it in its answer", False),
    ("calls", "Calls", "Requests, each counted once", True),
    ("cost", "Cost", "US dollars and the share of all; a dash where no price is known", True),
    ("tokens", "Tokens", "Input and output", True),
    ("cached", "Cached", "Share of the input tokens that were read from the provider's cache", True),
    (
        "saved",
        "Saved",
        "What reading from the cache saved, less what writing to it cost extra, at the prices of the last calls",
        True,
    ),
    ("errors", "Errors", "Share of the calls that failed", True),
    ("p50", "p50", "Half of the calls took at most this", True),
    ("p95", "p95", "95 of 100 calls took at most this", True),
    ("ttft_p50", "TTFT p50", "Half of the first tokens came within this", True),
    ("ttft_p95", "TTFT p95", "95 of 100 first tokens came within this", True),
)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A model or a provider as it is shown, and the traces that its numbers lead to."""

    used: ModelUsed
    href: str
    failed: str
    share: str
    cached: str
    failing: str


async def models_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /models."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "7d")
    filters, sort = call_filters(asked, here.now_ns), asked.sort or _SORT
    found = await desk.ask(visitor, lambda q: q.models(filters, sort))
    values = {
        **narrowing(asked, here, PLACE),
        "heads": _heads(asked, here),
        "models": [_line(used, asked, here) for used in found.models],
        "providers": [_line(used, asked, here) for used in found.providers],
        "is_partial": found.is_partial,
        "prefixes": here.link_pairs(PREFIXES, query_pairs(asked, sort=None)),
        "has_any": bool(found.models) or await has_any(desk, visitor),
        **start(desk, request, here),
    }
    response = renderer.page("models.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = here.link_pairs(PLACE, query_pairs(asked))
    return response


def _heads(asked: Asked, here: Here) -> list[Head]:
    return [_head(asked, here, *head) for head in _HEADS]


def _head(asked: Asked, here: Here, key: str, name: str, hint: str, is_number: bool) -> Head:
    now = asked.sort or _SORT
    is_sorted, is_descending = now.removeprefix("-") == key, now.startswith("-")
    first = f"-{key}" if is_number else key
    turned = (key if is_descending else f"-{key}") if is_sorted else first
    order = ("descending" if is_descending else "ascending") if is_sorted else ""
    return Head(
        key=key,
        name=name,
        hint=f"{hint}. Sort by it",
        is_number=is_number,
        href=here.link_pairs(PLACE, query_pairs(asked, sort=None if turned == _SORT else turned)),
        order=order,
        arrow={"descending": "↓", "ascending": "↑", "": ""}[order],
    )


def _line(used: ModelUsed, asked: Asked, here: Here) -> Line:
    words = {name: [word] for name, word in (("provider", used.provider), ("model", used.model)) if word}
    return Line(
        used=used,
        href=here.link_pairs("/traces", query_pairs(asked, sort=None, **words)),
        failed=here.link_pairs("/traces", query_pairs(asked, sort=None, has_error=True, **words)),
        share=per_cent(used.cost_share),
        cached=per_cent(used.cached_share) if used.input_tokens else "—",
        failing=per_cent(used.error_share),
    )
