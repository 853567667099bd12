"""Asking: every page over a kept connection, as a browser asks for it: with a session's cookie, compressed."""

import gzip
import http.client
import re
import time
from urllib.parse import urlsplit

import msgspec

from bench.figures import Figure, quantile
from bench.harness import Served, cpu_by_name
from bench.pages.addresses import Known, addresses, page_at, pages

AT_MOST_MS = 200.0
_INSIDE = re.compile(r"app;dur=([0-9.]+)")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. `took_ms` is at the socket, `inside_ms` what the server says of itself."""

    status: int
    body: bytes
    took_ms: float
    inside_ms: float


class Visit:
    """A signed-in visit over one connection."""

    def __init__(self, port: int, login: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        parts = urlsplit(login)
        self._cookie = ""
        self._connection.request("GET", f"{parts.path}?{parts.query}")
        answer = self._connection.getresponse()
        answer.read()
        self._cookie = (answer.getheader("set-cookie") or "").partition(";")[0]
        if not self._cookie:
            raise RuntimeError(f"the login link was answered with {answer.status} and no session")

    def get(self, address: str, *, is_piece: bool = False) -> Answer:
        """Ask for a page; a piece of one as htmx does. Raises RuntimeError when it is not given."""
        headers = {"cookie": self._cookie, "accept-encoding": "gzip"} | ({"hx-request": "true"} if is_piece else {})
        began_s = time.perf_counter()
        try:
            self._connection.request("GET", address, headers=headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (http.client.HTTPException, OSError) as error:
            self._connection.close()
            raise RuntimeError(f"GET {address} was not answered: {error}") from error
        took_ms = (time.perf_counter() - began_s) * 1000
        if answer.status >= 400:
            raise RuntimeError(f"GET {address} was answered with {answer.status}")
        inside = _INSIDE.search(answer.getheader("server-timing") or "")
        return Answer(
            status=answer.status, body=body, took_ms=took_ms, inside_ms=float(inside[1]) if inside else float("nan")
        )


class Asked(msgspec.Struct, kw_only=True):
    """What one page took, in milliseconds, an entry for each address."""

    path: str
    took_ms: list[float] = msgspec.field(default_factory=list[float])
    inside_ms: list[float] = msgspec.field(default_factory=list[float])
    cpu_s: float = 0.0
    bytes: int = 0
    slowest: str = ""
    empty: int = 0


def ask_pages(server: Served, visit: Visit, known: Known, times: int, best: int, only: str) -> list[Figure]:
    """Ask each page `times` times, each address `best` times, of which the quickest counts."""
    chosen = [path for path in pages() if only in path]
    return [_measured(server, visit, path, addresses(path, known, times), best) for path in chosen]


def _measured(server: Served, visit: Visit, path: str, asked: list[str], best: int) -> Figure:
    """The figure of a page; one that cannot be had misses its target, and the others are measured all the same."""
    try:
        return _figure(_ask(server, visit, path, asked, best), len(asked), best)
    except RuntimeError as error:
        return Figure(name=f"{path}, p95", value=float("nan"), unit="ms", at_most=AT_MOST_MS, note=str(error))


def _ask(server: Served, visit: Visit, path: str, asked: list[str], best: int) -> Asked:
    page, found = page_at(path), Asked(path=path)
    for address in (asked[0], asked[-1]):
        visit.get(address, is_piece=page.is_piece)
    before_s = sum(cpu_by_name(server.pid).values())
    for address in asked:
        answers = [visit.get(address, is_piece=page.is_piece) for _ in range(best)]
        quickest = min(answers, key=lambda answer: answer.took_ms)
        if quickest.took_ms > max(found.took_ms, default=0.0):
            found.slowest = address
        found.took_ms.append(quickest.took_ms)
        found.inside_ms.append(min(answer.inside_ms for answer in answers))
        found.bytes += len(quickest.body)
        found.empty += not _holds(page.holds, quickest.body)
    found.cpu_s = sum(cpu_by_name(server.pid).values()) - before_s
    return found


def _holds(part: str, body: bytes) -> bool:
    text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    return part.encode() in text


def _figure(asked: Asked, times: int, best: int) -> Figure:
    if asked.empty > times // 2:
        raise RuntimeError(f"{asked.path} answered nothing to {asked.empty} of {times} questions")
    inside = sorted(asked.inside_ms)
    note = (
        f"p50 {quantile(asked.took_ms, 0.5):.0f}; inside the server p50 {quantile(inside, 0.5):.0f},"
        f" p95 {quantile(inside, 0.95):.0f}; CPU {1000 * asked.cpu_s / (times * best):.0f} ms an answer of"
        f" {asked.bytes / times / 1000:.0f} kB; slowest {asked.slowest}"
    )
    return Figure(
        name=f"{asked.path}, p95", value=quantile(asked.took_ms, 0.95), unit="ms", at_most=AT_MOST_MS, note=note
    )
