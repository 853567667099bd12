"""Outbox: what a program recorded, on its way to the server, without the program noticing.

In:  items (a reference each) from any thread.   Out: OTLP/JSON requests, made and sent by a thread of ours.
Rule 1: `put` takes a reference and returns; it never blocks, raises, or does I/O, and memory is bounded.
Rule 2: whatever does not arrive is counted by reason, and every request tells the counts (`x-headwater-ledger`).
Rule 3: a fork starts anew; an exit, a flush and a close wait no longer than they were told.
Rule 4: nothing is printed, and nothing logged above DEBUG.
"""

from headwater.outbox.encode import encode_log as encode_log
from headwater.outbox.encode import encode_span as encode_span
from headwater.outbox.item import Item as Item
from headwater.outbox.ledger import Counts as Counts
from headwater.outbox.ledger import Flushed as Flushed
from headwater.outbox.outbox import Outbox as Outbox
from headwater.outbox.settings import OutboxSettings as OutboxSettings
from headwater.outbox.values import any_value as any_value
