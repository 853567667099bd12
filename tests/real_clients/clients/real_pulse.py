#!/usr/bin/env python3
"""Drive the REAL Pulse SDK (`import pulse_sdk`, published as `pulse-trace-sdk`) against BASE_URL.

The wheels 0.2.4, 0.2.6, 0.2.7, 0.2.8 on PyPI contain NO modules (packaging bug); use the sdist:
  pip download --no-binary pulse-trace-sdk --no-deps pulse-trace-sdk==0.2.7 && tar xzf ... && export PYTHONPATH=pulse_trace_sdk-0.2.7
pip install requests openai anthropic
usage: real_pulse.py BASE PROVIDER KEY   (our server, the address of the vendors, a key of a project)
"""
import sys, uuid
from reporting import step, finish

BASE, PROVIDER, KEY = sys.argv[1].rstrip("/"), sys.argv[2].rstrip("/"), sys.argv[3]
import openai, anthropic, pulse_sdk
from pulse_sdk import init_pulse, observe, flush_buffer, shutdown, Provider, ObserveOptions
V = "otlp(0.2.8)" if hasattr(__import__("pulse_sdk.transport", fromlist=["x"]), "send_spans") else "json(<=0.2.7)"

MSG = [{"role": "user", "content": "Hello Pulse"}]
step("bad key prefix", lambda: init_pulse({"api_key": "nope"}), expect_error="ConfigError")
step("flush_interval too small", lambda: init_pulse({"api_key": "pulse_sk_t", "flush_interval": 100}), expect_error="ConfigError")
init_pulse({"api_key": KEY, "api_url": BASE + "/", "batch_size": 100, "flush_interval": 60000})
c = observe(openai.OpenAI(api_key="sk-x", base_url=PROVIDER + "/v1", max_retries=0), Provider.OPENAI,
            ObserveOptions(session_id="default-sess", metadata={"app": "demo"}))
step("chat", lambda: c.chat.completions.create(model="gpt-4o-mini", messages=MSG).id)
step("chat + pulse_session_id/metadata", lambda: c.chat.completions.create(
    model="gpt-4o-mini", messages=MSG, pulse_session_id="session-123", pulse_metadata={"feature": "chat"}).id)
flush_buffer()
bad = observe(openai.OpenAI(api_key="k", base_url="http://127.0.0.1:9/v1", max_retries=0), Provider.OPENROUTER)
step("provider error (connection refused) is re-raised and traced", lambda: bad.chat.completions.create(
    model="gpt-4o-mini", messages=MSG), expect_error="APIConnectionError")
flush_buffer()
a = observe(anthropic.Anthropic(api_key="k", base_url=PROVIDER, max_retries=0), Provider.ANTHROPIC)
step("anthropic", lambda: a.messages.create(model="claude-3-5-haiku-20241022", max_tokens=30, messages=MSG,
     pulse_session_id=str(uuid.UUID(int=1))).id)
flush_buffer()
step("stream=True", lambda: "".join((ch.choices[0].delta.content or "") for ch in c.chat.completions.create(
    model="gpt-4o-mini", messages=MSG, stream=True) if ch.choices),
    expect_error="AttributeError" if V.startswith("json") else None)
flush_buffer()
step("tool result round-trip", lambda: c.chat.completions.create(model="gpt-4o-mini", messages=MSG + [
    {"role": "assistant", "content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "call_1", "content": "42"}]).id)
flush_buffer()
c.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "LOST AT SHUTDOWN"}])
shutdown()      # clears the buffer without sending
finish("pulse-trace-sdk", V)
