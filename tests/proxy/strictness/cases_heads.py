"""What a request's head may look like: its first line, its headers, their number and size."""

from tests.proxy.strictness.trying import REFUSED, Case, Verdict, passed

_A = "GET /v1/a"
_GONE = Verdict(client=())
_PASSED = passed(_A)
_STRICTER = "nginx is lenient here; no client writes this, and refusing it is the safer side"
_ODD = "nginx drops headers of odd names; bytes pass untouched, and RFC 9110 allows them"
_HOST = "the host chooses nothing here: the path names the upstream"
_PAGE = "it is the path of a page that is not there"
_SIZE = "nginx counts its buffers, headwater bytes"
_NOT_FOUND = Verdict(client=("not found",), line="kept")


def _line(line: bytes) -> bytes:
    return line + b"\r\nhost: gateway\r\n\r\n"


def _header(*lines: bytes) -> bytes:
    return b"\r\n".join((b"GET /openai/v1/a HTTP/1.1", b"host: gateway", *lines, b"", b""))


def _path(path: bytes) -> bytes:
    return _line(b"GET " + path + b" HTTP/1.1")


LINES = (
    Case("a request", _path(b"/openai/v1/a"), _PASSED),
    Case("an empty line before it", b"\r\n" + _path(b"/openai/v1/a"), _PASSED),
    Case("empty lines before it", b"\r\n\r\n\r\n" + _path(b"/openai/v1/a"), _PASSED),
    Case("a bare LF before it", b"\n" + _path(b"/openai/v1/a"), _PASSED),
    Case("a space before it", b" " + _path(b"/openai/v1/a")),
    Case(
        "a bare LF for each CRLF", _path(b"/openai/v1/a").replace(b"\r\n", b"\n"), REFUSED, nginx=_PASSED, why=_STRICTER
    ),
    Case("a bare CR for each CRLF", _path(b"/openai/v1/a").replace(b"\r\n", b"\r") + b"\r\n\r\n"),
    Case("two spaces", _line(b"GET  /openai/v1/a HTTP/1.1"), _PASSED),
    Case("two spaces before the version", _line(b"GET /openai/v1/a  HTTP/1.1"), _PASSED),
    Case("tabs for spaces", _line(b"GET\t/openai/v1/a\tHTTP/1.1")),
    Case("a space at the end", _line(b"GET /openai/v1/a HTTP/1.1 "), nginx=_PASSED, why=_STRICTER),
    Case(
        "no version",
        b"GET /openai/v1/a\r\n\r\n",
        nginx=Verdict((_A,), ("nonsense GET /v1/a",)),
        why="nginx still speaks HTTP/0.9",
    ),
    Case("HTTP/0.9", _line(b"GET /openai/v1/a HTTP/0.9")),
    Case("HTTP/1.2", _line(b"GET /openai/v1/a HTTP/1.2"), nginx=_PASSED, why=_STRICTER),
    Case("HTTP/1.10", _line(b"GET /openai/v1/a HTTP/1.10"), nginx=_PASSED, why=_STRICTER),
    Case("HTTP/2.0", _line(b"GET /openai/v1/a HTTP/2.0")),
    Case("HTTP/11", _line(b"GET /openai/v1/a HTTP/11")),
    Case("the opening of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Case("the opening of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)),
    Case("http in small letters", _line(b"GET /openai/v1/a http/1.1")),
    Case("another protocol", _line(b"GET /openai/v1/a ICE/1.1")),
    Case("a method in small letters", _line(b"get /openai/v1/a HTTP/1.1")),
    Case(
        "a method that nobody knows", _line(b"FETCH /openai/v1/a HTTP/1.1"), nginx=passed("FETCH /v1/a"), why=_STRICTER
    ),
    Case("a method of odd bytes", _line(b"G{}T /openai/v1/a HTTP/1.1")),
    Case("no method", _line(b" /openai/v1/a HTTP/1.1")),
    Case("CONNECT", _line(b"CONNECT upstream:443 HTTP/1.1")),
    Case("CONNECT to a path", _line(b"CONNECT /openai/v1/a HTTP/1.1")),
    Case("TRACE", _line(b"TRACE /openai/v1/a HTTP/1.1")),
    Case("DELETE", _line(b"DELETE /openai/v1/a HTTP/1.1"), passed("DELETE /v1/a")),
    Case("OPTIONS", _line(b"OPTIONS /openai/v1/a HTTP/1.1"), passed("OPTIONS /v1/a")),
    Case("OPTIONS of all", _line(b"OPTIONS * HTTP/1.1"), _NOT_FOUND, nginx=REFUSED, why=_PAGE),
)

PATHS = (
    Case("a query", _path(b"/openai/v1/a?b=c&d"), passed("GET /v1/a?b=c&d")),
    Case("an empty query", _path(b"/openai/v1/a?"), passed("GET /v1/a?")),
    Case("only a question mark after a query", _path(b"/openai/v1/a?b?c"), passed("GET /v1/a?b?c")),
    Case("a path of nothing below", _path(b"/openai/"), passed("GET /")),
    Case("a path that only begins so", _path(b"/openaix/v1/a"), _NOT_FOUND),
    Case("an escaped space", _path(b"/openai/v1/a%20b"), passed("GET /v1/a%20b")),
    Case("an escaped slash", _path(b"/openai/v1/a%2fb"), passed("GET /v1/a%2fb")),
    Case("half an escape", _path(b"/openai/v1/a%2")),
    Case("an escape of words", _path(b"/openai/v1/a%zz")),
    Case("an escaped NUL", _path(b"/openai/v1/a%00")),
    Case("an escaped CRLF", _path(b"/openai/v1/a%0d%0ab"), passed("GET /v1/a%0d%0ab")),
    Case("a fragment", _path(b"/openai/v1/a#b"), REFUSED, nginx=passed("GET /v1/a#b"), why=_STRICTER),
    Case("a way out", _path(b"/openai/../a"), REFUSED, nginx=_NOT_FOUND, why=_STRICTER),
    Case("an escaped way out", _path(b"/openai/%2e%2e/a"), REFUSED, nginx=_NOT_FOUND, why=_STRICTER),
    Case("a way out with an escaped slash", _path(b"/openai/..%2fa"), REFUSED, nginx=_NOT_FOUND, why=_STRICTER),
    Case("a way out above all", _path(b"/openai/../../a")),
    Case(
        "a way in by a way out",
        _path(b"/health/../openai/v1/a"),
        _NOT_FOUND,
        nginx=passed("GET /health/../openai/v1/a"),
        why=_STRICTER,
    ),
    Case(
        "a way out that stays within",
        _path(b"/openai/v1/x/../a"),
        REFUSED,
        nginx=passed("GET /v1/x/../a"),
        why=_STRICTER,
    ),
    Case("a dot", _path(b"/openai/./v1/a"), REFUSED, nginx=passed("GET /./v1/a"), why=_STRICTER),
    Case(
        "two slashes within",
        _path(b"/openai//v1/a"),
        _PASSED,
        nginx=passed("GET //v1/a"),
        why="an empty segment names nothing",
    ),
    Case(
        "two slashes at the beginning",
        _path(b"//openai/v1/a"),
        _NOT_FOUND,
        nginx=passed("GET //openai/v1/a"),
        why=_PAGE,
    ),
    Case("two slashes and a host", _path(b"//evil.example/openai/v1/a"), _NOT_FOUND),
    Case("a backslash", _path(b"/openai/v1/a\\..\\b"), REFUSED, nginx=passed("GET /v1/a\\..\\b"), why=_STRICTER),
    Case("an at sign", _path(b"/openai@evil.example/v1/a"), _NOT_FOUND),
    Case("an at sign below", _path(b"/openai/@evil.example/v1/a"), passed("GET /@evil.example/v1/a")),
    Case("no slash", _path(b"openai/v1/a")),
    Case("an absolute address", _path(b"http://gateway/openai/v1/a"), _PASSED),
    Case("an absolute address elsewhere", _path(b"http://evil.example/openai/v1/a"), _PASSED),
    Case(
        "an absolute address with a name",
        _path(b"http://me:secret@gateway/openai/v1/a"),
        _PASSED,
        nginx=REFUSED,
        why=_STRICTER,
    ),
    Case("an address of another protocol", _path(b"ftp://gateway/openai/v1/a"), _NOT_FOUND, nginx=_PASSED, why=_PAGE),
    Case("a NUL in a path", _path(b"/openai/v1/a\x00b")),
    Case("a control byte in a path", _path(b"/openai/v1/a\x01b")),
    Case("a DEL in a path", _path(b"/openai/v1/a\x7fb")),
    Case(
        "bytes above ASCII in a path", _path(b"/openai/v1/\xc3\xa9"), REFUSED, nginx=passed("GET /v1/Ã©"), why=_STRICTER
    ),
    Case("a space in a path", _path(b"/openai/v1/a b")),
    Case("a long path", _path(b"/openai/v1/" + b"a" * 7000), passed("GET /v1/" + "a" * 7000)),
    Case("a path that is too long", _path(b"/openai/v1/" + b"a" * 70_000)),
)

HEADERS = (
    Case("a header", _header(b"x-a: 1"), passed(f"{_A} [x-a: 1]")),
    Case("a header twice", _header(b"x-a: 1", b"x-a: 2"), passed(f"{_A} [x-a: 1] [x-a: 2]")),
    Case("a header without a space", _header(b"x-a:1"), passed(f"{_A} [x-a: 1]")),
    Case("a header among tabs and spaces", _header(b"x-a: \t 1 \t "), passed(f"{_A} [x-a: 1]")),
    Case("a header with a tab within", _header(b"x-a: 1\t2"), passed(f"{_A} [x-a: 1\t2]")),
    Case("an empty header", _header(b"x-a:"), passed(f"{_A} [x-a: ]")),
    Case("a header of bytes above ASCII", _header(b"x-a: \xc3\xa9"), passed(f"{_A} [x-a: Ã©]")),
    Case(
        "a header of odd letters",
        _header(b"x-a!#$%&'*+.^`|~: 1"),
        passed(f"{_A} [x-a!#$%&'*+.^`|~: 1]"),
        nginx=_PASSED,
        why=_ODD,
    ),
    Case("a header with an underscore", _header(b"x-a_b: 1"), passed(f"{_A} [x-a_b: 1]"), nginx=_PASSED, why=_ODD),
    Case("a header with a dot", _header(b"x-a.b: 1"), passed(f"{_A} [x-a.b: 1]"), nginx=_PASSED, why=_ODD),
    Case("a header without a name", _header(b": 1")),
    Case("a header without a colon", _header(b"x-a"), nginx=passed(f"{_A} [x-a: ]"), why=_STRICTER),
    Case("a space before the colon", _header(b"x-a : 1")),
    Case("a tab before the colon", _header(b"x-a\t: 1")),
    Case("a space within a name", _header(b"x-a b: 1")),
    Case("a slash within a name", _header(b"x-a/b: 1"), nginx=_PASSED, why=_STRICTER),
    Case("bytes above ASCII in a name", _header(b"x-a\xc3\xa9: 1"), nginx=_PASSED, why=_STRICTER),
    Case("a folded line", _header(b"x-a: 1", b" 2")),
    Case("a line folded by a tab", _header(b"x-a: 1", b"\t2")),
    Case("a folded first line", b"GET /openai/v1/a HTTP/1.1\r\n x-a: 1\r\nhost: gateway\r\n\r\n"),
    Case("a NUL in a value", _header(b"x-a: 1\x002")),
    Case("a NUL in a name", _header(b"x-a\x00: 1")),
    Case(
        "a control byte in a value",
        _header(b"x-a: 1\x012"),
        nginx=Verdict((r"nonsense header b'x-a: 1\x012'",), ("failed",), "kept"),
        why=_STRICTER,
    ),
    Case(
        "a DEL in a value",
        _header(b"x-a: 1\x7f2"),
        nginx=Verdict((r"nonsense header b'x-a: 1\x7f2'",), ("failed",), "kept"),
        why=_STRICTER,
    ),
    Case("a bare CR in a value", _header(b"x-a: 1\r2")),
    Case("a bare CR that hides a header", _header(b"x-a: 1\rtransfer-encoding: chunked")),
    Case(
        "a bare LF that hides a header",
        _header(b"x-a: 1\nx-ab: 2"),
        REFUSED,
        nginx=passed(f"{_A} [x-a: 1] [x-ab: 2]"),
        why=_STRICTER,
    ),
    Case("a CR before CRLF", _header(b"x-a: 1\r"), nginx=passed(f"{_A} [x-a: 1]"), why=_STRICTER),
    Case("no host", b"GET /openai/v1/a HTTP/1.1\r\n\r\n"),
    Case("two hosts", _header(b"host: other")),
    Case("the same host twice", _header(b"host: gateway")),
    Case("an empty host", b"GET /openai/v1/a HTTP/1.1\r\nhost:\r\n\r\n", _PASSED, nginx=REFUSED, why=_HOST),
    Case("a host of odd bytes", b"GET /openai/v1/a HTTP/1.1\r\nhost: a/b\r\n\r\n", _PASSED, nginx=REFUSED, why=_HOST),
    Case("a host with a name", b"GET /openai/v1/a HTTP/1.1\r\nhost: me@gateway\r\n\r\n", _PASSED),
    Case("a hundred headers", _header(*(b"x-b%d: 1" % number for number in range(100))), _PASSED),
    Case(
        "a thousand headers",
        _header(*(b"x-b%d: 1" % number for number in range(1000))),
        _PASSED,
        nginx=REFUSED,
        why=_SIZE,
    ),
    Case("a hundred thousand headers", _header(*(b"x-b%d: 1" % number for number in range(100_000)))),
    Case("a header of 30 KB", _header(b"x-b: " + b"a" * 30_000), _PASSED),
    Case("a header of 300 KB", _header(b"x-b: " + b"a" * 300_000)),
    Case("a name of 300 KB", _header(b"x" * 300_000 + b": 1")),
    Case("a head that does not end", b"GET /openai/v1/a HTTP/1.1\r\nhost: gateway\r\n", _GONE, is_half_closed=True),
)
