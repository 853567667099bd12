"""Edits in memory: what somebody does to the sample's traces holds at once."""

from collections.abc import Mapping

import msgspec

from headwater.event import Edit, EditTarget
from headwater.query import Comment, Score, SpanShown, show_time
from tests.pages.sample_questions import SampleQuestions


class SampleEdits:
    """The port of edits over the questions of each project. `done` remembers them."""

    def __init__(self, questions: Mapping[str, SampleQuestions], now_ns: int) -> None:
        self.done: list[Edit] = []
        self._questions = questions
        self._now_ns = now_ns

    def __call__(self, project: str, edits: tuple[Edit, ...]) -> bool:
        """Do them; they can be seen at once."""
        for edit in edits:
            self.done.append(edit)
            for target in edit.targets:
                self._questions[project].change(target.trace_id, lambda span, t=target, e=edit: self._after(span, t, e))
        return True

    def _after(self, span: SpanShown, target: EditTarget, edit: Edit) -> SpanShown | None:
        if edit.kind == "deletion":
            return None
        if edit.kind == "tags":
            kept = [tag for tag in span.tags if tag not in edit.remove]
            return msgspec.structs.replace(span, tags=(*kept, *[tag for tag in edit.add if tag not in kept]))
        if edit.kind == "retraction":
            return msgspec.structs.replace(
                span,
                scores=tuple(each for each in span.scores if each.id not in edit.events),
                comments=tuple(each for each in span.comments if each.id not in edit.events),
            )
        is_meant = span.span_id == target.span_id or (not target.span_id and not span.parent_span_id)
        return self._said(span, target, edit) if is_meant else span

    def _said(self, span: SpanShown, target: EditTarget, edit: Edit) -> SpanShown:
        about = {"author": edit.by, "time": show_time(self._now_ns), "span_id": target.span_id}
        event = f"{len(self.done):032x}"
        if edit.kind == "comment":
            comment = Comment(text=edit.text, id=event, **about)
            return msgspec.structs.replace(span, comments=(*span.comments, comment))
        score = Score(
            name=edit.name, value=edit.value, label=edit.label, comment=edit.text, source=edit.by, id=event, **about
        )
        return msgspec.structs.replace(span, scores=(*span.scores, score))
