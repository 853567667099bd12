"""Scores: what is judged, and how it is told."""

import pytest

import headwater
from headwater.event import LogEvent
from tests.receiving import Receiver

_TRACE, _SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def _only(receiver: Receiver) -> LogEvent:
    (told,) = receiver.logs()
    assert told.name == "gen_ai.evaluation.result"
    return told


def test_a_score_judges_the_current_span(receiver: Receiver):
    with headwater.session("chat"), headwater.span("answer") as span:
        headwater.score("helpful", 0.8, comment="to the point")
    told = _only(receiver)
    assert (told.trace_id, told.span_id) == (span.trace_id, span.span_id)
    assert told.attributes == {
        "gen_ai.evaluation.name": "helpful",
        "gen_ai.evaluation.score.value": 0.8,
        "gen_ai.evaluation.explanation": "to the point",
        "session.id": "chat",
    }


@pytest.mark.parametrize(
    ("value", "attributes"),
    [
        (True, {"gen_ai.evaluation.score.value": 1.0, "gen_ai.evaluation.score.label": "true"}),
        (3, {"gen_ai.evaluation.score.value": 3.0}),
        ("rude", {"gen_ai.evaluation.score.label": "rude"}),
    ],
)
def test_a_score_is_a_number_a_verdict_or_a_word(
    receiver: Receiver, value: float | bool | str, attributes: dict[str, object]
):
    headwater.score("tone", value)
    assert _only(receiver).attributes == {"gen_ai.evaluation.name": "tone", **attributes}


def test_a_span_can_be_judged_by_its_handle_after_its_end(receiver: Receiver):
    with headwater.span("answer") as span:
        pass
    with headwater.span("other"):
        span.score("correct", False)
    told = _only(receiver)
    assert (told.trace_id, told.span_id) == (span.trace_id, span.span_id)


@pytest.mark.parametrize(
    ("target", "ids"),
    [
        ({"trace": _TRACE}, (_TRACE, "")),
        ({"trace": _TRACE, "span": _SPAN}, (_TRACE, _SPAN)),
        ({"span": f"00-{_TRACE}-{_SPAN}-01"}, (_TRACE, _SPAN)),
        ({"session": "chat"}, ("", "")),
    ],
)
def test_what_is_judged_can_be_named(receiver: Receiver, target: dict[str, str], ids: tuple[str, str]):
    with headwater.session("not this"), headwater.span("nor this"):
        headwater.score("helpful", 1, **target)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    told = _only(receiver)
    assert (told.trace_id, told.span_id) == ids
    assert told.attributes.get("session.id") == target.get("session")
