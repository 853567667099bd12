"""Scores by their names, the worst of them, and what they hang on."""

from typing import Any

import msgspec
import pytest

from headwater.errors import BadRequest
from headwater.query import Label, Questions, ScoredBy, ScoreSummed, TraceFilters
from tests.rooms.query.pen import NOON, SECOND, Pen, score_row, span_id, trace_id

HOUR: dict[str, Any] = {"start": NOON - 60 * SECOND, "end": NOON + 3600 * SECOND}


def _give(pen: Pen, name: str, trace: int, span: int, **more: str) -> None:
    told = {"gen_ai.evaluation.name": name}
    told |= {f"gen_ai.evaluation.{key.replace('_', '.')}": value for key, value in more.items()}
    pen.log(score_row(pen, told, span, trace))


@pytest.fixture
def questions(pen: Pen) -> Questions:
    """A grade of three traces, a thumb of two, and a tone of one."""
    pen.span(1, 1, 0, kind="agent", agent_name="writer", user_id="ann")
    pen.call(1, 2, 0)
    pen.call(2, 1, 60, model="gpt-4", metadata={"prompt.name": "greet"})
    pen.call(3, 1, 120, model="gpt-4")
    for trace, value in enumerate(("0.9", "0.2", "0.55"), 1):
        _give(pen, "helpful", trace, trace, score_value=value, explanation=f"why {value}")
    _give(pen, "thumb", 1, 4, score_value="1")
    _give(pen, "thumb", 2, 5, score_value="0")
    _give(pen, "tone", 2, 6, score_label="rude")
    return pen.write()


def test_the_scores_of_a_name_are_summed(questions: Questions) -> None:
    summed = questions.scores(TraceFilters(**HOUR))
    helpful = next(score for score in summed.scores if score.name == "helpful")
    assert helpful == ScoreSummed(
        name="helpful",
        count=3,
        traces=3,
        mean=helpful.mean,
        median=0.55,
        lowest=0.2,
        highest=0.9,
        scale_low=0,
        scale_high=1,
        histogram=(0, 0, 1, 0, 0, 1, 0, 0, 0, 1),
        labels=(),
        likes=0,
        dislikes=0,
        last_time="2026-11-18T12:00:09.000000000Z",
        sources=("judge",),
        trend=helpful.trend,
        mean_trend=helpful.mean_trend,
    )
    assert helpful.mean == pytest.approx(0.55)
    assert (sum(helpful.trend), [each for each in helpful.mean_trend if each]) == (3, [pytest.approx(0.55)])


def test_thumbs_and_labels_are_likes_or_are_counted(questions: Questions) -> None:
    scores = {score.name: score for score in questions.scores().scores}
    assert (scores["thumb"].likes, scores["thumb"].dislikes) == (1, 1)
    assert (scores["tone"].labels, scores["tone"].mean, scores["tone"].histogram) == (
        (Label(label="rude", count=1),),
        None,
        (),
    )


def test_the_worst_stand_first_whatever_their_scale(questions: Questions) -> None:
    worst = questions.judgements(limit=2)
    assert [(each.name, each.scaled, each.comment) for each in worst.items] == [
        ("thumb", 0, ""),
        ("helpful", 0.2, "why 0.2"),
    ]
    assert (worst.items[1].trace_id, worst.items[1].span_id) == (trace_id(2), span_id(2))
    others = questions.judgements(cursor=worst.next, limit=5)
    assert [each.scaled for each in others.items] == [0.5, 0.55, 0.9, 1]
    assert others.next is None


def test_one_name_is_listed_alone_and_by_time(questions: Questions) -> None:
    listed = questions.judgements(name="helpful", sort="-time").items
    assert [each.value for each in listed] == [0.9, 0.2, 0.55]


def test_scores_are_those_of_the_traces_that_the_filters_leave(questions: Questions) -> None:
    assert [(score.name, score.count) for score in questions.scores(TraceFilters(users=("ann",))).scores] == [
        ("helpful", 1),
        ("thumb", 1),
    ]
    assert questions.scores(TraceFilters(start=NOON + 7200 * SECOND)).scores == ()


def test_scores_are_split_by_what_their_traces_have(questions: Questions) -> None:
    by_model = [each for each in questions.scores_by("model") if each.name == "helpful"]
    assert by_model == [
        ScoredBy(name="helpful", value="gpt-4", count=2, mean=0.375, likes=0, dislikes=0),
        ScoredBy(name="helpful", value="gpt-5", count=1, mean=0.9, likes=0, dislikes=0),
    ]
    assert [each.value for each in questions.scores_by("agent")] == ["writer", "writer"]
    assert {each.value for each in questions.scores_by("prompt")} == {"greet"}


def test_a_score_of_a_session_names_it(pen: Pen) -> None:
    row = score_row(pen, {"gen_ai.evaluation.name": "resolved", "session.id": "s1"}, 0)
    pen.log(msgspec.structs.replace(row, trace_id=""))
    pen.call(1, 1)
    (judgement,) = pen.write().judgements().items
    assert (judgement.trace_id, judgement.session_id, judgement.scaled) == ("", "s1", 0.5)


def test_what_is_unknown_is_refused(questions: Questions) -> None:
    with pytest.raises(BadRequest, match="sort: unknown order 'beauty'"):
        questions.judgements(sort="beauty")
    with pytest.raises(BadRequest, match="by: scores are not split by 'weather'"):
        questions.scores_by("weather")
