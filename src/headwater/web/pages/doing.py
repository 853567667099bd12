"""Doing: what somebody does to the marked rows of a list, or to all that match: a form, which needs no script."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from headwater.clock import now_ns
from headwater.errors import BadRequest
from headwater.event import EditTarget
from headwater.query import CallFilters, TraceFilters
from headwater.web.api.export import MAX_ROWS, Exported, list_file
from headwater.web.asked import Explored, query_pairs, read_explored
from headwater.web.choosing import Thing, all_asked, calls_asked, read_marks, traces_asked
from headwater.web.desk import Desk, Visitor
from headwater.web.editing import Edited, deleting, do, scoring, tagging, tags_of
from headwater.web.forms import Form, read_form, said
from headwater.web.pages.calls import draw_calls
from headwater.web.pages.marking import FILES, Typed
from headwater.web.pages.traces import draw_traces
from headwater.web.rendering import Here, Renderer

_RANGE = "24h"
_TYPE_FROM = 11
"""From how many traces on their number is to be typed before they are deleted."""

_DRAW = {"traces": draw_traces, "calls": draw_calls}


class Wish(NamedTuple):
    """What somebody wants done, and where he comes from."""

    desk: Desk
    renderer: Renderer
    visitor: Visitor
    here: Here
    asked: Explored
    thing: Thing
    form: Form
    targets: Sequence[EditTarget]
    back: str

    @property
    def trace_ids(self) -> list[str]:
        """The traces that are meant, each once."""
        return list(dict.fromkeys(target.trace_id for target in self.targets))

    def done(self, words: str, edited: Edited) -> Response:
        """Go back and say so."""
        return said(self.back, words if edited.is_shown else f"{words}; lists show it in a moment")


async def do_to_traces(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /traces/do, with the list's own query string."""
    return await _do(desk, renderer, request, "traces")


async def do_to_calls(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /calls/do, with the list's own query string."""
    return await _do(desk, renderer, request, "calls")


async def _do(desk: Desk, renderer: Renderer, request: Request, thing: Thing) -> Response:
    visitor, form = await desk.changer(request), await read_form(request)
    here, asked = renderer.here(request, visitor), read_explored(request.query_params, _RANGE)
    cursor = request.query_params.get("cursor") or ""
    back = here.link_pairs(f"/{thing}", [*query_pairs(asked), *([("cursor", cursor)] if cursor else [])])
    try:
        what = _what(form)
        targets = await _targets(desk, visitor, thing, asked, form)
        wish = Wish(desk, renderer, visitor, here, asked, thing, form, targets, back)
        return await _DOES[what](wish)
    except BadRequest as error:
        typed = Typed(
            fields=form.as_typed, marks=frozenset(form.many("mark")), wrong=str(error).partition(": ")[2] or str(error)
        )
        return await _DRAW[thing](desk, renderer, request, typed)


def _what(form: Form) -> str:
    """Which button was pressed; where Enter was, the one beside the only field that is filled."""
    pressed = form.one("do")
    if pressed in _DOES:
        return pressed
    filled = [what for what, fields in _FIELDS.items() if any(form.one(field) for field in fields)]
    if len(filled) != 1:
        raise BadRequest("choose what is to be done with one of the buttons")
    return filled[0]


async def _targets(desk: Desk, visitor: Visitor, thing: Thing, asked: Explored, form: Form) -> Sequence[EditTarget]:
    if form.one("all"):
        targets = await all_asked(desk, visitor, thing, asked, now_ns())
    else:
        targets = read_marks(form.many("mark"))
    if not targets:
        raise BadRequest("nothing is selected; mark rows first")
    return targets


async def _add_tags(wish: Wish) -> Response:
    tags = tags_of(wish.form.one("tags"))
    edited = await do(wish.desk, wish.visitor, tagging(tags, ()), wish.targets)
    return wish.done(f"Tagged {_traces(edited.done)} with {', '.join(tags)}", edited)


async def _remove_tags(wish: Wish) -> Response:
    tags = tags_of(wish.form.one("tags"))
    edited = await do(wish.desk, wish.visitor, tagging((), tags), wish.targets)
    return wish.done(f"Took {', '.join(tags)} off {_traces(edited.done)}", edited)


async def _score(wish: Wish) -> Response:
    form = wish.form
    edit = scoring(form.one("score_name"), form.one("score_value"), "", form.one("score_text"))
    edited = await do(wish.desk, wish.visitor, edit, wish.targets)
    return wish.done(f"Scored {_things(edited.done, wish.thing)}: {edit.name}", edited)


async def _put_into_set(wish: Wish) -> Response:
    sets, project = wish.desk.ports.catalog.saved.sets, wish.visitor.project
    name, person = wish.form.one("set_name"), wish.visitor.person

    def put() -> tuple[str, int]:
        made = sets.add(project, person.id if person else "", name) if name else sets.one(project, wish.form.one("set"))
        return made.name, sets.put(project, made.id, wish.trace_ids)

    if not name and not wish.form.one("set"):
        raise BadRequest("choose a set, or name a new one")
    called, fresh = await wish.desk.asker.ask(put)
    there = len(wish.trace_ids) - fresh
    return said(wish.back, f"Put {_traces(fresh)} into {called}" + (f"; {there} were in it already" if there else ""))


async def _take_out_of_set(wish: Wish) -> Response:
    sets, set_id = wish.desk.ports.catalog.saved.sets, wish.asked.set
    taken = await wish.desk.asker.ask(lambda: sets.take_out(wish.visitor.project, set_id, wish.trace_ids))
    return said(wish.back, f"Took {_traces(taken)} out of the set")


async def _export(wish: Wish) -> Response:
    asked = Exported(
        **{name: getattr(wish.asked, name) for name in ("column", "sort", "project")},
        format=wish.form.one("do"),  # pyright: ignore[reportArgumentType]  # only its values lead here
        limit=MAX_ROWS,
    )
    return await list_file(wish.desk, wish.visitor, wish.thing, asked, await _filters(wish))


async def _filters(wish: Wish) -> TraceFilters | CallFilters:
    if wish.form.one("all"):
        asked_of = calls_asked if wish.thing == "calls" else traces_asked
        return await asked_of(wish.desk, wish.visitor, wish.asked, now_ns())
    if wish.thing == "traces":
        return TraceFilters(among=tuple(wish.trace_ids))
    marks = tuple([f"{target.trace_id}:{target.span_id}" for target in wish.targets])
    return CallFilters(among=tuple(wish.trace_ids), marks=marks)


async def _delete(wish: Wish) -> Response:
    """Asked for a first time, ask back; what was confirmed is the number of traces."""
    count, confirmed = len(wish.trace_ids), wish.form.one("confirmed").replace(",", "")
    if confirmed == str(count):
        edited = await do(wish.desk, wish.visitor, deleting(), wish.targets)
        return wish.done(f"Deleted {_traces(edited.done)}", edited)
    wrong = f"It is {count:,} now: type that" if confirmed else ""
    values: dict[str, Any] = {
        "count": count,
        "count_words": _traces(count),
        "is_typed": count >= _TYPE_FROM,
        "wrong": wrong,
        "is_all": bool(wish.form.one("all")),
        "marks": () if wish.form.one("all") else wish.form.many("mark"),
        "back": wish.back,
        "do_link": str(wish.here.here),
        "thing": wish.thing,
    }
    return wish.renderer.page("delete.html", wish.here, values, 400 if wrong else 200)


def _traces(count: int) -> str:
    return _things(count, "traces")


def _things(count: int, thing: str) -> str:
    return f"{count:,} {thing[:-1] if count == 1 else thing}"


_FIELDS: Mapping[str, tuple[str, ...]] = {
    "tag": ("tags",),
    "score": ("score_name", "score_value", "score_text"),
    "put": ("set_name",),
}
_DOES: Mapping[str, Callable[[Wish], Awaitable[Response]]] = {
    "tag": _add_tags,
    "untag": _remove_tags,
    "score": _score,
    "put": _put_into_set,
    "take": _take_out_of_set,
    "delete": _delete,
    **dict.fromkeys(FILES, _export),
}
