#!/usr/bin/env python3
"""Drive the REAL `protectai-layer-sdk` package against BASE_URL.

pip install protectai-layer-sdk==0.15.0 packaging [openai anthropic]     ('packaging' is an undeclared dependency)
usage: real_layer.py BASE PROVIDER KEY PROJECT   (our server, the address of the vendors, a project's key and id)
"""
import inspect, sys, uuid
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from reporting import step, finish

BASE, PROVIDER, KEY = sys.argv[1].rstrip("/"), sys.argv[2].rstrip("/"), sys.argv[3]
import layer_sdk
from layer_sdk import layer, OIDCClientCredentials, SessionActionKind, SessionActionError, SessionActionScanner

auth = OIDCClientCredentials(token_url=BASE + "/realms/demo/protocol/openid-connect/token",
                             client_id=sys.argv[4], client_secret=KEY, scope="layer-sdk")
# 0.14 and newer find their application by its name.
app = {"application_name": "my-app"} if "application_name" in inspect.signature(layer.init).parameters else {"application_id": "my-app-id"}
step("init by application_name (lists, then creates app)", lambda: layer.init(
    base_url=BASE + "/", **app, environment="Production",
    auth_provider=auth, firewall_base_url=BASE + "/firewall"))
app_id = layer._application_id

t0 = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)
sid = step("create_session(attributes)", lambda: layer.create_session(attributes={"user.id": "user-001"}))
sid5 = str(uuid.uuid5(uuid.NAMESPACE_URL, "https://x/1"))
step("create_session(custom uuid5)", lambda: layer.create_session(session_id=sid5))
step("create_session(custom uuid4) rejected client-side",
     lambda: layer.create_session(session_id=str(uuid.uuid4())), expect_error="LayerSchemaValidationError")
step("create_session(start_time=...) as in README", lambda: layer.create_session(
    attributes={}, start_time=t0, end_time=t0), expect_error="LayerRequestPreparationError")
step("append_action aware datetime +02:00, error, scanners", lambda: layer.append_action(
    sid, kind=SessionActionKind.COMPLETION_OUTPUT,
    start_time=t0.astimezone(timezone(timedelta(hours=2))), end_time=t0 + timedelta(milliseconds=900),
    attributes={"model.id": "gpt-4o", "n": 3, "flag": True, "uuid": uuid.UUID(int=7)},
    data={"messages": [{"role": "assistant", "content": "héllo ✓"}]},
    error=SessionActionError(message="boom", code=42, details={"a": 1}),
    scanners=[SessionActionScanner(name="usage", data={"total_tokens": 3})]))
step("append_action naive datetime", lambda: layer.append_action(
    uuid.UUID(sid5), kind=SessionActionKind.COMPLETION_PROMPT, start_time=datetime(2026, 1, 2, 3, 4, 5),
    end_time=datetime(2026, 1, 2, 3, 4, 6, 999999)))


@layer.session(attributes={"user.id": "user-002"})
def my_function(session_id):
    @layer.action(session_id=session_id, kind=SessionActionKind.COMPLETION_PROMPT, attributes={"model.id": "m"})
    def inner():
        return {"messages": [{"content": "Hello", "role": "assistant"}]}, None, None
    return inner()


step("decorators", my_function)
step("@layer.session() without attributes", layer.session()(lambda session_id: session_id), expect_error="TypeError")
step("firewall_session_lookup", lambda: layer.firewall_session_lookup(sid))

try:
    import openai
    c = openai.OpenAI(api_key="sk-x", base_url=PROVIDER + "/v1", max_retries=0)
    msgs = [{"role": "user", "content": "hi"}]
    step("openai chat, Layer-Session-Id", lambda: c.chat.completions.create(
        model="gpt-4o-mini", messages=msgs, temperature=0.1, extra_headers={"Layer-Session-Id": sid}).id)
    step("openai chat, X-Layer-Session-Id (README spelling)", lambda: c.chat.completions.create(
        model="gpt-4o-mini", messages=msgs, extra_headers={"X-Layer-Session-Id": sid}).id)
    step("openai chat stream", lambda: len(list(c.chat.completions.create(
        model="gpt-4o-mini", messages=msgs, stream=True, stream_options={"include_usage": True},
        extra_headers={"Layer-Session-Id": sid}))))
    step("openai embeddings", lambda: c.embeddings.create(
        model="text-embedding-3-small", input="x", extra_headers={"Layer-Session-Id": sid}).model)
    step("openai moderations", lambda: c.moderations.create(
        input="x", extra_headers={"Layer-Session-Id": sid}).id)
    step("openai multimodal content list crashes the app's call", lambda: c.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": [{"type": "text", "text": "x"}]}]),
        expect_error="AttributeError" if "application_name" in app else None)   # 0.10 did not look into them
except ImportError:
    pass
try:
    import anthropic
    ac = anthropic.Client(api_key="k", base_url=PROVIDER)          # only anthropic.Client is wrapped, not anthropic.Anthropic
    step("anthropic.Client messages.create", lambda: ac.messages.create(
        model="claude-3-5-haiku-20241022", max_tokens=30, messages=[{"role": "user", "content": "hi"}],
        extra_headers={"X-Layer-Session-Id": sid}).id)
except ImportError:
    pass
finish("protectai-layer-sdk", version("protectai-layer-sdk"))
