"""Tool definitions, in the shape of any vendor."""

from typing import Any

import pytest
from hypothesis import given

from headwater.event import ToolDefinition
from headwater.provider import tool_definitions_from
from tests.rooms.provider.recordings import json_values

_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
_WEATHER = ToolDefinition(name="weather", description="Weather", parameters=_SCHEMA)


@pytest.mark.parametrize(
    "told",
    [
        [{"type": "function", "function": {"name": "weather", "description": "Weather", "parameters": _SCHEMA}}],
        [{"type": "function", "name": "weather", "description": "Weather", "parameters": _SCHEMA, "strict": False}],
        [{"name": "weather", "description": "Weather", "parameters": _SCHEMA}],
        [{"name": "weather", "description": "Weather", "input_schema": _SCHEMA}],
        [{"type": "function", "name": "weather", "description": "Weather", "inputSchema": _SCHEMA}],
        [
            {
                "type": "function",
                "name": "weather",
                "description": "Weather",
                "inputSchema": {"jsonSchema": 1, "json": _SCHEMA},
            }
        ],
        {"weather": {"description": "Weather", "inputSchema": _SCHEMA}},
        [{"functionDeclarations": [{"name": "weather", "description": "Weather", "parameters": _SCHEMA}]}],
        [{"toolSpec": {"name": "weather", "description": "Weather", "inputSchema": {"json": _SCHEMA}}}],
        {"tools": [{"name": "weather", "description": "Weather", "input_schema": _SCHEMA}]},
    ],
    ids=[
        "chat",
        "responses",
        "functions",
        "anthropic",
        "vercel",
        "vercel json",
        "vercel by name",
        "gemini",
        "bedrock",
        "held",
    ],
)
def test_a_tool_is_read_in_every_shape(told: Any):
    assert tool_definitions_from(told) == (_WEATHER,)


def test_a_vendors_own_tool_is_called_by_its_type_and_kept_whole():
    search = {"type": "web_search_preview", "search_context_size": "low"}
    mcp = {"type": "mcp", "server_label": "shop", "server_url": "https://x.example"}
    assert tool_definitions_from([search, mcp]) == (
        ToolDefinition(name="web_search_preview", type="web_search_preview", raw=search),
        ToolDefinition(name="shop", type="mcp", raw=mcp),
    )


@pytest.mark.parametrize("told", [None, "x", 3, [], [None, 3]], ids=repr)
def test_what_defines_nothing_is_left_out(told: Any):
    assert tool_definitions_from(told) == ()


@given(json_values())
def test_anything_gives_named_tools_or_none(value: Any):
    assert all(isinstance(tool.name, str) for tool in tool_definitions_from(value))
