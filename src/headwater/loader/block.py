"""A block: what a run of envelopes becomes, ready to be stored.

Making a block changes the live traces; a block that could not be stored makes them untrue, so they are then forgotten.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from headwater.loader.delivery import MINUTE_NS
from headwater.loader.edits import DROPPED_LOGS, DROPPED_SPANS, Edits, allowed_logs, allowed_spans
from headwater.loader.fold import fold
from headwater.loader.gaps import gaps
from headwater.loader.live import LiveTraces, TraceKey, TraceState
from headwater.loader.made import Made, SpanKey
from headwater.loader.runs import RUN, Runs
from headwater.loader.spanrow import price_again, priced_by
from headwater.loader.totals import brief_of, totals_of
from headwater.pricing import PriceBooks
from headwater.store import EditRow, LogRow, MessageRow, SpanRow, Store, TraceRow


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of all tables, messages first to be stored: whatever points to them comes after. `edits` come last, for
    they change rows; `dropped` counts what belongs to deleted traces."""

    messages: Sequence[MessageRow]
    spans: Sequence[SpanRow]
    logs: Sequence[LogRow]
    traces: Sequence[TraceRow]
    edits: Sequence[EditRow]
    dropped: Mapping[str, int]
    minutes: Mapping[str, set[int]]
    grown_spans: int


class BlockMaker:
    """Joins arriving rows with what is known of their traces: newest delivery wins, duplicates fold, logs fill gaps."""

    def __init__(self, store: Store, live: LiveTraces, runs: Runs, prices: PriceBooks, edits: Edits) -> None:
        self._store = store
        self._edits = edits
        self._prices = prices
        self._live = live
        self._runs = runs
        self._rows: dict[SpanKey, SpanRow] = {}
        self._fetched: dict[SpanKey, SpanRow] = {}
        self._changed: set[SpanKey] = set()
        self._tombstones: list[SpanRow] = []
        self._grown_spans = 0
        self._minutes: dict[str, set[int]] = {}

    def make(self, made: Made) -> Block:
        """Make the block of a run. Raises Unavailable where the store cannot be asked."""
        if made.prices != self._prices.mark:
            # It was made before the prices changed; whoever had calls priced anew since must find none at the old ones.
            for row in made.spans:
                if row.kind == "call":
                    price_again(row, self._prices.of(row.project))
        rows, logs = self._allowed(made)
        told = [(row.project, row.trace_id) for row in logs if row.trace_id and row.span_id]
        runs = self._runs.take(made.calls)
        states = self._live.touch([*((row.project, row.trace_id) for row in rows), *told, *(key[:2] for key in runs)])
        for row in rows:
            self._take(row, states[(row.project, row.trace_id)], made.log_spans)
        for log in logs:
            if log.trace_id and log.span_id:
                _take_log(log, states[(log.project, log.trace_id)])
        self._fold_and_fill(states, runs)
        traces = [row for key, state in states.items() for row in _trace_rows(key, state)]
        spans = [*self._tombstones, *self._rows.values()]
        return Block(
            messages=made.messages,
            spans=spans,
            logs=logs,
            traces=traces,
            edits=made.edits,
            dropped={
                reason: count
                for reason, count in (
                    (DROPPED_SPANS, len(made.spans) - len(rows)),
                    (DROPPED_LOGS, len(made.logs) - len(logs)),
                )
                if count
            },
            minutes=self._call_minutes(),
            grown_spans=self._grown_spans,
        )

    def _allowed(self, made: Made) -> tuple[list[SpanRow], list[LogRow]]:
        """The rows that people's edits of their traces leave, as those ask for them."""
        told = [(row.project, row.trace_id) for row in made.logs if row.trace_id]
        edits = self._edits.of([*((row.project, row.trace_id) for row in made.spans), *told])
        return (allowed_spans(made.spans, edits), allowed_logs(made.logs, edits)) if edits else (made.spans, made.logs)

    def _take(self, row: SpanRow, state: TraceState, log_spans: set[SpanKey]) -> None:
        known = state.briefs.get(row.span_id)
        if known is not None:
            if _delivery(row.version) < _delivery(known.version):
                return
            row.version = max(row.version, known.version + 1)
            if not row.session_id and known.session_id.startswith(RUN):
                # Who loads a part of the journal again does not see the calls that the run began with.
                row.session_id = known.session_id
            if known.kind == "call":
                self._note_minute(row.project, known.start_ns)
            if known.start_ns != row.start_ns:
                self._tombstones.append(_tombstone(row, known.start_ns))
        else:
            self._grown_spans += 1
        key = (row.project, row.trace_id, row.span_id)
        self._rows[key] = row
        state.briefs[row.span_id] = brief_of(row, is_log_span=key in log_spans)

    def _fold_and_fill(self, states: Mapping[TraceKey, TraceState], runs: Mapping[SpanKey, str]) -> None:
        """Bring folds and runs of these traces up to date, fill gaps from duplicates and logs, remember the outcome."""
        changes, pairs = _fold_changes(states)
        touched = self._touched_pairs(pairs, changes)
        unfilled = list(_unfilled(states))
        self._fetch({*changes, *touched, *((*key[:2], kept) for key, kept in touched.items()), *unfilled, *runs})
        self._name_runs(runs)
        for key, kept in changes.items():
            row = self._rewrite(key)
            if row is not None:
                row.folded_into = kept
        self._fill_from_folded(touched)
        for key in unfilled:
            row = self._row(key)
            if row is not None and _fill_from_logs(row, states[key[:2]].logs[key[2]]):
                self._rewrite(key)
        for key in self._changed:
            briefs = states[key[:2]].briefs
            briefs[key[2]] = brief_of(self._rows[key], briefs[key[2]].is_log_span)

    def _name_runs(self, runs: Mapping[SpanKey, str]) -> None:
        for key, session in runs.items():
            row = self._row(key)
            if row is not None and not row.session_id:
                row.session_id = session
                self._rewrite(key)

    def _fill_from_folded(self, pairs: Mapping[SpanKey, str]) -> None:
        for key, kept in pairs.items():
            kept_key = (*key[:2], kept)
            kept_row, folded_row = self._row(kept_key), self._row(key)
            if kept_row is None or folded_row is None:
                continue
            before = priced_by(kept_row)
            if gaps(kept_row, folded_row):
                self._rewrite(kept_key)
                if priced_by(kept_row) != before:
                    price_again(kept_row, self._prices.of(kept_row.project))

    def _touched_pairs(self, pairs: Mapping[SpanKey, str], changes: Mapping[SpanKey, str]) -> dict[SpanKey, str]:
        """The pairs of which something is new: only there can a gap be filled that was open before."""
        return {
            key: kept
            for key, kept in pairs.items()
            if key in changes or key in self._rows or (*key[:2], kept) in self._rows
        }

    def _fetch(self, keys: Iterable[SpanKey]) -> None:
        """Read the rows that this block did not bring but must write again."""
        wanted: dict[str, list[tuple[str, str]]] = {}
        for project, trace_id, span_id in keys:
            if (project, trace_id, span_id) not in self._rows:
                wanted.setdefault(project, []).append((trace_id, span_id))
        for project, missing in wanted.items():
            for row in self._store.span_rows(project, missing):
                self._fetched[(project, row.trace_id, row.span_id)] = row

    def _call_minutes(self) -> dict[str, set[int]]:
        """The minutes (Unix nanoseconds) of each project whose rollups this block changes."""
        for row in self._rows.values():
            if row.kind == "call":
                self._note_minute(row.project, row.start_ns)
        return self._minutes

    def _note_minute(self, project: str, start_ns: int) -> None:
        self._minutes.setdefault(project, set()).add(start_ns // MINUTE_NS * MINUTE_NS)

    def _row(self, key: SpanKey) -> SpanRow | None:
        return self._rows.get(key) or self._fetched.get(key)

    def _rewrite(self, key: SpanKey) -> SpanRow | None:
        """The row, to be written with this block: as a later version where it was read back."""
        row = self._fetched.pop(key, None)
        if row is not None:
            row.version += 1
            self._rows[key] = row
        if key in self._rows:
            self._changed.add(key)
        return self._rows.get(key)


def _fold_changes(states: Mapping[TraceKey, TraceState]) -> tuple[dict[SpanKey, str], dict[SpanKey, str]]:
    """The spans whose fold is to change, and all folded spans with the one each stands behind."""
    changes: dict[SpanKey, str] = {}
    pairs: dict[SpanKey, str] = {}
    for (project, trace_id), state in states.items():
        for span_id, kept in _folds(state).items():
            key = (project, trace_id, span_id)
            if state.briefs[span_id].folded_into != kept:
                changes[key] = kept
            if kept:
                pairs[key] = kept
    return changes, pairs


def _folds(state: TraceState) -> dict[str, str]:
    """The wanted fold of every span that is folded now or was: span id to the kept one's id, or "" to stand again."""
    wanted = fold(state.briefs)
    for span_id, brief in state.briefs.items():
        if brief.folded_into and span_id not in wanted:
            wanted[span_id] = ""
    return wanted


def _unfilled(states: Mapping[TraceKey, TraceState]) -> Iterable[SpanKey]:
    for (project, trace_id), state in states.items():
        for span_id, logs in state.logs.items():
            brief = state.briefs.get(span_id)
            # A record may carry the id of the step around its call; only calls are told in messages.
            if brief is None or brief.kind != "call":
                continue
            lacks_input = not brief.has_input and any(log.input for log in logs)
            lacks_output = not brief.has_output and any(log.output for log in logs)
            if lacks_input or lacks_output:
                yield project, trace_id, span_id


def _fill_from_logs(row: SpanRow, logs: Sequence[LogRow]) -> bool:
    """Give a call the messages that its log records tell, in their order in time. Return whether anything changed."""
    ordered = sorted(logs, key=lambda log: log.time_ns)
    changed = False
    for side in ("input", "output"):
        told = tuple(digest for log in ordered for digest in getattr(log, side))
        if told and not getattr(row, side):
            setattr(row, side, told)
            changed = True
    return changed


def _take_log(log: LogRow, state: TraceState) -> None:
    known = state.logs.setdefault(log.span_id, [])
    if all(each.event_id != log.event_id for each in known):
        known.append(log)


def _trace_rows(key: TraceKey, state: TraceState) -> list[TraceRow]:
    if not state.briefs:
        return []
    row = totals_of(*key, state.briefs)
    minute = row.start_ns // MINUTE_NS
    stale = sorted(state.listed_minutes - {minute})
    state.listed_minutes = {minute}
    return [*(msgspec.structs.replace(row, start_ns=each * MINUTE_NS, is_deleted=1) for each in stale), row]


def _tombstone(row: SpanRow, start_ns: int) -> SpanRow:
    """The row that takes the place of an earlier delivery, whose start differs and so whose key does."""
    return SpanRow(
        project=row.project,
        trace_id=row.trace_id,
        span_id=row.span_id,
        start_ns=start_ns,
        end_ns=start_ns,
        received_ns=row.received_ns,
        version=row.version,
        is_deleted=1,
    )


def _delivery(version: int) -> int:
    """The arrival that a version belongs to: its low bits count rewrites of the same delivery."""
    return version >> 10
