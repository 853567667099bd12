"""WebSockets: Realtime and Responses, on a real connection."""

import gc
import json
import threading
from collections.abc import Generator
from typing import Any

import openai
import pytest
from websockets.sync.server import ServerConnection, serve

from headwater.sdk.instrument import instrument, observe, uninstrument
from tests.rooms.sdk.instrument.asking import only_call, only_span
from tests.versions.recording import Recording, recording

_MESSAGE = {"id": "m", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Paris."}]}
_USAGE = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
_RESPONSE = {"id": "resp_1", "object": "response", "status": "completed", "output": [_MESSAGE], "usage": _USAGE}


def _answer(connection: ServerConnection) -> None:
    """Answer each `response.create`, and hang up on "response.cancel"."""
    for frame in connection:
        event = json.loads(frame)
        if event["type"] == "response.cancel":
            connection.close(1011)
            return
        if event["type"] != "response.create":
            continue
        realtime = "/realtime" in (connection.request.path if connection.request else "")
        response = {**_RESPONSE, "model": event.get("model", "gpt-realtime")}
        begun = {**response, "status": "in_progress", "output": []}
        connection.send(json.dumps({"type": "response.created", "response": begun}))
        connection.send(
            json.dumps({"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "delta": "Paris."})
        )
        if event.get("metadata") != {"leave": "open"}:
            kind = "response.done" if realtime else "response.completed"
            connection.send(json.dumps({"type": kind, "response": response}))


@pytest.fixture
def socket_url() -> Generator[str]:
    """Where a server of WebSockets listens, as a base address of the client's."""
    with serve(_answer, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.socket.getsockname()[1]}/v1"
        server.shutdown()
        thread.join()


def events(connection: Any, last: str) -> list[str]:
    """The types of events up to the last one that is waited for."""
    seen: list[str] = []
    while last not in seen:
        seen.append(connection.recv().type)
    return seen


def test_a_response_over_a_websocket_is_a_call(outbox: Recording, socket_url: str):
    instrument()
    with (
        openai.OpenAI(base_url=socket_url, api_key="sk-mock") as client,
        client.responses.connect() as connection,
    ):
        connection.response.create(model="gpt-x", input="What is the capital of France?")
        assert events(connection, "response.completed")[0] == "response.created"
        span, call = only_span(outbox), only_call(outbox)
    assert (call.request_model, call.response_id) == ("gpt-x", "resp_1")
    assert call.usage is not None
    assert call.usage.output_tokens == 2
    assert call.input != ()
    assert call.output != ()
    assert span.attributes["server.address"] == "127.0.0.1"
    assert len(outbox.items) == 1


def test_a_realtime_response_is_a_call(outbox: Recording, socket_url: str):
    instrument()
    with (
        openai.OpenAI(base_url=socket_url, api_key="sk-mock") as client,
        client.realtime.connect(model="gpt-realtime") as connection,
    ):
        connection.response.create()
        events(connection, "response.done")
        connection.response.create()
        events(connection, "response.done")
    assert [span.call and span.call.operation for span in outbox.spans()] == ["chat", "chat"]


async def test_an_asynchronous_connection_is_told_as_well(outbox: Recording, socket_url: str):
    instrument()
    async with (
        openai.AsyncOpenAI(base_url=socket_url, api_key="sk-mock") as client,
        client.responses.connect() as connection,
    ):
        await connection.response.create(model="gpt-x", input="Hi")
        async for event in connection:
            if event.type == "response.completed":
                break
    assert only_call(outbox).request_model == "gpt-x"


def test_a_response_that_is_left_open_is_told_when_the_connection_is_closed(outbox: Recording, socket_url: str):
    instrument()
    with openai.OpenAI(base_url=socket_url, api_key="sk-mock") as client, client.responses.connect() as connection:
        connection.response.create(model="gpt-x", input="Hi", metadata={"leave": "open"})
        events(connection, "response.output_text.delta")
        assert outbox.items == []
    assert only_span(outbox).attributes["headwater.stream.end"] == "closed"


def test_a_connection_that_breaks_cuts_the_response(outbox: Recording, socket_url: str):
    instrument()
    with openai.OpenAI(base_url=socket_url, api_key="sk-mock") as client, client.responses.connect() as connection:
        connection.response.create(model="gpt-x", input="Hi", metadata={"leave": "open"})
        events(connection, "response.output_text.delta")
        connection.send_raw(json.dumps({"type": "response.cancel"}))
        with pytest.raises(Exception, match="1011"):
            connection.recv()
    assert only_span(outbox).attributes["headwater.stream.end"] == "cut"
    assert only_span(outbox).status == "error"


def test_only_the_connections_of_an_observed_client_are_recorded(outbox: Recording, socket_url: str):
    with (
        openai.OpenAI(base_url=socket_url, api_key="a") as ours,
        openai.OpenAI(base_url=socket_url, api_key="b") as not_ours,
    ):
        observe(ours.copy())
        for client in (ours, not_ours):
            with client.responses.connect() as connection:
                connection.response.create(model="gpt-x", input="Hi")
                events(connection, "response.completed")
    assert only_call(outbox).request_model == "gpt-x"
    assert len(outbox.items) == 1


async def test_an_observed_clients_asynchronous_connection_is_recorded(outbox: Recording, socket_url: str):
    async with openai.AsyncOpenAI(base_url=socket_url, api_key="sk-mock") as client:
        manager: Any = observe(client).realtime.connect(model="gpt-realtime")
        connection = await manager.enter()
        await connection.response.create()
        while (await connection.recv()).type != "response.done":
            pass
        await connection.close()
    assert only_call(outbox).operation == "chat"


def test_a_connection_that_is_not_observed_records_nothing(outbox: Recording, socket_url: str):
    with openai.OpenAI(base_url=socket_url, api_key="sk-mock") as client, client.responses.connect() as connection:
        connection.response.create(model="gpt-x", input="Hi")
        events(connection, "response.completed")
    gc.collect()
    assert outbox.items == []


@pytest.mark.parametrize("headers", [{}, {"x-headwater-key": "hw_1"}])
def test_what_leads_through_our_own_server_is_told_by_it_alone(socket_url: str, headers: dict[str, str]):
    """No frame can say whose call it is, so the two records could not be joined."""
    ours = {} if headers else {"url": socket_url.removesuffix("/v1")}
    with recording(**ours) as outbox:
        instrument()
        with (
            openai.OpenAI(base_url=socket_url, api_key="sk-mock") as client,
            client.responses.connect(extra_headers=headers) as connection,
        ):
            connection.response.create(model="gpt-x", input="What is the capital of France?")
            events(connection, "response.completed")
        uninstrument()
    assert outbox.items == []
