#!/usr/bin/env python3
"""Drive the REAL `tropir` package against BASE_URL.

pip install 'tropir==2.1.4' requests httpx            (no declared dependencies, install them yourself)
pip install 'tropir==2.4' requests httpx 'setuptools<81'   (2.4 imports pkg_resources)
usage: real_tropir.py BASE PROVIDER KEY   (our server, the address of the vendors, a key of a project)
"""
import asyncio, os, sys, threading
from importlib.metadata import version
from reporting import step, finish

BASE, PROVIDER, KEY = sys.argv[1].rstrip("/"), sys.argv[2].rstrip("/"), sys.argv[3]
os.environ["TROPIR_API_KEY"] = KEY                       # read once per thread at first use
os.environ["TROPIR_METADATA_ENDPOINT"] = BASE + "/api/v1/metadata"     # read on every send
os.environ["TROPIR_API_ENDPOINT"] = BASE                               # only tropir.rerun (>=2.2.213)

import httpx, requests
from tropir import session_utils as t

V = version("tropir")
NEW = hasattr(t, "get_current_span")


def manual():
    t.begin_session("checkout")
    r = t.session("checkout").add_step({"k": 1, "nested": {"a": [1, "x", None]}}, step_name="retrieve")
    requests.post(PROVIDER + "/v1/chat/completions", json={"model": "m", "messages": []})   # third-party call: headers injected
    httpx.post(PROVIDER + "/v1/embeddings", json={"model": "m", "input": "x"})              # sync httpx: NOT injected
    t.end_session("checkout")
    return getattr(r, "status_code", r)


@t.begin_session("sync_fn")
def sync_fn():
    def child():
        requests.post(PROVIDER + "/v1/embeddings", json={"model": "m", "input": "from-thread"})
    th = threading.Thread(target=child); th.start(); th.join()
    r = t.session("sync_fn").add_step(["any", "json"])
    return getattr(r, "status_code", r)


@t.begin_session("async_fn")
async def async_fn(i):
    async with httpx.AsyncClient() as c:
        await c.post(PROVIDER + "/v1/embeddings", json={"model": "m", "input": f"async-{i}"})
    await asyncio.sleep(0.02)
    r = t.session("async_fn").add_step({"i": i}, step_name=f"async-step-{i}")
    if asyncio.iscoroutine(r):
        r = await r                       # 2.1.x: caller must await; 2.4: fire-and-forget task
    await asyncio.sleep(0.15)
    return getattr(r, "status_code", r)


async def two():
    return await asyncio.gather(async_fn(0), async_fn(1))


step("begin_session/add_step/end_session", manual)
step("decorated sync fn + child thread", sync_fn)
step("two concurrent decorated async fns", lambda: asyncio.run(two()))
step("add_step outside any session, unnamed", lambda: t.session(None).add_step({"lost": True}))
step("README: prepare_request_headers exists?", lambda: getattr(t, "prepare_request_headers"), expect_error="AttributeError")

if NEW:
    @t.begin_session("span_fn")
    def span_fn():
        sp = t.get_current_span()
        sp.add("customer", {"tier": "gold"})
        sp.add("customer", {"tier": "dup"})                # auto-suffixed
        sp.add("tropir_prompts", "reserved")
        t.tropir_variable("temperature", 0.7)
        t.tropir_prompt("sys", "You are helpful {x}", role="system")
        with t.tropir_llm_call("answer", model="gpt-4o") as call:
            t.tropir_prompt("usr", "Answer: {q}", role="user")
            t.tropir_variable("q", "why?")
            call.set_response("because")
        return sorted(sp.get_metadata())

    step("2.4 Span / variable / prompt / llm_call", span_fn)

    def openai_in_session():
        import openai
        with t.session("oa"):
            c = openai.OpenAI(api_key="sk-x", base_url=f"{BASE}/p/{KEY}/openai/v1")   # headers frozen at construction, and without the key
        return c.chat.completions.create(model="m", messages=[{"role": "user", "content": "hi"}]).id
    step("2.4 OpenAI client constructed inside session", openai_in_session)

    from tropir import rerun

    def rr():
        with rerun.tropir_rerun_context("rerun-1", {"user_id": "u9"}) as st:
            p = rerun.tropir_prompt("sys", "default")
            v = rerun.tropir_variable("user_id", "d")
            r = rerun.session("rr").add_step({"a": 1}, "s")
            return p, v, r.status_code
    step("2.4 tropir.rerun", rr)
    step("2.4 rerun.session as context manager", lambda: rerun.session("x").__enter__(), expect_error="AttributeError")

finish("tropir", V)
