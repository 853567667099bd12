"""What becomes of the line between client and gateway: pipelines, HTTP/1.0, 100-continue, half-closed ends."""

from tests.proxy.strictness.cases_framing import GET, POST
from tests.proxy.strictness.trying import Case, Verdict, passed
from tests.proxy.upstream import Do

_LOCAL = b"GET /health HTTP/1.1\r\nhost: gateway\r\n\r\n"
_NOWHERE = b"GET /nowhere HTTP/1.1\r\nhost: gateway\r\n\r\n"
_HEAD = b"HEAD /openai/v1/h HTTP/1.1\r\nhost: gateway\r\n\r\n"
_WHOLE = POST + b"content-length: 3\r\n\r\nabc"
_CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
_B = "GET /v1/b"
_AB = passed("POST /v1/a abc", _B)
_CLOSES = "headwater closes the line after the last whole answer"
_GONE = Verdict(client=())


def _get(*lines: bytes, version: bytes = b"1.1") -> bytes:
    return b"\r\n".join((b"GET /openai/v1/b HTTP/" + version, b"host: gateway", *lines, b"", b""))


def _numbered(count: int) -> bytes:
    return b"".join(b"GET /openai/v1/%d HTTP/1.1\r\nhost: gateway\r\n\r\n" % number for number in range(count))


PIPELINES = (
    Case("two requests at once", GET + GET, passed(_B, _B)),
    Case("a body, then a request", _WHOLE + GET, _AB),
    Case("chunks, then a request", _CHUNKED + GET, _AB),
    Case("a request, then chunks", GET + _CHUNKED, passed(_B, "POST /v1/a abc")),
    Case("an empty line between requests", GET + b"\r\n" + GET, passed(_B, _B)),
    Case("fifty requests at once", _numbered(50), passed(*(f"GET /v1/{number}" for number in range(50)))),
    Case(
        "a page of ours between calls",
        GET + _LOCAL + _WHOLE,
        Verdict((_B, "POST /v1/a abc"), (f"200 {_B}", "200 local", "200 POST /v1/a abc"), "kept"),
    ),
    Case(
        "a call between pages of ours",
        _LOCAL + GET + _LOCAL,
        Verdict((_B,), ("200 local", f"200 {_B}", "200 local"), "kept"),
    ),
    Case(
        "a page that is not there between calls",
        GET + _NOWHERE + GET,
        Verdict((_B, _B), (f"200 {_B}", "not found", f"200 {_B}"), "kept"),
    ),
    Case(
        "slow pages and calls in turn",
        (_LOCAL + GET) * 8,
        Verdict((_B,) * 8, ("200 local", f"200 {_B}") * 8, "kept"),
    ),
    Case("HEAD before a call", _HEAD + GET, Verdict(("HEAD /v1/h", _B), ("200", f"200 {_B}"), "kept"), heads=(0,)),
    Case(
        "nonsense after a call",
        GET + b"NONSENSE\r\n\r\n",
        Verdict((_B,), (f"200 {_B}",)),
        nginx=Verdict((_B,), (f"200 {_B}", "refused")),
        why=_CLOSES,
        is_at_once=True,
    ),
    Case("an undelimited body, then a request", POST + b"\r\n" + GET, passed("POST /v1/a", _B)),
    Case(
        "two framings after a call",
        GET + POST + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n" + GET,
        Verdict((_B,), (f"200 {_B}",)),
        nginx=Verdict((_B,), (f"200 {_B}", "refused")),
        why=_CLOSES,
        is_at_once=True,
    ),
    Case(
        "a broken body while a call is under way",
        GET + _CHUNKED.replace(b"3\r\n", b"xyz\r\n") + GET,
        Verdict((_B,), ("200 slow",)),
        (Do.PAUSE, b"HTTP/1.1 200 OK\r\nx-mock: 1\r\ncontent-length: 4\r\n\r\nslow"),
        Verdict((_B,), ("200 slow", "refused")),
        _CLOSES,
        is_at_once=True,
    ),
    Case("the last request, and another", _get(b"connection: close") + GET, passed(_B, line="closed")),
    Case("an answer to each, one after the other", (GET, _WHOLE, GET), passed(_B, "POST /v1/a abc", _B)),
)

LINES = (
    Case("close", _get(b"connection: close"), passed(_B, line="closed")),
    Case("close in capitals", _get(b"Connection: CLOSE"), passed(_B, line="closed")),
    Case("close in a list", _get(b"connection: x-a, close"), passed(_B, line="closed")),
    Case("keep-alive", _get(b"connection: keep-alive"), passed(_B)),
    Case("HTTP/1.0", _get(version=b"1.0"), passed(_B, line="closed")),
    Case(
        "HTTP/1.0 with keep-alive",
        _get(b"connection: keep-alive", version=b"1.0"),
        passed(_B, line="closed"),
        nginx=passed(_B),
        why="who speaks HTTP/1.0 can connect again",
    ),
    Case("HTTP/1.0 without a host", b"GET /openai/v1/b HTTP/1.0\r\n\r\n", passed(_B, line="closed")),
    Case("HTTP/1.0 with a body", _WHOLE.replace(b"/1.1", b"/1.0"), passed("POST /v1/a abc", line="closed")),
    Case("HTTP/1.0, and another", _get(version=b"1.0") + GET, passed(_B, line="closed")),
    Case("HEAD", _HEAD, Verdict(("HEAD /v1/h",), ("200",), "kept"), heads=(0,)),
    Case(
        "a header that is named as hop by hop",
        _get(b"connection: x-a", b"x-a: 1"),
        passed(_B),
        nginx=passed(f"{_B} [x-a: 1]"),
        why="nginx strips only the usual ones",
    ),
    Case(
        "a length that is named as hop by hop",
        POST + b"connection: content-length\r\ncontent-length: 3\r\n\r\nabc",
        passed("POST /v1/a abc"),
    ),
    Case(
        "chunks that are named as hop by hop",
        _CHUNKED.replace(b"host:", b"connection: transfer-encoding\r\nhost:"),
        passed("POST /v1/a abc"),
    ),
    Case("a host that is named as hop by hop", _get(b"connection: host"), passed(_B)),
    Case(
        "chunks for HTTP/1.0",
        _get(version=b"1.0"),
        Verdict((_B,), ("200 abc",)),
        (b"HTTP/1.1 200 OK\r\nx-mock: 1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",),
    ),
    Case("headers that are hop by hop", _get(b"keep-alive: 5", b"te: trailers", b"proxy-connection: x"), passed(_B)),
    Case("an upgrade to HTTP/2", _get(b"connection: upgrade, http2-settings", b"upgrade: h2c"), passed(_B)),
    Case("an upgrade to nothing known", _get(b"connection: upgrade", b"upgrade: nothing"), passed(_B)),
    Case(
        "a client that ends before its answer",
        GET,
        Verdict((_B,), ()),
        (Do.PAUSE, b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        is_half_closed=True,
    ),
    Case("a client that ends without a word", b"", _GONE, is_half_closed=True),
    Case("a client that ends in its first line", GET[:9], _GONE, is_half_closed=True),
)

_EXPECTS = POST + b"expect: 100-continue\r\ncontent-length: 3\r\n\r\n"
_CONTINUED = Verdict(("POST /v1/a abc",), ("100", "200 POST /v1/a abc"), "kept")

EXPECTATIONS = (
    Case("a client that waits for 100", (_EXPECTS, b"abc"), _CONTINUED),
    Case("a client that does not wait for 100", _EXPECTS + b"abc", _CONTINUED),
    Case(
        "chunks after 100",
        (POST + b"expect: 100-continue\r\ntransfer-encoding: chunked\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n"),
        _CONTINUED,
    ),
    Case("100 in capitals", (_EXPECTS.replace(b"100-c", b"100-C"), b"abc"), _CONTINUED),
    Case("100 by HTTP/1.0", _EXPECTS.replace(b"/1.1", b"/1.0") + b"abc", passed("POST /v1/a abc", line="closed")),
    Case("100 for nothing", _get(b"expect: 100-continue"), Verdict((_B,), ("100", f"200 {_B}"), "kept")),
    Case(
        "an expectation that is none",
        POST + b"expect: wonders\r\ncontent-length: 3\r\n\r\nabc",
        passed("POST /v1/a abc"),
    ),
    Case(
        "100 after a call",
        (GET + _EXPECTS, b"abc"),
        Verdict((_B, "POST /v1/a abc"), (f"200 {_B}", "100", "200 POST /v1/a abc"), "kept"),
    ),
)
