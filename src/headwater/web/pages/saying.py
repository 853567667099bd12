"""Saying: scores, comments and tags that a person gives to a trace or one of its spans, on its page."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.event import Edit, EditTarget
from headwater.web.choosing import read_marks
from headwater.web.desk import Desk
from headwater.web.editing import commenting, do, retracting, scoring, tagging
from headwater.web.forms import Form, read_form, said
from headwater.web.pages.trace import draw_trace
from headwater.web.rendering import Renderer

_Wish = tuple[Edit, str]


async def say_of_trace(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """POST /traces/{trace_id}/say, `span` naming the span that is meant, "" for the whole trace."""
    visitor, form = await desk.changer(request), await read_form(request)
    trace_id, span_id = request.path_params["trace_id"], form.one("span")
    try:
        edit, words = _what(form)
        targets = read_marks([f"{trace_id}:{span_id}" if span_id else trace_id])
        await desk.ask(visitor, lambda q: q.span(trace_id, span_id) if span_id else q.trace(trace_id, limit=1))
        edited = await do(desk, visitor, edit, _meant(edit, targets))
    except BadRequest as error:
        wrong = str(error).partition(": ")[2] or str(error)
        said_wrong: dict[str, Any] = {**form.as_typed, "wrong": wrong[:1].upper() + wrong[1:]}
        return await draw_trace(desk, renderer, request, form.one("at") or span_id, said_wrong)
    back = renderer.here(request, visitor).link(f"/traces/{trace_id}", span=form.one("at") or span_id)
    return said(back, words if edited.is_shown else f"{words}; the page shows it in a moment")


def _what(form: Form) -> _Wish:
    """What is wished, and the words that say it is done. Raises BadRequest."""
    wish = _DOES.get(form.one("do"))
    if wish is None:
        raise BadRequest("choose what is to be done with one of the buttons")
    return wish(form)


def _meant(edit: Edit, targets: tuple[EditTarget, ...]) -> tuple[EditTarget, ...]:
    """Tags and what is taken back are of whole traces."""
    return (EditTarget(targets[0].trace_id),) if edit.kind in ("tags", "retraction") else targets


def _score(form: Form) -> _Wish:
    edit = scoring(form.one("score_name"), form.one("score_value"), "", form.one("text"))
    return edit, f"Scored: {edit.name}"


def _comment(form: Form) -> _Wish:
    return commenting(form.one("text")), "Said"


def _tag(form: Form) -> _Wish:
    edit = tagging(form.one("tags").split(","), ())
    return edit, f"Tagged with {', '.join(edit.add)}"


def _take_back(form: Form) -> _Wish:
    return retracting(form.many("event")), "Taken back"


_DOES: Mapping[str, Callable[[Form], _Wish]] = {
    "score": _score,
    "comment": _comment,
    "tag": _tag,
    "retract": _take_back,
}
