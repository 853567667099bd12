import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.proxy.wire.inject import Hiding

_TEXT = b'data: {"id":"1","choices":[{"index":0,"delta":{"content":"hi"}}],"usage":null}\n\n'
_USAGE = b'data: {"id":"1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}\n\n'
_DONE = b"data: [DONE]\n\n"
_AZURE = b'data: {"choices":[],"prompt_filter_results":[{"prompt_index":0}],"usage":null}\n\n'
_GEMINI = b'data: {"choices":[{"delta":{"content":"x"}}],"usage":{"total_tokens":4}}\n\n'
_LINE_ENDS = [b"\n", b"\r\n", b"\r"]


def _fed(data: bytes, sizes: list[int]) -> bytes:
    hiding = Hiding()
    shown = list[bytes]()
    for size in sizes:
        shown.append(hiding.feed(data[:size]))
        data = data[size:]
    return b"".join([*shown, hiding.feed(data), hiding.end()])


@pytest.mark.parametrize("line_end", _LINE_ENDS)
def test_only_the_event_that_our_asking_brought_is_hidden(line_end: bytes) -> None:
    sent = (_AZURE + _TEXT + b": OPENROUTER PROCESSING\n\n" + _GEMINI + _USAGE + _DONE).replace(b"\n", line_end)
    expected = sent.replace(_USAGE.replace(b"\n", line_end), b"")
    assert _fed(sent, []) == expected
    assert _fed(sent, [1] * len(sent)) == expected


@pytest.mark.parametrize(
    "event",
    [
        b'data:{"usage":{"a":1},"choices":[]}\n\n',
        b'data: {"choices" : [ ] , "usage" : {}}\n\n',
        b'id: 7\nevent: message\ndata: {"choices":[],"usage":{"a":1}}\n\n',
        b'data: {"choices":\ndata: [\ndata:\ndata: ],\ndata: "usage":{"a":1}}\n\n',
        b'\xef\xbb\xbfdata: {"choices":[],"usage":{"a":1}}\n\n',
        b'\ndata: {"choices":[],"usage":{"a":1}}\n\n',
        b'data: {"choices":[],"usage":{"a":1},"service_tier":"x","nested":{"choices":[1]}}\n\n',
    ],
)
@pytest.mark.parametrize("line_end", _LINE_ENDS)
def test_it_is_recognised_however_it_is_written(event: bytes, line_end: bytes) -> None:
    event = event.replace(b"\n", line_end)
    text = _TEXT.replace(b"\n", line_end)
    for sizes in ([], [1] * len(event + text)):
        assert _fed(event + text, sizes) == text


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"choices":[],"usage":null}\n\n',
        b'data: {"choices":[]}\n\n',
        b'data: {"choices":null,"usage":{"a":1}}\n\n',
        b'data: {"usage":{"a":1}}\n\n',
        b'data: {"nested":{"choices":[],"usage":{"a":1}}}\n\n',
        b'data: {"choices":[],"usage"\n\n',
        b'data: [{"choices":[],"usage":{"a":1}}]\n\n',
        b'data: "choices":[]\n\n',
        b': {"choices":[],"usage":{"a":1}}\n\n',
        b'data: {"error":{"message":"overloaded"}}\n\n',
        b"\n\n\n",
        b"data\n\n",
        b'{"choices":[],"usage":{"a":1}}\n\n',
        b"retry: 5\n\n",
        b'data: {"choices":{},"usage":{"a":1}}\n\n',
        b"\xff\xfe\n\n",
        b'other: {"choices":[],"usage":{}}\n\n',
    ],
)
def test_every_other_event_passes_as_it_came(event: bytes) -> None:
    for line_end in _LINE_ENDS:
        sent = (_TEXT + event + _DONE).replace(b"\n", line_end)
        assert _fed(sent, []) == sent
        assert _fed(sent, [1] * len(sent)) == sent


def test_comments_beside_the_hidden_event_pass() -> None:
    hidden = b': keep this\ndata: {"choices":[],"usage":{"a":1}}\n: and this\n\n'
    assert _fed(_TEXT + hidden + _DONE, []) == _TEXT + b": keep this\n: and this\n" + _DONE


@pytest.mark.parametrize("line_end", _LINE_ENDS)
def test_no_whole_event_is_held_back(line_end: bytes) -> None:
    hiding = Hiding()
    for event in (_TEXT, _AZURE, b": ping\n\n", _GEMINI, _DONE):
        sent = event.replace(b"\n", line_end)
        assert hiding.feed(sent[:5]) == b""
        assert hiding.feed(sent[5:]) == sent


def test_a_line_feed_that_comes_late_belongs_to_the_event_before() -> None:
    hiding = Hiding()
    text, usage = (event.replace(b"\n", b"\r\n") for event in (_TEXT, _USAGE))
    assert hiding.feed(text[:-1]) == text[:-1]
    assert hiding.feed(b"\n" + usage[:-1]) == b"\n"
    assert hiding.feed(b"\n" + text) == text


@pytest.mark.parametrize("size", [1, 2, 1000, 50_000])
def test_an_event_too_long_to_be_held_passes_as_it_comes(size: int) -> None:
    content = json.dumps({"choices": [], "usage": {"a": 1}, "content": "x" * 80_000}).encode()
    sent = _TEXT + b": " + content + b"\r\ndata: " + content + b"\r\n\r\n"
    hiding = Hiding()
    shown = bytearray()
    for start in range(0, len(sent), size):
        shown += hiding.feed(sent[start : start + size])
        assert len(shown) > start - 70_000
    shown += hiding.feed(_USAGE + _DONE) + hiding.end()
    assert shown == sent + _DONE


def test_a_stream_that_breaks_off_gives_what_came() -> None:
    cut = _TEXT + b'data: {"choices":[{"delta":{"cont'
    assert _fed(cut, [9, 100]) == cut
    assert _fed(_TEXT + _USAGE[:-1], []) == _TEXT
    assert _fed(_TEXT + _USAGE[:30], []) == _TEXT + _USAGE[:30]


_PIECES = st.sampled_from(
    [
        _TEXT,
        _USAGE,
        _DONE,
        _AZURE,
        _GEMINI,
        b": c\n",
        b"\n",
        b"\r",
        b"\r\n",
        b"data: ",
        b'{"choices":[],"usage":{}}',
        b"x",
    ]
)
_STREAMS = st.lists(_PIECES | st.binary(max_size=6), max_size=8).flatmap(
    lambda pieces: st.sampled_from(_LINE_ENDS).map(lambda line_end: b"".join(pieces).replace(b"\n", line_end))
)


@given(_STREAMS, st.lists(st.integers(0, 60), max_size=30))
def test_any_split_gives_the_same_bytes(stream: bytes, sizes: list[int]) -> None:
    assert _fed(stream, sizes) == _fed(stream, []) == _fed(stream, [1] * len(stream))
