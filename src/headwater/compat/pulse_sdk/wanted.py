"""Wanted: the parameters of Pulse's questions, as conditions on the views of a project.

Whatever somebody wrote reaches a statement as hexadecimal digits only.
"""
# ruff: noqa: S608 - conditions are made of our own words, of numbers, and of texts in hexadecimal.

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from headwater.compat.pulse_sdk.told import known_trace_id
from headwater.compat.reading import moment_in

KIND = (
    "multiIf(attributes['pulse.kind'] != '', attributes['pulse.kind'], kind = 'call', 'llm_call',"
    " kind = 'tool', 'tool_use', kind = 'agent', 'agent_run', kind)"
)
SOURCE = "if(attributes['pulse.source'] != '', attributes['pulse.source'], 'sdk')"

_LIMIT, _MOST = 100, 1000
_DAY_NS = 86_400 * 10**9
_MILLISECOND_NS = 10**6
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE = re.compile(r"\d{1,9}", re.ASCII)


class Misasked(Exception):
    """A parameter that cannot be; `issues` are in the words of Pulse's server."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.issues = [{"code": "custom", "path": [name], "message": message}]


class Wanted(NamedTuple):
    """What to list: SQL terms, how many, and how many to leave out before them."""

    terms: tuple[str, ...]
    limit: int
    offset: int

    @property
    def where(self) -> str:
        """The terms as a clause."""
        return f"WHERE {' AND '.join(self.terms)}"


def literal(text: str) -> str:
    """A text within a statement: nothing in it can be taken for SQL."""
    return f"unhex('{text.encode('utf-8', 'replace').hex()}')"


def _is(column: str, form: Callable[[str], str] = str) -> Callable[[str], str]:
    return lambda value: f"{column} = {literal(form(value))}"


def _trace_has(condition: str) -> Callable[[str], str]:
    return lambda value: f"trace_id IN (SELECT trace_id FROM spans WHERE {condition} = {literal(value)})"


def _status(of_error: str, of_success: str) -> Callable[[str], str]:
    terms = {"error": of_error, "success": of_success}

    def term(value: str) -> str:
        if value not in terms:
            raise Misasked("status", f'Invalid option: expected one of "success"|"error", received {value[:40]!r}')
        return terms[value]

    return term


_OF_TRACES: Mapping[str, Callable[[str], str]] = {
    "session_id": _is("session_id"),
    "service": _is("service_name"),
    "provider": lambda value: f"has(providers, {literal(value)})",
    "model": lambda value: f"has(models, {literal(value)})",
    "source": _trace_has(SOURCE),
    "status": _status("error_count > 0", "error_count = 0"),
}
_OF_SPANS: Mapping[str, Callable[[str], str]] = {
    "session_id": _is("session_id"),
    "trace_id": _is("trace_id", known_trace_id),
    "service": _is("service_name"),
    "provider": _is("provider"),
    "model": _is("model"),
    "tool_name": _is("tool_name"),
    "kind": _is(KIND),
    "source": _is(SOURCE),
    "status": _status("status = 'error'", "status != 'error'"),
}


def wanted_traces(query: Mapping[str, str]) -> Wanted:
    """Read the parameters of a list of traces. Raises Misasked."""
    return _wanted(query, _OF_TRACES)


def wanted_spans(query: Mapping[str, str]) -> Wanted:
    """Read the parameters of a list of spans. Raises Misasked."""
    return _wanted(query, _OF_SPANS)


def stretch(query: Mapping[str, str]) -> str:
    """The time that an analysis is of, which has to be told. Raises Misasked."""
    for name in ("date_from", "date_to"):
        if not query.get(name):
            raise Misasked(name, "Invalid input: expected string, received undefined")
    return " AND ".join(_dates(query))


def one_of(query: Mapping[str, str], name: str, *words: str) -> str:
    """A parameter that is one of some words, the first where it is not told. Raises Misasked."""
    value = query.get(name) or words[0]
    if value not in words:
        raise Misasked(name, f"Invalid option: expected one of {'|'.join(words)}, received {value[:40]!r}")
    return value


def _wanted(query: Mapping[str, str], table: Mapping[str, Callable[[str], str]]) -> Wanted:
    terms = tuple(term(value) for name, term in table.items() if (value := query.get(name)))
    return Wanted(
        terms=("1", *terms, *_dates(query)),
        limit=_number(query, "limit", _LIMIT, 1, _MOST),
        offset=_number(query, "offset", 0, 0, 10**9),
    )


def _dates(query: Mapping[str, str]) -> tuple[str, ...]:
    """Both days and moments are within: a day to its end, a moment to the end of its millisecond."""
    terms: list[str] = []
    for name, sign in (("date_from", ">="), ("date_to", "<")):
        value = query.get(name, "").strip()
        if not value:
            continue
        # A plus that was not encoded has become a space.
        moment = moment_in(value.replace(" ", "+") if value.count(" ") == 1 and "T" in value else value)
        if moment is None:
            raise Misasked(name, f"Invalid {name} parameter")
        if name == "date_to":
            moment += _DAY_NS if _DATE.fullmatch(value) else _MILLISECOND_NS
        terms.append(f"start_time {sign} fromUnixTimestamp64Nano(toInt64({min(moment, 2**63 - 1)}))")
    return tuple(terms)


def _number(query: Mapping[str, str], name: str, otherwise: int, least: int, most: int) -> int:
    text: Any = query.get(name)
    if not text:
        return otherwise
    if not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise Misasked(name, f"Invalid input: expected a whole number from {least} to {most}, received {text[:40]!r}")
    return int(text)
