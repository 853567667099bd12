"""Recorded turn: a response on a WebSocket connection that passed by on the wire, and the span that it tells.

The bytes come in as those of a recorded call do: one positional array behind an integer format, fields only appended.
"""

import msgspec

from headwater.capture.recorded import Recorded
from headwater.capture.span import span_of
from headwater.capture.spoken import asked_in, heard_in
from headwater.capture.told import as_relayed, chunks_of, place_in, taken_from
from headwater.errors import HeadwaterError
from headwater.event import Span

_FORMAT = 1


class RecordedTurn(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One response. `call` has who, where and when; its `request` is the frame that asked for it, empty where the
    server began by itself, and the chunks of its `response` are the frames that answered, each with its time.

    `session` is the frame that told the session last, `items` those that told what came into the conversation since the
    response before. `is_whole` says that the last frame of the answer ends it.
    """

    call: Recorded
    session: bytes = b""
    items: tuple[bytes, ...] = ()
    is_whole: bool = False


_encoder = msgspec.msgpack.Encoder()
_form = msgspec.msgpack.Decoder(tuple[int, msgspec.Raw])
_decoder = msgspec.msgpack.Decoder(RecordedTurn)


def turn_to(turn: RecordedTurn) -> bytes:
    """Encode, with the integer format of this encoding."""
    return _encoder.encode((_FORMAT, turn))


def turn_from(body: bytes) -> RecordedTurn:
    """Decode. Raises HeadwaterError for bytes of a later format, or none at all."""
    try:
        form, fields = _form.decode(body)
        if form > _FORMAT:
            raise HeadwaterError(
                f"format {form} of a recorded response is newer than {_FORMAT}: install a newer headwater"
            )
        return _decoder.decode(fields)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise HeadwaterError(f"a recorded response cannot be read ({error})") from error


def told_of_turn(turn: RecordedTurn) -> Span:
    """The span of a recorded response. Whatever the bytes are, one comes out."""
    call = turn.call
    place = place_in(call, asks_model=True)
    asked = asked_in(place, call.path, call.request, turn.session, turn.items)
    timed = zip(call.chunk_ns, chunks_of(call), strict=False)
    heard = heard_in(place, timed, turn.is_whole)
    return as_relayed(call, span_of(taken_from(call), place, asked, heard), is_stream=True)
