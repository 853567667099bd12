"""What programs call, each test named after something that the old package got wrong or that its README promises."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import headwater
from headwater.compat.huggingplace_sdk import HuggingPlace, Session, ValidationError
from headwater.event import Span
from tests.receiving import Receiver
from tests.rooms.compat.huggingplace_sdk.reading import OLDER, STEP
from tests.serving import environment

SETTINGS: dict[str, Any] = {"api_key": "hp-key", "org_id": "org-1"}


@pytest.fixture
def silence() -> Iterator[str]:
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def logged(receiver: Receiver, huggingplace: HuggingPlace, *bodies: Any) -> list[Span]:
    """The spans of some interactions."""

    async def program() -> None:
        for body in bodies:
            await huggingplace.log(body)

    asyncio.run(program())
    return receiver.spans()


def test_the_constructor_takes_keywords_as_the_readme_says_and_a_mapping(receiver: Receiver):
    by_keywords = HuggingPlace(api_key="hp-key", org_id="org-1", mode="dev", base_url=receiver.url, timeout=5000)
    by_mapping = HuggingPlace({**SETTINGS, "mode": "dev", "base_url": receiver.url, "timeout": 5000})
    assert by_keywords.get_config() == by_mapping.get_config()
    logged(receiver, by_keywords, {"user_prompt": "q"})
    assert receiver.headers[-1]["x-headwater-key"] == "hp-key"


def test_the_environment_configures_it(receiver: Receiver, monkeypatch: pytest.MonkeyPatch):
    for name, value in {"API_KEY": "env-key", "ORG_ID": "org-2", "MODE": "dev", "BASE_URL": receiver.url}.items():
        monkeypatch.setenv(f"HUGGINGPLACE_{name}", value)
    (span,) = logged(receiver, HuggingPlace(), {"user_prompt": "q"})
    assert (span.metadata["org_id"], span.environment) == ("org-2", "dev")
    assert receiver.headers[-1]["x-headwater-key"] == "env-key"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"org_id": "o"}, "API key is required"),
        ({"api_key": "k"}, "Organization ID is required"),
        ({**SETTINGS, "mode": "test"}, "Mode must be"),
        ({**SETTINGS, "timeout": 0}, "Timeout must be"),
        ({**SETTINGS, "base_url": "nowhere"}, "address such as"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], reason: str):
    with pytest.raises(ValidationError, match=reason):
        HuggingPlace(settings)


def test_the_vendors_own_address_is_not_sent_to(monkeypatch: pytest.MonkeyPatch, receiver: Receiver):
    """It stands in the README as the default."""
    monkeypatch.setenv("HEADWATER_URL", receiver.url)
    vendor = "https://anvsj57nul.execute-api.ap-south-1.amazonaws.com"
    assert HuggingPlace(**SETTINGS, base_url=vendor).base_url == receiver.url
    assert HuggingPlace(**SETTINGS).base_url == receiver.url


def test_an_interaction_is_recorded_with_all_that_is_known_of_it(receiver: Receiver, huggingplace: HuggingPlace):
    (span,) = logged(receiver, huggingplace, OLDER)
    assert span.call is not None
    assert (span.kind, span.session_id, span.user_id, span.environment) == ("call", "session-456", "user-123", "dev")
    assert (span.call.model, round((span.end_ns - span.start_ns) / 1e9, 3)) == ("gpt-4o", 2.5)
    assert span.metadata["user.email"] == "user@example.com"


def test_steps_and_feedback_are_recorded_with_it(receiver: Receiver, huggingplace: HuggingPlace):
    body = {**OLDER, "step_data": [STEP], "metadata": {"likes": 1}}
    root, step = logged(receiver, huggingplace, body)
    (score,) = receiver.logs()
    assert (root.kind, step.kind, step.parent_span_id, step.name) == ("chain", "call", root.span_id, "sql_generation")
    assert (score.trace_id, score.span_id) == (root.trace_id, root.span_id)


def test_the_callers_mapping_is_not_changed(receiver: Receiver, huggingplace: HuggingPlace):
    body = {**OLDER, "step_data": [dict(STEP)], "metadata": {"likes": 1}}
    before = repr(body)
    logged(receiver, huggingplace, body)
    assert repr(body) == before


def test_nothing_is_printed(receiver: Receiver, capfd: pytest.CaptureFixture[str]):
    loud = HuggingPlace({**SETTINGS, "base_url": receiver.url, "silent": False})
    logged(receiver, loud, OLDER, "no mapping")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("body", [None, "text", 5, [], {}, {"token_count": -1}, {"step_data": 5}, {5: object()}])
def test_nothing_that_is_logged_raises_into_the_program(receiver: Receiver, huggingplace: HuggingPlace, body: Any):
    asyncio.run(huggingplace.log(body))
    asyncio.run(huggingplace.log_step(body))
    asyncio.run(huggingplace.start_session().log(body))
    headwater.flush(20)


def test_a_value_that_json_has_no_form_for_is_no_reason_to_lose_the_rest(
    receiver: Receiver, huggingplace: HuggingPlace
):
    (span,) = logged(receiver, huggingplace, {"user_prompt": "q", "metadata": {"when": object()}, "extra": object()})
    assert span.metadata["when"]


def test_a_server_that_is_away_is_not_felt(silence: str):
    """The old package froze the event loop, without an end, and raised."""
    huggingplace = HuggingPlace(**SETTINGS, base_url=silence, timeout=200)
    try:
        asyncio.run(huggingplace.log(OLDER))
        assert asyncio.run(huggingplace.log_with_timing("q", lambda: "answer")) == "answer"
    finally:
        headwater.init(url=silence, exit_timeout_s=0)
        headwater.shutdown()


def test_the_event_loop_goes_on_while_the_connection_is_tried(silence: str):
    """And the timeout holds: this server never answers."""
    huggingplace = HuggingPlace(**SETTINGS, base_url=silence, timeout=300)

    async def program() -> tuple[bool, int]:
        trying, ticks = asyncio.ensure_future(huggingplace.test_connection()), 0
        while not trying.done():
            ticks += 1
            await asyncio.sleep(0.01)
        return await trying, ticks

    is_connected, ticks = asyncio.run(program())
    headwater.shutdown()
    assert not is_connected
    assert ticks > 3


def test_a_timed_answer_is_returned_and_its_time_is_real(receiver: Receiver, huggingplace: HuggingPlace):
    async def answer() -> str:
        await asyncio.sleep(0.05)
        return "generated"

    assert asyncio.run(huggingplace.log_with_timing("q", answer, {"session_id": "s"})) == "generated"
    (span,) = receiver.spans()
    assert span.call is not None
    assert (span.session_id, span.status, span.end_ns - span.start_ns >= 50_000_000) == ("s", "unset", True)
    assert [message.role for message in (*span.call.input, *span.call.output)] == ["user", "assistant"]


def test_a_timed_answer_is_returned_even_where_it_cannot_be_recorded(receiver: Receiver, huggingplace: HuggingPlace):
    """The old package threw it away, and logged an error for it."""
    broken: Any = {"metadata": 5, "step_data": "x", "token_count": object()}
    assert asyncio.run(huggingplace.log_with_timing("q", lambda: "generated", broken)) == "generated"
    assert [span.status for span in receiver.spans()] == ["unset"]


def test_what_a_timed_function_raises_is_raised_and_recorded_once(receiver: Receiver, huggingplace: HuggingPlace):
    async def fails() -> str:
        raise LookupError("no answer")

    with pytest.raises(LookupError, match="no answer"):
        asyncio.run(huggingplace.log_with_timing("q", fails))
    (span,) = receiver.spans()
    assert span.failure is not None
    assert (span.failure.type, span.failure.message) == ("LookupError", "no answer")


def test_a_session_goes_with_logs_and_steps_and_merges_its_defaults(receiver: Receiver, huggingplace: HuggingPlace):
    session = huggingplace.start_session("conversation-1", {"metadata": {"a": 1, "b": 1}, "user_metadata": {"c": 1}})
    session.update_defaults({"d": 1}, {"e": 1})

    async def program() -> None:
        await session.log({"user_prompt": "q", "metaData": {"b": 2}, "user_meta_data": {"c": 2}})
        await session.log_step({"type": "t", "user_question": "q"})

    asyncio.run(program())
    spans = receiver.spans()
    kept = {"a": "1", "d": "1", "user.e": "1", "org_id": "org-1"}
    assert {span.session_id for span in spans} == {"conversation-1"}
    assert spans[0].metadata == {**kept, "b": "2", "user.c": "2"}
    assert spans[1].metadata == {**kept, "b": "1", "user.c": "1"}


def test_a_session_without_an_id_gets_one_of_its_own(huggingplace: HuggingPlace):
    one, other = huggingplace.start_session(), huggingplace.start_session()
    assert isinstance(one, Session)
    assert len(one.session_id) == 36
    assert one.get_session_info()["session_id"] != other.session_id


def test_a_changed_address_is_where_records_go(receiver: Receiver, huggingplace: HuggingPlace):
    other = Receiver()
    huggingplace.update_config({"base_url": other.url, "api_key": "other-key"})
    (span,) = logged(other, huggingplace, {"user_prompt": "q"})
    assert (span.kind, receiver.headers) == ("call", [])
    assert other.headers[-1]["x-headwater-key"] == "other-key"
    with pytest.raises(ValidationError):
        huggingplace.update_config({"mode": "test"})
    assert huggingplace.get_config()["mode"] == "dev"
    headwater.shutdown()
    other.close()


def test_the_settings_are_shown_without_the_key(huggingplace: HuggingPlace):
    assert "hp-key" not in repr(huggingplace.get_config())
    assert huggingplace.get_config()["org_id"] == "org-1"


_PROGRAM = """
import asyncio, sys
from huggingplace_sdk import HuggingPlace

async def main():
    huggingplace = HuggingPlace(api_key="k", org_id="o", base_url=sys.argv[1])
    for number in range(20):
        await huggingplace.log({"user_prompt": str(number), "response": "r"})

asyncio.run(main())
"""


def test_a_program_that_ends_at_once_has_told_everything(receiver: Receiver):
    """In a process of its own, by the old import name."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PROGRAM, receiver.url],
        env=environment({}),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert len(receiver.spans()) == 20
