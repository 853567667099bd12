"""Microsoft's Agent Framework, by its middleware: `agent.run("...", middleware=monitor.middleware())`."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from headwater import clock
from headwater.compat.prysmai.client.integrations.telemetry import (
    Telemetry,
    become,
    cut,
    new_id,
    quietly,
    remember,
    shown,
    since_ms,
)
from headwater.compat.prysmai.client.shapes import fields

if TYPE_CHECKING:
    from headwater.compat.prysmai.client.results import SessionReport

_PREVIEW = 500
_MOST_MESSAGES = 3
_TASK = "Agent Framework execution (auto-started)"
_Tell = Callable[[dict[str, Any]], None]


class PrysmAgentFrameworkMonitor(Telemetry):
    """Tells what agents do: their runs, their calls to models and tools. See Telemetry for the arguments."""

    source = "agent_framework"
    agent_type = "agent_framework"
    summary_name = "execution_summary"

    def __init__(
        self,
        client: Any = None,
        api_key: str | None = None,
        base_url: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        batch_size: int = 10,
        flush_interval: float = 5.0,
        governance: bool = False,
        governance_context: dict[str, Any] | None = None,
    ) -> None:
        self._begin(
            client,
            api_key,
            base_url,
            session_id,
            user_id,
            metadata,
            batch_size,
            flush_interval,
            governance,
            governance_context,
        )
        self._middleware = (_AgentMiddleware(self), _FunctionMiddleware(self), _ChatMiddleware(self))
        self.reset()

    def middleware(self) -> list[Any]:
        """All three, for an agent or a run."""
        return list(self._middleware)

    @property
    def agent_middleware(self) -> Any:
        """The one that sees runs of agents."""
        return self._middleware[0]

    @property
    def function_middleware(self) -> Any:
        """The one that sees calls of tools."""
        return self._middleware[1]

    @property
    def chat_middleware(self) -> Any:
        """The one that sees calls to models."""
        return self._middleware[2]

    def reset(self) -> None:
        """Forget what was counted; for the next execution."""
        self._runs = 0
        self._tools: dict[str, int] = {}
        self._tools_ms = self._successes = self._calls = self._calls_ms = self._tokens = 0

    @property
    def execution_summary(self) -> dict[str, Any]:
        """What was done, in numbers."""
        tools = sum(list(self._tools.values()))
        return {
            "session_id": self.session_id,
            "agent_runs": self._runs,
            "tool_calls": tools,
            "llm_calls": self._calls,
            "tools_used": self._tools_used(),
            "total_llm_tokens": self._tokens,
            "avg_tool_latency_ms": round(self._tools_ms / max(tools, 1), 1),
            "avg_llm_latency_ms": round(self._calls_ms / max(self._calls, 1), 1),
            "tool_success_rate": round(self._successes / tools, 3) if tools else 1.0,
        }

    def summary(self) -> dict[str, Any]:
        return self.execution_summary

    def start_governance(
        self,
        task: str = "Agent Framework execution",
        agent_type: str = "agent_framework",
        available_tools: list[str] | None = None,
        context: dict[str, Any] | None = None,
    ) -> None:
        """Begin governance; with `governance=True` the first event does so. Never raises."""
        self.agent_type = agent_type
        quietly(self._begin_governance, task, available_tools or self._tools_used(), context)

    def end_governance(self, outcome: str = "completed", output_summary: str | None = None) -> "SessionReport | None":
        """End governance and return its report; None where there is none."""
        return quietly(self._end_governance, outcome, output_summary)

    def told(self, event_type: str, fields: dict[str, Any], governed: str | None = None) -> None:
        """Take what a middleware has seen. Never raises."""
        quietly(self._tell, event_type, fields)
        if governed is not None:
            quietly(self._govern, governed, fields, _TASK)

    def count_run(self) -> None:
        """A run of an agent has ended."""
        self._runs += 1

    def count_tool(self, name: str, took_ms: int, is_success: bool) -> None:
        """A call of a tool has ended."""
        remember(self._tools, name, self._tools.get(name, 0) + 1)
        self._tools_ms += took_ms
        self._successes += is_success

    def count_call(self, took_ms: int, tokens: int) -> None:
        """A call to a model has ended."""
        self._calls += 1
        self._calls_ms += took_ms
        self._tokens += tokens

    def _tools_used(self) -> list[str]:
        return list(self._tools)


class _Middleware(ABC):
    """Tells the monitor before and after; what is between, and what it raises, is the framework's."""

    base = ""
    begins, ends, governed = "", "", "decision"

    def __init__(self, monitor: PrysmAgentFrameworkMonitor) -> None:
        self._monitor = monitor
        become(self, f"agent_framework.{self.base}")

    async def process(self, context: Any, call_next: Callable[..., Awaitable[None]]) -> None:
        """Called by the framework, with what calls the next middleware."""
        begun_s = clock.monotonic_s()
        common = quietly(self._common, context) or {}
        self._monitor.told(self.begins, common | (quietly(self._before, context) or {}), self.governed)
        try:
            await (call_next(context) if _takes_context(call_next) else call_next())
        except BaseException as error:
            failure = {"error": cut(error), "error_type": type(error).__name__}
            self._end(context, begun_s, {**common, **failure, "success": False})
            raise
        self._end(context, begun_s, {**common, "success": True, **(quietly(self._after, context) or {})})

    def _end(self, context: Any, begun_s: float, told: dict[str, Any]) -> None:
        told |= {"latency_ms": since_ms(begun_s), "terminated": bool(getattr(context, "terminate", False))}
        quietly(self._count, told)
        self._monitor.told(self.ends, told, self._governed_end(told))

    def _governed_end(self, told: dict[str, Any]) -> str | None:
        return None if told["success"] else "error"

    @abstractmethod
    def _common(self, context: Any) -> dict[str, Any]:
        """What is told before and after."""

    @abstractmethod
    def _before(self, context: Any) -> dict[str, Any]:
        """What is told before only."""

    def _after(self, context: Any) -> dict[str, Any]:
        result = getattr(context, "result", None)
        return {} if result is None else {"result_preview": shown(_text_of(result), _PREVIEW)}

    @abstractmethod
    def _count(self, told: dict[str, Any]) -> None:
        """Add what has ended to the monitor's sums."""


class _AgentMiddleware(_Middleware):
    base, begins, ends = "AgentMiddleware", "agent_run_start", "agent_run_end"

    def _common(self, context: Any) -> dict[str, Any]:
        name = getattr(getattr(context, "agent", None), "name", None)
        return {"run_id": new_id(), "agent_name": str(name or "unknown"), "is_streaming": _is_stream(context)}

    def _before(self, context: Any) -> dict[str, Any]:
        return _asked(context)

    def _count(self, told: dict[str, Any]) -> None:
        self._monitor.count_run()


class _FunctionMiddleware(_Middleware):
    base, begins, ends, governed = "FunctionMiddleware", "tool_call_start", "tool_call_end", "tool_call"

    def _common(self, context: Any) -> dict[str, Any]:
        name = str(getattr(getattr(context, "function", None), "name", None) or "unknown")
        given: Any = getattr(context, "arguments", None)
        dump = getattr(given, "model_dump", None)
        arguments = shown(dump() if callable(dump) else given, 1000)
        return {"call_id": new_id(), "tool_name": name, "arguments": arguments, "input": arguments}

    def _before(self, context: Any) -> dict[str, Any]:
        return {}

    def _count(self, told: dict[str, Any]) -> None:
        self._monitor.count_tool(told["tool_name"], told["latency_ms"], told["success"])

    def _governed_end(self, told: dict[str, Any]) -> str | None:
        return "tool_result" if told["success"] else "error"


class _ChatMiddleware(_Middleware):
    base, begins, ends, governed = "ChatMiddleware", "llm_call_start", "llm_call_end", "llm_call"

    def _common(self, context: Any) -> dict[str, Any]:
        return {"call_id": new_id(), "is_streaming": _is_stream(context)}

    def _before(self, context: Any) -> dict[str, Any]:
        return _asked(context) | {"options": shown(getattr(context, "options", None), _PREVIEW)}

    def _after(self, context: Any) -> dict[str, Any]:
        result = getattr(context, "result", None)
        if result is None:
            return {}
        usage: Any = getattr(result, "usage_details", None) or getattr(result, "usage", None) or {}
        counts = {"prompt_tokens": _count_in(usage, _IN), "completion_tokens": _count_in(usage, _OUT)}
        model = getattr(result, "model", None) or getattr(result, "model_id", None)
        return {**counts, "model": model, "completion_preview": shown(_text_of(result), _PREVIEW)}

    def _count(self, told: dict[str, Any]) -> None:
        self._monitor.count_call(told["latency_ms"], told.get("prompt_tokens", 0) + told.get("completion_tokens", 0))


_IN = ("input_token_count", "prompt_tokens", "input_tokens")
_OUT = ("output_token_count", "completion_tokens", "output_tokens")


def _takes_context(call_next: Callable[..., Any]) -> bool:
    """Whether this version hands the context on."""
    try:
        return bool(inspect.signature(call_next).parameters)
    except (TypeError, ValueError):
        return False


def _is_stream(context: Any) -> bool:
    return bool(getattr(context, "stream", False) or getattr(context, "is_streaming", False))


def _asked(context: Any) -> dict[str, Any]:
    messages = list(getattr(context, "messages", None) or [])
    return {"message_count": len(messages), "messages_preview": [_message_of(one) for one in messages[:_MOST_MESSAGES]]}


def _message_of(message: Any) -> Any:
    if isinstance(message, dict | str):
        return shown(cast("Any", message))
    role = getattr(message, "role", "unknown")
    return {"role": str(getattr(role, "value", role)), "content": shown(_text_of(message))}


def _text_of(thing: Any) -> Any:
    """What a message, an answer or a result says."""
    choices = getattr(thing, "choices", None)
    if choices:
        return getattr(getattr(choices[0], "message", None), "content", None)
    text = getattr(thing, "text", None)
    return text if text else getattr(thing, "content", thing)


def _count_in(usage: Any, names: tuple[str, ...]) -> int:
    counts = fields(usage)
    told = (counts.get(name) or getattr(usage, name, None) for name in names)
    return next((int(count) for count in told if count), 0)
