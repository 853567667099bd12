"""LangGraph, and all else that has LangChain's callbacks: `graph.invoke(..., config={"callbacks": [monitor]})`."""

import uuid
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from headwater import clock
from headwater.compat.prysmai.client.detectors.detector import unix_s
from headwater.compat.prysmai.client.integrations import langchain
from headwater.compat.prysmai.client.integrations.telemetry import (
    Telemetry,
    become,
    cut,
    guarded,
    quietly,
    remember,
    shown,
    since_ms,
)

if TYPE_CHECKING:
    from headwater.compat.prysmai.client.results import SessionReport

_ID = uuid.UUID
_TRANSITIONS = 1_000
_TASK = "LangGraph execution (auto-started)"


class PrysmGraphMonitor(Telemetry):
    """Tells what a graph does: its nodes, its calls to models and tools, its errors.

    Where langchain-core is installed it is one of its callback handlers. See Telemetry for the arguments.
    """

    source = "langgraph"
    agent_type = "langgraph"
    summary_name = "graph_summary"

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
        self._runs: dict[str, dict[str, Any]] = {}
        self.reset()
        become(self, "langchain_core.callbacks.BaseCallbackHandler")

    def reset(self) -> None:
        """Forget which nodes ran; for the next graph."""
        self._order: list[str] = []
        self._timings: dict[str, dict[str, float]] = {}
        self._tools: dict[str | None, list[str]] = {}
        self._transitions: deque[dict[str, Any]] = deque(maxlen=_TRANSITIONS)
        self._node: str | None = None

    @property
    def node_execution_order(self) -> list[str]:
        """The nodes, each once, in the order in which they first ran."""
        return list(self._order)

    @property
    def node_timings(self) -> dict[str, dict[str, float]]:
        """For each node the last run's `start` and `end` in Unix seconds and its `duration_ms`."""
        return {node: dict(timing) for node, timing in list(self._timings.items())}

    @property
    def state_transitions(self) -> list[dict[str, Any]]:
        """From which node to which, and when; the last thousand."""
        return list(self._transitions)

    @property
    def graph_summary(self) -> dict[str, Any]:
        """What ran, in short."""
        by_node = {node: list(tools) for node, tools in list(self._tools.items()) if node is not None}
        return {
            "session_id": self.session_id,
            "nodes_executed": len(self._order),
            "execution_order": list(self._order),
            "tools_used": self._tools_used(),
            "node_to_tools": by_node,
            "transitions": len(self._transitions),
        }

    def summary(self) -> dict[str, Any]:
        return self.graph_summary

    def start_governance(
        self,
        task: str = "LangGraph graph execution",
        agent_type: str = "langgraph",
        available_tools: list[str] | None = None,
        context: dict[str, Any] | None = None,
    ) -> None:
        """Begin governance; with `governance=True` the first event does so. Never raises."""
        self.agent_type = agent_type
        quietly(self._begin_governance, task, available_tools or self._tools_used(), context)

    def end_governance(self, outcome: str = "completed", output_summary: str | None = None) -> "SessionReport | None":
        """End governance and return its report; None where there is none."""
        return quietly(self._end_governance, outcome, output_summary)

    @guarded
    def on_chain_start(
        self,
        serialized: dict[str, Any],
        inputs: dict[str, Any],
        *,
        run_id: _ID,
        parent_run_id: _ID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A chain begins; with `langgraph_node` in its metadata it is a node, or something inside one."""
        kind = langchain.name_of(serialized) or str(kwargs.get("name") or "unknown")
        node = (metadata or {}).get("langgraph_node")
        # Chains inside a node carry its metadata too; the node's own is the outermost.
        outer = self._runs.get(str(parent_run_id), {}).get("langgraph_node")
        is_node = bool(node) and node != outer
        told = {"chain_type": kind, "inputs": shown(inputs), "is_node": is_node}
        self._runs_on(run_id, parent_run_id, tags, metadata, told)
        if is_node:
            self._entered(str(node))
            self._govern("decision", {"node": node, "chain_type": kind, "langgraph_node": node}, _TASK)

    @guarded
    def on_chain_end(
        self, outputs: dict[str, Any], *, run_id: _ID, parent_run_id: _ID | None = None, **kwargs: Any
    ) -> None:
        """A chain has ended."""
        run = self._ended(run_id, parent_run_id)
        node = self._left(run)
        told = {**run, "node_name": node, "outputs": shown(outputs)}
        self._tell("node_execution" if node else "chain_execution", told)

    @guarded
    def on_chain_error(
        self, error: BaseException, *, run_id: _ID, parent_run_id: _ID | None = None, **kwargs: Any
    ) -> None:
        """A chain has failed."""
        run = self._ended(run_id, parent_run_id)
        node = self._left(run)
        self._tell("node_error" if node else "chain_error", {**run, "node_name": node, **_failure(error)})
        self._govern("error", {**_failure(error), "node": node}, _TASK)

    @guarded
    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: _ID,
        parent_run_id: _ID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A model is asked with texts."""
        told = {"model": langchain.model_of(serialized, metadata, kwargs), "prompts": shown(prompts)}
        self._runs_on(run_id, parent_run_id, tags, metadata, told)

    @guarded
    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[Any]],
        *,
        run_id: _ID,
        parent_run_id: _ID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A model is asked with messages."""
        asked = [langchain.message_of(message) for batch in messages for message in batch]
        told = {"model": langchain.model_of(serialized, metadata, kwargs), "messages": asked, "prompts": []}
        self._runs_on(run_id, parent_run_id, tags, metadata, told)

    @guarded
    def on_llm_end(self, response: Any, *, run_id: _ID, parent_run_id: _ID | None = None, **kwargs: Any) -> None:
        """A model has answered."""
        run = self._ended(run_id, parent_run_id)
        usage = langchain.usage_of(response)
        told = {"prompts": [], **run, "completions": langchain.completions_of(response), **usage}
        told["model"] = langchain.answered_model_of(response) or run.get("model") or "unknown"
        self._tell("llm_call", told)
        asked = {"model": told["model"], **usage, "latency_ms": run["latency_ms"]}
        self._govern("llm_call", {**asked, "langgraph_node": run["langgraph_node"]}, _TASK)

    @guarded
    def on_llm_error(
        self, error: BaseException, *, run_id: _ID, parent_run_id: _ID | None = None, **kwargs: Any
    ) -> None:
        """A model has failed."""
        run = self._ended(run_id, parent_run_id)
        self._tell("llm_error", {"model": "unknown", **run, **_failure(error)})
        self._govern("error", {**_failure(error), "model": run.get("model", "unknown")}, _TASK)

    @guarded
    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: _ID,
        parent_run_id: _ID | None = None,
        tags: list[str] | None = None,
        metadata: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A tool is called."""
        name = str((serialized or {}).get("name") or kwargs.get("name") or "unknown")
        put_in = shown(kwargs.get("inputs") or input_str)
        run = self._runs_on(run_id, parent_run_id, tags, metadata, {"tool_name": name, "input": put_in})
        used = self._tools.setdefault(run["langgraph_node"], [])
        if name not in used:
            used.append(name)
        told = {"tool_name": name, "input": put_in, "langgraph_node": run["langgraph_node"]}
        self._govern("tool_call", told, _TASK)

    @guarded
    def on_tool_end(self, output: Any, *, run_id: _ID, parent_run_id: _ID | None = None, **kwargs: Any) -> None:
        """A tool has done its work."""
        run = self._ended(run_id, parent_run_id)
        result = {"output": shown(langchain.output_of(output))}
        self._tell("tool_invocation", {"tool_name": "unknown", **run, **result})
        told = {"tool_name": run.get("tool_name", "unknown"), **result, "success": True}
        self._govern("tool_result", {**told, "latency_ms": run["latency_ms"]}, _TASK)

    @guarded
    def on_tool_error(
        self, error: BaseException, *, run_id: _ID, parent_run_id: _ID | None = None, **kwargs: Any
    ) -> None:
        """A tool has failed."""
        run = self._ended(run_id, parent_run_id)
        self._tell("tool_error", {"tool_name": "unknown", **run, **_failure(error)})
        told = {"tool_name": run.get("tool_name", "unknown"), "error": cut(error), "error_type": "tool_error"}
        self._govern("error", told, _TASK)

    @guarded
    def on_agent_action(self, action: Any, *, run_id: _ID, parent_run_id: _ID | None = None, **kwargs: Any) -> None:
        """An agent has decided what to do."""
        node = self._node_around(run_id, parent_run_id)
        told = {"tool": action.tool, "tool_input": shown(action.tool_input)}
        self._tell(
            "agent_action", {**_ids(run_id, parent_run_id), **told, "log": cut(action.log), "langgraph_node": node}
        )
        self._govern("decision", {**told, "reasoning": cut(action.log), "langgraph_node": node}, _TASK)

    @guarded
    def on_agent_finish(self, finish: Any, *, run_id: _ID, parent_run_id: _ID | None = None, **kwargs: Any) -> None:
        """An agent is done."""
        node = self._node_around(run_id, parent_run_id)
        told = {"output": shown(finish.return_values), "log": cut(finish.log), "langgraph_node": node}
        self._tell("agent_finish", {**_ids(run_id, parent_run_id), **told})

    def _runs_on(
        self,
        run_id: Any,
        parent_run_id: Any,
        tags: list[str] | None,
        metadata: Mapping[str, Any] | None,
        told: dict[str, Any],
    ) -> dict[str, Any]:
        node = (metadata or {}).get("langgraph_node") or self._node_around(run_id, parent_run_id)
        run = {**_ids(run_id, parent_run_id), **told, "langgraph_node": node}
        run |= {"tags": shown(tags), "metadata": shown(metadata), "begun_s": clock.monotonic_s()}
        remember(self._runs, str(run_id), run)
        return run

    def _ended(self, run_id: Any, parent_run_id: Any) -> dict[str, Any]:
        """What is known of a run that has ended, with its `latency_ms`."""
        run = self._runs.pop(str(run_id), None) or {**_ids(run_id, parent_run_id), "langgraph_node": None}
        begun_s = run.pop("begun_s", None)
        return {**run, "latency_ms": 0 if begun_s is None else since_ms(begun_s)}

    def _node_around(self, run_id: Any, parent_run_id: Any) -> str | None:
        run = self._runs.get(str(run_id)) or self._runs.get(str(parent_run_id)) or {}
        return run.get("langgraph_node")

    def _entered(self, node: str) -> None:
        before, self._node = self._node, node
        if node not in self._order:
            self._order.append(node)
        self._timings[node] = {"start": unix_s(), "end": 0.0, "duration_ms": 0.0}
        if before and before != node:
            self._transitions.append({"from_node": before, "to_node": node, "timestamp": unix_s()})

    def _left(self, run: dict[str, Any]) -> str | None:
        """The node whose run this was, None for a chain that is none."""
        node = run.get("langgraph_node") if run.pop("is_node", False) else None
        if node and node in self._timings:
            self._timings[node] |= {"end": unix_s(), "duration_ms": float(run["latency_ms"])}
        return node

    def _tools_used(self) -> list[str]:
        return list(dict.fromkeys(tool for tools in list(self._tools.values()) for tool in tools))


def _ids(run_id: Any, parent_run_id: Any) -> dict[str, Any]:
    return {"run_id": str(run_id), "parent_run_id": str(parent_run_id) if parent_run_id else None}


def _failure(error: BaseException) -> dict[str, Any]:
    return {"error": cut(error), "error_type": type(error).__name__}
