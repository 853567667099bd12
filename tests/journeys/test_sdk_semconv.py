"""What our SDK sends is what OpenTelemetry's GenAI conventions (v1.41.1) say: names, types, the shape of messages."""

import csv
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
import pytest

import headwater
from headwater.event import LogEvent
from headwater.outbox import encode_log, encode_span
from headwater.sdk.instrument import uninstrument
from tests.house.tree import TREE
from tests.journeys.json_schema import complaints
from tests.versions.driving import run
from tests.versions.mock_llm import serving
from tests.versions.recording import recording

_FOLDER = TREE / "tests" / "recorded" / "semconv"
_SCHEMAS = {
    "gen_ai.input.messages": "gen-ai-input-messages",
    "gen_ai.output.messages": "gen-ai-output-messages",
    "gen_ai.system_instructions": "gen-ai-system-instructions",
    "gen_ai.tool.definitions": "gen-ai-tool-definitions",
    "gen_ai.retrieval.documents": "gen-ai-retrieval-documents",
}
_TYPES = {"string": "stringValue", "int": "intValue", "double": "doubleValue", "boolean": "boolValue"}
# Under the conventions' prefix but not in their registry; each has to be known to the receiver.
_OURS_BESIDE = {"gen_ai.usage.raw", "gen_ai.usage.audio.input_tokens", "gen_ai.usage.audio.output_tokens"}
# Settings of a request that the conventions have no name for are told beside those that they name.
_SETTINGS = "gen_ai.request."
# The conventions have moved it to the span (`gen_ai.response.finish_reasons`), and none is made up for a cut stream.
_NOT_TOLD = "$[] has no 'finish_reason'"

Attributes = dict[str, dict[str, Any]]


@cache
def registry() -> dict[str, str]:
    """The type of each attribute that is not deprecated."""
    with (_FOLDER / "registry_v1.41.1.tsv").open(newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row[0]: row[1] for row in rows if len(row) > 1 and row[0] and not any(row[3:])}


@pytest.fixture(scope="module")
def sent() -> Iterator[list[dict[str, Any]]]:
    """All spans and log records of 40 calls of both vendors and of steps of each kind, as they are on the wire."""
    with serving() as base, recording() as kept:
        headwater.instrument()
        try:
            run(base, is_async=False)
            _steps()
        finally:
            uninstrument()
        told = [msgspec.json.decode(encode_span(span)) for span in kept.spans()]
        logs = [each for item in kept.items if isinstance(each := item.told(), LogEvent)]
        yield told + [msgspec.json.decode(encode_log(log)) for log in logs]


def _steps() -> None:
    kinds = ("agent", "tool", "chain", "retrieval", "reranker", "guardrail", "evaluator", "span")
    with headwater.session("s-1", user="u-1", tags=["beta"], metadata={"plan": "pro"}):
        for kind in kinds:
            with headwater.span(f"a {kind}", kind=kind, input={"query": "light"}) as step:
                step.output([{"id": "1", "score": 0.5, "text": "green"}])
        headwater.score("helpful", 0.5, trace="0" * 31 + "1", comment="It was.")
        headwater.log(model="tide-1", provider="own", input="when?", output="now", usage={"input_tokens": 3})


def attributes(record: dict[str, Any]) -> Attributes:
    """The attributes of a span or log record by name."""
    return {each["key"]: each["value"] for each in record["attributes"]}


def is_of_type(value: dict[str, Any], kind: str) -> bool:
    """Whether an OTLP value has a type of the registry."""
    if kind == "any":
        return True
    if kind.endswith("[]"):
        values = value.get("arrayValue", {}).get("values", [None])
        return all(each is not None and _TYPES[kind[:-2]] in each for each in values)
    return _TYPES["string" if kind.startswith("enum") else kind] in value


def test_every_name_under_the_conventions_prefix_is_theirs(sent: list[dict[str, Any]]) -> None:
    names = {name for record in sent for name in attributes(record)}
    theirs = {name for name in names if name.startswith(("gen_ai.", "openai.", "mcp."))}
    beside = theirs - registry().keys() - _OURS_BESIDE
    assert {name for name in beside if not name.startswith(_SETTINGS)} == set()


def test_every_attribute_has_the_type_that_the_registry_gives_it(sent: list[dict[str, Any]]) -> None:
    wrong = {
        (name, str(value)[:80])
        for record in sent
        for name, value in attributes(record).items()
        if name in registry() and not is_of_type(value, registry()[name])
    }
    assert wrong == set()


@pytest.mark.parametrize("name", _SCHEMAS)
def test_what_was_said_has_the_shape_of_the_schema(sent: list[dict[str, Any]], name: str) -> None:
    schema = msgspec.json.decode((_FOLDER / f"{_SCHEMAS[name]}.json").read_bytes())
    found = [attributes(record)[name]["stringValue"] for record in sent if name in attributes(record)]
    wrong = {wrong for text in found for wrong in complaints(msgspec.json.decode(text), schema)}
    assert wrong - {_NOT_TOLD} == set()
    assert found or name in ("gen_ai.system_instructions", "gen_ai.retrieval.documents")


def test_a_call_has_what_the_conventions_require_of_it(sent: list[dict[str, Any]]) -> None:
    calls = [record for record in sent if record.get("kind") == 3]
    assert len(calls) == 41
    for record in calls:
        facts = attributes(record)
        assert {"gen_ai.operation.name", "gen_ai.provider.name"} <= facts.keys()
        if "gen_ai.request.model" in facts:
            operation, model = (
                facts[f"gen_ai.{which}"]["stringValue"] for which in ("operation.name", "request.model")
            )
            assert record["name"] == f"{operation} {model}"
        if record.get("status", {}).get("code") == 2:
            assert facts["error.type"]["stringValue"]


def test_a_score_is_an_evaluation_event_of_the_conventions(sent: list[dict[str, Any]]) -> None:
    (record,) = [each for each in sent if each.get("eventName")]
    assert record["eventName"] == "gen_ai.evaluation.result"
    facts = attributes(record)
    assert facts["gen_ai.evaluation.name"] == {"stringValue": "helpful"}
    assert facts["gen_ai.evaluation.score.value"] == {"doubleValue": 0.5}
