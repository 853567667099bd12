"""`monitor` and `PrysmClient`: calls go through the server, and a client stays what it was."""

import asyncio
import gc
import subprocess
import sys
import threading
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest

from headwater.compat.prysmai.api import PrysmClient, monitor, prysm_context
from tests.rooms.compat.prysmai.standin import KEY, Answer, Asked, StandIn, chunk, sse
from tests.serving import free_ports

ASK: Any = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Explain quantum computing"}]}


def ask(client: Any, **more: Any) -> Any:
    return client.chat.completions.create(**ASK, **more)


def test_the_quick_start_of_the_readme_works(server: StandIn) -> None:
    monitored = monitor(openai.OpenAI(api_key="sk-mine"), prysm_key=KEY, base_url=server.base_url)
    response = ask(monitored)
    assert response.choices[0].message.content == "Hello"
    asked = server.calls()[0]
    assert (asked.headers["authorization"], asked.body) == (f"Bearer {KEY}", ASK)
    assert "sk-mine" not in str(asked)


def test_key_and_address_come_from_the_environment(server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRYSM_API_KEY", KEY)
    monkeypatch.setenv("PRYSM_BASE_URL", server.base_url)
    ask(monitor(openai.OpenAI(api_key="sk-mine")))
    assert len(server.calls()) == 1


def test_without_an_address_it_is_headwaters_own() -> None:
    assert PrysmClient(KEY).base_url == "http://127.0.0.1:3000/api/v1"


@pytest.mark.parametrize("key", [None, "", "nope", "sk-proj-1", "sk-prysm-a\nb"])
def test_a_key_that_can_be_none_is_refused_and_not_shown(key: str | None) -> None:
    with pytest.raises(ValueError, match="Prysm API key") as caught:
        PrysmClient(prysm_key=key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("url", ["localhost:3000", "ftp://host/api/v1", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is no address"):
        PrysmClient(KEY, base_url=url)


def test_what_the_client_was_made_with_stays(server: StandIn) -> None:
    """The old package made a new client with the defaults of one."""
    http_client = httpx2.Client(headers={"x-http": "mine"}, follow_redirects=False)
    own = openai.OpenAI(
        api_key="sk-mine",
        organization="org-1",
        project="proj-1",
        max_retries=5,
        timeout=7,
        default_headers={"X-Mine": "1"},
        default_query={"q": "1"},
        http_client=http_client,
    )
    monitored = monitor(own, prysm_key=KEY, base_url=server.base_url)
    assert (monitored.max_retries, monitored.timeout, monitored.organization) == (5, 7, "org-1")
    ask(monitored)
    asked = server.at("/api/v1/chat/completions?q=1")[0]
    wanted = {"openai-organization": "org-1", "openai-project": "proj-1", "x-mine": "1", "x-http": "mine"}
    assert wanted.items() <= asked.headers.items()
    assert (own.api_key, str(own.base_url), type(own)) == ("sk-mine", "https://api.openai.com/v1/", openai.OpenAI)


def test_a_timeout_that_is_given_goes_before_the_clients() -> None:
    own = openai.OpenAI(api_key="sk-mine", timeout=7)
    assert monitor(own, KEY, timeout=9).timeout == 9
    assert monitor(openai.OpenAI(api_key="sk-mine"), KEY).timeout == 120


def test_a_legacy_http_client_of_the_program_is_used(server: StandIn) -> None:
    legacy: Any = httpx.Client(headers={"x-http": "legacy"})
    monitored = monitor(openai.OpenAI(api_key="sk-mine", http_client=legacy), KEY, server.base_url)
    ask(monitored)
    assert server.calls()[0].headers["x-http"] == "legacy"


def test_many_clients_share_the_connections_of_the_one_that_was_given(server: StandIn) -> None:
    """The old package opened a pool for each and closed none."""
    own = openai.OpenAI(api_key="sk-mine")
    for _ in range(3):
        ask(monitor(own, KEY, server.base_url))
        gc.collect()
    assert len({asked.connection for asked in server.calls()}) == 1


def test_a_client_of_ours_closes_its_connections(server: StandIn) -> None:
    with PrysmClient(KEY, server.base_url).llm() as client:
        ask(client)
    assert client.is_closed()


def test_azures_client_stays_azures(server: StandIn) -> None:
    own = openai.AzureOpenAI(api_key="az", azure_endpoint="https://me.openai.azure.com", api_version="2024-06-01")
    monitored = monitor(own, KEY, server.base_url)
    server.script = lambda asked: (200, {"id": "c", "choices": []})
    ask(monitored)
    ask(monitor(monitored, KEY, server.base_url))
    assert isinstance(monitored, openai.AzureOpenAI)
    assert [asked.path for asked in server.asked] == [
        "/azure/openai/deployments/gpt-4o-mini/chat/completions?api-version=2024-06-01"
    ] * 2
    assert {asked.headers["api-key"] for asked in server.asked} == {KEY}


def test_anthropics_client_goes_through_the_server_too(server: StandIn) -> None:
    message: dict[str, Any] = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "c",
        "content": [],
        "usage": {},
    }
    server.script = lambda asked: (200, message)
    with prysm_context(user_id="u"):
        own = anthropic.Anthropic(api_key="sk-ant-mine")
        monitor(own, KEY, server.base_url).messages.create(max_tokens=5, **ASK)
    asked = server.at("/anthropic/v1/messages")[0]
    assert KEY in str(asked.headers)
    assert "sk-ant-mine" not in str(asked.headers)
    assert asked.headers["x-prysm-user-id"] == "u"


def test_what_is_no_client_is_refused() -> None:
    with pytest.raises(TypeError, match="takes a client of openai"):
        monitor(object(), KEY)


@pytest.mark.parametrize("user", ["ülrich", "a\r\nb: c", "名前"])
def test_no_user_id_breaks_the_call(server: StandIn, user: str) -> None:
    """The old package's calls failed with APIConnectionError or UnicodeEncodeError."""
    monitored = monitor(openai.OpenAI(api_key="sk-mine", max_retries=0), KEY, server.base_url)
    with prysm_context(user_id=user, session_id=user, metadata={user: user}):
        ask(monitored)
    prysm_context.from_headers(server.calls()[0].headers)
    assert prysm_context.get().user_id == user
    assert prysm_context.get().metadata == {user: user}


def test_the_streaming_loop_of_the_readme_works(server: StandIn) -> None:
    monitored = monitor(openai.OpenAI(api_key="sk-mine"), KEY, server.base_url)
    text = ""
    for piece in ask(monitored, stream=True):
        if piece.choices[0].delta.content:
            text += piece.choices[0].delta.content
    assert text == "Hello"
    assert "stream_options" not in server.calls()[0].body


async def test_an_async_client_is_awaited_as_before(server: StandIn) -> None:
    monitored = monitor(openai.AsyncOpenAI(api_key="sk-mine", max_retries=4), KEY, server.base_url)

    async def ask_as(user: str) -> str | None:
        with prysm_context(user_id=user):
            pieces = await ask(monitored, stream=True)
            text = [piece.choices[0].delta.content async for piece in pieces]
        return "".join(filter(None, text))

    async with monitored:
        assert await asyncio.gather(ask_as("a"), ask_as("b")) == ["Hello", "Hello"]
    assert {asked.headers["x-prysm-user-id"] for asked in server.calls()} == {"a", "b"}
    assert monitored.max_retries == 4


def test_what_is_made_of_a_monitored_client_is_monitored(server: StandIn) -> None:
    monitored = monitor(openai.OpenAI(api_key="sk-mine"), KEY, server.base_url)
    with prysm_context(user_id="u"):
        monitored.with_options(max_retries=0).chat.completions.with_raw_response.create(**ASK)
    assert server.calls()[0].headers["x-prysm-user-id"] == "u"


def test_a_client_that_is_wrapped_again_is_wrapped_once(server: StandIn) -> None:
    once = monitor(openai.OpenAI(api_key="sk-mine"), KEY, server.base_url, forward_headers={"X-Old": "1"})
    twice = monitor(once, "sk-prysm-other", server.base_url)
    assert len(type(twice).__mro__) == len(type(once).__mro__)
    ask(twice)
    asked = server.calls()[0]
    assert asked.headers["authorization"] == "Bearer sk-prysm-other"
    assert "x-prysm-forward-headers" not in asked.headers


def test_nothing_of_ours_is_told_to_another_server(server: StandIn) -> None:
    port = free_ports(1)[0]
    monitored = monitor(openai.OpenAI(api_key="sk-mine"), KEY, f"http://127.0.0.1:{port}", upstream_api_key="sk-up")
    with prysm_context(user_id="u"):
        ask(monitored.with_options(base_url=server.base_url))
    assert not [name for name in server.calls()[0].headers if name.startswith(("x-prysm", "x-headwater"))]


def test_the_providers_key_and_headers_go_along(server: StandIn) -> None:
    prysm = PrysmClient(KEY, server.base_url, upstream_api_key=" sk-up\n", forward_headers={"X-Realm": "saas ü"})
    ask(prysm.openai())
    headers = server.calls()[0].headers
    assert headers["x-prysm-upstream-key"] == "sk-up"
    assert headers["x-prysm-forward-headers"] == '{"X-Realm": "saas \\u00fc"}'
    with pytest.raises(ValueError, match="upstream_api_key holds"):
        PrysmClient(KEY, upstream_api_key="sk\nup")


def test_a_credential_of_the_programs_own_leaves_our_key_a_place(server: StandIn) -> None:
    own = openai.OpenAI(api_key="sk-mine", default_headers={"Authorization": "Bearer of mine"})
    ask(monitor(own, KEY, server.base_url))
    headers = server.calls()[0].headers
    assert (headers["authorization"], headers["x-headwater-key"]) == ("Bearer of mine", KEY)


def test_the_vendors_errors_stay_the_vendors(server: StandIn) -> None:
    monitored = monitor(openai.OpenAI(api_key="sk-mine", max_retries=0), KEY, server.base_url)
    kinds: dict[int, type[openai.APIError]] = {401: openai.AuthenticationError, 429: openai.RateLimitError}
    kinds |= {403: openai.PermissionDeniedError, 502: openai.InternalServerError}
    for status, kind in kinds.items():
        answer = status, {"error": {"message": "no", "type": "security_error"}}
        server.script = lambda asked, answer=answer: answer
        with pytest.raises(kind):
            ask(monitored)


def test_a_server_that_is_not_there_is_a_connection_error_and_the_given_client_works_on(server: StandIn) -> None:
    """As the README promises; so a program may fall back by itself."""
    own = openai.OpenAI(api_key="sk-mine", base_url=server.base_url, max_retries=0)
    monitored = monitor(own, KEY, f"http://127.0.0.1:{free_ports(1)[0]}/api/v1")
    with pytest.raises(openai.APIConnectionError):
        ask(monitored)
    assert ask(own).choices[0].message.content == "Hello"


def test_the_last_trace_is_that_of_this_threads_last_call(server: StandIn) -> None:
    """The old package had one place for all threads, which the next client emptied."""
    prysm = PrysmClient(KEY, server.base_url)
    client = prysm.llm()
    prysm.async_llm()

    def ask_as(user: str) -> str | None:
        with prysm_context(user_id=user):
            ask(client)
        return prysm.last_trace_id

    seen: list[str | None] = []
    thread = threading.Thread(target=lambda: seen.append(ask_as("thread")))
    assert ask_as("main") == "trace of main"
    thread.start()
    thread.join()
    assert seen == ["trace of thread"]
    assert (prysm.last_trace_id, prysm.last_threat_score, prysm.last_threat_level) == ("trace of main", 0.25, None)
    assert PrysmClient(KEY).last_trace_id is None


def test_the_many_calls_of_one_client_leave_anothers_last_alone(server: StandIn) -> None:
    prysm, other = PrysmClient(KEY, server.base_url), PrysmClient(KEY, server.base_url).llm()
    with prysm_context(user_id="u"):
        ask(prysm.llm())
    for _ in range(20):
        ask(other)
    assert prysm.last_trace_id == "trace of u"


def test_the_trace_of_a_refused_call_is_known(server: StandIn) -> None:
    prysm = PrysmClient(KEY, server.base_url)
    server.script = lambda asked: (403, {"error": {"message": "no", "type": "security_error"}})
    with pytest.raises(openai.PermissionDeniedError):
        ask(prysm.llm(max_retries=0))
    assert prysm.last_trace_id == "trace of nobody"


def test_a_stream_that_fails_midway_fails_as_the_vendors_does(server: StandIn) -> None:
    def script(asked: Asked) -> Answer | None:
        return 200, sse(chunk("Hel"), {"error": {"message": "lost"}})

    server.script = script
    monitored = monitor(openai.OpenAI(api_key="sk-mine", max_retries=0), KEY, server.base_url)
    with pytest.raises(openai.APIError, match="lost"):
        list(ask(monitored, stream=True))


def test_without_openai_the_error_names_the_line_that_installs_it() -> None:
    program = """
import sys
sys.modules["openai"] = None
from headwater.compat.prysmai import PrysmClient
try:
    PrysmClient("sk-prysm-1").llm()
except ImportError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert "pip install openai" in ran.stdout


def test_importing_it_loads_no_vendor_and_no_framework() -> None:
    heavy = "openai anthropic httpx httpx2 requests langchain_core crewai llama_index agent_framework starlette"
    program = f"""
import sys
import headwater.compat.prysmai.api
print([name for name in {heavy.split()!r} if name in sys.modules])
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "[]"
