"""Looking: what a person sees in a real browser: the first paint, a filter's change, a giant trace, what comes live."""

import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import Figure, quantile
from bench.harness import Connection, Served
from bench.pages.addresses import Known, addresses, page_at, pages
from bench.payload import Filler, templates, text_pool, trace_id_of
from tests.pages.browser import Browser, browser

_PAINTED_MS = 500.0
_REPAINTED_MS = 300.0
_OPENED_MS = 1_000.0
_LONGEST_TASK_MS = 50.0
_LIVE_MS = 2_000.0
_NOTHING_MS = 60_000.0
"""What counts for a page that paints nothing."""

_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
_LOADED = "performance.getEntriesByType('navigation')[0].loadEventEnd"
# From the event that a changed field sends to the second frame after the new content is there.
_CHANGE = """
const field = document.querySelector("#f-range");
const other = field.value === "7d" ? "24h" : "7d";
const main = document.querySelector("#main");
window.repainted = 0;
const began = performance.now();
new MutationObserver((changes, observer) => {
  if (document.querySelector("#main") === main) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.repainted = performance.now() - began; }));
}).observe(document.body, { childList: true, subtree: true });
field.value = other;
field.dispatchEvent(new Event("change", { bubbles: true }));
"""
_WATCH = """
window.longest = 0;
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longest = Math.max(window.longest, task.duration);
}).observe({ type: "longtask" });
"""
# Through the whole tree as a hand on the scroll bar goes, then at reading pace through what then loads.
_SCROLL = """
window.scrolled = false;
const steps = [...Array(120).keys()].map((at) => at / 119);
const whole = document.documentElement.scrollHeight - innerHeight;
let at = 0;
function fling() {
  scrollTo(0, whole * steps[at]);
  at += 1;
  if (at < steps.length) return void setTimeout(() => requestAnimationFrame(fling), 30);
  at = 0;
  read();
}
function read() {
  scrollBy(0, -300);
  at += 1;
  if (at < 120) return void requestAnimationFrame(read);
  setTimeout(() => { window.scrolled = true; }, 500);
}
requestAnimationFrame(fling);
"""
_FOLLOW = """
window.seen = {};
new MutationObserver((changes) => {
  for (const change of changes) for (const row of change.addedNodes) {
    if (row.dataset && row.dataset.trace) window.seen[row.dataset.trace] ??= Date.now();
  }
}).observe(document.querySelector("table.traces > tbody"), { childList: true });
document.querySelector("[data-live-button]").click();
"""


def look_at_pages(server: Served, login: Callable[[], str], known: Known, times: int) -> list[Figure]:
    """Open pages and use them; each `times` times."""
    with tempfile.TemporaryDirectory() as folder, browser(Path(folder)) as window:
        window.look(1280, 800, "light")
        window.open(login())
        base = f"http://127.0.0.1:{server.port}"
        figures = [_painted(window, base, path, known, times) for path in _whole_pages()]
        figures += [_repainted(window, base, path, times) for path in _whole_pages() if path in _FILTERED]
        figures += _giant(window, base, known, times)
        figures.append(_live(window, base, server, times))
    return figures


_FILTERED = ("/overview", "/traces", "/calls", "/sessions", "/users", "/models", "/errors", "/tools", "/scores")


def _whole_pages() -> list[str]:
    return [path for path in pages() if path != "/login" and not page_at(path).is_piece]


def _painted(window: Browser, base: str, path: str, known: Known, times: int) -> Figure:
    paints: list[float] = []
    slowest = ""
    for address in addresses(path, known, times):
        window.open(base + address)
        paint = _paint_ms(window)
        if paint > max(paints, default=0.0):
            slowest = address
        paints.append(paint)
    note = f"p50 {quantile(paints, 0.5):.0f}; slowest {slowest}"
    return _worst(f"{path}, first contentful paint, p95", paints, _PAINTED_MS, note)


def _paint_ms(window: Browser) -> float:
    """When a page showed something for the first time; it is told a little later than the page is loaded."""
    try:
        return float(window.wait(_PAINTED, 5))
    except AssertionError:
        return _NOTHING_MS


def _repainted(window: Browser, base: str, path: str, times: int) -> Figure:
    waits: list[float] = []
    window.open(f"{base}{path}?range=24h")
    for _ in range(times):
        # A form that was just swapped in does nothing before htmx has seen to it, which no hand is quick enough for.
        window.wait("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')")
        window.run(_CHANGE)
        waits.append(_waited_ms(window))
    note = f"p50 {quantile(waits, 0.5):.0f}; the range changes between a day and a week"
    return _worst(f"{path}, filter changed until repainted, p95", waits, _REPAINTED_MS, note)


def _waited_ms(window: Browser) -> float:
    """How long a change took to be seen; one that is never seen counts as the worst and hides no other page."""
    try:
        return float(window.wait("window.repainted"))
    except AssertionError:
        return _NOTHING_MS


def _giant(window: Browser, base: str, known: Known, times: int) -> list[Figure]:
    address = f"{base}/traces/{known.project.giant_trace}"
    opened: list[float] = []
    for _ in range(times):
        window.open(address)
        opened.append(max(_paint_ms(window), float(window.wait(_LOADED))))
    window.run(_WATCH)
    window.run(_SCROLL)
    window.wait("window.scrolled", 60)
    longest = float(window.run("return window.longest"))
    rows = int(window.run("return document.querySelectorAll('.row').length"))
    return [
        _worst("giant trace, opened, p95", opened, _OPENED_MS, f"p50 {quantile(opened, 0.5):.0f}; painted and loaded"),
        Figure(
            name="giant trace, longest task while it is scrolled",
            value=longest,
            unit="ms",
            at_most=_LONGEST_TASK_MS,
            note=f"0 where none was longer than 50 ms; {rows} rows in the page after the whole tree was passed",
        ),
    ]


def _live(window: Browser, base: str, server: Served, times: int) -> Figure:
    """From the acknowledgement of a trace to its row."""
    window.open(f"{base}/traces?range=24h")
    window.run(_FOLLOW)
    time.sleep(1.0)
    connection = Connection(server.port, {"content-type": "application/x-protobuf", "x-headwater-key": server.key})
    filler, template = Filler(text_pool()), templates(1, 8)[0]
    waits: list[float] = []
    for _ in range(times):
        filled = filler.fill(template, time.time_ns() - 3_000_000_000)
        if connection.post(filled.body).status != 200:
            raise RuntimeError("a trace was not acknowledged")
        acknowledged_ms = time.time() * 1000
        seen = f"window.seen['{trace_id_of(filled, template.traces[0][0])}']"
        waits.append(float(window.wait(seen, 30)) - acknowledged_ms)
        time.sleep(random.uniform(0.1, 0.6))
    note = f"p50 {quantile(waits, 0.5):.0f}; worst {max(waits):.0f}"
    return _worst("live list, acknowledged until its row is there, p95", waits, _LIVE_MS, note)


def _worst(name: str, values: list[float], at_most: float, note: str) -> Figure:
    return Figure(name=name, value=quantile(values, 0.95), unit="ms", at_most=at_most, note=note)
