"""The page of scores and feedback: what traces were judged, by whom, how that moves, and the worst first."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from headwater.errors import BadRequest
from headwater.query import BINS, Judgement, Label, ScoredBy, ScoresSummed, ScoreSummed
from headwater.web.asked import Asked, query_pairs, read_asked, trace_filters
from headwater.web.desk import Desk
from headwater.web.pages.filtering import CHOICES
from headwater.web.pages.overview import has_any, narrowing, with_word
from headwater.web.pages.start import start
from headwater.web.rendering import Here, Renderer
from headwater.web.shown.numbers import exact, figure, per, share
from headwater.web.shown.spark import spark

PLACE = "/scores"
_WORST, _NEWEST = "scaled", "-time"
_ORDERS = (("", "Worst first"), ("-scaled", "Best first"), (_NEWEST, "Newest first"))
_SPLITS = {"model": "model", "agent": "agent", "prompt": "prompt", "environment": "environment", "service": "service"}
_CHOSEN = tuple(
    choice for choice in CHOICES if choice.key in ("model", "user", "session", "environment", "service", "tag", "tool")
)


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """A bar of a histogram: `x`, `width` and `height` are of 100."""

    x: float
    width: float
    height: float
    hint: str


class LabelBar(msgspec.Struct, frozen=True, kw_only=True):
    """A label, and its share of the labels shown from 0 to 100."""

    label: Label
    share: float


class ScoreCard(msgspec.Struct, frozen=True, kw_only=True):
    """A name's scores as they are shown; `href` lists them alone."""

    score: ScoreSummed
    href: str
    is_chosen: bool
    mean: str
    median: str
    liked: str
    bins: tuple[Bin, ...]
    low: str
    high: str
    labels: tuple[LabelBar, ...]
    counts_path: str
    line: str
    says: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A judgement as it is shown, and the address of what it judges."""

    judgement: Judgement
    href: str
    what: str
    tone: str


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of traces that have something in common."""

    scored: ScoredBy
    href: str
    mean: str
    liked: str


async def scores_page(desk: Desk, renderer: Renderer, request: Request) -> Response:
    """GET /scores, with ?score= and ?by=."""
    visitor = await desk.signed_in(request)
    here, asked = renderer.here(request, visitor), read_asked(request.query_params, "30d")
    name, cursor = request.query_params.get("score", ""), request.query_params.get("cursor") or None
    by, filters = _split_of(request.query_params.get("by", "")), trace_filters(asked, here.now_ns)
    sort = asked.sort or _WORST
    summed, judged, split = await asyncio.gather(
        desk.ask(visitor, lambda q: q.scores(filters)),
        desk.ask(visitor, lambda q: q.judgements(filters, name, sort, cursor, desk.settings.page_items)),
        desk.ask(visitor, lambda q: q.scores_by(by, filters)),
    )

    def own(**more: str) -> str:
        """The address of this page with other words of its own."""
        words = {"score": name, "by": "" if by == "model" else by, **more}
        address = here.link_pairs(PLACE, query_pairs(asked))
        for key, value in words.items():
            address = with_word(address, key, quote(value, safe=""))
        return address

    values = {
        **_bar(asked, here, {"score": name, "by": "" if by == "model" else by}),
        "splits": _SPLITS,
        "by": by,
        "cards": [_card(score, summed, name, own) for score in summed.scores],
        "name": name,
        "all_names": own(score=""),
        "orders": [(word, title, _ordered(asked, here, word, name, by)) for word, title in _ORDERS],
        "sort": asked.sort or "",
        "judged": [_judged(each, here) for each in judged.items],
        "split": [_split(each, by, asked, here) for each in split if name in ("", each.name)],
        "first": own() if cursor else "",
        "next": with_word(own(), "cursor", judged.next) if judged.next else "",
        "has_any": bool(summed.scores) or await has_any(desk, visitor),
        **start(desk, request, here),
    }
    response = renderer.page("scores.html", here, values)
    # Only htmx reads it: the address bar then shows one spelling, without what nobody filled in.
    response.headers["hx-push-url"] = own()
    return response


def _bar(asked: Asked, here: Here, words: dict[str, str]) -> dict[str, Any]:
    values = narrowing(asked, here, PLACE)

    def kept(address: str) -> str:
        for key, value in words.items():
            address = with_word(address, key, quote(value, safe=""))
        return address

    return {
        **values,
        "chips": [msgspec.structs.replace(chip, without=kept(chip.without)) for chip in values["chips"]],
        "clear": kept(values["clear"]),
        "all_time": kept(values["all_time"]),
        "choices": _CHOSEN,
        "panel_say": "Only scores of traces that have all of these. Pick a value or type its beginning.",
        "carried": [("score", words["score"])] if words["score"] else [],
    }


def _split_of(word: str) -> str:
    if word and word not in _SPLITS:
        raise BadRequest(f"by: scores are not split by {word[:40]!r}; use one of {', '.join(_SPLITS)}")
    return word or "model"


def _ordered(asked: Asked, here: Here, sort: str, name: str, by: str) -> str:
    address = here.link_pairs(PLACE, query_pairs(asked, sort=sort or None))
    return with_word(with_word(address, "score", quote(name, safe="")), "by", "" if by == "model" else by)


def _card(score: ScoreSummed, summed: ScoresSummed, chosen: str, own: Callable[..., str]) -> ScoreCard:
    most = max(score.trend, default=0)
    rated = score.likes + score.dislikes
    top_label = max((label.count for label in score.labels), default=1)
    return ScoreCard(
        score=score,
        href=own(score=score.name),
        is_chosen=score.name == chosen,
        mean="—" if score.mean is None else figure(round(score.mean, 3)),
        median="—" if score.median is None else figure(round(score.median, 3)),
        liked=share(score.likes, rated) if rated else "",
        bins=_bins(score),
        low=figure(score.scale_low),
        high=figure(score.scale_high),
        labels=tuple(LabelBar(label=label, share=round(100 * label.count / top_label, 1)) for label in score.labels),
        counts_path=spark(score.trend),
        line=_line(score),
        says=f"at most {exact(most)} per {per(summed.step_s)}, {exact(score.count)} in all",
    )


def _bins(score: ScoreSummed) -> tuple[Bin, ...]:
    top, width = max(score.histogram, default=0) or 1, 100 / BINS
    step = (score.scale_high - score.scale_low) / BINS
    return tuple(
        Bin(
            x=round(at * width + 0.6, 2),
            width=round(width - 1.2, 2),
            height=round(max(100 * count / top, 3), 2) if count else 0,
            hint=f"{figure(round(score.scale_low + at * step, 3))} to"
            f" {figure(round(score.scale_low + (at + 1) * step, 3))}: {exact(count)}",
        )
        for at, count in enumerate(score.histogram)
    )


def _line(score: ScoreSummed) -> str:
    """The mean over time on the name's scale, as a path in a plane of 100 by 24; a gap breaks it."""
    height, slot = score.scale_high - score.scale_low, 100 / max(1, len(score.mean_trend))
    pieces: list[str] = []
    is_drawn = False
    for at, mean in enumerate(score.mean_trend):
        if mean is None:
            is_drawn = False
            continue
        y = 22 - 20 * ((mean - score.scale_low) / height if height else 1)
        pieces.append(f"{'L' if is_drawn else 'M'}{(at + 0.5) * slot:.2f} {y:.2f}{'' if is_drawn else 'h.01'}")
        is_drawn = True
    return "".join(pieces)


def _judged(judgement: Judgement, here: Here) -> Judged:
    if judgement.trace_id:
        href = here.link(f"/traces/{judgement.trace_id}", span=judgement.span_id)
        what = "a step" if judgement.span_id else "a trace"
    elif judgement.session_id:
        href, what = here.link(f"/sessions/{quote(judgement.session_id)}"), "a session"
    else:
        href, what = "", "nothing that was named"
    tone = "is-bad" if judgement.scaled < 0.4 else "is-good" if judgement.scaled > 0.75 else ""
    return Judged(judgement=judgement, href=href, what=what, tone=tone)


def _split(scored: ScoredBy, by: str, asked: Asked, here: Here) -> Split:
    rated = scored.likes + scored.dislikes
    changed: dict[str, object] = (
        {"metadata": [f"prompt.name={scored.value}"]} if by == "prompt" else {by: [scored.value]}
    )
    return Split(
        scored=scored,
        href=here.link_pairs("/traces", query_pairs(asked, **{"sort": None, **changed})),
        mean="—" if scored.mean is None else figure(round(scored.mean, 3)),
        liked=share(scored.likes, rated) if rated else "",
    )
