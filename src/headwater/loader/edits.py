"""Edits: what people did to traces, on its way into the rows.

The last words on a trace are kept in the store and asked for with every block, so that a span that comes late, comes
again or is loaded again from the journal gets the trace's tags, and one of a deleted trace is dropped.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from headwater.event import Edit, EditTarget, Envelope, LogEvent, edit_from
from headwater.loader.live import TraceKey
from headwater.store import EditRow, LogRow, SpanRow, Store

SCORE = "gen_ai.evaluation.result"
COMMENT = "headwater.comment"
SCOPE = "headwater.web"
DROPPED_SPANS = "spans of deleted traces"
DROPPED_LOGS = "log events of deleted traces"


class TraceEdits(msgspec.Struct, kw_only=True):
    """The last words on one trace; `retracted` holds ids of its log events in hex."""

    is_deleted: bool = False
    added: set[str] = msgspec.field(default_factory=set[str])
    removed: set[str] = msgspec.field(default_factory=set[str])
    retracted: set[str] = msgspec.field(default_factory=set[str])

    def take(self, what: str, value: str, is_on: bool) -> None:
        """Take in one last word."""
        if what == "deletion":
            self.is_deleted = is_on
        elif what == "tag":
            (self.added if is_on else self.removed).add(value)
        elif is_on:
            self.retracted.add(value)

    def tags(self, sent: tuple[str, ...]) -> tuple[str, ...]:
        """The tags of a span that was sent with these."""
        kept = [tag for tag in sent if tag not in self.removed]
        return (*kept, *sorted(self.added.difference(sent)))


class Edits:
    """Asks the store for the last words, and has the rows put right when there are new ones."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._projects: set[str] | None = None

    def of(self, keys: Iterable[TraceKey]) -> dict[TraceKey, TraceEdits]:
        """The last words on those of these traces that there are any on. Raises Unavailable."""
        if self._projects is None:
            self._projects = self._store.projects_with_edits()
        wanted: dict[str, dict[str, None]] = {}
        for project, trace_id in keys:
            if project in self._projects:
                wanted.setdefault(project, {})[trace_id] = None
        found: dict[TraceKey, TraceEdits] = {}
        for project, trace_ids in wanted.items():
            for trace_id, what, value, is_on in self._store.edits(project, trace_ids):
                found.setdefault((project, trace_id), TraceEdits()).take(what, value, is_on)
        return found

    def store(self, rows: Sequence[EditRow], token: str) -> None:
        """Store new words, then do to the stored rows what they ask for. May be done twice. Raises Unavailable."""
        if not rows:
            return
        self._store.insert_edits(rows, token)
        if self._projects is not None:
            self._projects |= {row.project for row in rows}
        for project in dict.fromkeys(row.project for row in rows):
            own = [row for row in rows if row.project == project]
            edits = self.of((project, row.trace_id) for row in own)
            deleted = [trace_id for (_, trace_id), each in edits.items() if each.is_deleted]
            if deleted:
                self._store.erase_traces(project, deleted)
            tagged = {row.trace_id for row in own if row.what == "tag"} - set(deleted)
            if tagged:
                self._store.put_tags_right(project, sorted(tagged))
            retracted = sorted({event for each in edits.values() for event in each.retracted})
            if retracted:
                self._store.erase_events(project, [trace_id for _, trace_id in edits], retracted)


def allowed_spans(rows: Sequence[SpanRow], edits: Mapping[TraceKey, TraceEdits]) -> list[SpanRow]:
    """The rows whose traces are not deleted, with the tags that they are to have."""
    kept: list[SpanRow] = []
    for row in rows:
        edited = edits.get((row.project, row.trace_id))
        if edited is not None:
            if edited.is_deleted:
                continue
            row.tags = edited.tags(tuple(row.tags))
        kept.append(row)
    return kept


def allowed_logs(rows: Sequence[LogRow], edits: Mapping[TraceKey, TraceEdits]) -> list[LogRow]:
    """The rows whose traces are not deleted and that were not taken back."""
    return [row for row in rows if not _is_gone(row, edits.get((row.project, row.trace_id)))]


def _is_gone(row: LogRow, edited: TraceEdits | None) -> bool:
    return edited is not None and (edited.is_deleted or row.event_id.hex() in edited.retracted)


def edit_of(envelope: Envelope) -> tuple[list[LogEvent], list[EditRow]]:
    """What a person's edit becomes: log events for scores and comments, words on traces for all else. Raises
    BadRequest."""
    edit = edit_from(envelope.body)
    if edit.kind in ("score", "comment"):
        return [_event(edit, target, envelope.received_ns) for target in edit.targets], []
    return [], [
        EditRow(
            project=envelope.project,
            trace_id=trace_id,
            what=what,
            value=value,
            is_on=int(is_on),
            person=edit.by,
            version=envelope.received_ns,
        )
        for trace_id in edit.trace_ids
        for what, value, is_on in _words(edit)
    ]


def _words(edit: Edit) -> list[tuple[str, str, bool]]:
    if edit.kind == "deletion":
        return [("deletion", "", True)]
    if edit.kind == "retraction":
        return [("event", event, True) for event in edit.events]
    return [*(("tag", tag, True) for tag in edit.add), *(("tag", tag, False) for tag in edit.remove)]


def _event(edit: Edit, target: EditTarget, at_ns: int) -> LogEvent:
    is_comment = edit.kind == "comment"
    attributes: dict[str, str | float] = {"headwater.author": edit.by, "headwater.author_id": edit.by_id}
    if not is_comment:
        attributes["gen_ai.evaluation.name"] = edit.name
        if edit.value is not None:
            attributes["gen_ai.evaluation.score.value"] = edit.value
        if edit.label:
            attributes["gen_ai.evaluation.score.label"] = edit.label
        if edit.text:
            attributes["gen_ai.evaluation.explanation"] = edit.text
    return LogEvent(
        time_ns=at_ns,
        name=COMMENT if is_comment else SCORE,
        trace_id=target.trace_id,
        span_id=target.span_id,
        body=edit.text if is_comment else None,
        attributes=attributes,
        scope=SCOPE,
    )
