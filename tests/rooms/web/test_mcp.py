"""The Model Context Protocol at /mcp: with a real client, and what it says to clients that get it wrong."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec
import pytest
from inline_snapshot import snapshot
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent, TextResourceContents

from headwater.query import (
    AgentsUsed,
    BrokenPrefixes,
    Compared,
    Conversation,
    Failures,
    ModelsPriced,
    ModelsUsed,
    Page,
    SessionListed,
    SpanShown,
    Table,
    Totals,
    TraceListed,
    TraceShown,
    UserListed,
    UserShown,
    WhatIf,
)
from headwater.web.alerting import FiringsShown
from headwater.web.mcp.tools import TOOLS
from tests.house.tree import TREE
from tests.pages.sample_project import AGENT_TRACE, KEY
from tests.pages.sample_rolled import ALERT
from tests.pages.site import Site, Visited

SPAN = "a000000000000005"
CALLS: dict[str, tuple[dict[str, Any], Any]] = {
    "search_traces": ({"model": ["gpt-5"], "limit": 1}, Page[TraceListed]),
    "get_trace": ({"trace_id": AGENT_TRACE, "limit": 3}, TraceShown),
    "get_span": ({"trace_id": AGENT_TRACE, "span_id": SPAN}, SpanShown),
    "search_calls": ({"provider": ["openai"]}, Any),
    "search_spans": ({}, Any),
    "list_sessions": ({}, Page[SessionListed]),
    "get_session": ({"session_id": "chat-88213"}, SessionListed),
    "get_conversation": ({"session_id": "chat-88213", "limit": 2}, Conversation),
    "list_users": ({}, Page[UserListed]),
    "get_user": ({"user_id": "mira.holt"}, UserShown),
    "get_totals": ({"provider": ["openai"]}, Totals),
    "list_errors": ({"range": "30d"}, Failures),
    "list_models": ({"sort": "-calls"}, ModelsUsed),
    "list_prices": ({"provider": ["openai"]}, ModelsPriced),
    "what_if_model": ({"at_model": "gpt-5-nano"}, WhatIf),
    "list_tools": ({"range": "30d"}, Any),
    "list_agents": ({"sort": "-cost"}, AgentsUsed),
    "list_scores": ({"range": "30d", "score": "helpful"}, Any),
    "list_broken_prefixes": ({"range": "30d"}, BrokenPrefixes),
    "compare_spans": ({"a": f"{AGENT_TRACE}:{SPAN}", "b": f"{AGENT_TRACE}:a000000000000009"}, Compared),
    "list_alerts": ({}, Any),
    "alert_history": ({"alert": ALERT}, FiringsShown),
    "list_facet_values": ({"facet": "model", "contains": "gpt"}, Any),
    "describe_sql": ({}, Any),
    "query_sql": ({"sql": "SELECT 1"}, Table),
}


@asynccontextmanager
async def connected(api: Site, key: str = KEY, **mode: Any) -> AsyncGenerator[Client]:
    """A client of the protocol's own SDK, that has shaken hands."""
    async with (
        httpx2.AsyncClient(headers={"authorization": f"Bearer {key}"}) as http,
        Client(streamable_http_client(f"{api.address}/mcp", http_client=http), **mode) as client,
    ):
        yield client


def said(result: CallToolResult) -> str:
    """The first text of a tool's result."""
    first = result.content[0]
    assert isinstance(first, TextContent)
    return first.text


def post(api: Site, message: object, **headers: str) -> Visited:
    return api.post("/mcp", message, cookie="", **{"x_headwater_key": KEY, **headers})


def ask(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_shakes_hands_and_finds_the_tools(api: Site, mode: str):
    async with connected(api, mode=mode) as client:
        assert client.protocol_version == "2025-11-25"
        assert client.server_info is not None
        assert client.server_info.name == "headwater"
        tools = (await client.list_tools()).tools
    assert set(CALLS) == {tool.name for tool in tools}
    assert all(tool.input_schema["additionalProperties"] is False and tool.description for tool in tools)


@pytest.mark.parametrize("tool", CALLS)
async def test_a_tool_answers_what_its_question_gives(api: Site, tool: str):
    arguments, shape = CALLS[tool]
    async with connected(api) as client:
        result = await client.call_tool(tool, arguments)
    assert not result.is_error
    assert msgspec.json.decode(said(result), type=shape)


async def test_a_tool_and_the_api_give_the_same(api: Site):
    async with connected(api) as client:
        result = await client.call_tool("search_traces", {"model": ["gpt-5"], "limit": 5})
    same = api.get("/api/headwater/v1/traces?model=gpt-5&limit=5", cookie="", x_headwater_key=KEY)
    assert said(result) == same.text


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("search_traces", {"limit": 51}, "limit: "),
        ("search_traces", {"colour": "red"}, "colour: is no argument of this tool; it takes range, start"),
        ("search_traces", {"project": "lab"}, "project: is no argument of this tool"),
        ("search_traces", {"range": "moon"}, "range: unknown range 'moon'"),
        ("search_traces", {"sort": "beauty"}, "sort: "),
        ("get_trace", {}, "trace_id: field required"),
        ("get_trace", {"trace_id": "f" * 32}, "no trace"),
        ("query_sql", {"sql": "DROP TABLE spans"}, "is no SELECT"),
    ],
)
async def test_what_a_model_can_put_right_is_told_to_it(api: Site, tool: str, arguments: dict[str, Any], words: str):
    async with connected(api) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    assert words in said(result)


async def test_the_views_can_be_read_as_a_resource(api: Site):
    async with connected(api) as client:
        (told,) = (await client.list_resources()).resources
        (read,) = (await client.read_resource(told.uri)).contents
    assert isinstance(read, TextResourceContents)
    assert "- `cost_usd` Nullable(Decimal(18, 9)): our price" in read.text


def test_every_tool_is_documented():
    written = (TREE / "docs" / "mcp.md").read_text()
    assert re.findall(r"^\| `(\w+)` \|", written, re.MULTILINE) == list(TOOLS)


def test_a_handshake_word_for_word(api: Site):
    answer = post(api, ask("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={}))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    result = answer.json["result"]
    assert (result["protocolVersion"], result["capabilities"]) == ("2025-06-18", {"tools": {}, "resources": {}})
    assert "mcp-session-id" not in answer.headers


def test_a_handshake_in_an_unknown_revision_is_offered_the_newest(api: Site):
    answer = post(api, ask("initialize", protocolVersion="1999-01-01", capabilities={}, clientInfo={}))
    assert answer.json["result"]["protocolVersion"] == "2025-11-25"


def test_a_ping_is_answered_with_nothing_in_it(api: Site):
    assert post(api, ask("ping")).json == {"jsonrpc": "2.0", "id": 7, "result": {}}


def test_a_notification_is_accepted_without_a_word(api: Site):
    answer = post(api, {"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert (answer.status, answer.text) == (202, "")


def test_a_batch_is_answered_as_one(api: Site):
    batch = [ask("ping"), {"jsonrpc": "2.0", "method": "notifications/cancelled"}, {**ask("moon"), "id": "b"}]
    answer = post(api, batch)
    assert [(told["id"], told.get("error", {}).get("code")) for told in answer.json] == [(7, None), ("b", -32601)]


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ("x", 400, -32600),
        ([], 400, -32600),
        ([ask("ping")] * 21, 400, -32600),
        ({"id": 1, "method": "ping"}, 400, -32600),
        ({**ask("ping"), "id": True}, 400, -32600),
        ({**ask("ping"), "params": "x"}, 400, -32600),
        (ask("moon/list"), 200, -32601),
        (ask("tools/call", name="moon"), 200, -32602),
        (ask("resources/read", uri="headwater://moon"), 200, -32002),
    ],
)
def test_what_is_no_request_is_refused(api: Site, message: object, status: int, code: int):
    answer = post(api, message)
    assert (answer.status, answer.json["error"]["code"]) == (status, code)


def test_a_body_that_is_no_json_and_one_that_is_too_large(api: Site):
    broken = api.post("/mcp", None, cookie="", x_headwater_key=KEY)
    assert (broken.status, broken.json["error"]["code"]) == (400, -32700)
    large = post(api, {**ask("ping"), "params": {"x": "y" * 1_100_000}})
    assert (large.status, large.json["error"]["type"]) == (413, "too_large")


def test_a_revision_that_is_not_spoken_is_named(api: Site):
    answer = post(api, ask("ping"), mcp_protocol_version="2031-01-01")
    assert (answer.status, answer.json["error"]["data"]) == snapshot(
        (400, {"supported": ["2025-11-25", "2025-06-18", "2025-03-26"], "requested": "2031-01-01"})
    )


@pytest.mark.parametrize("sent", [{"x_headwater_key": ""}, {"x_headwater_key": "wrong"}])
def test_a_stranger_is_refused(api: Site, sent: dict[str, str]):
    answer = post(api, ask("ping"), **sent)
    assert (answer.status, answer.json["error"]["type"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_browser_session_is_no_key(api: Site):
    assert api.post("/mcp", ask("ping")).status == 401


def test_the_page_of_another_site_is_refused(api: Site):
    assert post(api, ask("ping"), origin="https://evil.example").status == 403


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_is_no_stream_and_no_session(api: Site, method: str):
    answer = api.get("/mcp", cookie="", x_headwater_key=KEY, method=method)
    assert (answer.status, answer.json["error"]["type"]) == (405, "method_not_allowed")
