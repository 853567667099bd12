"""Addresses: what each page of the server's table is asked, with ranges and filters as people choose them.

In:  what the project holds.   Out: addresses, as many as wanted, each page's in an order of its own that never changes.
"""

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import quote, urlencode

import msgspec

from bench.harness import Api
from bench.pages.project import Project
from bench.payload import ENVIRONMENTS, MODELS, TOOLS, text_pool
from headwater.web.pages.routes import PAGES

RANGES = ("24h", "7d", "30d", "all", "15m")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What addresses are made of. `spans` are (trace id, span id) of calls."""

    project: Project
    spans: tuple[tuple[str, str], ...]
    sessions: tuple[str, ...]
    users: tuple[str, ...]
    words: tuple[str, ...]


Make = Callable[[Known, random.Random], Iterator[str]]


class Page(msgspec.Struct, frozen=True):
    """How a page is asked. `holds` is a part of every answer that is not empty; `is_piece`: htmx asks for it."""

    make: Make
    holds: str = ""
    is_piece: bool = False


_CALL_FILTERS = ("", "model", "user", "errors", "provider", "environment", "tokens", "key")
_TRACE_FILTERS = ("", "model", "user", "errors", "tool", "text", "environment", "tokens")


def _listed(path: str, filters: Sequence[str], sorts: Sequence[str] = ("",), **always: str) -> Make:
    """A page of a list or of charts: the plain page of each range first, then filters, each over another range."""

    def make(known: Known, rng: random.Random) -> Iterator[str]:
        chosen = list(itertools.product(RANGES, filters, sorts))
        plain = [each for each in chosen if not each[1] and not each[2]]
        narrowed = [each for each in chosen if each not in plain]
        rng.shuffle(narrowed)
        for range_, name, sort in itertools.cycle([*plain, *narrowed]):
            asked = {"range": range_, **always, **_filter(name, known, rng)}
            yield f"{path}?{urlencode(asked | ({'sort': sort} if sort else {}))}"

    return make


def _filter(name: str, known: Known, rng: random.Random) -> Mapping[str, str]:
    provider, _, model = rng.choice(MODELS)
    offered: dict[str, Mapping[str, str]] = {
        "": {},
        "model": {"model": model},
        "provider": {"provider": provider},
        "user": {"user": rng.choice(known.users)},
        "errors": {"has_error": "true"},
        "environment": {"environment": rng.choice(ENVIRONMENTS)},
        "tokens": {"min_tokens": str(rng.randint(200, 1500))},
        "tool": {"tool": rng.choice(TOOLS)},
        "text": {"text": rng.choice(known.words)},
        "key": {"key": "no-such-key"},
        "session": {"session": rng.choice(known.sessions)},
    }
    return offered[name]


def _same(address: str) -> Make:
    return lambda known, rng: itertools.repeat(address)


def _of_span(tail: str = "") -> Make:
    def make(known: Known, rng: random.Random) -> Iterator[str]:
        while True:
            trace_id, span_id = rng.choice(known.spans)
            yield f"/traces/{trace_id}/spans/{span_id}{tail}"

    return make


def _traces(known: Known, rng: random.Random) -> Iterator[str]:
    """Traces of usual size, and each third time the giant one."""
    while True:
        yield f"/traces/{known.project.giant_trace}"
        for trace_id, span_id in rng.sample(known.spans, 2):
            yield f"/traces/{trace_id}?span={span_id}"


def _windows(known: Known, rng: random.Random) -> Iterator[str]:
    while True:
        yield f"/traces/{known.project.giant_trace}/spans?offset={200 * rng.randrange(1, 100)}"


def _sessions(known: Known, rng: random.Random) -> Iterator[str]:
    """The long ones from both ends, and short ones."""
    while True:
        for name in known.project.long_sessions[:3]:
            yield f"/sessions/{quote(name)}?sort=-start_time"
            yield f"/sessions/{quote(name)}"
        yield f"/sessions/{quote(rng.choice(known.sessions))}"


def _users(known: Known, rng: random.Random) -> Iterator[str]:
    for range_ in itertools.cycle(RANGES):
        yield f"/users/{quote(rng.choice(known.users))}?range={range_}"


def _waitings(known: Known, rng: random.Random) -> Iterator[str]:
    return itertools.repeat(f"/settings/waiting?since={known.project.until_ns}")


def _goings(known: Known, rng: random.Random) -> Iterator[str]:
    while True:
        yield f"/go?{urlencode({'to': rng.choice(rng.choice(known.spans))})}"
        yield f"/go?{urlencode({'to': rng.choice(known.sessions)})}"


def _comparisons(known: Known, rng: random.Random) -> Iterator[str]:
    while True:
        a, b = rng.sample(known.spans, 2)
        yield f"/compare?{urlencode({'a': ':'.join(a), 'b': ':'.join(b)})}"


def _facets(known: Known, rng: random.Random) -> Iterator[str]:
    facets = ("model", "user", "session", "environment", "tool", "name", "service", "provider", "tag", "error_type")
    while True:
        facet = rng.choice(facets)
        yield f"/facets/{facet}?{urlencode({facet: rng.choice(('', '0', 'a', 'gpt')), 'range': rng.choice(RANGES)})}"


def _queries(known: Known, rng: random.Random) -> Iterator[str]:
    statements = (
        "SELECT model, count() AS calls, sum(cost_usd) AS usd FROM calls WHERE start_time > now() - INTERVAL 1 DAY"
        " GROUP BY model ORDER BY usd DESC",
        "SELECT name, count() FROM spans WHERE start_time > now() - INTERVAL 1 DAY GROUP BY name ORDER BY 2 DESC",
        "SELECT * FROM traces ORDER BY start_time DESC LIMIT 20",
    )
    yield "/query"
    for statement in itertools.cycle(statements):
        yield f"/query?{urlencode({'sql': statement})}"


ASKED: Mapping[str, Page] = {
    "/login": Page(_same("/login")),
    "/overview": Page(_listed("/overview", _CALL_FILTERS), "card"),
    "/overview/below": Page(_listed("/overview/below", ("", "model", "user", "errors")), is_piece=True),
    "/models": Page(_listed("/models", _CALL_FILTERS), "<tr"),
    "/traces": Page(_listed("/traces", _TRACE_FILTERS, ("", "-cost", "-duration")), "data-row"),
    "/traces/sum": Page(_listed("/traces/sum", _TRACE_FILTERS), is_piece=True),
    "/calls": Page(_listed("/calls", ("", "model", "user", "errors", "text", "tokens"), ("", "-cost")), "data-row"),
    "/calls/sum": Page(_listed("/calls/sum", ("", "model", "user", "text", "tokens")), is_piece=True),
    "/traces/{trace_id}": Page(_traces, "treeitem"),
    "/traces/{trace_id}/spans": Page(_windows, "treeitem", is_piece=True),
    "/traces/{trace_id}/spans/{span_id}": Page(_of_span(), "data-shown-span", is_piece=True),
    "/traces/{trace_id}/spans/{span_id}/raw": Page(_of_span("/raw"), "trace_id", is_piece=True),
    "/traces/{trace_id}/spans/{span_id}/text": Page(_of_span("/text?part=input.0.0"), is_piece=True),
    "/traces/{trace_id}/spans/{span_id}/curl": Page(_of_span("/curl"), "curl", is_piece=True),
    "/sessions": Page(_listed("/sessions", ("", "model", "user", "errors"), ("", "-cost")), "data-row"),
    "/sessions/{session_id:path}": Page(_sessions, "turn-head"),
    "/errors": Page(_listed("/errors", ("", "model", "tool", "user")), "<tr"),
    "/users": Page(_listed("/users", ("", "model", "errors"), ("", "-cost")), "data-row"),
    "/users/{user_id:path}": Page(_users),
    "/tools": Page(_listed("/tools", ("", "model", "user", "errors", "environment")), "<tr"),
    "/tools/below": Page(_listed("/tools/below", ("", "model", "user", "errors", "environment")), is_piece=True),
    "/scores": Page(_listed("/scores", ("", "model", "user")), "<tr"),
    "/models/prefixes": Page(_listed("/models/prefixes", ("", "model", "user")), is_piece=True),
    "/go": Page(_goings, is_piece=True),
    "/compare": Page(_comparisons),
    "/alerts/firing": Page(_same("/alerts/firing"), is_piece=True),
    "/alerts/chart": Page(_same("/alerts/chart"), is_piece=True),
    "/settings/waiting": Page(_waitings, is_piece=True),
    "/query": Page(_queries),
    "/facets/{facet}": Page(_facets, is_piece=True),
    "/server/health": Page(_same("/server/health")),
}
"""Each page by its path in the server's table."""

LEFT_OUT: Mapping[str, str] = {"/traces/live": "a stream without an end; its delay is measured in the browser"}
_OF_PEOPLE = ("/settings", "/alerts", "/prices", "/views", "/sets", "/server/health")
"""Families of pages over what people set or save, or what the server keeps of itself. Their pages are asked as they
stand; those of a single thing are left out: the project has none, and nothing of them grows with its spans."""


def pages() -> list[str]:
    """The paths of all pages that can be looked at. Raises RuntimeError for one that nobody says how to ask for."""
    found = [path for method, path, _ in PAGES if method == "GET" and path not in LEFT_OUT]
    found = [path for path in found if not (path.startswith(_OF_PEOPLE) and "{" in path)]
    unknown = [path for path in found if path not in ASKED and not path.startswith(_OF_PEOPLE)]
    if unknown:
        raise RuntimeError(f"bench/pages/addresses.py does not say how to ask for {', '.join(unknown)}")
    return found


def page_at(path: str) -> Page:
    """How the page of a path is asked."""
    return ASKED[path] if path in ASKED else Page(_same(path))


def addresses(path: str, known: Known, count: int) -> list[str]:
    """So many addresses of a page."""
    return list(itertools.islice(page_at(path).make(known, random.Random(path)), count))


def known_of(api: Api, project: Project) -> Known:
    """Look up what addresses are made of."""
    spans = api.sql("SELECT trace_id, span_id FROM calls WHERE status != 'error' ORDER BY sipHash64(span_id) LIMIT 200")
    sessions = api.sql("SELECT session_id FROM sessions ORDER BY sipHash64(session_id) LIMIT 50")
    users = api.sql("SELECT user_id FROM traces WHERE user_id != '' GROUP BY user_id ORDER BY count() DESC LIMIT 40")
    rng = random.Random(5)
    words = sorted({word for word in text_pool()[: 1 << 20].decode().split() if len(word) >= 6})
    return Known(
        project=project,
        spans=tuple([(str(row[0]), str(row[1])) for row in spans]),
        sessions=tuple([str(row[0]) for row in sessions]),
        users=tuple([str(row[0]) for row in users]),
        words=tuple([word[rng.randrange(2) :][:9] for word in rng.sample(words, 60)]),
    )
