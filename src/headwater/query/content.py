"""Content: what was said, put back where spans hold only its hashes.

In:  hashes, and the stored content of each.   Out: messages and values as JSON, long attributes as their text.
A hash whose content is no longer kept is shown as `{"evicted": "<hash>"}`, so that what remains keeps its place.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from headwater.store import ARRAY_MARK, MERGE_MARK

Hash = bytes
Contents = Mapping[Hash, str]


def contents_of(rows: Iterable[Sequence[Any]]) -> dict[Hash, str]:
    """Return the contents by hash of rows of (hash, content)."""
    return {hash_of(row[0]): str(row[1]) for row in rows}


def hashes_of(values: Iterable[Any]) -> tuple[Hash, ...]:
    """Return the hashes that a column holds."""
    hashes = tuple(values)
    return hashes if set(map(type, hashes)) <= {bytes} else tuple([hash_of(value) for value in hashes])


def said(hashes: Iterable[Any], contents: Contents) -> tuple[Any, ...]:
    """Return the messages or values under these hashes, in order."""
    return tuple([_decoded(hash_of(each), contents) for each in hashes])


def attribute_text(hashes: Sequence[Any], contents: Contents) -> str:
    """Return the text of a long attribute: an array's elements in brackets, a text as it was, else the JSON value."""
    chunks = [hash_of(each) for each in hashes]
    if chunks[:1] == [ARRAY_MARK]:
        return f"[{','.join(_elements(chunks[1:], contents))}]"
    if not chunks:
        return ""
    value = _decoded(chunks[0], contents)
    return value if isinstance(value, str) else contents.get(chunks[0], _evicted(chunks[0]))


def with_endings(messages: Sequence[Any], finish_reasons: Sequence[str]) -> tuple[Any, ...]:
    """Return an answer's messages, each with how it ended, where the call tells one ending a message."""
    if len(messages) != len(finish_reasons):
        return tuple(messages)
    return tuple(
        [
            {**message, "finish_reason": reason} if isinstance(message, dict) and "role" in message else message
            for message, reason in zip(messages, finish_reasons, strict=True)
        ]
    )


def _elements(chunks: Sequence[Hash], contents: Contents) -> list[str]:
    found: list[str] = []
    is_merged = False
    for chunk in chunks:
        if chunk == MERGE_MARK:
            is_merged = True
            continue
        text = contents.get(chunk, _evicted(chunk))
        found.append(_merged(found.pop(), text) if is_merged and found else text)
        is_merged = False
    return found


def _merged(one: str, other: str) -> str:
    both = {**mapping_or_empty(json_or(one, None)), **mapping_or_empty(json_or(other, None))}
    return msgspec.json.encode(both).decode()


def json_or(text: str, otherwise: Any) -> Any:
    """Return the JSON that a column holds, or `otherwise` where it holds nothing readable."""
    try:
        return msgspec.json.decode(text) if text else otherwise
    except msgspec.DecodeError:
        return otherwise


def mapping_or_empty(value: Any) -> dict[str, Any]:
    """Return a JSON object as a mapping, anything else as an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _decoded(hash_: Hash, contents: Contents) -> Any:
    text = contents.get(hash_)
    if text is None:
        return {"evicted": hash_.hex()}
    return json_or(text, text)


def _evicted(hash_: Hash) -> str:
    return msgspec.json.encode({"evicted": hash_.hex()}).decode()


def hash_of(value: Any) -> Hash:
    """Return a hash as the store's client gives it: bytes, or text where they happen to be text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
