"""Bounded: an answer as JSON text that fits into a model's context; long texts and lists within it are cut first."""

from typing import Any, cast

import msgspec

from headwater.errors import BadRequest

LONGEST = 60_000
"""Characters of an answer."""

# Longest text, and most entries of a list, tried one after the other.
_CUTS = ((8_000, 400), (2_000, 100), (500, 40), (200, 20), (80, 10))
# The lists that were asked for with a limit: whoever gets less of them would not know where to go on.
_WHOLE = frozenset({"items", "rows", "spans", "turns", "models", "columns", "views"})


def bounded(answer: Any) -> tuple[str, str]:
    """Return an answer as JSON, and a sentence on what was cut, "" when it is whole. Raises BadRequest."""
    built = msgspec.to_builtins(answer)
    text = msgspec.json.encode(built).decode()
    if len(text) <= LONGEST:
        return text, ""
    for most_text, most_entries in _CUTS:
        text = msgspec.json.encode(_cut(built, most_text, most_entries)).decode()
        if len(text) <= LONGEST:
            return text, (
                f"Cut to fit: texts after {most_text} characters, lists within after {most_entries} entries."
                " For the rest ask query_sql for a piece, such as substring(input, 1, 10000)."
            )
    raise BadRequest(f"limit: the answer is longer than {LONGEST} characters; ask for fewer entries or fewer columns")


def _cut(value: Any, most_text: int, most_entries: int, name: str = "") -> Any:
    if isinstance(value, str):
        return value if len(value) <= most_text else f"{value[:most_text]}… ({len(value) - most_text} characters more)"
    if isinstance(value, dict):
        return {key: _cut(each, most_text, most_entries, key) for key, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        entries = cast("list[Any]", value)
        kept = [_cut(each, most_text, most_entries) for each in entries]
        return kept if name in _WHOLE or len(kept) <= most_entries else _ends(kept, most_entries)
    return value


def _ends(entries: list[Any], most: int) -> list[Any]:
    """The first and the last entries: of a conversation, what began it and what came of it."""
    head = most // 2
    return [*entries[:head], f"… {len(entries) - most} entries left out …", *entries[head - most :]]
