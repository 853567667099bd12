#!/usr/bin/env python3
"""Drive the REAL `prysmai` package against BASE_URL  (proxy base is BASE_URL/api/v1).

pip install prysmai==0.1.3   or   prysmai==0.9.0
usage: real_prysm.py BASE PROVIDER KEY   (our server, the address of the vendors, a key of a project)
"""
import asyncio, os, sys
from reporting import step, finish

BASE, PROVIDER, KEY = sys.argv[1].rstrip("/"), sys.argv[2].rstrip("/"), sys.argv[3]
PROXY = BASE + "/api/v1"
import openai, prysmai
from prysmai import monitor, PrysmClient, prysm_context

MSG = [{"role": "user", "content": "hi"}]
orig = openai.OpenAI(api_key="sk-original", organization="org-1", default_headers={"X-Mine": "1"}, max_retries=5)
step("bad key prefix", lambda: PrysmClient(prysm_key="nope"), expect_error="ValueError")
c = step("monitor()", lambda: monitor(orig, prysm_key=KEY, base_url=PROXY))
step("chat", lambda: c.chat.completions.create(model="gpt-4o-mini", messages=MSG).id)
prysm_context.set(user_id="user_123", session_id="sess_abc")
step("chat with global context", lambda: c.chat.completions.create(model="gpt-4o-mini", messages=MSG).id)


def scoped():
    with prysm_context(user_id="user_456", metadata={"env": "prod", "ü": "✓"}):
        return c.chat.completions.create(model="gpt-4o-mini", messages=MSG).id


step("chat with scoped context", scoped)
step("stream", lambda: "".join((ch.choices[0].delta.content or "") for ch in c.chat.completions.create(
    model="gpt-4o-mini", messages=MSG, stream=True) if ch.choices))
step("embeddings", lambda: c.embeddings.create(model="text-embedding-3-small", input="x").model)


async def aio():
    a = monitor(openai.AsyncOpenAI(api_key="sk-original"), prysm_key=KEY, base_url=PROXY)
    r = await a.chat.completions.create(model="gpt-4o-mini", messages=MSG)
    return r.id


step("async chat", lambda: asyncio.run(aio()))


def nonascii():
    with prysm_context(user_id="ülrich"):
        return c.with_options(max_retries=0).chat.completions.create(model="gpt-4o-mini", messages=MSG).id


step("non-ASCII user_id breaks the LLM call", nonascii, expect_error="Exception")
prysm_context.clear()

if prysmai.__version__ >= "0.8":
    p = PrysmClient(prysm_key=KEY, base_url=PROXY, upstream_api_key="sk-up", forward_headers={"X-Gitlab-Realm": "saas"})
    step("llm() + upstream key + forward headers + response headers", lambda: (
        p.llm().chat.completions.create(model="gpt-4o-mini", messages=MSG).id, p.last_trace_id, p.last_threat_level, p.last_threat_score))
    p = PrysmClient(prysm_key=KEY, base_url=PROXY)
    m = p.mcp()
    step("mcp connection_config", lambda: m.connection_config())
    step("mcp list_tools", lambda: [t["name"] for t in m.list_tools()])
    step("mcp list_resources (regression in 0.9.0)", m.list_resources, expect_error="AttributeError")
    step("mcp list_policies (regression in 0.9.0)", m.list_policies, expect_error="AttributeError")

    def gov():
        from prysmai import GovernanceSession, FinancialAnomalyDetector, LoopDetector
        with GovernanceSession(p, task="Fix login", agent_type="claude_code", available_tools=["bash"], context={"repo": "x"}) as g:
            g.attach_detector(FinancialAnomalyDetector(budget_limit=0.0001))
            r = g.check_behavior([{"event_type": "llm_call", "data": {"model": "gpt-4", "prompt_tokens": 5000, "completion_tokens": 10}}])
            s = g.scan_code("print(1)", "python", "a.py")
            return r.max_severity, s.is_clean, g.stats
    step("GovernanceSession over MCP + detector", gov)

    def sess():
        with p.session(user_id="u", metadata={"f": 1}, governance_task="T", agent_type="codex", auto_check_interval=1) as run:
            run.llm().chat.completions.create(model="gpt-4o-mini", messages=MSG)
            run.record_llm_call(model="m", messages=MSG, completion="c", latency_ms=5, prompt_tokens=1)
            run.record_decision(description="d", selected_action="respond", severity="low")
            run.record_file_change(operation="write", path="a.py", language="python", content="x")
            run.record_delegation(to_agent="b")
            out = run.run_tool("search", lambda q: {"n": 2, "q": q}, "refund", tool_input={"query": "refund"})
        return run.identifiers, run.governance_report.behavior_score, out
    step("unified session", sess)

    async def agov():
        from prysmai import AsyncGovernanceSession
        async with AsyncGovernanceSession(p, task="T", agent_type="langgraph") as g:
            await g.check_behavior([{"event_type": "tool_call", "data": {"tool_name": "x"}}])
            await g.scan_code("x=1", "python")
        return g._session_id
    step("AsyncGovernanceSession (REST, not MCP)", lambda: asyncio.run(agov()))

    try:
        import uuid
        from langchain_core.outputs import LLMResult, Generation
        from langchain_core.messages import HumanMessage
        mon = p.langgraph_monitor(user_id="u", metadata={"k": 1}, batch_size=3)
        def lg():
            r = uuid.uuid4()
            mon.on_chain_start({}, {"q": "x"}, run_id=r, metadata={"langgraph_node": "plan"})
            l = uuid.uuid4()
            mon.on_chat_model_start({}, [[HumanMessage("hi")]], run_id=l, parent_run_id=r)
            mon.on_llm_end(LLMResult(generations=[[Generation(text="yo")]], llm_output={"token_usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}), run_id=l)
            mon.on_chain_end({"a": 1}, run_id=r)
            mon.close()
        step("langgraph monitor telemetry", lg)
    except ImportError:
        pass
finish("prysmai", prysmai.__version__)
