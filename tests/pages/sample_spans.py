"""Sample spans: a support agent's day, as real senders tell it. Times count from `NOW`."""

from typing import Any, cast

import msgspec

from headwater.query import EventShown, PreviousTurn, PriceLine, Score, SpanListed, SpanShown, read_time, show_time

NOW_NS = 1_795_000_000_000_000_000
_PRICES = {  # $ per million tokens: input, cache read, output
    "gpt-5": (1.25, 0.125, 10.0),
    "gpt-5-mini": (0.25, 0.025, 2.0),
    "claude-sonnet-5": (3.0, 0.3, 15.0),
    "text-embedding-3-small": (0.02, 0.0, 0.0),
}
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAGAAAAAwCAIAAABhdOiYAAAAT0lEQVR42u3QQREAAAQAMPSPJoZy/E5gwKoZ"
    "S/cDBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIECAAAECBAgQIEDAsQWrxwFfHJ7rWwAAAABJRU5ErkJggg=="
)
WAV = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="


def text(role: str, content: str, **more: Any) -> dict[str, Any]:
    """A message of one text."""
    return {"role": role, "parts": [{"type": "text", "content": content}], **more}


_BLANK = SpanShown(
    trace_id="",
    span_id="",
    parent_span_id="",
    name="",
    kind="span",
    status="unset",
    status_message="",
    error_type="",
    stacktrace="",
    start_time=show_time(NOW_NS),
    end_time=show_time(NOW_NS),
    duration_ms=0.0,
    ttft_ms=None,
    source="otel",
    scope="opentelemetry.instrumentation.genai.openai",
    scope_version="1.3b0",
    service_name="support-desk",
    environment="production",
    release="2026.11.3",
    session_id="",
    user_id="",
    tags=(),
    metadata={},
    tool_name="",
    agent_name="",
    operation="",
    provider="",
    request_model="",
    model="",
    response_id="",
    is_stream=None,
    service_tier="",
    finish_reasons=(),
    parameters={},
    attempts=1,
    input_tokens=None,
    output_tokens=None,
    cache_read_tokens=0,
    cache_write_tokens=0,
    reasoning_tokens=0,
    usage_estimated=False,
    usage_reported={},
    cost_usd=None,
    price_version="",
    price_lines=(),
    reported_cost_usd=None,
    input=(),
    output=(),
    tools=(),
    events=(),
    links=(),
    attributes={},
    resource={
        "service.name": "support-desk",
        "service.version": "2026.11.3",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": "1.45.2",
        "host.name": "desk-7c9f",
    },
    folded_into="",
    folded_spans=(),
)


def span(trace_id: str, span_id: str, name: str, **fields: Any) -> SpanShown:
    """A span; `at_ms` counts from the trace's start `from_ns`."""
    start_ns = fields.pop("from_ns", NOW_NS) + int(fields.pop("at_ms", 0.0) * 1e6)
    took = float(fields.pop("took_ms", 1.0))
    return msgspec.structs.replace(
        _BLANK,
        trace_id=trace_id,
        span_id=span_id,
        name=name,
        start_time=show_time(start_ns),
        end_time=show_time(start_ns + int(took * 1e6)),
        duration_ms=took,
        **fields,
    )


def call(trace_id: str, span_id: str, model: str, tokens: tuple[int, int, int], **fields: Any) -> SpanShown:
    """A call; `tokens` are input (inclusive), of which cached, and output."""
    given, cached, gave = tokens
    provider = "anthropic" if model.startswith("claude") else "openai"
    lines, cost = priced(model, given, cached, gave)
    whole: dict[str, Any] = {
        "kind": "call",
        "operation": "chat",
        "provider": provider,
        "request_model": model,
        "model": model,
        "input_tokens": given,
        "output_tokens": gave,
        "cache_read_tokens": cached,
        "usage_reported": {"input_tokens": given - cached, "cache_read": cached, "output_tokens": gave},
        "price_lines": lines,
        "cost_usd": cost,
        "price_version": "genai-prices 0.2.3, 2026-11-20" if cost is not None else "",
        "finish_reasons": ("stop",),
        "response_id": f"resp_{span_id}",
        "status": "ok",
        "attributes": {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": model,
            "gen_ai.usage.input_tokens": given,
            "gen_ai.usage.output_tokens": gave,
            "server.address": f"api.{provider}.com",
            "server.port": 443,
        },
    }
    return span(trace_id, span_id, f"chat {model}", **{**whole, **fields})


def priced(model: str, given: int, cached: int, gave: int) -> tuple[tuple[PriceLine, ...], float | None]:
    """The lines of a price, None for a model that nobody has a price for."""
    if model not in _PRICES:
        return (), None
    buckets = zip(("input", "cache_read", "output"), (given - cached, cached, gave), _PRICES[model], strict=True)
    lines = tuple(
        PriceLine(bucket=name, tokens=tokens, usd_per_million=price, usd=tokens * price / 1e6)
        for name, tokens, price in buckets
        if tokens
    )
    return lines, sum(line.usd for line in lines)


_SYSTEM = """You are the support agent of Riverbend Outfitters.

Rules
- Look an order up before you speak of it.
- Refunds above $200 need a human; say so plainly.
- Never promise a delivery date that a tool did not give you.
- Answer in the customer's language, in at most five sentences."""
_QUESTION = """Hi! My kayak paddle from order RB-20418 arrived with a crack near the ferrule 😕
Can you send a new one? I leave for the trip on Friday."""
_ORDER = {
    "order": "RB-20418",
    "placed": "2026-11-12",
    "items": [{"sku": "PDL-CARBON-220", "name": "Carbon touring paddle, 220 cm", "price_usd": 189.0, "quantity": 1}],
    "shipping": {"carrier": "UPS", "tracking": "1Z999AA10123456784", "delivered": "2026-11-17"},
    "warranty": {"covers": ["material", "workmanship"], "until": "2028-11-12"},
}
_TOOLS = (
    {
        "name": "find_order",
        "type": "function",
        "description": "Look an order up by its number",
        "parameters": {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]},
    },
    {
        "name": "ship_replacement",
        "type": "function",
        "description": "Ship an item again, at no cost to the customer",
        "parameters": {
            "type": "object",
            "properties": {"sku": {"type": "string"}, "speed": {"enum": ["ground", "two_day", "overnight"]}},
        },
    },
)


def _score(name: str, value: float | None, label: str, comment: str = "") -> Score:
    return Score(
        name=name,
        value=value,
        label=label,
        comment=comment,
        time=show_time(NOW_NS),
        source="headwater",
        span_id="a00000000000000c",
    )


def agent_trace(trace_id: str, from_ns: int) -> list[SpanShown]:
    """One question answered by an agent with tools, an image, a failing try, and a call told twice."""
    at = {"from_ns": from_ns, "session_id": "chat-88213", "user_id": "mira.holt", "tags": ("web", "vip")}
    user = {
        "role": "user",
        "parts": [
            {"type": "text", "content": _QUESTION},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": PNG},
        ],
    }
    asked = (text("system", _SYSTEM), user)
    wish = {
        "role": "assistant",
        "finish_reason": "tool_call",
        "parts": [
            {"type": "reasoning", "content": "The customer names an order. Look it up before anything is promised."},
            {"type": "tool_call", "id": "call_a1", "name": "find_order", "arguments": {"order": "RB-20418"}},
        ],
    }
    found = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_a1", "response": _ORDER}]}
    ship = {
        "role": "assistant",
        "finish_reason": "tool_call",
        "parts": [
            {
                "type": "tool_call",
                "id": "call_b2",
                "name": "ship_replacement",
                "arguments": {"sku": "PDL-CARBON-220", "speed": "two_day"},
            }
        ],
    }
    shipped = {
        "role": "tool",
        "parts": [{"type": "tool_call_response", "id": "call_b2", "response": '{"tracking":"1Z9F1","eta":"Nov 20"}'}],
    }
    last = text(
        "assistant",
        "I'm sorry about the cracked paddle, Mira. It is covered by your warranty, so a new 220 cm carbon paddle is"
        " already on its way by two-day shipping and should reach you on Thursday, November 20 — before your trip.\n\n"
        "- Tracking: `1Z9F1`\n- You need **not** send the old one back\n\nHave a great time on the water!",
        finish_reason="stop",
    )
    settings = {"max_tokens": 800, "temperature": 0.2, "parallel_tool_calls": False}
    root = span(
        trace_id,
        "a000000000000001",
        "answer_ticket",
        kind="agent",
        took_ms=9840,
        agent_name="support-agent",
        status="ok",
        input=(_QUESTION,),
        output=(last,),
        metadata={"ticket": "T-5531", "channel": "web"},
        **at,
    )
    return [
        root,
        span(
            trace_id,
            "a000000000000002",
            "screen_input",
            kind="guardrail",
            parent_span_id=root.span_id,
            at_ms=12,
            took_ms=148,
            status="ok",
            input=({"text": _QUESTION},),
            output=({"flagged": False, "scores": {"abuse": 0.001}},),
            **at,
        ),
        span(
            trace_id,
            "a000000000000003",
            "search_handbook",
            kind="retrieval",
            parent_span_id=root.span_id,
            at_ms=170,
            took_ms=412,
            status="ok",
            input=({"query": "cracked paddle warranty", "top_k": 4},),
            output=([{"id": "warranty.md#paddles", "score": 0.91}, {"id": "shipping.md#replace", "score": 0.84}],),
            **at,
        ),
        call(
            trace_id,
            "a000000000000004",
            "text-embedding-3-small",
            (11, 0, 0),
            parent_span_id="a000000000000003",
            at_ms=176,
            took_ms=96,
            operation="embeddings",
            finish_reasons=(),
            **at,
        ),
        call(
            trace_id,
            "a000000000000005",
            "gpt-5",
            (2024, 1920, 71),
            parent_span_id=root.span_id,
            at_ms=600,
            took_ms=2310,
            ttft_ms=840.0,
            is_stream=True,
            input=asked,
            output=(wish,),
            tools=_TOOLS,
            parameters=settings,
            finish_reasons=("tool_call",),
            reasoning_tokens=64,
            folded_spans=("a000000000000006",),
            **at,
        ),
        call(
            trace_id,
            "a000000000000006",
            "gpt-5",
            (2024, 1920, 71),
            parent_span_id="a000000000000005",
            at_ms=604,
            took_ms=2301,
            source="openinference",
            scope="openinference.instrumentation.openai",
            folded_into="a000000000000005",
            **at,
        ),
        span(
            trace_id,
            "a000000000000007",
            "execute_tool find_order",
            kind="tool",
            tool_name="find_order",
            parent_span_id=root.span_id,
            at_ms=2925,
            took_ms=640,
            status="ok",
            input=({"order": "RB-20418"},),
            output=(_ORDER,),
            **at,
        ),
        span(
            trace_id,
            "a000000000000008",
            "GET /orders/RB-20418",
            parent_span_id="a000000000000007",
            at_ms=931 + 2000,
            took_ms=611,
            status="ok",
            source="otel",
            scope="opentelemetry.instrumentation.requests",
            **at,
        ),
        call(
            trace_id,
            "a000000000000009",
            "claude-sonnet-5",
            (2310, 0, 0),
            parent_span_id=root.span_id,
            at_ms=3580,
            took_ms=1204,
            status="error",
            error_type="RateLimitError",
            status_message="429 rate_limit_error: this request would exceed your limit of 80,000 input tokens a minute",
            stacktrace='Traceback (most recent call last):\n  File "desk/agent.py", line 88, in step\n'
            "    answer = client.messages.create(**asked)\nanthropic.RateLimitError: Error code: 429",
            input_tokens=None,
            output_tokens=None,
            cost_usd=None,
            price_lines=(),
            usage_reported={},
            finish_reasons=(),
            input=(*asked, wish, found),
            events=(
                EventShown(
                    name="exception",
                    time=show_time(from_ns + 4_784_000_000),
                    attributes={"exception.type": "RateLimitError", "exception.escaped": False},
                ),
            ),
            **at,
        ),
        call(
            trace_id,
            "a00000000000000a",
            "gpt-5",
            (2411, 1920, 48),
            parent_span_id=root.span_id,
            at_ms=4800,
            took_ms=1490,
            ttft_ms=702.0,
            is_stream=True,
            input=(*asked, wish, found),
            output=(ship,),
            tools=_TOOLS,
            parameters=settings,
            finish_reasons=("tool_call",),
            **at,
        ),
        span(
            trace_id,
            "a00000000000000b",
            "execute_tool ship_replacement",
            kind="tool",
            tool_name="ship_replacement",
            parent_span_id=root.span_id,
            at_ms=6300,
            took_ms=920,
            status="ok",
            input=({"sku": "PDL-CARBON-220", "speed": "two_day"},),
            output=({"tracking": "1Z9F1", "eta": "2026-11-20"},),
            **at,
        ),
        call(
            trace_id,
            "a00000000000000c",
            "gpt-5",
            (2502, 2304, 96),
            parent_span_id=root.span_id,
            at_ms=7240,
            took_ms=2280,
            ttft_ms=690.0,
            is_stream=True,
            input=(*asked, wish, found, ship, shipped),
            output=(last,),
            tools=_TOOLS,
            parameters=settings,
            previous=PreviousTurn(
                trace_id=trace_id, span_id="a00000000000000a", start_time=show_time(from_ns + 4_800_000_000), shared=5
            ),
            scores=(_score("helpful", 0.94, ""), _score("tone", None, "warm", "Says sorry once, then acts")),
            **at,
        ),
        span(
            trace_id,
            "a00000000000000d",
            "grade_answer",
            kind="evaluator",
            parent_span_id="feedfacefeedface",
            at_ms=9530,
            took_ms=300,
            status="ok",
            output=({"score": 0.94, "label": "helpful"},),
            **at,
        ),
    ]


def listed(
    shown: SpanShown, depth: int, children: int, from_ns: int, is_orphan: bool, **times: float | None
) -> SpanListed:
    """A span as it stands in a tree."""
    fields: dict[str, Any] = {
        name: getattr(shown, name) for name in SpanListed.__struct_fields__ if hasattr(shown, name)
    }
    offset_ms = ((read_time(shown.start_time, "start_time") or 0) - from_ns) / 1e6
    previews = {"input_preview": preview(shown.input), "output_preview": preview(shown.output)}
    whole: dict[str, Any] = {
        **fields,
        **previews,
        **times,
        "depth": depth,
        "child_count": children,
        "is_orphan": is_orphan,
    }
    return SpanListed(offset_ms=offset_ms, **whole)


def preview(values: tuple[Any, ...]) -> str:
    """The beginning of the last text of a conversation, or of a value's JSON."""
    if not values:
        return ""
    parts: list[dict[str, Any]] = _parts(values[-1])
    said = next((part["content"] for part in parts if part.get("content")), parts[0])
    return (said if isinstance(said, str) else msgspec.json.encode(said).decode())[:200]


def _parts(value: Any) -> Any:
    whole = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    return whole.get("parts", [{"content": value}])
