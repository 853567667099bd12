"""What the detectors find, event by event."""

from typing import Any

from headwater.compat.prysmai.api import (
    BaseDetector,
    FinancialAnomalyDetector,
    LoopDetector,
    MultiAgentMonitor,
    ResourceAccessDetector,
)


def event(event_type: str, at_s: float = 1000.0, **data: Any) -> dict[str, Any]:
    return {"event_type": event_type, "data": data, "timestamp": at_s}


def found(detector: BaseDetector, *events: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.severity, one.category) for told in events for one in detector.process_event(told)]


def test_a_dear_call_is_a_warning_and_a_very_dear_one_a_reason_to_halt() -> None:
    detector = FinancialAnomalyDetector(cost_baseline=0.01)
    assert found(detector, *(event("llm_call", cost=cost) for cost in (0.02, 0.05, 0.2))) == [
        ("warning", "cost_spike"),
        ("halt", "cost_spike"),
    ]
    assert (detector.get_summary()["total_cost"], detector.get_summary()["halts_raised"]) == (0.27, 1)


def test_a_budget_of_zero_is_a_budget() -> None:
    assert ("halt", "budget_exceeded") in found(FinancialAnomalyDetector(budget_limit=0), event("llm_call", cost=0.001))


def test_what_is_spent_within_the_window_counts_and_no_more() -> None:
    detector = FinancialAnomalyDetector(velocity_window=60, velocity_limit=0.025)
    calls = [event("llm_call", at_s, cost_usd=0.01) for at_s in (0.5, 10, 20, 100)]
    assert found(detector, *calls) == [("critical", "cost_velocity")]


def test_a_small_model_is_not_reckoned_as_the_large_one_of_the_same_name() -> None:
    detector = FinancialAnomalyDetector()
    found(detector, event("llm_call", model="gpt-4o-mini-2024", prompt_tokens=1000, completion_tokens=1000))
    assert detector.get_summary()["total_cost"] == 0.00075


def test_events_without_sense_are_passed_over() -> None:
    for detector in (FinancialAnomalyDetector(), ResourceAccessDetector(), LoopDetector(), MultiAgentMonitor()):
        assert found(detector, {}, {"event_type": "llm_call", "data": None}, event("llm_call", messages=3)) == []
        assert detector.get_summary()["detector"] == detector.name


def test_tools_that_are_blocked_or_not_allowed_are_violations() -> None:
    detector = ResourceAccessDetector(allowed_tools=["search", "rm"], blocked_tools=["rm"])
    calls = [event("tool_call", tool_name=name) for name in ("search", "rm", "curl")]
    assert found(detector, *calls) == [("critical", "blocked_tool"), ("critical", "unauthorized_tool")]
    offered = event("llm_call", tools=[{"type": "function", "function": {"name": "curl"}}])
    assert found(detector, offered) == [("critical", "unauthorized_tool")]


def test_domains_are_compared_by_name_and_star() -> None:
    detector = ResourceAccessDetector(allowed_domains=["*.example.com"], blocked_domains=["evil.example.com"])
    urls = ["https://api.example.com/x", "http://user@evil.example.com:80/", "https://example.com.evil.org"]
    calls = [event("tool_call", tool_name="get", input={"url": url}) for url in urls]
    assert found(detector, *calls) == [("critical", "blocked_domain"), ("warning", "unauthorized_domain")]
    assert detector.get_summary()["domains_accessed"] == ["api.example.com", "evil.example.com", "example.com.evil.org"]


def test_files_are_compared_by_pattern() -> None:
    detector = ResourceAccessDetector(
        allowed_file_patterns=["data/*.csv", "/var/**"], blocked_file_patterns=["**/.env"]
    )
    paths = ["data/a.csv", "/var/deep/in/x", "data/deep/a.csv", "app/.env", "data/a+csv"]
    calls = [event("file_read", path=path) for path in paths]
    assert found(detector, *calls) == [
        ("warning", "unauthorized_file"),
        ("critical", "blocked_file"),
        ("warning", "unauthorized_file"),
    ]


def test_a_tool_again_and_again_is_a_loop_and_in_the_end_a_reason_to_halt() -> None:
    detector = LoopDetector(max_repeated_calls=3, circuit_breaker_threshold=2)
    calls = [event("tool_call", 1000 + n, tool_name="t") for n in range(5)]
    assert found(detector, *calls) == [
        ("warning", "repeated_tool_call"),
        ("halt", "repeated_tool_call"),
        ("halt", "circuit_breaker"),
    ]
    detector.reset()
    assert found(detector, *calls[:2], event("tool_call", 2000.0, tool_name="t")) == []


def test_tools_in_a_circle_are_seen() -> None:
    detector = LoopDetector(max_repeated_calls=99)
    calls = [event("tool_call", tool_name=name) for name in "abcabc"]
    assert found(detector, *calls) == [("warning", "circular_sequence")]


def test_prompts_that_are_alike_are_a_loop_and_a_growing_history_is_none() -> None:
    detector = LoopDetector(max_repeated_calls=3)
    words = ["the capital of France", "a haiku on autumn", "how tall are giraffes"]
    history: list[dict[str, str]] = [{"role": "system", "content": "You are helpful. " * 20}]
    for word in words:
        history.append({"role": "user", "content": word})
        assert found(detector, event("llm_call", messages=list(history))) == []
    alike = [event("llm_call", prompt=f"Please look for the refund policy, try {n}") for n in range(3)]
    assert found(detector, *alike) == [("warning", "llm_loop")]


def test_agents_that_were_not_expected_show_once() -> None:
    detector = MultiAgentMonitor(expected_agents=["a"])
    told = [event("tool_call", agent_id=name) for name in ("a", "b", "b")]
    assert found(detector, *told) == [("warning", "unexpected_agent")]
    assert detector.get_summary()["agents"]["b"]["event_count"] == 2


def test_delegations_that_go_deep_or_in_a_circle_are_seen() -> None:
    detector = MultiAgentMonitor(max_delegation_depth=2)
    told = [event("delegation", from_agent=pair[0], to_agent=pair[1]) for pair in ("ab", "bc", "cd", "ba")]
    assert found(detector, *told) == [("warning", "deep_delegation"), ("critical", "circular_delegation")]


def test_delegations_that_nobody_completes_are_orphans() -> None:
    detector = MultiAgentMonitor(orphan_timeout=300)
    found(detector, event("delegation", 0.5, from_agent="a", to_agent="b"))
    found(
        detector,
        event("delegation", 0.5, from_agent="a", to_agent="c"),
        event("delegation_complete", from_agent="a", to_agent="c"),
    )
    assert found(detector, *(event("message", 400.0, sender="a") for _ in range(9))) == [
        ("warning", "orphaned_delegation")
    ]


def test_contrary_orders_are_seen_by_whole_words() -> None:
    detector = MultiAgentMonitor()

    def told(task: str) -> dict[str, Any]:
        return event("delegation", from_agent="a", to_agent="b", task=task)

    assert found(detector, told("always include sources"), told("check the address"), told("remove nothing")) == []
    assert found(detector, told("never do that")) == [("warning", "instruction_conflict")]
