"""The vocabulary: what every room says to every other.

In:  nothing; these are nouns.   Out: frozen structs.
Rule 1: no I/O, no clock, no vendor's words: names follow the OpenTelemetry GenAI conventions where those have one.
Rule 2: usage buckets never overlap; what the sender reported is kept beside them.
Rule 3: a call is one model request, a span any timed step, a trace a tree of spans, a session groups traces.
"""

from headwater.event.call import Call as Call
from headwater.event.call import ToolDefinition as ToolDefinition
from headwater.event.edit import EDIT_DOOR as EDIT_DOOR
from headwater.event.edit import EDIT_TRACES as EDIT_TRACES
from headwater.event.edit import Edit as Edit
from headwater.event.edit import EditKind as EditKind
from headwater.event.edit import EditTarget as EditTarget
from headwater.event.edit import edit_body as edit_body
from headwater.event.edit import edit_from as edit_from
from headwater.event.envelope import KEY_ID_HEADER as KEY_ID_HEADER
from headwater.event.envelope import Envelope as Envelope
from headwater.event.envelope import envelope_from as envelope_from
from headwater.event.envelope import envelope_head as envelope_head
from headwater.event.failure import Failure as Failure
from headwater.event.message import Blob as Blob
from headwater.event.message import File as File
from headwater.event.message import Message as Message
from headwater.event.message import Part as Part
from headwater.event.message import Reasoning as Reasoning
from headwater.event.message import Text as Text
from headwater.event.message import ToolCall as ToolCall
from headwater.event.message import ToolCallResponse as ToolCallResponse
from headwater.event.message import Unknown as Unknown
from headwater.event.message import Uri as Uri
from headwater.event.message import searchable_text as searchable_text
from headwater.event.span import LogEvent as LogEvent
from headwater.event.span import Span as Span
from headwater.event.span import SpanEvent as SpanEvent
from headwater.event.span import SpanKind as SpanKind
from headwater.event.span import SpanLink as SpanLink
from headwater.event.span import SpanStatus as SpanStatus
from headwater.event.span import Told as Told
from headwater.event.tally import TALLY_HEADER as TALLY_HEADER
from headwater.event.tally import Tally as Tally
from headwater.event.tally import tally_from as tally_from
from headwater.event.usage import Usage as Usage
