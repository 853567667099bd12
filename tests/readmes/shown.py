"""What the dashboard's API shows of each example: questions in SQL, and their rows."""

from collections.abc import Mapping, Sequence

Rows = Sequence[tuple[object, ...]]

_MINI = "gpt-4o-mini"
_CALLS = "SELECT request_model, status != 'error', input_tokens > 0, output_tokens > 0 FROM calls"
_WHOSE = "SELECT session_id, user_id FROM spans GROUP BY ALL ORDER BY ALL"
_SAID = "SELECT input_preview, output_preview FROM spans WHERE parent_span_id = '' ORDER BY start_time"
_STEPS = "SELECT count() FROM spans"
_NONE = ((_STEPS, [(0,)]),)
_ONE_CALL = ((_CALLS, [(_MINI, 1, 1, 1)]),)
_WEATHER = ("What's the weather like?", "The weather is sunny today.")

LISTED: Mapping[str, tuple[str, str]] = {
    "huggingplace 1": ("session-123", "user-456"),
    "huggingplace 3": ("session-456", "user-123"),
    "prysm 5": ("sess_abc", "user_456"),
    "pulse 1": ("session-123", ""),
}
"""A session and a user that the lists of the API show, where an example names them ("" for none)."""

SHOWN: Mapping[str, Sequence[tuple[str, Rows]]] = {
    "huggingplace 1": ((_WHOSE, [("session-123", "user-456")]), (_SAID, [_WEATHER])),
    "huggingplace 2": _NONE,
    "huggingplace 3": (
        (_WHOSE, [("session-456", "user-123")]),
        (_SAID, [_WEATHER]),
        ("SELECT DISTINCT request_model FROM calls", [("gpt-4o",)]),
        (
            "SELECT input_tokens, output_tokens FROM spans WHERE input_preview = 'Process weather data'",
            [(40, 80)],
        ),
    ),
    "huggingplace 4": (
        ("SELECT request_model, input_tokens, output_tokens, duration_ms FROM calls", [("gpt-4o", 50, 100, 1500.0)]),
    ),
    "huggingplace 5": ((_WHOSE, [("my-session-id", "")]), (_SAID, [("Hello", "Hi there!")])),
    "huggingplace 6": (
        (_WHOSE, [("session-456", "user-123")]),
        (_SAID, [("How many sales were there last month?", "There were 1,245 sales last month.")]),
    ),
    "huggingplace 7": (
        (_WHOSE, [("conversation-123", "")]),
        (_SAID, [_WEATHER, ("What about tomorrow?", "Tomorrow will be cloudy with a chance of rain.")]),
    ),
    "huggingplace 8": ((_SAID, [("Test prompt", "Test response")]),),
    "layer 1": _NONE,
    "layer 2": (
        ("SELECT count(), any(session_id) != '' FROM sessions", [(1, 1)]),
        ("SELECT DISTINCT user_id FROM spans WHERE user_id != ''", [("user-001",)]),
        ("SELECT request_model FROM spans WHERE request_model != ''", [("gpt-3.5-turbo-16k",)]),
    ),
    "layer 3": (
        ("SELECT count(), any(session_id) != '' FROM sessions", [(1, 1)]),
        ("SELECT DISTINCT user_id FROM spans WHERE user_id != ''", [("user-002",)]),
        (
            "SELECT attributes['model.id'], attributes['layer.kind'] FROM spans WHERE input_preview LIKE '%help you%'",
            [("gpt-3.5-turbo-16k", "completion_prompt")],
        ),
    ),
    "layer 4": _NONE,
    "layer 5": (("SELECT user_id FROM spans", [("user-001",)]),),
    "layer 6": _NONE,
    "layer 7": _NONE,
    "layer 8": ((_CALLS, [(_MINI, 1, 1, 1)]), ("SELECT session_id != '' FROM calls", [(1,)])),
    "prysm 1": _ONE_CALL,
    "prysm 3": _ONE_CALL,
    "prysm 4": _NONE,
    "prysm 5": (
        ("SELECT count() FROM calls", [(2,)]),
        (
            "SELECT user_id, session_id, metadata FROM calls WHERE input_preview = 'Hello scope!'",
            [("user_456", "sess_abc", {"env": "production"})],
        ),
    ),
    "prysm 7": _NONE,
    "prysm 8": (
        ("SELECT count() FROM calls", [(2,)]),
        (f"{_CALLS} WHERE is_stream = 1 AND ttft_ms IS NOT NULL", [(_MINI, 1, 1, 1)]),
    ),
    "prysm 9": _ONE_CALL,
    "prysm 10": _ONE_CALL,
    "prysm 11": (("SELECT input_preview FROM calls ORDER BY start_time", [("Explain quantum computing",), ("test",)]),),
    "pulse 1": (
        (_CALLS, [(_MINI, 1, 1, 1)]),
        ("SELECT session_id, metadata['feature'] FROM calls", [("session-123", "chat")]),
    ),
    "pulse 2": (
        ("SELECT count() FROM calls", [(2,)]),
        (f"{_CALLS} WHERE provider = 'anthropic'", [("claude-3-5-haiku-20241022", 1, 1, 1)]),
    ),
    "pulse 3": _ONE_CALL,
    "tropir 1": (("SELECT session_id != '' FROM spans", [(1,)]),),
    "tropir 2": _NONE,
}
