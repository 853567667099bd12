"""How long a request is: lengths, chunks and what smugglers make of them."""

from tests.proxy.strictness.trying import REFUSED, Case, Verdict, passed

POST = b"POST /openai/v1/a HTTP/1.1\r\nhost: gateway\r\n"
GET = b"GET /openai/v1/b HTTP/1.1\r\nhost: gateway\r\n\r\n"
_CHUNKED = POST + b"transfer-encoding: chunked\r\n\r\n"
_CHUNK = b"3\r\nabc\r\n0\r\n\r\n"
_ABC = passed("POST /v1/a abc")
_GONE = Verdict(client=())
_STRICTER = "nginx is lenient here; no client writes this, and refusing it is the safer side"


def _length(value: bytes, body: bytes = b"abc") -> bytes:
    return POST + b"content-length:" + value + b"\r\n\r\n" + body


def _coding(value: bytes, body: bytes = _CHUNK) -> bytes:
    return POST + b"transfer-encoding:" + value + b"\r\n\r\n" + body


LENGTHS = (
    Case("a body with its length", _length(b" 3"), _ABC),
    Case("a length of nothing", _length(b" 0", b""), passed("POST /v1/a")),
    Case("no length and no body", POST + b"\r\n", passed("POST /v1/a")),
    Case("a GET with a body", b"GET" + _length(b" 3")[4:], passed("GET /v1/a abc")),
    Case("a length without a space", _length(b"3"), _ABC),
    Case(
        "a length among tabs and spaces",
        _length(b" \t 3 \t"),
        _ABC,
        nginx=REFUSED,
        why="nginx takes no tab here, which RFC 9110 allows",
    ),
    Case("a length with zeros before it", _length(b" 0003"), _ABC),
    Case("a length with a plus", _length(b" +3")),
    Case("a negative length", _length(b" -3")),
    Case("a length in hexadecimal", _length(b" 0x3")),
    Case("a length with a fraction", _length(b" 3.0")),
    Case("a length with an underscore", _length(b" 1_0", b"0123456789")),
    Case("two numbers in a length", _length(b" 3 3")),
    Case("a list in a length", _length(b" 3, 3")),
    Case("a list that contradicts itself", _length(b" 3, 5")),
    Case("a length that is empty", _length(b"", b"")),
    Case("a length of words", _length(b" three")),
    Case("a length of 2 to the 64", _length(b" 18446744073709551616")),
    Case("a length of 2 to the 64 and three", _length(b" 18446744073709551619")),
    Case("a length of a thousand digits", _length(b" " + b"9" * 1000)),
    Case("a length in digits of another script", _length(b" \xd9\xa3")),
    Case("the same length twice", _length(b" 3\r\ncontent-length: 3")),
    Case("two lengths, the longer last", _length(b" 3\r\ncontent-length: 5", b"abcGE")),
    Case("two lengths, the shorter last", _length(b" 5\r\ncontent-length: 3", b"abcGE")),
    Case("a length and chunks", _length(b" 3\r\ntransfer-encoding: chunked", _CHUNK)),
    Case("chunks and a length", _coding(b" chunked\r\ncontent-length: 3")),
    Case(
        "chunks and a length of nothing, then a request", _coding(b" chunked\r\ncontent-length: 0", b"0\r\n\r\n" + GET)
    ),
    Case("a length and a coding that is none", _length(b" 3\r\ntransfer-encoding: identity")),
    Case("a body that is a request", _length(b" %d" % len(GET), GET), passed(f"POST /v1/a {GET.decode()}")),
    Case("a body that does not come whole", _length(b" 10"), _GONE, is_half_closed=True),
)

CODINGS = (
    Case("a body in chunks", _CHUNKED + _CHUNK, _ABC),
    Case("a coding in capitals", _coding(b" CHUNKED"), _ABC),
    Case("a coding without a space", _coding(b"chunked"), _ABC),
    Case("a coding among tabs and spaces", _coding(b" \t chunked \t ")),
    Case("a coding that begins otherwise", _coding(b" xchunked")),
    Case("a coding that ends otherwise", _coding(b" chunkedx")),
    Case("a coding that is empty", _coding(b"", b"")),
    Case("a coding of identity", _coding(b" identity", b"")),
    Case("identity before chunks", _coding(b" identity, chunked")),
    Case("compressed chunks", _coding(b" gzip, chunked")),
    Case("chunks that are not last", _coding(b" chunked, gzip")),
    Case("chunks twice in a list", _coding(b" chunked, chunked")),
    Case("chunks twice in two headers", _coding(b" chunked\r\ntransfer-encoding: chunked")),
    Case("chunks, then identity", _coding(b" chunked\r\ntransfer-encoding: identity")),
    Case("identity, then chunks", _coding(b" identity\r\ntransfer-encoding: chunked")),
    Case("a comma before chunks", _coding(b" ,chunked")),
    Case("a comma after chunks", _coding(b" chunked,")),
    Case("a parameter of chunks", _coding(b" chunked;a=b")),
    Case("chunks in quotes", _coding(b' "chunked"')),
    Case("a vertical tab before chunks", _coding(b" \x0bchunked")),
    Case("a form feed after chunks", _coding(b" chunked\x0c")),
    Case("a NUL after chunks", _coding(b" chunked\x00")),
    Case("a long s in chunked's place", _coding(b" chunKed\xc4\xb1")),
    Case("a coding on a folded line", _coding(b"\r\n chunked")),
    Case("a coding that is hidden in a folded line", POST + b"x-a: 1\r\n transfer-encoding: chunked\r\n\r\n" + _CHUNK),
    Case("chunks by HTTP/1.0", _CHUNKED.replace(b"/1.1", b"/1.0") + _CHUNK),
    Case("a GET in chunks", b"GET" + _CHUNKED[4:] + _CHUNK, passed("GET /v1/a abc")),
    Case("a GET in no chunk", b"GET" + _CHUNKED[4:] + b"0\r\n\r\n", passed("GET /v1/a")),
)


def _chunks(data: bytes) -> bytes:
    return _CHUNKED + data


CHUNKS = (
    Case("no chunk", _chunks(b"0\r\n\r\n"), passed("POST /v1/a")),
    Case("a chunk for each byte", _chunks(b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n"), _ABC),
    Case("a size in small letters", _chunks(b"a\r\n0123456789\r\n0\r\n\r\n"), passed("POST /v1/a 0123456789")),
    Case("a size in capitals", _chunks(b"A\r\n0123456789\r\n0\r\n\r\n"), passed("POST /v1/a 0123456789")),
    Case("a size with zeros before it", _chunks(b"000003\r\nabc\r\n000\r\n\r\n"), _ABC),
    Case("an extension", _chunks(b"3;a=b\r\nabc\r\n0;c\r\n\r\n"), _ABC),
    Case("an extension in quotes", _chunks(b'3;a="b;c"\r\nabc\r\n0\r\n\r\n'), _ABC),
    Case("an extension that hides an end", _chunks(b'3;a="\n0\n\n"\r\nabc\r\n0\r\n\r\n')),
    Case("an extension with a bare CR", _chunks(b"3;a\rb\r\nabc\r\n0\r\n\r\n")),
    Case("an extension of many bytes", _chunks(b"3;" + b"a" * 100_000 + b"\r\nabc\r\n0\r\n\r\n"), _ABC),
    Case("a size of nothing", _chunks(b"\r\nabc\r\n0\r\n\r\n")),
    Case("a size of words", _chunks(b"xyz\r\nabc\r\n0\r\n\r\n")),
    Case("a size after 0x", _chunks(b"0x3\r\nabc\r\n0\r\n\r\n")),
    Case("a size with a plus", _chunks(b"+3\r\nabc\r\n0\r\n\r\n")),
    Case("a negative size", _chunks(b"-3\r\nabc\r\n0\r\n\r\n")),
    Case("a size of 2 to the 64", _chunks(b"10000000000000000\r\nabc\r\n0\r\n\r\n")),
    Case("a size of 2 to the 64 and three", _chunks(b"10000000000000003\r\nabc\r\n0\r\n\r\n")),
    Case("a size with a space before it", _chunks(b" 3\r\nabc\r\n0\r\n\r\n")),
    Case("a size with a space after it", _chunks(b"3 \r\nabc\r\n0\r\n\r\n"), nginx=_ABC, why=_STRICTER),
    Case("a size with an underscore", _chunks(b"1_0\r\n0123456789\r\n0\r\n\r\n")),
    Case("a size that ends in LF", _chunks(b"3\nabc\r\n0\r\n\r\n"), nginx=_ABC, why=_STRICTER),
    Case("a size that ends in CR", _chunks(b"3\rabc\r\n0\r\n\r\n")),
    Case("a chunk that ends in LF", _chunks(b"3\r\nabc\n0\r\n\r\n"), nginx=_ABC, why=_STRICTER),
    Case("a chunk that does not end", _chunks(b"3\r\nabc0\r\n\r\n")),
    Case("a chunk that is longer than told", _chunks(b"3\r\nabcd\r\n0\r\n\r\n")),
    Case("an end of two LF", _chunks(b"3\r\nabc\r\n0\n\n"), nginx=_ABC, why=_STRICTER),
    Case("chunks that do not end", _chunks(b"3\r\nabc\r\n"), _GONE, is_half_closed=True),
    Case("a trailer", _chunks(b"3\r\nabc\r\n0\r\nx-a: 1\r\n\r\n"), _ABC),
    Case(
        "a trailer of a length",
        _chunks(b"3\r\nabc\r\n0\r\ncontent-length: 9\r\n\r\n"),
        REFUSED,
        nginx=_ABC,
        why=_STRICTER,
    ),
    Case(
        "a trailer of a coding",
        _chunks(b"3\r\nabc\r\n0\r\ntransfer-encoding: chunked\r\n\r\n"),
        REFUSED,
        nginx=_ABC,
        why=_STRICTER,
    ),
    Case("a trailer of another key", _chunks(b"3\r\nabc\r\n0\r\nx-headwater-key: hw_0\r\n\r\n"), _ABC),
    Case("a trailer that is a request", _chunks(b"3\r\nabc\r\n0\r\n" + GET), nginx=_ABC, why=_STRICTER),
    Case("a trailer of many bytes", _chunks(b"3\r\nabc\r\n0\r\nx-a: " + b"a" * 300_000 + b"\r\n\r\n"), _ABC),
)
