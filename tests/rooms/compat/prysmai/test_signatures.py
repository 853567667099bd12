"""Every public name of Prysm's packages 0.1.3 and 0.9.0, where it was and with the arguments that it had.

Annotations are left out: they say the same in other words. FACTORY is a default that is made for each.
"""

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_DISTRIBUTION = Path(__file__).parents[4] / "distributions" / "headwater-compat" / "src"
_NAMES = """
prysmai.client
    PrysmClient(prysm_key=None, base_url=None, timeout=120.0, upstream_api_key=None, forward_headers=None)
    PrysmClient.llm(**kwargs)
    PrysmClient.last_trace_id
    PrysmClient.last_threat_level
    PrysmClient.last_threat_score
    PrysmClient.openai(**kwargs)
    PrysmClient.async_llm(**kwargs)
    PrysmClient.async_openai(**kwargs)
    PrysmClient.mcp(timeout=60.0)
    PrysmClient.session(*, user_id=None, session_id=None, metadata=None, governance_task=None,
        agent_type='custom', available_tools=None, governance_context=None, auto_check_interval=None,
        governance_timeout=60.0)
    PrysmClient.langgraph_monitor(**kwargs)
    PrysmClient.crewai_monitor(**kwargs)
    PrysmClient.agent_framework_monitor(**kwargs)
    PrysmClient.llamaindex_handler(**kwargs)
    monitor(client, prysm_key=None, base_url=None, timeout=120.0, upstream_api_key=None, forward_headers=None)
prysmai.config
    PrysmConnectionConfig(prysm_key, base_url)
    resolve_prysm_connection(*, client=None, prysm_key=None, base_url=None)
prysmai.context
    PrysmContext(user_id=None, session_id=None, governance_session_id=None, metadata=FACTORY)
    PrysmContext.to_headers()
    prysm_context.set(user_id=None, session_id=None, governance_session_id=None, metadata=None)
    prysm_context.get()
    prysm_context.clear()
    prysm_context.from_headers(headers)
    prysm_context.__call__(user_id=None, session_id=None, governance_session_id=None, metadata=None)
prysmai.session
    PrysmSession(client, *, user_id=None, session_id=None, metadata=None, governance_task=None,
        agent_type='custom', available_tools=None, governance_context=None, auto_check_interval=None,
        governance_timeout=60.0)
    PrysmSession.identifiers
    PrysmSession.governance
    PrysmSession.governance_session_id
    PrysmSession.governance_report
    PrysmSession.is_active
    PrysmSession.openai(**kwargs)
    PrysmSession.llm(**kwargs)
    PrysmSession.async_openai(**kwargs)
    PrysmSession.async_llm(**kwargs)
    PrysmSession.mcp(timeout=None)
    PrysmSession.check_behavior(events)
    PrysmSession.record_llm_call(*, model, messages, provider=None, completion=None, finish_reason=None,
        status='success', status_code=None, error_message=None, latency_ms=None, prompt_tokens=None,
        completion_tokens=None, total_tokens=None, cost_usd=None, temperature=None, max_tokens=None, top_p=None,
        metadata=None, logprobs=None, run_security_scan=True)
    PrysmSession.record_tool_call(*, tool_name, tool_input=None, tool_output=None, success=None, duration_ms=None,
        external_trace_id=None, metadata=None)
    PrysmSession.record_decision(*, description, rationale=None, selected_action=None, severity=None,
        external_trace_id=None, metadata=None)
    PrysmSession.record_file_change(*, operation, path, language=None, content=None, external_trace_id=None,
        metadata=None)
    PrysmSession.record_delegation(*, to_agent, from_agent=None, delegated_authority=None, parent_session_id=None,
        delegation_chain=None, metadata=None, timestamp=None)
    PrysmSession.run_tool(tool_name, func, *args, tool_input=None, external_trace_id=None, metadata=None,
        **kwargs)
    PrysmSession.report_event(event_type, data, timestamp=None)
    PrysmSession.scan_code(code, language, file_path=None)
    PrysmSessionIdentifiers(session_id, user_id=None, governance_session_id=None, metadata=FACTORY)
prysmai.mcp
    PrysmMCPClient(client=None, prysm_key=None, base_url=None, timeout=60.0)
    PrysmMCPClient.mcp_url
    PrysmMCPClient.auth_headers
    PrysmMCPClient.connection_config(extra_headers=None)
    PrysmMCPClient.list_tools()
    PrysmMCPClient.list_resources()
    PrysmMCPClient.read_resource(uri)
    PrysmMCPClient.list_policies()
    PrysmMCPClient.get_session_status(session_id)
    PrysmMCPClient.get_session_report(session_id)
    PrysmMCPClient.call_tool(tool_name, arguments)
    PrysmMCPClient.record_llm_call(*, model, messages, session_id=None, provider=None, completion=None,
        finish_reason=None, status='success', status_code=None, error_message=None, latency_ms=None,
        prompt_tokens=None, completion_tokens=None, total_tokens=None, cost_usd=None, temperature=None,
        max_tokens=None, top_p=None, metadata=None, logprobs=None, run_security_scan=True)
    PrysmMCPClient.record_tool_call(*, session_id, tool_name, tool_input=None, tool_output=None, success=None,
        duration_ms=None, external_trace_id=None, metadata=None)
    PrysmMCPClient.record_decision(*, session_id, description, rationale=None, selected_action=None,
        severity=None, external_trace_id=None, metadata=None)
    PrysmMCPClient.record_file_change(*, session_id, operation, path, language=None, content=None,
        external_trace_id=None, metadata=None)
    PrysmMCPClient.governance_session(task='', agent_type='custom', available_tools=None, context=None,
        auto_check_interval=None)
    PrysmMCPClient.close()
    PrysmMCPConfig(server_url, headers, transport='streamable_http')
prysmai.governance
    AsyncGovernanceSession(client=None, task='', agent_type='custom', available_tools=None, context=None,
        prysm_key=None, base_url=None, timeout=60.0, auto_check_interval=None)
    AsyncGovernanceSession.attach_detector(detector)
    async AsyncGovernanceSession.start()
    async AsyncGovernanceSession.end(outcome='completed', output_summary=None)
    async AsyncGovernanceSession.check_behavior(events)
    async AsyncGovernanceSession.scan_code(code, language, file_path=None)
    BehavioralFlag(detector, severity, evidence=FACTORY)
    CheckResult(events_ingested, flags, violations, recommendations, raw)
    CheckResult.has_flags
    CheckResult.max_severity
    GovernanceError(message, code=None)
    GovernanceSession(client=None, task='', agent_type='custom', available_tools=None, context=None,
        prysm_key=None, base_url=None, timeout=60.0, auto_check_interval=None)
    GovernanceSession.attach_detector(detector)
    GovernanceSession.detach_detector(detector_name)
    GovernanceSession.detections
    GovernanceSession.detector_summaries
    GovernanceSession.session_id
    GovernanceSession.is_active
    GovernanceSession.policies
    GovernanceSession.all_flags
    GovernanceSession.stats
    GovernanceSession.start()
    GovernanceSession.end(outcome='completed', output_summary=None, files_modified=None)
    GovernanceSession.check_behavior(events)
    GovernanceSession.scan_code(code, language, file_path=None)
    GovernanceSession.report_event(event_type, data, timestamp=None)
    GovernanceSession.close()
    ScanResult(language, file_path, vulnerability_count, max_severity, threat_score, vulnerabilities,
        recommendations, raw)
    ScanResult.is_clean
    SessionNotActiveError(message, code=None)
    SessionReport(session_id, outcome, behavior_score, detectors, summary, recommendations, violations, raw)
    Vulnerability(type, severity, description)
prysmai.detectors
    BaseDetector()
    BaseDetector.configure_reporting(prysm_key, base_url)
    BaseDetector.process_event(event)
    BaseDetector.get_summary()
    BaseDetector.reset()
    Detection(detector, severity, category, message, evidence=FACTORY, timestamp=FACTORY)
    Detection.to_dict()
    FinancialAnomalyDetector(cost_baseline=0.01, alert_threshold=3.0, halt_threshold=10.0, budget_limit=None,
        velocity_window=60.0, velocity_limit=None, model_costs=None)
    FinancialAnomalyDetector.process_event(event)
    FinancialAnomalyDetector.get_summary()
    FinancialAnomalyDetector.reset()
    LoopDetector(max_repeated_calls=5, window_seconds=60.0, circuit_breaker_threshold=10, sequence_length=3,
        similarity_threshold=0.85)
    LoopDetector.process_event(event)
    LoopDetector.get_summary()
    LoopDetector.reset()
    MultiAgentMonitor(expected_agents=None, max_delegation_depth=5, conflict_detection=True, orphan_timeout=300.0)
    MultiAgentMonitor.process_event(event)
    MultiAgentMonitor.get_summary()
    MultiAgentMonitor.reset()
    ResourceAccessDetector(allowed_tools=None, allowed_domains=None, allowed_file_patterns=None,
        blocked_tools=None, blocked_domains=None, blocked_file_patterns=None, severity_on_violation='critical')
    ResourceAccessDetector.process_event(event)
    ResourceAccessDetector.get_summary()
    ResourceAccessDetector.reset()
prysmai.integrations.langgraph
    PrysmGraphMonitor(client=None, api_key=None, base_url=None, session_id=None, user_id=None, metadata=None,
        batch_size=10, flush_interval=5.0, governance=False, governance_context=None)
    PrysmGraphMonitor.governance_report
    PrysmGraphMonitor.node_execution_order
    PrysmGraphMonitor.node_timings
    PrysmGraphMonitor.state_transitions
    PrysmGraphMonitor.graph_summary
    PrysmGraphMonitor.start_governance(task='LangGraph graph execution', agent_type='langgraph',
        available_tools=None, context=None)
    PrysmGraphMonitor.end_governance(outcome='completed', output_summary=None)
    PrysmGraphMonitor.on_chain_start(serialized, inputs, *, run_id, parent_run_id=None, tags=None, metadata=None,
        **kwargs)
    PrysmGraphMonitor.on_chain_end(outputs, *, run_id, parent_run_id=None, **kwargs)
    PrysmGraphMonitor.on_chain_error(error, *, run_id, parent_run_id=None, **kwargs)
    PrysmGraphMonitor.on_llm_start(serialized, prompts, *, run_id, parent_run_id=None, tags=None, metadata=None,
        **kwargs)
    PrysmGraphMonitor.on_chat_model_start(serialized, messages, *, run_id, parent_run_id=None, tags=None,
        metadata=None, **kwargs)
    PrysmGraphMonitor.on_llm_end(response, *, run_id, parent_run_id=None, **kwargs)
    PrysmGraphMonitor.on_llm_error(error, *, run_id, parent_run_id=None, **kwargs)
    PrysmGraphMonitor.on_tool_start(serialized, input_str, *, run_id, parent_run_id=None, tags=None,
        metadata=None, **kwargs)
    PrysmGraphMonitor.on_tool_end(output, *, run_id, parent_run_id=None, **kwargs)
    PrysmGraphMonitor.on_tool_error(error, *, run_id, parent_run_id=None, **kwargs)
    PrysmGraphMonitor.on_agent_action(action, *, run_id, parent_run_id=None, **kwargs)
    PrysmGraphMonitor.on_agent_finish(finish, *, run_id, parent_run_id=None, **kwargs)
    PrysmGraphMonitor.flush()
    PrysmGraphMonitor.close()
    PrysmGraphMonitor.reset()
prysmai.integrations.agent_framework
    PrysmAgentFrameworkMonitor(client=None, api_key=None, base_url=None, session_id=None, user_id=None,
        metadata=None, batch_size=10, flush_interval=5.0, governance=False, governance_context=None)
    PrysmAgentFrameworkMonitor.middleware()
    PrysmAgentFrameworkMonitor.agent_middleware
    PrysmAgentFrameworkMonitor.function_middleware
    PrysmAgentFrameworkMonitor.chat_middleware
    PrysmAgentFrameworkMonitor.governance_report
    PrysmAgentFrameworkMonitor.execution_summary
    PrysmAgentFrameworkMonitor.start_governance(task='Agent Framework execution', agent_type='agent_framework',
        available_tools=None, context=None)
    PrysmAgentFrameworkMonitor.end_governance(outcome='completed', output_summary=None)
    PrysmAgentFrameworkMonitor.flush()
    PrysmAgentFrameworkMonitor.close()
    PrysmAgentFrameworkMonitor.reset()
prysmai.integrations.crewai
    PrysmCrewMonitor(client=None, api_key=None, base_url=None, session_id=None, user_id=None, metadata=None,
        governance=False, governance_context=None)
    PrysmCrewMonitor.subscribe()
    PrysmCrewMonitor.flush()
    PrysmCrewMonitor.close()
    PrysmCrewMonitor.__call__(event_type, data=None)
    PrysmCrewMonitor.governance_report
prysmai.integrations.llamaindex
    PrysmSpanHandler(client=None, api_key=None, base_url=None, session_id=None, user_id=None, metadata=None,
        event_starts_to_ignore=None, event_ends_to_ignore=None)
    PrysmSpanHandler.on_event_start(event_type, payload=None, event_id='', parent_id='', **kwargs)
    PrysmSpanHandler.on_event_end(event_type, payload=None, event_id='', **kwargs)
    PrysmSpanHandler.start_trace(trace_id=None)
    PrysmSpanHandler.end_trace(trace_id=None, trace_map=None)
    PrysmSpanHandler.flush()
    PrysmSpanHandler.close()
"""


def _snapshot() -> Iterator[tuple[str, str]]:
    """(module, what it has), in order; a line that is indented more continues the one before."""
    module, held = "", ""
    for line in [*_NAMES.strip().splitlines(), ""]:
        if line.startswith(" " * 8):
            held += " " + line.strip()
            continue
        if held:
            yield module, held
        module, held = (module, line.strip()) if line.startswith(" ") else (line, "")


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package with the old name, as users install it."""
    monkeypatch.syspath_prepend(_DISTRIBUTION)  # pyright: ignore[reportUnknownMemberType] - of pytest
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "prysmai"]:
        del sys.modules[name]


def _shown(parameter: inspect.Parameter) -> str:
    marks = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    name = marks.get(parameter.kind, "") + parameter.name
    if parameter.default is inspect.Parameter.empty:
        return name
    default = repr(parameter.default)
    return f"{name}={'FACTORY' if default.startswith('<') else default}"


def _signature(called: Any) -> str:
    shown: list[str] = []
    for parameter in inspect.signature(called).parameters.values():
        has_star = any(part.startswith("*") for part in shown)
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not has_star:
            shown.append("*")
        if parameter.name != "self":
            shown.append(_shown(parameter))
    return f"({', '.join(shown)})"


@pytest.mark.parametrize(("module", "held"), list(_snapshot()))
def test_the_name_is_there_with_its_arguments(packages: None, module: str, held: str) -> None:
    is_async = held.startswith("async ")
    name = held.removeprefix("async ").partition("(")[0]
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = inspect.getattr_static(found, part, None) or getattr(found, part)
    if "(" not in held:
        assert isinstance(found, property)
        return
    assert name + _signature(found) == held.removeprefix("async ")
    assert inspect.iscoroutinefunction(found) == is_async


def test_the_package_itself_has_the_names_that_it_had(packages: None) -> None:
    package = importlib.import_module("prysmai")
    named = {
        "AsyncGovernanceSession",
        "BaseDetector",
        "Detection",
        "FinancialAnomalyDetector",
        "GovernanceSession",
        "LoopDetector",
        "MultiAgentMonitor",
        "PrysmClient",
        "PrysmConnectionConfig",
        "PrysmContext",
        "PrysmMCPClient",
        "PrysmMCPConfig",
        "PrysmSession",
        "PrysmSessionIdentifiers",
        "ResourceAccessDetector",
        "__version__",
        "monitor",
        "prysm_context",
    }
    assert named <= set(package.__all__)
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert package.__version__ == "0.9.0"
