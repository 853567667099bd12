"""Capture: the life of one call, from the request's bytes to a span.

In:  bytes, times and ids, taken on the caller's thread.   Out: a `Span` with its `Call`, made off it.
Rule 1: no body is read, decoded or copied on the caller's thread.
Rule 2: whatever the bytes are, a span comes out: what cannot be read is told as it is.
Rule 3: nothing of the user's is held but immutable bytes and texts: no exception, no frame, no mapping.
"""

from headwater.capture.clients import SESSION_HEADERS as SESSION_HEADERS
from headwater.capture.copying import snapshot as snapshot
from headwater.capture.exchange import LIMIT_BYTES as LIMIT_BYTES
from headwater.capture.exchange import Exchange as Exchange
from headwater.capture.exchange import is_call as is_call
from headwater.capture.frames import Frames as Frames
from headwater.capture.frames import is_wanted as is_wanted
from headwater.capture.longframe import shortened as shortened
from headwater.capture.raised import Raised as Raised
from headwater.capture.raised import raised_from as raised_from
from headwater.capture.recorded import Recorded as Recorded
from headwater.capture.recorded import recorded_from as recorded_from
from headwater.capture.recorded import recorded_to as recorded_to
from headwater.capture.recorded_turn import RecordedTurn as RecordedTurn
from headwater.capture.recorded_turn import told_of_turn as told_of_turn
from headwater.capture.recorded_turn import turn_from as turn_from
from headwater.capture.recorded_turn import turn_to as turn_to
from headwater.capture.scope import Scope as Scope
from headwater.capture.span import End as End
from headwater.capture.told import told_of as told_of
from headwater.capture.turn import Turn as Turn
