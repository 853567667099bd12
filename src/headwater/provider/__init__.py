"""Provider: what vendors put on the wire, known once.

In:  plain JSON: requests, responses, stream events, usage, errors, messages.   Out: nouns of `event`.
Rule 1: no I/O, no clock, no vendor's library.
Rule 2: nothing raises on strange input; what is not understood is kept as an `Unknown` part.
Rule 3: a reader of a stream is valid at any moment: a cut stream yields what came.
"""

from headwater.provider.again import Again as Again
from headwater.provider.again import Told as Told
from headwater.provider.again import request_again as request_again
from headwater.provider.dialect import Answered as Answered
from headwater.provider.dialect import Asked as Asked
from headwater.provider.dialect import Dialect as Dialect
from headwater.provider.dialect import StreamReader as StreamReader
from headwater.provider.eventstream import FrameSplitter as FrameSplitter
from headwater.provider.exchange import Exchange as Exchange
from headwater.provider.exchange import exchange_from as exchange_from
from headwater.provider.exchange import guess_dialect as guess_dialect
from headwater.provider.failure import failure_from as failure_from
from headwater.provider.message import message_from as message_from
from headwater.provider.message import messages_from as messages_from
from headwater.provider.opaque import opaque_dialect as opaque_dialect
from headwater.provider.part import part_from as part_from
from headwater.provider.part import parts_from as parts_from
from headwater.provider.part import tool_call_from as tool_call_from
from headwater.provider.place import Place as Place
from headwater.provider.place import place_of as place_of
from headwater.provider.place import provider_of as provider_of
from headwater.provider.registry import dialect_for as dialect_for
from headwater.provider.registry import dialect_named as dialect_named
from headwater.provider.registry import dialect_names as dialect_names
from headwater.provider.sse import Event as Event
from headwater.provider.sse import Splitter as Splitter
from headwater.provider.sse import is_last as is_last
from headwater.provider.sse import payload_of as payload_of
from headwater.provider.tool import tool_definitions_from as tool_definitions_from
from headwater.provider.usage import disjoint_usage as disjoint_usage
from headwater.provider.usage import usage_from as usage_from
