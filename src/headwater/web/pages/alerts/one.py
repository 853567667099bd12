"""One alert: its form, when it would have fired, how it stands, what it told, and what can be done about it."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.access import AlertRule, Channel
from headwater.alerts import (
    COMPARISONS,
    MEASURES,
    SEVERITIES,
    WINDOW_NAMES,
    in_words,
    is_unusual,
    measure_of,
)
from headwater.errors import BadRequest, NotFound
from headwater.query import read_time
from headwater.web.alerting import AlertShown, alert_kept, firings_kept, looked_back, save_rule
from headwater.web.api.alerts import try_channel
from headwater.web.desk import Desk, Visitor
from headwater.web.forms import read_form, said
from headwater.web.pages.alerts.drafts import HOLDS, PASTS, REPEATS, Draft, draft_of, read_draft, rule_of
from headwater.web.pages.alerts.lists import PLACE, shows
from headwater.web.pages.filtering import CHOICES, NAMES
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.alert_graph import draw_would, fired_of
from headwater.web.shown.times import rfc3339

NEW = f"{PLACE}/new"
CHART = f"{PLACE}/chart"
_CHOSEN = ("model", "provider", "environment", "service", "user", "tag")
_LISTED = 8
_FIRINGS = 20
_SILENCES = {"3600": "for 1 hour", "28800": "for 8 hours", "86400": "for 1 day", "604800": "for 1 week"}


async def new_alert_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /alerts/new?words of a draft."""
    visitor = await desk.signed_in(request)
    draft = read_draft(request.query_params.multi_items())
    channels = await desk.asker.ask(lambda: desk.ports.catalog.alerts.channels.all(visitor.project))
    if len(channels) == 1 and not draft.channels:
        draft = msgspec.structs.replace(draft, channels=(channels[0].id,))
    return await _form_page(desk, renderer, request, visitor, draft, None)


async def add_alert(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /alerts."""
    visitor, form = await desk.changer(request), await read_form(request)
    here, draft = renderer.here(request, visitor), read_draft(form.pairs)
    try:
        rule = rule_of(draft, visitor.project, here.now_ns)
        kept = await desk.asker.ask(lambda: save_rule(desk.ports.catalog, rule))
    except BadRequest as error:
        return await _form_page(desk, renderer, request, visitor, draft, None, error)
    return said(here.link(f"{PLACE}/{kept.id}"), f"The alert “{kept.name}” is watched")


async def alert_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /alerts/{alert_id}?words that are to be otherwise."""
    visitor = await desk.signed_in(request)
    alert_id = request.path_params["alert_id"]
    rule = await desk.asker.ask(lambda: desk.ports.catalog.alerts.rules.one(visitor.project, alert_id))
    given = request.query_params
    draft = read_draft(given.multi_items()) if "measure" in given else draft_of(rule)
    return await _form_page(desk, renderer, request, visitor, draft, rule)


async def save_alert(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /alerts/{alert_id}."""
    visitor, form = await desk.changer(request), await read_form(request)
    here, catalog = renderer.here(request, visitor), desk.ports.catalog
    alert_id, draft = request.path_params["alert_id"], read_draft(form.pairs)
    before = await desk.asker.ask(lambda: catalog.alerts.rules.one(visitor.project, alert_id))
    try:
        rule = rule_of(draft, visitor.project, here.now_ns)
        rule = msgspec.structs.replace(rule, id=alert_id, silenced_until_ns=before.silenced_until_ns)
        await desk.asker.ask(lambda: save_rule(catalog, rule))
    except BadRequest as error:
        return await _form_page(desk, renderer, request, visitor, draft, before, error)
    return said(here.link(f"{PLACE}/{alert_id}"), f"The alert “{rule.name}” is changed")


async def would_piece(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /alerts/chart?words of a draft: when it would have fired; a page where no script runs."""
    visitor = await desk.signed_in(request)
    here, given = renderer.here(request, visitor), request.query_params
    draft, past = read_draft(given.multi_items()), given.get("past", "7d")
    values: dict[str, Any] = {"draft": draft, "past": past, "pasts": PASTS, "unit": _unit(draft)}
    try:
        rule = rule_of(draft, visitor.project, here.now_ns)
        values |= await _would(desk, visitor, here, rule, past)
    except BadRequest as error:
        values |= {"wrong": str(error).partition(": ")[2] or str(error), "alert_graph": None}
    template = "alerts/would_piece.html" if "hx-request" in request.headers else "alerts/would_page.html"
    response = renderer.page(template, here, values)
    if not given.get("of"):
        # The address bar says what is typed, so that it can be sent on before it is saved.
        response.headers["hx-replace-url"] = here.link_pairs(NEW, [*draft.pairs, ("past", past)])
    return response


async def silence_alert(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /alerts/{alert_id}/silence."""
    visitor, form = await desk.changer(request), await read_form(request)
    here, alert_id = renderer.here(request, visitor), request.path_params["alert_id"]
    until_ns = _silenced_until(form.one("for"), form.one("until"), here.now_ns)
    rules = desk.ports.catalog.alerts.rules
    await desk.asker.ask(lambda: rules.silence(visitor.project, alert_id, until_ns))
    words = f"Silenced until {rfc3339(until_ns)[:16].replace('T', ' ')} UTC" if until_ns else "The silence is over"
    return said(here.link(f"{PLACE}/{alert_id}"), words)


async def try_alert(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /alerts/{alert_id}/test: sends a test to every channel of the alert, and says what they answered."""
    visitor = await desk.changer(request)
    here, alert_id = renderer.here(request, visitor), request.path_params["alert_id"]
    rule = await desk.asker.ask(lambda: desk.ports.catalog.alerts.rules.one(visitor.project, alert_id))
    channels = await desk.asker.ask(lambda: desk.ports.catalog.alerts.channels.all(visitor.project))
    words = [await _tried(desk, visitor, channel, rule) for channel in channels if channel.id in rule.channels] or [
        "This alert tells no channel: choose one below, and save it"
    ]
    return said(here.link(f"{PLACE}/{alert_id}"), ". ".join(words))


async def remove_alert_question(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /alerts/{alert_id}/remove."""
    visitor = await desk.signed_in(request)
    here, alert_id = renderer.here(request, visitor), request.path_params["alert_id"]
    rule = await desk.asker.ask(lambda: desk.ports.catalog.alerts.rules.one(visitor.project, alert_id))
    values = {
        "heading": f"Delete the alert “{rule.name}”?",
        "says": f"{in_words(rule)}. It is watched no more, and its history goes with it.",
        "button": "Delete the alert",
        "back": here.link(f"{PLACE}/{alert_id}"),
    }
    return renderer.page("alerts/confirm.html", here, values)


async def remove_alert(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /alerts/{alert_id}/remove."""
    visitor = await desk.changer(request)
    here, alert_id, rules = (
        renderer.here(request, visitor),
        request.path_params["alert_id"],
        desk.ports.catalog.alerts.rules,
    )
    rule = await desk.asker.ask(lambda: rules.one(visitor.project, alert_id))
    await desk.asker.ask(lambda: rules.remove(visitor.project, alert_id))
    return said(here.link(PLACE), f"The alert “{rule.name}” is deleted")


async def _form_page(
    desk: Desk,
    renderer: Renderer,
    request: Request,
    visitor: Visitor,
    draft: Draft,
    rule: AlertRule | None,
    error: BadRequest | None = None,
) -> Response:
    here, catalog = renderer.here(request, visitor), desk.ports.catalog
    channels = await desk.asker.ask(lambda: catalog.alerts.channels.all(visitor.project))
    past = request.query_params.get("past", "7d")
    field, _, words = str(error).partition(": ") if error is not None else ("", "", "")
    values: dict[str, Any] = {
        **_choices(draft),
        "draft": draft,
        "channels": channels,
        "rule": rule,
        "past": past,
        "pasts": PASTS,
        "shows": shows(),
        "silences": _SILENCES,
        "chart": here.link_pairs(CHART, [*draft.pairs, ("past", past), *([("of", rule.id)] if rule else [])]),
        "wrong": {_FIELDS.get(field, field): words} if error is not None else {},
        "alert": None,
        "firings": None,
    }
    if rule is not None:
        alert: AlertShown = await desk.asker.ask(lambda: alert_kept(catalog, visitor.project, rule.id))
        before_ns = read_time(request.query_params.get("before"), "before") or 0
        history = await desk.asker.ask(lambda: firings_kept(catalog, visitor.project, rule.id, _FIRINGS, before_ns))
        values |= {"alert": alert, "firings": history}
    return renderer.page("alerts/one.html", here, values, 200 if error is None else 400)


_FIELDS = {"name": "called", "hold_s": "hold", "repeat_s": "repeat", "channels": "channel"}


def _choices(draft: Draft) -> dict[str, Any]:
    shown = {name for name, _ in draft.filters}
    fields = [choice for choice in CHOICES if choice.key in _CHOSEN]
    return {
        "measures": {key: measure.name for key, measure in MEASURES.items()},
        "comparisons": COMPARISONS,
        "windows": WINDOW_NAMES,
        "severities": SEVERITIES,
        "holds": _with(HOLDS, draft.word("hold"), "s"),
        "repeats": _with(REPEATS, draft.word("repeat"), "s"),
        "fields": fields,
        # One value has a field of its own; several of one name ride along.
        "single": {name: value for name, value in draft.filters if _is_single(draft, name)},
        "carried": [(name, value) for name, value in draft.filters if not _is_single(draft, name)],
        "names": NAMES,
        "unit": _unit(draft),
        "has_filters": bool(shown),
    }


def _is_single(draft: Draft, name: str) -> bool:
    return name in _CHOSEN and sum(given == name for given, _ in draft.filters) == 1


def _with(known: Any, chosen: str, unit: str) -> dict[str, str]:
    """The choices, with one that only the API gives."""
    return {**known, **({} if chosen in known else {chosen: f"{chosen} {unit}"})}


def _unit(draft: Draft) -> str:
    """What a threshold is typed in; "" where none is."""
    if draft.measure.fixed is not None:
        return "fixed"
    if draft.word("comparison").startswith("unusual"):
        return "times the usual spread"
    return draft.measure.unit.name or draft.measure.of.partition(" ")[0]


async def _would(desk: Desk, visitor: Visitor, here: Here, rule: AlertRule, past: str) -> dict[str, Any]:
    would = await desk.ask(visitor, lambda q: looked_back(q, rule, past, here.now_ns))
    fired = fired_of(rule, would.stretches, here.now_ns)
    return {
        "rule": rule,
        "condition": in_words(rule),
        "alert_graph": draw_would(rule, would),
        "step_s": would.step_s,
        "fired": fired[:_LISTED],
        "fired_count": len(fired),
        "is_unusual": is_unusual(rule),
        "has_bound": any(look.bound is not None for look in would.looks),
        "measure": measure_of(rule),
    }


async def _tried(desk: Desk, visitor: Visitor, channel: Channel, rule: AlertRule) -> str:
    try:
        tried = await try_channel(desk, visitor, channel.id, rule)
    except NotFound as error:
        return f"{channel.name}: {error}"
    return f"{channel.name} {'took it' if tried.is_good else 'did not take it'}: {tried.answer}"


def _silenced_until(seconds: str, until: str, now_ns: int) -> int:
    if until:
        return read_time(until, "until") or 0
    return now_ns + int(seconds) * 1_000_000_000 if seconds in _SILENCES else 0
