"""Store: the tables, in an embedded ClickHouse or a cluster, through one client and one protocol.

In:  rows, once, under a token.   Out: rows, and the answers to statements.
Rule 1: only this room and `query` write SQL; only `front` imports the engine.
Rule 2: what is inserted twice is there once, and the newest version of a row is the one that counts.
Rule 3: Unavailable means try again, BadRows means never.
"""

from headwater.store.client import BadRows as BadRows
from headwater.store.launch import start_front as start_front
from headwater.store.repricing import PricedCall as PricedCall
from headwater.store.rollup_sql import DIMENSIONS as DIMENSIONS
from headwater.store.rollup_sql import SUMS as SUMS
from headwater.store.rollups import CallsSource as CallsSource
from headwater.store.rows import ARRAY_MARK as ARRAY_MARK
from headwater.store.rows import MERGE_MARK as MERGE_MARK
from headwater.store.rows import EditRow as EditRow
from headwater.store.rows import LogRow as LogRow
from headwater.store.rows import MessageRow as MessageRow
from headwater.store.rows import SpanBrief as SpanBrief
from headwater.store.rows import SpanRow as SpanRow
from headwater.store.rows import TraceRow as TraceRow
from headwater.store.settings import StoreSettings as StoreSettings
from headwater.store.settings import UserLimits as UserLimits
from headwater.store.store import Store as Store
from headwater.store.store import StoreStats as StoreStats
from headwater.store.store import TableStats as TableStats
from headwater.store.user_sql import SqlAnswer as SqlAnswer
