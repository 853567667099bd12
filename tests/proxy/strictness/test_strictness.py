"""What nginx and headwater make of the same bytes, before the same upstream: no disagreement that matters.

Always: the upstream sees the same requests, each in its plainest form, and no answer goes to another request.
"""

import pytest

from tests.proxy.strictness import cases_answers, cases_framing, cases_heads, cases_lines
from tests.proxy.strictness.trying import UNJUDGED, Case, Gateway, try_case

_TABLES = {
    "length": cases_framing.LENGTHS,
    "coding": cases_framing.CODINGS,
    "chunks": cases_framing.CHUNKS,
    "first line": cases_heads.LINES,
    "path": cases_heads.PATHS,
    "header": cases_heads.HEADERS,
    "pipeline": cases_lines.PIPELINES,
    "line": cases_lines.LINES,
    "expect": cases_lines.EXPECTATIONS,
    "answer": cases_answers.FRAMES,
    "status": cases_answers.STATUSES,
    "answer's head": cases_answers.HEADS,
    "surplus": cases_answers.SURPLUS,
    "early": cases_answers.EARLY,
}
_CASES = {f"{name}: {case.name}": case for name, table in _TABLES.items() for case in table}
# Megabytes in single bytes take minutes.
_SHORT_BYTES = 3000
_SHORT = {
    name: case for name, case in _CASES.items() if not case.is_at_once and sum(map(len, case.pieces)) <= _SHORT_BYTES
}


@pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)
def test_headwater_makes_of_it_what_is_right(of_headwater: Gateway, case: Case) -> None:
    assert try_case(of_headwater, case) == case.verdict


@pytest.mark.parametrize("case", _SHORT.values(), ids=_SHORT)
def test_a_byte_at_a_time_changes_nothing(of_headwater: Gateway, case: Case) -> None:
    assert try_case(of_headwater, case, is_slow=True) == case.verdict


@pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)
def test_nginx_agrees_or_the_difference_is_declared(of_nginx: Gateway, case: Case) -> None:
    assert bool(case.why) == (case.nginx is not None), "a difference is declared with its reason"
    assert case.nginx != case.verdict, "a difference is declared that is none"
    if case.nginx is not UNJUDGED:
        assert try_case(of_nginx, case) == case.wanted("nginx")
