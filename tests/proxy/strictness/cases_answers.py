"""What an upstream answers, well or badly, and what the client must make of it."""

from tests.proxy.strictness.cases_framing import GET, POST
from tests.proxy.strictness.trying import UNJUDGED, Case, Verdict
from tests.proxy.upstream import Do, Script

_B = "POST /v1/b"
# What may be repeated is asked again where a kept connection ends; this may not.
_ASKED = GET.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\ncontent-length: 0\r\n\r\n")
_OK = b"HTTP/1.1 200 OK\r\nx-mock: 1\r\n"
_LENGTH = _OK + b"content-length: 3\r\n"
_CHUNKED = _OK + b"transfer-encoding: chunked\r\n\r\n"
_HEAD = b"HEAD /openai/v1/h HTTP/1.1\r\nhost: gateway\r\n\r\n"
_TRUST = "nginx trusts its upstream; providers are not ours"
_STEP = "an upstream that is out of step ends the client's line too"
_REST = "headwater reads the rest of the request and drops it, so that the line stays good"
_AS_CAME = "nginx passes interim answers on, and takes them for the last"


def _told(*answers: str, line: str = "kept") -> Verdict:
    return Verdict((_B,), answers, line)


_ABC = _told("200 abc")
_CUT = _told("200 ab (cut)", line="closed")
_FAILED = _told("failed")


def _case(name: str, script: Script, verdict: Verdict = _FAILED, nginx: Verdict | None = None, why: str = "") -> Case:
    return Case(name, _ASKED, verdict, script, nginx, why)


FRAMES = (
    _case("a length", (_LENGTH + b"\r\nabc",), _ABC),
    _case("a length of nothing", (_OK + b"content-length: 0\r\n\r\n",), _told("200")),
    _case("chunks", (_CHUNKED + b"3\r\nabc\r\n0\r\n\r\n",), _ABC),
    _case("many chunks", (_CHUNKED, *(b"1\r\n%c\r\n" % byte for byte in b"abc"), b"0\r\n\r\n"), _ABC),
    _case("an end of the line", (_OK + b"\r\nabc", Do.CLOSE), _ABC),
    _case("an end of the line and close", (_OK + b"connection: close\r\n\r\nabc", Do.CLOSE), _ABC),
    _case("a length and close", (_LENGTH + b"connection: close\r\n\r\nabc", Do.CLOSE), _ABC),
    _case("a length and HTTP/1.0", (_LENGTH.replace(b"/1.1", b"/1.0") + b"\r\nabc", Do.CLOSE), _ABC),
    _case("an end of the line and HTTP/1.0", (_OK.replace(b"/1.1", b"/1.0") + b"\r\nabc", Do.CLOSE), _ABC),
    _case("a length that is not reached", (_LENGTH + b"\r\nab", Do.CLOSE), _CUT),
    _case("a length that is not reached, at once", (_LENGTH + b"\r\nab", Do.PAUSE, Do.RESET), _CUT),
    _case("chunks without an end", (_CHUNKED + b"2\r\nab\r\n", Do.CLOSE), _CUT),
    _case("chunks without an end, at once", (_CHUNKED + b"2\r\nab\r\n", Do.PAUSE, Do.RESET), _CUT),
    _case("half a chunk", (_CHUNKED + b"3\r\nab", Do.CLOSE), _CUT),
    _case("a last chunk without an end", (_CHUNKED + b"2\r\nab\r\n0\r\n", Do.CLOSE), _CUT),
    _case("a chunk without a size", (_CHUNKED + b"2\r\nab\r\nxyz\r\n", Do.CLOSE), _CUT, nginx=UNJUDGED, why=_TRUST),
    _case("a chunk with an extension", (_CHUNKED + b"3;a=b\r\nabc\r\n0\r\n\r\n",), _ABC),
    _case("chunks with a trailer", (_CHUNKED + b"3\r\nabc\r\n0\r\nx-a: 1\r\n\r\n",), _ABC),
    _case(
        "chunks and a length",
        (_LENGTH + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", Do.CLOSE),
        nginx=UNJUDGED,
        why=_TRUST,
    ),
    _case("a length twice", (_LENGTH + b"content-length: 3\r\n\r\nabc", Do.CLOSE), nginx=UNJUDGED, why=_TRUST),
    _case("two lengths", (_LENGTH + b"content-length: 4\r\n\r\nabcd", Do.CLOSE), nginx=UNJUDGED, why=_TRUST),
    _case("a negative length", (_OK + b"content-length: -3\r\n\r\nabc", Do.CLOSE), nginx=UNJUDGED, why=_TRUST),
    _case("a length with a plus", (_OK + b"content-length: +3\r\n\r\nabc", Do.CLOSE), nginx=UNJUDGED, why=_TRUST),
    _case(
        "a length of 2 to the 64",
        (_OK + b"content-length: 18446744073709551619\r\n\r\nabc", Do.CLOSE),
        nginx=UNJUDGED,
        why=_TRUST,
    ),
    _case(
        "compressed chunks",
        (_OK + b"transfer-encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", Do.CLOSE),
        _ABC,
        nginx=UNJUDGED,
        why=_TRUST,
    ),
    _case(
        "a coding that is none",
        (_OK + b"transfer-encoding: identity\r\n\r\nabc", Do.CLOSE),
        _told("200 abc (cut)", line="closed"),
        nginx=UNJUDGED,
        why=_TRUST,
    ),
)

STATUSES = (
    _case("204", (b"HTTP/1.1 204 No Content\r\nx-mock: 1\r\n\r\n",), _told("204")),
    _case("204 with a length", (b"HTTP/1.1 204 No Content\r\nx-mock: 1\r\ncontent-length: 0\r\n\r\n",), _told("204")),
    _case(
        "204 with a body",
        (b"HTTP/1.1 204 No Content\r\nx-mock: 1\r\ncontent-length: 3\r\n\r\nabc",),
        _told("204", line="closed"),
        nginx=_told("204"),
        why=_STEP,
    ),
    _case(
        "204 with chunks",
        (b"HTTP/1.1 204 No\r\nx-mock: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",),
        _told("204", line="closed"),
        nginx=_told("204"),
        why=_STEP,
    ),
    _case("205", (b"HTTP/1.1 205 Reset\r\nx-mock: 1\r\ncontent-length: 0\r\n\r\n",), _told("205")),
    _case("304", (b"HTTP/1.1 304 Not Modified\r\nx-mock: 1\r\n\r\n",), _told("304")),
    _case("304 with a length", (b"HTTP/1.1 304 Not Modified\r\nx-mock: 1\r\ncontent-length: 3\r\n\r\n",), _told("304")),
    _case("an error", (_LENGTH.replace(b"200 OK", b"429 Slow") + b"\r\nabc",), _told("429 abc")),
    _case("a status without words", (_LENGTH.replace(b"200 OK", b"200 ") + b"\r\nabc",), _ABC),
    _case("a status without a space", (_LENGTH.replace(b"200 OK", b"200") + b"\r\nabc",), _ABC),
    _case("a status that nobody knows", (_LENGTH.replace(b"200", b"599") + b"\r\nabc",), _told("599 abc")),
    _case("a status of 999", (_LENGTH.replace(b"200", b"999") + b"\r\nabc",), _told("999 abc")),
    _case(
        "a status of two digits", (_LENGTH.replace(b"200", b"20") + b"\r\nabc", Do.CLOSE), nginx=UNJUDGED, why=_TRUST
    ),
    _case(
        "a status of four digits", (_LENGTH.replace(b"200", b"2000") + b"\r\nabc", Do.CLOSE), nginx=UNJUDGED, why=_TRUST
    ),
    _case("a status of words", (_LENGTH.replace(b"200", b"abc") + b"\r\nabc", Do.CLOSE), nginx=UNJUDGED, why=_TRUST),
    _case(
        "100 before the answer",
        (b"HTTP/1.1 100 Continue\r\n\r\n", _LENGTH + b"\r\nabc"),
        _ABC,
        nginx=UNJUDGED,
        why=_AS_CAME,
    ),
    _case(
        "102 before the answer",
        (b"HTTP/1.1 102 Processing\r\n\r\n", _LENGTH + b"\r\nabc"),
        _ABC,
        nginx=UNJUDGED,
        why=_AS_CAME,
    ),
    _case(
        "103 before the answer",
        (b"HTTP/1.1 103 Hints\r\nlink: a\r\n\r\n", _LENGTH + b"\r\nabc"),
        _ABC,
        nginx=UNJUDGED,
        why=_AS_CAME,
    ),
    _case(
        "100 in one piece with the answer",
        (b"HTTP/1.1 100 Continue\r\n\r\n" + _LENGTH + b"\r\nabc",),
        _ABC,
        nginx=UNJUDGED,
        why=_AS_CAME,
    ),
    _case(
        "101 that nobody asked for",
        (b"HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\nabc", Do.CLOSE),
        nginx=UNJUDGED,
        why=_TRUST,
    ),
    Case("HEAD with a length", _HEAD, Verdict(("HEAD /v1/h",), ("200",), "kept"), (_LENGTH + b"\r\n",), heads=(0,)),
    Case("HEAD with chunks", _HEAD, Verdict(("HEAD /v1/h",), ("200",), "kept"), (_CHUNKED,), heads=(0,)),
    Case("HEAD with a body", _HEAD, Verdict(("HEAD /v1/h",), ("200",), "kept"), (_LENGTH + b"\r\nabc",), heads=(0,)),
)

HEADS = (
    _case("no HTTP", (b"220 mail.example ESMTP\r\n", Do.CLOSE), nginx=UNJUDGED, why=_TRUST),
    _case("HTTP/2", (_LENGTH.replace(b"HTTP/1.1", b"HTTP/2") + b"\r\nabc", Do.CLOSE), nginx=UNJUDGED, why=_TRUST),
    _case("a page without a head", (b"<html>hello</html>\r\n\r\n", Do.CLOSE), nginx=UNJUDGED, why=_TRUST),
    _case("nothing", (Do.CLOSE,)),
    _case("nothing, at once", (Do.RESET,)),
    _case("half a head", (_LENGTH, Do.CLOSE)),
    _case("half a head, at once", (_LENGTH, Do.PAUSE, Do.RESET)),
    _case("an empty line before it", (b"\r\n" + _LENGTH + b"\r\nabc", Do.CLOSE), _ABC, nginx=UNJUDGED, why=_TRUST),
    _case(
        "a bare LF for each CRLF",
        ((_LENGTH + b"\r\n").replace(b"\r\n", b"\n") + b"abc",),
        _FAILED,
        nginx=_ABC,
        why="no provider answers so",
    ),
    _case("a folded line", (_LENGTH + b"x-a: 1\r\n 2\r\n\r\nabc", Do.CLOSE)),
    _case("a header without a colon", (_LENGTH + b"x-a\r\n\r\nabc", Do.CLOSE), nginx=UNJUDGED, why=_TRUST),
    _case("a space before a colon", (_LENGTH + b"x-a : 1\r\n\r\nabc", Do.CLOSE)),
    _case("a NUL in a header", (_LENGTH + b"x-a: 1\x002\r\n\r\nabc", Do.CLOSE)),
    _case("a control byte in a header", (_LENGTH + b"x-a: 1\x012\r\n\r\nabc", Do.CLOSE), nginx=UNJUDGED, why=_TRUST),
    _case("a bare CR in a header", (_LENGTH + b"x-a: 1\r2\r\n\r\nabc", Do.CLOSE)),
    _case("a hundred headers", (_LENGTH + b"".join(b"x-b%d: 1\r\n" % n for n in range(100)) + b"\r\nabc",), _ABC),
    _case("a header of 30 KB", (_LENGTH + b"x-b: " + b"a" * 30_000 + b"\r\n\r\nabc",), _ABC),
    _case("a header of 300 KB", (_LENGTH + b"x-b: " + b"a" * 300_000 + b"\r\n\r\nabc", Do.CLOSE)),
    _case("a header that is hop by hop", (_LENGTH + b"keep-alive: timeout=5\r\n\r\nabc",), _ABC),
)

_EVIL = b"HTTP/1.1 200 OK\r\nx-mock: 1\r\ncontent-length: 4\r\n\r\nEVIL"
_TOO_LARGE = b"HTTP/1.1 413 Too Large\r\nx-mock: 1\r\ncontent-length: 3\r\n"
_BIG = POST + b"content-length: 10\r\n\r\n"

# What an upstream sends beyond its answer must reach nobody.
SURPLUS = (
    _case(
        "bytes after the answer", (_LENGTH + b"\r\nabcEVIL",), _told("200 abc", line="closed"), nginx=_ABC, why=_STEP
    ),
    _case("an answer after the answer", (_LENGTH + b"\r\nabc" + _EVIL,), _ABC),
    _case("an answer after the chunks", (_CHUNKED + b"3\r\nabc\r\n0\r\n\r\n" + _EVIL,), _ABC),
    _case("an answer after 204", (b"HTTP/1.1 204 No\r\nx-mock: 1\r\n\r\n" + _EVIL,), _told("204")),
    _case("an answer after 304", (b"HTTP/1.1 304 Not\r\nx-mock: 1\r\n\r\n" + _EVIL,), _told("304")),
    _case("a CRLF after the answer", (_LENGTH + b"\r\nabc\r\n",), _ABC),
    Case(
        "an answer after HEAD",
        _HEAD,
        Verdict(("HEAD /v1/h",), ("200",), "closed"),
        (_LENGTH + b"\r\n" + _EVIL,),
        heads=(0,),
        nginx=Verdict(("HEAD /v1/h",), ("200",), "kept"),
        why=_STEP,
    ),
    Case(
        "two answers to two requests",
        _ASKED + _ASKED,
        Verdict((_B, _B), ("200 abc", "200 abc"), "kept"),
        (_LENGTH + b"\r\nabc" + _EVIL,),
    ),
)

# The answer comes before the request is whole.
EARLY = (
    Case(
        "an early answer that keeps the line",
        (_BIG, b"0123456789"),
        Verdict((), ("413 big",), "kept"),
        (Do.EARLY, _TOO_LARGE + b"\r\nbig", Do.AWAIT),
        nginx=Verdict((), ("413 big",), "closed"),
        why=_REST,
    ),
    Case(
        "an early answer that closes the line",
        (_BIG, b"0123456789"),
        Verdict((), ("413 big",), "kept"),
        (Do.EARLY, _TOO_LARGE + b"connection: close\r\n\r\nbig", Do.END, Do.AWAIT_CLOSE),
        nginx=Verdict((), ("413 big",), "closed"),
        why=_REST,
    ),
    Case(
        "an early end",
        (_BIG, b"0123456789"),
        Verdict((), ("failed",), "kept"),
        (Do.EARLY, Do.CLOSE),
        UNJUDGED,
        "nginx may read the whole request before it notices",
    ),
)
