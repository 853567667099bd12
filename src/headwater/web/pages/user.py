"""The page of a user: what a period cost and how it failed beside the one before, and where to look on."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.query import TraceFilters, UserShown, UserSums
from headwater.web.asked import Asked, query_pairs, read_asked, trace_filters
from headwater.web.desk import Desk
from headwater.web.pages.filtering import CHOICES, bar
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.numbers import UNKNOWN, cost, count, duration, exact, exact_cost, per, share
from headwater.web.shown.spark import spark

_TRACES = 10
_SESSIONS = 10
_CHOSEN = tuple(choice for choice in CHOICES if choice.key in ("model", "provider", "environment", "service", "tag"))


class UserTile(msgspec.Struct, frozen=True, kw_only=True):
    """A number of the user, and how it changed against the period before; `tone` is is-bad, is-good or ""."""

    name: str
    value: str
    hint: str
    href: str = ""
    beside: str = ""
    change: str = ""
    tone: str = ""


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """A number over time as bars, failed ones over them."""

    name: str
    says: str
    path: str
    failed: str = ""
    top: str = ""


Read = Callable[[UserSums], float | None]


async def user_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /users/{user_id}."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "30d")
    user_id, filters = request.path_params["user_id"], trace_filters(asked, here.now_ns)
    own = msgspec.structs.replace(filters, users=(user_id,))
    failed: TraceFilters = msgspec.structs.replace(own, has_error=True)
    shown, traces, failures, sessions = await asyncio.gather(
        desk.ask(visitor, lambda q: q.user(user_id, filters)),
        desk.ask(visitor, lambda q: q.traces(own, limit=_TRACES)),
        desk.ask(visitor, lambda q: q.traces(failed, limit=_TRACES)),
        desk.ask(visitor, lambda q: q.sessions(own, limit=_SESSIONS)),
    )
    place = f"/users/{quote(user_id, safe='')}"
    values: dict[str, Any] = {
        **bar(asked, here, place, "", has_choices=True),
        "choices": _CHOSEN,
        "panel_say": "Only traces of this user that have all of these. Pick a value or type its beginning.",
        "user": shown,
        "tiles": _tiles(shown, asked, here),
        "trends": _trends(shown),
        "traces": traces.items,
        "failures": failures.items,
        "sessions": sessions.items,
        "all_traces": _to("/traces", user_id, asked, here),
        "all_failures": _to("/traces", user_id, asked, here, has_error=True),
        "all_sessions": _to("/sessions", user_id, asked, here),
        "errors": _to("/errors", user_id, asked, here),
        "by_model": {model.model: _to("/traces", user_id, asked, here, model=[model.model]) for model in shown.models},
    }
    values["chips"] = [msgspec.structs.replace(chip, is_carried=True) for chip in values["chips"]]
    response = renderer.page("user.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = here.link_pairs(place, query_pairs(asked))
    return response


def _to(path: str, user_id: str, asked: Asked, here: Here, **changed: object) -> str:
    return here.link_pairs(path, query_pairs(asked, **{"sort": None, "user": [user_id], **changed}))


def _tiles(shown: UserShown, asked: Asked, here: Here) -> list[UserTile]:
    now, user = shown.now, shown.user_id
    part = "" if shown.cost_share is None else f"{share(shown.cost_share, 1)} of all"
    unpriced = f"; {now.unpriced_calls:,} calls have no known price and are left out" if now.unpriced_calls else ""
    is_unknown = now.calls > 0 and now.unpriced_calls == now.calls

    def tile(name: str, value: str, hint: str, read: Read, is_bad_up: bool | None, **more: str) -> UserTile:
        changed, tone, words = _change(now, shown.before, read, is_bad_up)
        return UserTile(name=name, value=value, hint=f"{hint}{words}", change=changed, tone=tone, **more)

    return [
        tile(
            "Cost",
            UNKNOWN if is_unknown else cost(now.cost_usd),
            f"{exact_cost(now.cost_usd)}{unpriced}",
            lambda of: of.cost_usd,
            True,
            beside=part,
            href=_to("/traces", user, asked, here, sort="-cost"),
        ),
        tile("Traces", count(now.traces), f"{exact(now.traces)} traces", lambda of: of.traces, None,
             href=_to("/traces", user, asked, here)),
        tile(
            "Failed",
            share(now.failed_traces, now.traces),
            f"{exact(now.failed_traces)} of {exact(now.traces)} traces have a step in error",
            lambda of: of.failed_traces / of.traces if of.traces else None,
            True,
            beside=exact(now.failed_traces),
            href=_to("/traces", user, asked, here, has_error=True),
        ),
        tile("Sessions", count(now.sessions), f"{exact(now.sessions)} sessions", lambda of: of.sessions, None,
             href=_to("/sessions", user, asked, here)),
        tile(
            "Tokens",
            count(now.input_tokens + now.output_tokens),
            f"{exact(now.input_tokens)} in, {exact(now.output_tokens)} out",
            lambda of: of.input_tokens + of.output_tokens,
            None,
        ),
        tile(
            "Trace p95",
            duration(now.p95_ms),
            f"95 of 100 traces took at most this, half of them at most {duration(now.p50_ms)}",
            lambda of: of.p95_ms,
            True,
            href=_to("/traces", user, asked, here, sort="-duration"),
        ),
    ]  # fmt: skip


def _change(now: UserSums, before: UserSums | None, read: Read, is_bad_up: bool | None) -> tuple[str, str, str]:
    """How a number changed, its tone, and the words of it."""
    if before is None:
        return "", "", ""
    new, old = read(now), read(before)
    if new is None or old is None:
        return "", "", "; nothing to compare it with in the period before"
    if new == old:
        return "±0", "", "; the same in the period before"
    sign = "+" if new > old else "\N{MINUS SIGN}"
    text = f"{sign}{100 * abs(new - old) / old:,.0f} %" if old else "new"
    tone = "" if is_bad_up is None or not old else "is-bad" if (new > old) == is_bad_up else "is-good"
    return text, tone, f"; {text} against the period before" if old else "; there was none in the period before"


def _trends(shown: UserShown) -> list[Trend]:
    points, each = shown.points, per(shown.step_s)
    costs = [point.cost_usd for point in points]
    traces = [point.traces for point in points]
    tokens = [point.tokens for point in points]
    failed = [point.failed_traces for point in points]
    return [
        Trend(name="Cost", says=f"per {each}", path=spark(costs), top=cost(max(costs, default=0))),
        Trend(
            name="Traces",
            says=f"per {each}, failed ones in red",
            path=spark(traces),
            failed=spark(failed, max(traces, default=0)) if any(failed) else "",
            top=count(max(traces, default=0)),
        ),
        Trend(name="Tokens", says=f"per {each}", path=spark(tokens), top=count(max(tokens, default=0))),
    ]
