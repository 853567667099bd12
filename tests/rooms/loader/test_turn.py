"""Responses of relayed WebSocket connections, from the journal to rows."""

import msgspec

from headwater.capture import Recorded, RecordedTurn, turn_to
from tests.rooms.loader.line import Line

_USAGE = {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
_LAST = {"type": "response.completed", "response": {"id": "resp_1", "model": "gpt-x-1", "usage": _USAGE}}


def _turn() -> RecordedTurn:
    answer = msgspec.json.encode(_LAST)
    call = Recorded(
        trace_id=b"\x0a" * 16,
        span_id=b"\x0c" * 8,
        parent_span_id=b"\x0b" * 8,
        start_ns=1_795_000_000_000_000_000,
        duration_ns=2_000_000,
        method="GET",
        host="api.openai.com",
        port=443,
        path="/v1/responses",
        upstream="openai",
        request=b'{"type":"response.create","model":"gpt-x","input":"hi"}',
        status=101,
        response=answer,
        chunk_bytes=(len(answer),),
        chunk_ns=(1_000_000,),
        user_id="ada",
    )
    return RecordedTurn(call=call, is_whole=True)


def test_a_turn_becomes_the_row_of_a_call(line: Line) -> None:
    line.append(turn_to(_turn()), door="turn")
    line.load()
    (row,) = line.store.spans
    assert (row.trace_id, row.span_id, row.parent_span_id) == ("0a" * 16, "0c" * 8, "0b" * 8)
    assert (row.request_model, row.model, row.user_id) == ("gpt-x", "gpt-x-1", "ada")
    assert (row.input_tokens, row.output_tokens) == (5, 2)


def test_what_is_no_turn_is_set_aside_with_its_reason(line: Line) -> None:
    line.append(b"\xc1", door="turn")
    line.load()
    assert line.reasons()[0].startswith("HeadwaterError: a recorded response cannot be read")
