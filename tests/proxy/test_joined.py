"""One call, though the program's SDK and the proxy both see it; one session, though nobody names it."""

import subprocess
import sys
from typing import Any

import msgspec
import pytest

from headwater.capture import SESSION_HEADERS
from tests.proxy.proxied import DONE, TOLD_TOKENS, USAGE_CHUNK, Proxied, answered, asked, chunk, streamed, whole
from tests.proxy.upstream import Script
from tests.serving import environment, wait_until

_PROGRAM = """
import sys
import headwater
import openai

headwater.instrument()
url, key, is_stream = sys.argv[1], sys.argv[2], sys.argv[3] == "True"
client = openai.OpenAI(base_url=url, api_key="sk-provider", default_headers={"x-headwater-key": key}, max_retries=2)
asked = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "What is the capital?"}]}
with headwater.session("voyage-17"), headwater.span("the captain asks"):
    try:
        answer = client.chat.completions.create(**asked, stream=is_stream)
        if is_stream:
            list(answer)
    except openai.APIError as error:
        print(type(error).__name__)
assert not headwater.flush().kept
"""
_LATER = whole(b'{"error": {"message": "later"}}', "retry-after-ms: 1", status="503 Later")


def run_program(proxied: Proxied, is_stream: bool = False) -> str:
    """Run a program with the SDK in it, whose model is asked through the proxy; return what it printed."""
    server, key = proxied.server, proxied.project.key
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM, f"{server.base_url}/openai/v1", key, str(is_stream)],
        env=environment({"HEADWATER_URL": server.base_url, "HEADWATER_KEY": key}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return ran.stdout.strip()


def only_call(proxied: Proxied, spans: int, *columns: str) -> tuple[Any, ...]:
    """Columns of the one call of the project's one trace, once all spans of it are there."""

    def traces() -> list[tuple[Any, ...]]:
        return proxied.project.sql("SELECT span_count, call_count FROM traces")

    wait_until(lambda: [count for count, _ in traces()] == [spans], 20, f"{spans} spans of one trace")
    assert traces() == [(spans, 1)]
    (row,) = proxied.project.sql(f"SELECT {', '.join(columns)} FROM calls")
    return row


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_call_that_the_sdk_and_the_proxy_saw_is_one(proxied: Proxied, is_stream: bool) -> None:
    """Of the stream only the proxy saw usage, for which it had asked itself."""
    script: Script = streamed(chunk("Paris."), chunk(), USAGE_CHUNK, DONE) if is_stream else (whole(answered()),)
    proxied.upstream.forget(script)
    assert run_program(proxied, is_stream) == ""
    told = only_call(proxied, 3, "source", "session_id", "status", "input_tokens", "output_tokens")
    assert told == ("headwater", "voyage-17", "unset", *TOLD_TOKENS)


def test_the_tries_of_the_sdk_are_one_call(proxied: Proxied) -> None:
    proxied.upstream.forget((whole(answered()),))
    proxied.upstream.scripts = [(_LATER,), (_LATER,)]
    assert run_program(proxied) == ""
    told = only_call(proxied, 5, "source", "status", "attempts", "input_tokens")
    assert told == ("headwater", "unset", 3, TOLD_TOKENS[0])


def test_a_call_that_failed_for_both_is_one_failed_call(proxied: Proxied) -> None:
    proxied.upstream.forget((_LATER,))
    assert run_program(proxied) == "InternalServerError"
    assert only_call(proxied, 5, "source", "status", "attempts") == ("headwater", "error", 3)


def _sessions(proxied: Proxied, calls: int) -> list[str]:
    """The session of each call, the first first, once all are there."""
    question = "SELECT session_id FROM calls ORDER BY start_time"
    wait_until(lambda: len(proxied.project.sql(question)) == calls, 20, f"{calls} calls")
    return [session for (session,) in proxied.project.sql(question)]


def test_calls_that_go_on_from_each_other_are_one_session(proxied: Proxied) -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Fix it."}]
    for turn in range(3):
        text = f"I look at file {turn}."
        proxied.upstream.forget((whole(answered(text)),))
        assert proxied.post(msgspec.json.encode({"model": "m", "messages": messages})).status == 200
        messages += [{"role": "assistant", "content": text}, {"role": "user", "content": "Go on."}]
    first, *others = _sessions(proxied, 3)
    assert first.startswith("run-")
    assert others == [first] * 2


def test_calls_that_only_repeat_a_prompt_are_no_session(proxied: Proxied) -> None:
    proxied.upstream.forget((whole(answered()),))
    for _ in range(4):
        proxied.post(asked())
    assert _sessions(proxied, 4) == [""] * 4


@pytest.mark.parametrize("name", SESSION_HEADERS)
def test_a_clients_own_header_names_the_session(proxied: Proxied, name: str) -> None:
    proxied.upstream.forget((whole(answered()),))
    answer = proxied.post(headers={name: "conversation 9"})
    assert proxied.row(answer, "session_id") == ("conversation 9",)
