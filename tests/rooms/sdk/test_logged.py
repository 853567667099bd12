"""`headwater.log`: a call that no client of ours saw."""

from datetime import UTC, datetime

import headwater
from headwater.event import Message, Text, ToolCall, Usage
from tests.receiving import Receiver


def test_a_logged_call_is_a_call(receiver: Receiver):
    with headwater.session("chat"), headwater.span("agent", kind="agent"):
        headwater.log(
            model="llama-4",
            provider="my.gateway",
            input=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
            output="Hi",
            usage={"prompt_tokens": 10, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
            parameters={"temperature": 0.2},
            start=1_795_000_000.25,
            duration=1.5,
            ttft=0.5,
            finish_reason="stop",
            response_id="r-1",
            cost_usd=0.01,
            attributes={"region": "eu"},
        )
    told = next(span for span in receiver.spans() if span.kind == "call")
    assert (told.name, told.session_id) == ("chat llama-4", "chat")
    assert told.parent_span_id == receiver.span("agent").span_id
    assert (told.start_ns, told.end_ns) == (1_795_000_000_250_000_000, 1_795_000_001_750_000_000)
    call = told.call
    assert call is not None
    assert (call.operation, call.provider, call.request_model) == ("chat", "my.gateway", "llama-4")
    assert call.input == (
        Message(role="system", parts=(Text(content="Be brief."),)),
        Message(role="user", parts=(Text(content="Hello"),)),
    )
    assert [(message.role, message.parts) for message in call.output] == [("assistant", (Text(content="Hi"),))]
    assert call.usage is not None
    assert (call.usage.input, call.usage.cache_read, call.usage.output) == (6, 4, 2)
    assert (call.finish_reasons, call.ttft_ns, call.response_id) == (("stop",), 500_000_000, "r-1")
    assert call.reported_cost_usd == 0.01
    assert call.parameters["temperature"] == 0.2
    assert told.attributes["region"] == "eu"


def test_the_form_of_anthropic_is_read_too(receiver: Receiver):
    headwater.log(
        model="claude",
        provider="anthropic",
        input={"role": "user", "content": [{"type": "text", "text": "Weather?"}]},
        output={
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Bern"}}],
        },
        usage={"input_tokens": 3, "output_tokens": 5, "cache_read_input_tokens": 7},
        start=datetime(2026, 11, 20, 12, tzinfo=UTC),
        end=datetime(2026, 11, 20, 12, 0, 2, tzinfo=UTC),
    )
    (told,) = receiver.spans()
    assert told.end_ns - told.start_ns == 2_000_000_000
    assert told.call is not None
    assert told.call.output[0].parts == (ToolCall(name="weather", id="t1", arguments={"city": "Bern"}),)
    usage = told.call.usage
    assert isinstance(usage, Usage)
    assert (usage.input, usage.cache_read, usage.output) == (3, 7, 5)


def test_a_failed_call_is_told_with_its_status(receiver: Receiver):
    headwater.log(model="m", error=TimeoutError("too slow"), status=504, duration=2)
    headwater.log(model="n", error="refused by policy")
    headwater.log(model="o", status=429)
    failures = {span.call.request_model: span.failure for span in receiver.spans() if span.call}
    found = {
        model: (failure.type, failure.message, failure.http_status) for model, failure in failures.items() if failure
    }
    assert found == {
        "m": ("TimeoutError", "too slow", 504),
        "n": ("error", "refused by policy", None),
        "o": ("429", "", 429),
    }


def test_a_long_conversation_comes_whole(receiver: Receiver):
    headwater.log(model="m", input=[{"role": "user", "content": f"say {number}"} for number in range(1000)])
    (told,) = receiver.spans()
    assert told.call is not None
    assert len(told.call.input) == 1000
