"""CrewAI, by its event bus: a monitor listens to all crews of the process from when it is made."""

import importlib
from typing import Any

from headwater import clock
from headwater.compat.prysmai.client.config import logger
from headwater.compat.prysmai.client.integrations.telemetry import (
    Telemetry,
    cut,
    guarded,
    new_id,
    quietly,
    shown,
    since_ms,
)
from headwater.compat.prysmai.client.shapes import items

_BUSES = ("crewai.events", "crewai.utilities.events")
_PREVIEW = 500
_NOWHERE: tuple[Any, Any] = (None, None)


class PrysmCrewMonitor(Telemetry):
    """Tells what crews do: their kickoffs, agents, tasks, tools, and what fails. See Telemetry for the arguments."""

    source = "crewai"
    agent_type = "crewai"

    def __init__(
        self,
        client: Any = None,
        api_key: str | None = None,
        base_url: str | None = None,
        session_id: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
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
            governance=governance,
            governance_context=governance_context,
        )
        self._begun: dict[str, list[float]] = {}
        self._listening: list[tuple[Any, type, Any]] = []
        quietly(self.subscribe)

    def subscribe(self) -> None:
        """Listen to CrewAI's events; done once, and when the monitor is made already."""
        if self._listening:
            return
        events, bus = _bus()
        for name, handle in _HANDLERS.items():
            event_type: Any = getattr(events, name, None)
            if isinstance(event_type, type):
                handler = self._handler(handle)
                bus.on(event_type)(handler)
                self._listening.append((bus, event_type, handler))

    def close(self) -> None:
        """Listen no more, end governance, and send what was collected."""
        listening, self._listening = self._listening, []
        for bus, event_type, handler in listening:
            if hasattr(bus, "off"):
                quietly(bus.off, event_type, handler)
        super().close()

    @guarded
    def __call__(self, event_type: str, data: Any = None) -> None:
        """Take an event by name; for versions of CrewAI that call back and have no bus."""
        self._tell(f"crew_callback_{event_type}", {"data": shown(data)})

    def _handler(self, handle: str) -> Any:
        method = getattr(self, handle)

        # The bus looks at a handler's arguments; these are the two that it has always given.
        def handler(source: Any, event: Any) -> None:
            if self._listening:
                method(source, event)

        return handler

    @guarded
    def _on_crew_start(self, source: Any, event: Any) -> None:
        crew = getattr(event, "crew", None) or source
        self._start(event, "crew")
        tasks = [str(task.description)[:200] for task in items(getattr(crew, "tasks", None)) if task.description]
        agents = items(getattr(crew, "agents", None))
        tools = [_name_of(tool) for agent in agents for tool in items(getattr(agent, "tools", None))]
        self._tell(
            "crew_kickoff_started",
            {"crew_id": str(getattr(crew, "id", None) or new_id()), **_of(event, "crew_name", "inputs")},
        )
        if self._trail is not None:
            self._trail.begin(" | ".join(tasks) or "CrewAI crew execution", list(dict.fromkeys(tools)))

    @guarded
    def _on_crew_end(self, source: Any, event: Any) -> None:
        error = getattr(event, "error", None)
        told = {**_of(event, "crew_name", "output", "total_tokens", "error"), **self._took(event, "crew")}
        self._tell("crew_kickoff_completed", told)
        outcome, said = ("failed", error) if error is not None else ("completed", getattr(event, "output", None))
        if self._trail is not None:
            # Nobody waits for the report: the crew's caller has its result.
            self._end_governance(outcome, cut(said, _PREVIEW), wait_s=0.0)

    @guarded
    def _on_agent_start(self, source: Any, event: Any) -> None:
        self._start(event, "agent")
        agent = getattr(event, "agent", None)
        told = {"agent_name": _role_of(event), "agent_goal": cut(getattr(agent, "goal", None), _PREVIEW)}
        told["agent_backstory"] = cut(getattr(agent, "backstory", None), _PREVIEW)
        self._tell("agent_execution_started", {**told, "task_prompt": cut(getattr(event, "task_prompt", None))})
        self._govern("decision", {"action": "agent_execution_started", **told})

    @guarded
    def _on_agent_end(self, source: Any, event: Any) -> None:
        told = {"agent_name": _role_of(event), **_of(event, "output", "error"), **self._took(event, "agent")}
        self._tell("agent_execution_completed", told)
        self._govern_failure(told)

    @guarded
    def _on_task_start(self, source: Any, event: Any) -> None:
        self._start(event, "task")
        self._tell("task_execution_started", {**_task_of(event), "context": cut(getattr(event, "context", None))})

    @guarded
    def _on_task_end(self, source: Any, event: Any) -> None:
        told = {**_task_of(event), **_of(event, "output", "error"), **self._took(event, "task")}
        self._tell("task_execution_completed", told)
        self._govern_failure(told)

    @guarded
    def _on_tool_start(self, source: Any, event: Any) -> None:
        self._start(event, "tool")
        told = _tool_of(event)
        self._tell("tool_usage_started", told)
        self._govern("tool_call", {"tool_name": told["tool_name"], "input": told["tool_input"]})

    @guarded
    def _on_tool_end(self, source: Any, event: Any) -> None:
        told = {**_tool_of(event), "tool_output": shown(getattr(event, "output", None)), **self._took(event, "tool")}
        self._tell("tool_usage_completed", told)
        result = {"tool_name": told["tool_name"], "output": told["tool_output"], "success": True}
        self._govern("tool_result", {**result, "latency_ms": told["latency_ms"]})

    @guarded
    def _on_tool_error(self, source: Any, event: Any) -> None:
        told = {**_tool_of(event), "error": cut(getattr(event, "error", "unknown error")), **self._took(event, "tool")}
        self._tell("tool_usage_error", told)
        self._govern_failure(told)

    def _govern_failure(self, told: dict[str, Any]) -> None:
        if told.get("error") is not None:
            self._govern("error", {**told, "error_type": "tool_error" if "tool_name" in told else "error"})

    def _start(self, event: Any, kind: str) -> None:
        self._begun.setdefault(_key_of(event, kind), []).append(clock.monotonic_s())

    def _took(self, event: Any, kind: str) -> dict[str, int]:
        """How long it took since it began: by CrewAI's own times, else by when it was told to begin."""
        begun = self._begun.get(_key_of(event, kind))
        started, finished = getattr(event, "started_at", None), getattr(event, "finished_at", None)
        seen_ms = since_ms(begun.pop()) if begun else 0
        if not begun:
            self._begun.pop(_key_of(event, kind), None)
        own = (finished - started).total_seconds() * 1000 if started is not None and finished is not None else None
        return {"latency_ms": seen_ms if own is None else int(own)}


_HANDLERS = {
    "CrewKickoffStartedEvent": "_on_crew_start",
    "CrewKickoffCompletedEvent": "_on_crew_end",
    "CrewKickoffFailedEvent": "_on_crew_end",
    "AgentExecutionStartedEvent": "_on_agent_start",
    "AgentExecutionCompletedEvent": "_on_agent_end",
    "AgentExecutionErrorEvent": "_on_agent_end",
    "TaskStartedEvent": "_on_task_start",
    "TaskCompletedEvent": "_on_task_end",
    "TaskFailedEvent": "_on_task_end",
    "ToolUsageStartedEvent": "_on_tool_start",
    "ToolUsageFinishedEvent": "_on_tool_end",
    "ToolUsageErrorEvent": "_on_tool_error",
}


def _bus() -> tuple[Any, Any]:
    """The module with CrewAI's events, and its bus."""
    for name in _BUSES:
        try:
            module = importlib.import_module(name)
            return module, module.crewai_event_bus
        except (ImportError, AttributeError):
            continue
    logger.warning("CrewAI's event bus is not there; only what calls the monitor by itself is told")
    return _NOWHERE


def _key_of(event: Any, kind: str) -> str:
    """What a beginning and its end have in common."""
    if kind == "tool":
        return f"tool {getattr(event, 'tool_name', '')} {getattr(event, 'agent_key', '')}"
    return f"{kind} {id(getattr(event, kind, None)) if kind != 'crew' else getattr(event, 'crew_name', '')}"


def _of(event: Any, *names: str) -> dict[str, Any]:
    """Those fields that an event has."""
    return {name: shown(value) for name in names if (value := getattr(event, name, None)) is not None}


def _role_of(event: Any) -> str:
    agent = getattr(event, "agent", None)
    return str(getattr(agent, "role", None) or getattr(event, "agent_role", None) or "unknown")


def _task_of(event: Any) -> dict[str, Any]:
    task = getattr(event, "task", None)
    told = {
        "task_description": getattr(task, "description", None),
        "expected_output": getattr(task, "expected_output", None),
    }
    return {name: cut(value, _PREVIEW) for name, value in told.items()}


def _tool_of(event: Any) -> dict[str, Any]:
    put_in = getattr(event, "tool_args", None)
    name = str(getattr(event, "tool_name", None) or "unknown")
    return {"tool_name": name, "tool_input": shown(put_in), "agent_name": _role_of(event)}


def _name_of(tool: Any) -> str:
    return str(getattr(tool, "name", None) or type(tool).__name__)
