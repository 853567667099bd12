"""What an attribute's name means to the mapper."""

import re
from pathlib import Path

import pytest

import headwater.otlp
from headwater.otlp import meaning_of
from headwater.otlp.names import FIELD_OF
from tests.rooms.otlp.telling import recorded_spans, recording_names

_SOURCES = Path(headwater.otlp.__file__).parent
_READ_BY_NAME = re.compile(r'attributes(?:\.get\(|\[)"([^"]+)"')
# Names so short that they are somebody's own unless a sender is known.
_PLAIN = {"duration", "event.name", "model"}


def test_what_a_table_names_is_read() -> None:
    assert {meaning_of(name) for name in FIELD_OF} == {"read"}


def test_what_the_mapper_reads_by_name_is_read() -> None:
    names = {name for path in _SOURCES.glob("*.py") for name in _READ_BY_NAME.findall(path.read_text())} - _PLAIN
    assert {name: meaning_of(name) for name in names if meaning_of(name) != "read"} == {}


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("llm.input_messages.3.message.role", "read"),
        ("gen_ai.request.frequency_penalty", "read"),
        ("langfuse.trace.metadata.team", "read"),
        ("gen_ai.usage.total_tokens", "known"),
        ("headwater.key_id", "known"),
        ("gen_ai.usage.thinking_budget_left", "not understood"),
        ("traceloop.workflow.name", "not understood"),
        ("http.route", "own"),
        ("shop.basket", "own"),
    ],
)
def test_a_name_has_a_meaning(name: str, meaning: str) -> None:
    assert meaning_of(name) == meaning


def test_of_what_instruments_really_send_most_is_understood() -> None:
    names = {name for sender in recording_names() for span in recorded_spans(sender) for name in span.attributes}
    meanings = [meaning_of(name) for name in names]
    assert meanings.count("not understood") < len(meanings) / 3
