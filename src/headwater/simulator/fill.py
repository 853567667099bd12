"""A JSON value that fits a schema, drawn from what was said: a tool's arguments, or a structured answer."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from headwater.simulator.ask import items, mapping
from headwater.simulator.words import number_of, sentences, stems

_DEEPEST = 8
_TEXT_LIMIT = 240
_NAME_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_CODE = re.compile(r"\b[A-Z]{1,5}-?\d{2,}\b|#?\b\d{3,}\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_PLACE = re.compile(r"\b(?:in|to|at|from|of|near|for) ((?:[A-Z][a-z]+)(?: [A-Z][a-z]+)?)")
# A name: a word with a capital that does not begin a sentence.
_PROPER = re.compile(r"(?<=[a-z,] )([A-Z][a-z]+)")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_HARMFUL = re.compile(
    r"\b(ignore (?:all|your|the|previous)|password|passwords|card numbers?|hack|weapon|bomb|kill|steal|"
    r"system prompt|social security)\b",
    re.IGNORECASE,
)
_UNHAPPY = re.compile(r"\b(angry|broken|terrible|awful|worst|complain\w*|unacceptable|furious|useless|never)\b", re.I)
_BAD_WORDS = ("block", "deny", "reject", "unsafe", "flag", "harmful", "refuse", "fail")
_SAD_WORDS = ("negative", "unhappy", "angry", "escalate", "high", "urgent", "bad")


_REASONS = (
    "It is clear what is meant by {topic}.",
    "It follows from what was said about {topic}.",
    "It answers what was asked about {topic}.",
    "Nothing that was said about {topic} speaks against it.",
)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to draw from: what the user said last, all that was said, and the answer in words."""

    last: str
    all: str
    answer: str = ""


def fill(schema: Mapping[str, Any], said: Said) -> Any:
    """A value that fits the schema, as far as objects, arrays, enumerations, bounds and references go."""
    return _value("", schema, said, mapping(schema.get("$defs") or schema.get("definitions")), 0)


def chosen(options: list[Any], said: Said) -> Any:
    """Which option what was said calls for: one that warns where it should, or the one that is most alike."""
    if not options:
        return None
    for pattern, words in ((_HARMFUL, _BAD_WORDS), (_UNHAPPY, _SAD_WORDS)):
        warning = [each for each in options if any(word in str(each).lower() for word in words)]
        if warning and len(options) > len(warning):
            if pattern.search(said.last):
                return warning[0]
            options = [each for each in options if each not in warning]
    wanted = stems(said.last)
    return max(options, key=lambda each: (len(stems(str(each)) & wanted), str(each).lower() in said.last.lower()))


def _value(name: str, schema: Mapping[str, Any], said: Said, defined: Mapping[str, Any], depth: int) -> Any:
    schema = _resolved(schema, defined)
    if "const" in schema:
        return schema["const"]
    if options := items(schema.get("enum")):
        return chosen(list(options), said)
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    if isinstance(kind, list):
        kind = next((each for each in items(kind) if each != "null"), "null")
    if depth > _DEEPEST:
        return None
    if kind == "object":
        return {
            key: _value(key, mapping(each), said, defined, depth + 1)
            for key, each in mapping(schema.get("properties")).items()
        }
    if kind == "array":
        return [_value(name, mapping(schema.get("items")), said, defined, depth + 1)]
    return _SCALARS.get(str(kind), _no_value)(name, schema, said)


def _resolved(schema: Mapping[str, Any], defined: Mapping[str, Any]) -> Mapping[str, Any]:
    for word in ("anyOf", "oneOf", "allOf"):
        ways = [mapping(each) for each in items(schema.get(word))]
        if ways:
            schema = next((each for each in ways if each.get("type") != "null"), ways[0])
    if isinstance(reference := schema.get("$ref"), str):
        return mapping(defined.get(reference.rpartition("/")[2]))
    return schema


def _no_value(name: str, schema: Mapping[str, Any], said: Said) -> Any:
    return None


def _boolean(name: str, schema: Mapping[str, Any], said: Said) -> bool:
    if any(word in name.lower() for word in _BAD_WORDS):
        return bool(_HARMFUL.search(said.last))
    return "not" not in said.last.lower().split()


def _number(name: str, schema: Mapping[str, Any], said: Said) -> float:
    most = schema.get("maximum")
    if "score" in name or "confidence" in name or most == 1:
        return round(0.62 + number_of(said.last + name) % 36 / 100, 2)
    return _bounded(float(_first(_NUMBER, said) or 1 + number_of(name) % 9), schema)


def _integer(name: str, schema: Mapping[str, Any], said: Said) -> int:
    found = _first(_CODE, said) if "id" in _parts(name) or "number" in name else _first(_NUMBER, said)
    digits = re.sub(r"\D", "", found) if found else ""
    return int(_bounded(int(digits or 1 + number_of(said.last + name) % 5), schema))


def _bounded(value: float, schema: Mapping[str, Any]) -> float:
    least, most = schema.get("minimum"), schema.get("maximum")
    value = max(value, least) if isinstance(least, int | float) else value
    return min(value, most) if isinstance(most, int | float) else value


def _string(name: str, schema: Mapping[str, Any], said: Said) -> str:
    words = _parts(name)
    if schema.get("format") in ("date", "date-time") or "date" in words:
        return _first(_DATE, said) or "2026-11-23"
    for names, find in _STRINGS:
        if names & words:
            return find(said)
    proper = _PROPER.search(said.last)
    return proper[1] if proper else _all(said)


def _parts(name: str) -> set[str]:
    return {part.lower() for part in _NAME_PARTS.findall(name)}


def _first(pattern: re.Pattern[str], said: Said) -> str:
    """What the pattern finds in what was said last, else in what was said latest before."""
    found = pattern.search(said.last)
    if found is None:
        earlier = pattern.findall(said.all)
        return earlier[-1] if earlier else ""
    return found[found.re.groups and 1]


def _code(said: Said) -> str:
    return (_first(_CODE, said) or f"{1000 + number_of(said.last) % 9000}").lstrip("#")


def _all(said: Said) -> str:
    return said.last[:_TEXT_LIMIT]


def _reason(said: Said) -> str:
    """Why, in a structured answer; as an argument of a tool it is what the user says."""
    if not said.answer:
        return _all(said)
    return _REASONS[number_of(said.last) % len(_REASONS)].format(topic=_topic(said).lower())


def _answer(said: Said) -> str:
    return said.answer or _all(said)


def _topic(said: Said) -> str:
    found = sorted(stems(said.last), key=lambda word: (-len(word), word))
    whole = [word for word in re.findall(r"\w+", said.last) if found and word.lower().startswith(found[0])]
    return whole[0] if whole else "general"


_STRINGS: tuple[tuple[set[str], Callable[[Said], str]], ...] = (
    ({"email", "mail"}, lambda said: _first(_EMAIL, said) or "maria@example.com"),
    ({"id", "sku", "number", "code", "order", "ticket"}, _code),
    ({"location", "city", "place", "destination"}, lambda said: _first(_PLACE, said) or "Paris"),
    ({"country"}, lambda said: "France"),
    ({"language", "lang", "locale"}, lambda said: "en"),
    ({"reason", "explanation", "rationale", "why", "comment"}, _reason),
    ({"query", "question", "request", "wish", "message", "input", "prompt", "task", "search"}, _all),
    ({"answer", "reply", "response", "text", "body", "content"}, _answer),
    ({"summary", "title", "headline"}, lambda said: (sentences(said.last) or ["summary"])[0][:80]),
    ({"topic", "category", "subject", "name", "label", "tag", "tags", "keywords"}, _topic),
)
_SCALARS: dict[str, Callable[[str, Mapping[str, Any], Said], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "number": _number,
    "string": _string,
}
