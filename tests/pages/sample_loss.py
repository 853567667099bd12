"""The sample project's losses: what came by key and minute, a small quarantine, and wishes that come true at once."""

from collections.abc import Callable, Sequence

import msgspec

from headwater.errors import BadRequest, NotFound
from headwater.query import AttributeSeen, AttributesSeen, SpanShown, show_time
from headwater.web import (
    DeliveryShown,
    DiskShown,
    Held,
    HeldPage,
    Kept,
    MomentShown,
    Preview,
    Projects,
    Receipts,
    ReceiptsAsked,
    ReceiptShown,
    Reload,
    Reloads,
)
from headwater.web.shown.times import parse_ns

Wanted = Callable[[str], bool]
_MINUTE_NS = 60 * 10**9
HOSTILE = '<script>alert("quarantine")</script>'


def sample_receipts(now_ns: int, asked: ReceiptsAsked) -> Receipts:
    """Two keys and none, some of what they sent lost; of the second project nothing."""
    if "desk" not in asked.projects:
        return Receipts(items=())
    if asked.by == "minute":
        first = now_ns // _MINUTE_NS - 59
        return Receipts(items=tuple(_minute(first + at, at) for at in range(0, 60, asked.step)))
    doors = ("otlp.traces", "exchange", "otlp.logs") if asked.by == "door" else ("", "", "")
    keys = ("3fa85b1c9d02", "9c01d4e8f7aa", "") if asked.by == "key" else ("", "", "")
    items = (
        _receipt(keys[0], doors[0], now_ns - 4 * 10**9, 48_120, {"waiting": 40}),
        _receipt(keys[1], doors[1], now_ns - 70 * 10**9, 1_204, {}),
        _receipt(keys[2], doors[2], now_ns - 3_600 * 10**9, 320, {"dropped": 12, "set_aside": 5}),
    )
    return Receipts(items=tuple(each for each in items if not asked.keys or each.key in asked.keys))


def _receipt(key: str, door: str, seen_ns: int, items: int, lost: dict[str, int]) -> ReceiptShown:
    return ReceiptShown(
        project="desk",
        key=key,
        door=door,
        last_seen=show_time(seen_ns),
        envelopes=items // 40 + 1,
        items=items,
        size_bytes=items * 812,
        queryable=items - sum(lost.values()),
        waiting=lost.get("waiting", 0),
        dropped=lost.get("dropped", 0),
        set_aside=lost.get("set_aside", 0),
    )


def _minute(minute: int, at: int) -> ReceiptShown:
    items = 700 + at * 37 % 240
    aside, waiting = (5 if at == 20 else 0), (40 if at == 59 else 0)
    return ReceiptShown(
        minute=show_time(minute * _MINUTE_NS),
        envelopes=items // 40,
        items=items,
        queryable=items - aside - waiting,
        set_aside=aside,
        waiting=waiting,
    )


class SampleWishes:
    """A quarantine of envelopes, of which those of the lab cannot be healed; what is asked is done at once."""

    def __init__(self, now_ns: int) -> None:
        self._now_ns = now_ns
        self._wishes: list[Reload] = []
        self.held = {each.id: each for each in _sample_held(now_ns)}

    def quarantine(self, projects: Projects, limit: int, before: int = 0) -> HeldPage:
        """What is set aside, newest first, past one."""
        found = [each for each in sorted(self.held.values(), key=lambda each: -each.id) if _may(projects, each)]
        rest = [each for each in found if not before or each.id < before]
        following = rest[limit - 1].id if len(rest) > limit else None
        return HeldPage(items=tuple(rest[:limit]), total=len(found), next=following)

    def preview(self, projects: Projects, held_id: int) -> Preview:
        """Look at one."""
        body = self.body(projects, held_id)
        return Preview(
            held=self.held[held_id],
            head='{\n  "v": 1,\n  "door": "otlp.traces"\n}',
            text=body.decode(),
            hex=f"000000  {body[:16].hex(' ')}  {body[:16].decode()}",
            shown_bytes=len(body),
            is_cut=True,
            is_text=True,
            encoding="gzip",
        )

    def body(self, projects: Projects, held_id: int) -> bytes:
        """The bytes of one's body."""
        found = self.held.get(held_id)
        if found is None or not _may(projects, found):
            raise NotFound(f"no envelope {held_id} in quarantine")
        return f'{{"name": "{HOSTILE}"}}'.encode()

    def discard(self, projects: Projects, held_id: int) -> int:
        """Give one up."""
        self.body(projects, held_id)
        return self.held.pop(held_id).items

    def try_again(self, projects: Projects, held_id: int, asked_by: str) -> Reload:
        """Load one, or all, again."""
        if held_id:
            self.body(projects, held_id)
        elif not self.held:
            raise BadRequest("the quarantine is empty: there is nothing to try again")
        tried = [each for each in self.held.values() if held_id in (0, each.id)]
        failed = [each for each in tried if each.project == "lab"]
        for each in tried:
            if each not in failed:
                del self.held[each.id]
        problem = failed[0].reason if failed else ""
        return self._add(
            what="quarantine",
            total=len(tried),
            done=len(tried) - len(failed),
            failed=len(failed),
            problem=problem,
            held=held_id or None,
            asked_by=asked_by,
        )

    def load_again(self, start_ns: int, end_ns: int, asked_by: str) -> Reload:
        """Load a stretch again."""
        if end_ns <= start_ns:
            raise BadRequest("end: it is not after the start; give a later end, or leave it out for now")
        start = show_time(start_ns) if start_ns else None
        return self._add(
            what="journal", total=812, done=812, failed=0, start=start, end=show_time(end_ns), asked_by=asked_by
        )

    def reload(self, reload_id: int) -> Reload:
        """One wish."""
        for wish in self._wishes:
            if wish.id == reload_id:
                return wish
        raise NotFound(f"nobody asked for a loading {reload_id}")

    def reloads(self, limit: int, before: int = 0) -> Reloads:
        """Wishes, the newest first, past one."""
        rest = [wish for wish in reversed(self._wishes) if not before or wish.id < before]
        return Reloads(items=tuple(rest[:limit]), next=rest[limit - 1].id if len(rest) > limit else None)

    def kept(self, start_ns: int, end_ns: int) -> Kept:
        """A day of the journal."""
        return Kept(
            envelopes=812,
            size_bytes=48 << 20,
            oldest=show_time(self._now_ns - 86_400 * 10**9),
            newest=show_time(self._now_ns),
            keep_s=86_400,
        )

    def _add(self, **told: object) -> Reload:
        at = show_time(self._now_ns)
        wish = Reload(id=len(self._wishes) + 1, state="done", asked=at, ended=at, **told)  # type: ignore[arg-type]
        self._wishes.append(wish)
        return wish


def _sample_held(now_ns: int) -> list[Held]:
    reason = "BadRequest: span 14: attribute 'gen_ai.input.messages' is nested 1,204 levels deep"
    return [
        _held(1, "lab", "HeadwaterError: no reader for the door 'otlp.dreams': install a newer headwater", now_ns),
        _held(2, "desk", reason, now_ns),
        _held(3, "desk", f"BadRequest: the body cannot be read: {HOSTILE}", now_ns),
    ]


def _held(number: int, project: str, reason: str, now_ns: int) -> Held:
    at = now_ns - (10 - number) * 600 * 10**9
    return Held(
        id=number,
        position=f"edge-1:{90_210 + number}",
        door="otlp.traces",
        project=project,
        reason=reason,
        time=show_time(at),
        received=show_time(at - 10**9),
        key="3fa85b1c9d02",
        items=5 * number,
        size_bytes=81_223,
        tries=number,
        last_tried=show_time(now_ns - 60 * 10**9) if number > 1 else None,
    )


def _may(projects: Projects, held: Held) -> bool:
    return projects is None or held.project in projects


def sample_minutes(shown: DeliveryShown) -> list[DeliveryShown]:
    """An instance's last four minutes, the newest first; what it dropped, it dropped in the newest."""
    last_ns = (parse_ns(shown.last_seen) or 0) // _MINUTE_NS * _MINUTE_NS
    return [
        msgspec.structs.replace(
            shown,
            minute=show_time(last_ns - at * _MINUTE_NS),
            created=shown.created - at * 40,
            durable=40,
            queryable=40 if at else 36,
            dropped={} if at else shown.dropped,
            requests=2,
            remarks=(),
        )
        for at in range(4)
    ]


def sample_disk() -> DiskShown:
    """A disk with room for some weeks."""
    return DiskShown(
        total_bytes=480 << 30,
        free_bytes=212 << 30,
        journal_bytes=92 << 20,
        store_bytes=5_943_671_997,
        catalog_bytes=1 << 20,
        ledger_bytes=3 << 20,
        growth_bytes_per_day=4.1 * 2**30,
        measured_s=86_400,
        days_left=51.7,
        journal_keep_s=86_400,
        journal_cap_bytes=10 << 30,
    )


def sample_moments(now_ns: int) -> tuple[MomentShown, ...]:
    """An hour in which the loader once was behind."""
    return tuple(
        MomentShown(
            time=show_time(now_ns - ago * _MINUTE_NS),
            lag_s=0.4 if ago != 21 else 9.0,
            waiting=3 if ago != 21 else 180,
            journal_bytes=92 << 20,
            store_bytes=5_943_671_997,
            free_bytes=212 << 30,
        )
        for ago in range(59, -1, -1)
    )


def attributes_of(spans: Sequence[SpanShown], wanted: Wanted, now_ns: int, limit: int, offset: int) -> AttributesSeen:
    """The attributes of the sample's spans, and a few that nobody reads."""
    if not spans:
        return _attributes((), 0, now_ns)
    told = {
        "gen_ai.usage.thinking_left": "512",
        "llm.headers": f"Bearer sk-proj-{'a1B2' * 12} {HOSTILE}",
        "traceloop.workflow.name": "answer_ticket",
        "shop.basket": "RB-20391",
    }
    span = spans[0]
    named = sorted(name for name in told if wanted(name))
    items = tuple(
        AttributeSeen(
            name=name,
            count=900 - at * 7,
            last_seen=show_time(now_ns - 60 * 10**9),
            source="traceloop",
            scope="opentelemetry.instrumentation.openai",
            scope_version="0.52",
            trace_id=span.trace_id,
            span_id=span.span_id,
            example=told[name],
        )
        for at, name in enumerate(named)
    )
    return _attributes(items[offset : offset + limit], len(named), now_ns)


def _attributes(items: tuple[AttributeSeen, ...], total: int, now_ns: int) -> AttributesSeen:
    start = show_time(now_ns - 3_600 * 10**9)
    return AttributesSeen(
        items=items, total=total, spans=900 if total else 0, start=start, end=show_time(now_ns), is_partial=False
    )
