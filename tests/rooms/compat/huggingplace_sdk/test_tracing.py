"""Functions that are run as steps of a trace."""

import asyncio
from typing import Any

import pytest

from headwater.compat import huggingplace_sdk
from headwater.compat.huggingplace_sdk import HuggingPlace
from tests.receiving import Receiver
from tests.rooms.compat.huggingplace_sdk.reading import trace

RAW = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "gpt-4-0613",
    "choices": [{"message": {"role": "assistant", "content": "It rains"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14},
}


def last(previous_results: list[Any]) -> Any:
    return previous_results[-1]


async def ok(**given: Any) -> dict[str, Any]:
    return {"ok": 1, "given": sorted(given)}


def test_a_step_is_recorded_and_its_result_returned(receiver: Receiver, huggingplace: HuggingPlace):
    answer = asyncio.run(
        huggingplace.trace_step(
            step_name="Processing",
            func=ok,
            user_metadata={"user_id": "u", "plan": "pro"},
            custom_metadata={"session_id": "s", "version": 2},
            attributes={"rows": 3},
            tags=["etl"],
            priority="high",
            extra=1,
        )
    )
    span = receiver.span("Processing")
    assert answer == span.output == {"ok": 1, "given": ["extra"]}
    assert (span.user_id, span.session_id, span.tags, span.attributes["rows"]) == ("u", "s", ("etl",), 3)
    assert span.metadata == {"org_id": "org-1", "version": "2", "user.plan": "pro", "priority": "high"}


def test_steps_with_one_trace_id_are_one_trace(receiver: Receiver, huggingplace: HuggingPlace):
    """The old package raised TypeError for it. A plain function will do as well."""

    async def program() -> None:
        for name in ("a", "b"):
            assert await huggingplace.trace_step(trace_id="my trace", step_name=name, func=lambda: "done") == "done"

    asyncio.run(program())
    assert len({span.trace_id for span in receiver.spans()}) == 1


def test_a_step_that_fails_raises_as_it_would(receiver: Receiver, huggingplace: HuggingPlace):
    async def fails() -> None:
        raise LookupError("no rows")

    with pytest.raises(LookupError, match="no rows"):
        asyncio.run(huggingplace.trace_step(step_name="bad", func=fails))
    failure = receiver.span("bad").failure
    assert failure is not None
    assert failure.type == "LookupError"


def test_a_result_that_json_has_no_form_for_is_no_reason_to_lose_the_step(
    receiver: Receiver, huggingplace: HuggingPlace
):
    result = object()
    assert asyncio.run(huggingplace.trace_step(step_name="odd", func=lambda: result)) is result
    assert receiver.span("odd").status == "unset"


@pytest.mark.parametrize("answer", [{"responseText": "It rains", "rawResponse": RAW}, RAW])
def test_a_call_is_read_from_the_vendors_own_answer(receiver: Receiver, huggingplace: HuggingPlace, answer: Any):
    async def ask(prompt: str) -> Any:
        return answer

    model = {"provider": "openai", "model": "gpt-4", "temperature": 0.7, "maxTokens": None}
    got = asyncio.run(huggingplace.trace_llm(step_name="Ask", llm_func=ask, prompt="Rain?", llm_metadata=model))
    call = receiver.span("Ask").call
    assert got is answer
    assert call is not None
    assert call.usage is not None
    assert (call.provider, call.request_model, call.response_model) == ("openai", "gpt-4", "gpt-4-0613")
    assert (call.usage.input, call.usage.output, call.parameters) == (11, 3, {"temperature": 0.7})
    assert [message.role for message in (*call.input, *call.output)] == ["user", "assistant"]


def test_a_call_may_answer_with_a_text_tokens_and_an_evaluation(receiver: Receiver, huggingplace: HuggingPlace):
    result = {"responseText": "It rains", "tokens": {"input": 1, "output": 2}, "evaluation": {"fluency": 0.9}}

    def ask(messages: list[Any]) -> Any:
        return result

    asyncio.run(huggingplace.trace_llm(step_name="Ask", llm_func=ask, messages=[]))
    span, (score,) = receiver.span("Ask"), receiver.logs()
    assert span.call is not None
    assert span.call.usage is not None
    assert (span.call.usage.input, span.call.usage.output) == (1, 2)
    assert (score.span_id, score.attributes["gen_ai.evaluation.name"]) == (span.span_id, "fluency")


def test_a_call_that_fails_is_a_failed_call(receiver: Receiver, huggingplace: HuggingPlace):
    def fails(prompt: str) -> None:
        raise TimeoutError("too long")

    with pytest.raises(TimeoutError):
        asyncio.run(huggingplace.trace_llm(step_name="Ask", llm_func=fails, prompt="Rain?"))
    assert (receiver.span("Ask").kind, receiver.span("Ask").status) == ("call", "error")


def test_a_flow_has_its_steps_below_it_and_hands_results_on(receiver: Receiver, huggingplace: HuggingPlace):
    def fails(previous_results: list[Any]) -> None:
        raise LookupError("no rows")

    steps: list[dict[str, Any]] = [
        {"stepName": "first", "func": ok, "kwargs": {"x": 1}, "tags": ["t"]},
        {"stepName": "second", "func": fails, "continue_on_error": True},
        {"stepName": "third", "func": last},
    ]
    results = asyncio.run(huggingplace.trace_multi_step_flow(flow_name="flow", steps=steps, version="1"))
    flow, *below = receiver.spans()
    assert results == [{"ok": 1, "given": ["previous_results", "x"]}, None, {"error": "no rows"}]
    assert (flow.name, flow.kind, flow.metadata["version"]) == ("flow", "chain", "1")
    assert [span.name for span in below if span.parent_span_id == flow.span_id] == ["first", "second", "third"]


def test_a_flow_ends_with_the_first_failure_that_nothing_allows(receiver: Receiver, huggingplace: HuggingPlace):
    steps: list[dict[str, Any]] = [{"func": last}, {"func": ok}]
    with pytest.raises(IndexError):
        asyncio.run(huggingplace.trace_multi_step_flow(flow_name="flow", steps=steps))
    assert [span.name for span in receiver.spans()] == ["flow", "step_0"]


def test_a_sender_of_the_programs_own_gets_each_step_and_may_be_ours(receiver: Receiver, huggingplace: HuggingPlace):
    given: list[dict[str, Any]] = []

    async def sender(step: dict[str, Any]) -> None:
        given.append(step)
        await huggingplace.send_trace(step)
        raise ConnectionError

    asyncio.run(huggingplace_sdk.trace_step("Processing", ok, "t-1", send_trace_func=sender))
    assert len(receiver.spans()) == 1
    named = {"traceId", "spanId", "parentSpanId", "operation", "startTime", "endTime", "durationMs", "otelContext"}
    assert named <= given[0].keys()
    assert (given[0]["traceId"], given[0]["logs"]["functionResponse"]) == ("t-1", {"ok": 1, "given": []})


def test_a_step_that_others_traced_is_recorded_when_it_was(receiver: Receiver, huggingplace: HuggingPlace):
    senders = huggingplace_sdk.create_sender({"base_url": receiver.url})

    async def program() -> None:
        await huggingplace.send_trace(trace())
        assert (await senders["send_batch_with_retry"]([trace(operation="other"), {"operation": "bad"}]))["count"] == 2

    asyncio.run(program())
    senders["flush_batch"]()
    span = receiver.span("Data Processing")
    assert (span.start_ns, span.end_ns) == (1_767_225_600_500_000_000, 1_767_225_601_750_000_000)
    assert (span.session_id, span.user_id, span.output) == ("session-456", "user-123", {"ok": 1})
    assert receiver.span("other").trace_id == span.trace_id
