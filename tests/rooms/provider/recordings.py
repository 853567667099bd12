"""The recorded exchanges of tests/recorded/provider, and reading them as a client would get them."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from hypothesis import strategies as st

from headwater.provider import Answered, Dialect, Splitter, dialect_named, payload_of

RECORDED = Path(__file__).parents[2] / "recorded" / "provider"
_DIALECTS = {"openai_python": "openai.chat", "anthropic_python": "anthropic.messages"}

CASES = sorted(path.parent for path in (RECORDED / "mock").glob("*/*/request.json"))
STREAMS = sorted(RECORDED.rglob("*.sse"))
SMALL_STREAMS = [path for path in STREAMS if path.stat().st_size < 9_000]


def case_name(path: Path) -> str:
    """A recording as it is called in a test's name."""
    return path.relative_to(RECORDED).as_posix()


def dialect_of(path: Path) -> Dialect:
    """The dialect that a recording (its folder or its stream) is in."""
    parts = path.relative_to(RECORDED).parts
    dialect = dialect_named(parts[1] if parts[0] == "mock" else _DIALECTS[parts[0]])
    assert dialect is not None
    return dialect


def load(path: Path) -> Any:
    """A recorded JSON body."""
    return json.loads(path.read_text())


def read_chunks(dialect: Dialect, chunks: Iterable[bytes]) -> Answered:
    """The answer that a stream in these pieces makes."""
    splitter, reader = Splitter(), dialect.reader()
    events = [event for chunk in chunks for event in splitter.feed(chunk)]
    for event in [*events, *splitter.end()]:
        payload = payload_of(event)
        if payload is not None:
            reader.feed(payload)
    return reader.answered()


def read_events(dialect: Dialect, events: Iterable[dict[str, Any]]) -> Answered:
    """The answer that these decoded events make."""
    reader = dialect.reader()
    for event in events:
        reader.feed(event)
    return reader.answered()


def named(name: str) -> Dialect:
    """The dialect of a name that exists."""
    dialect = dialect_named(name)
    assert dialect is not None
    return dialect


def _told(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key in a JSON value, with what it holds."""
    if isinstance(value, list):
        for inner in cast(list[Any], value):
            yield from _told(inner)
    elif isinstance(value, dict):
        for key, inner in cast(dict[str, Any], value).items():
            yield key, inner
            yield from _told(inner)


def _recorded_bodies() -> Iterator[Any]:
    yield from (load(path) for path in RECORDED.rglob("*.json"))
    for path in STREAMS:
        yield from (payload_of(event) for event in Splitter().feed(path.read_bytes()))


# Words of every wire, so that random objects reach every reader.
_PAIRS = [pair for body in _recorded_bodies() for pair in _told(body)]
_RARE_KEYS = [
    "parts",
    "response",
    "result",
    "data",
    "lc",
    "kwargs",
    "x_groq",
    "iterations",
    "candidates",
    "functionCall",
]
_RARE_TYPES = [
    "blob",
    "uri",
    "generic",
    "mcp_call",
    "human",
    "ai",
    "transcript.text.delta",
    "document",
    "custom_tool_call",
]
_WIRE_WORDS = sorted({key for key, _ in _PAIRS} | set(_RARE_KEYS))
_TYPES = sorted({value for key, value in _PAIRS if key == "type" and isinstance(value, str)} | set(_RARE_TYPES))
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["user", "assistant", "tool", "data:image/png;base64,AA", "https://x/y", '{"a":1}', "12", *_TYPES]),
)
_KEYS = st.sampled_from([*_WIRE_WORDS, "type", "type", "type"])


def json_values() -> st.SearchStrategy[Any]:
    """Any JSON, made of the words of every wire."""
    return st.recursive(
        _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=6), max_leaves=25
    )


def json_objects() -> st.SearchStrategy[dict[str, Any]]:
    """Any JSON object, made of the words of every wire."""
    return st.dictionaries(_KEYS, json_values(), max_size=7)
