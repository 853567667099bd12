"""Query: the questions that pages and the API ask, and their typed answers.

In:  a store and a project, filters, orders, cursors.   Out: frozen answers, ready to be encoded.
Rule 1: a question sees one project and the newest version of every row; duplicates of a call are folded.
Rule 2: a sum is the same in a chart, in a list and in SQL.
Rule 3: what a caller got wrong is a BadRequest that names the field and what it may be.
"""

from headwater.query.again import asked_again as asked_again
from headwater.query.answers import CallListed as CallListed
from headwater.query.answers import FacetValue as FacetValue
from headwater.query.answers import Page as Page
from headwater.query.answers import Series as Series
from headwater.query.answers import SeriesPoint as SeriesPoint
from headwater.query.answers import SessionListed as SessionListed
from headwater.query.answers import SpanFound as SpanFound
from headwater.query.answers import Table as Table
from headwater.query.answers import TimeSeries as TimeSeries
from headwater.query.answers import Totals as Totals
from headwater.query.answers import TraceListed as TraceListed
from headwater.query.answers import UserListed as UserListed
from headwater.query.arrivals import Arrivals as Arrivals
from headwater.query.arrivals import Arrived as Arrived
from headwater.query.failures import FailureGroup as FailureGroup
from headwater.query.failures import Failures as Failures
from headwater.query.filters import CallFilters as CallFilters
from headwater.query.filters import Filters as Filters
from headwater.query.filters import SpanFilters as SpanFilters
from headwater.query.filters import TraceFilters as TraceFilters
from headwater.query.questions import Questions as Questions
from headwater.query.reports import ModelsUsed as ModelsUsed
from headwater.query.reports import ModelUsed as ModelUsed
from headwater.query.reports import Mover as Mover
from headwater.query.reports import Movers as Movers
from headwater.query.reports import Overview as Overview
from headwater.query.reports import Sums as Sums
from headwater.query.selection import Selection as Selection
from headwater.query.series import OTHER as OTHER
from headwater.query.times import Time as Time
from headwater.query.times import read_time as read_time
from headwater.query.times import show_time as show_time
from headwater.query.traced import EventShown as EventShown
from headwater.query.traced import MapCell as MapCell
from headwater.query.traced import Notable as Notable
from headwater.query.traced import PreviousTurn as PreviousTurn
from headwater.query.traced import PriceLine as PriceLine
from headwater.query.traced import Score as Score
from headwater.query.traced import SpanListed as SpanListed
from headwater.query.traced import SpanShown as SpanShown
from headwater.query.traced import TraceHealth as TraceHealth
from headwater.query.traced import TraceOutline as TraceOutline
from headwater.query.traced import TraceShown as TraceShown
from headwater.query.turns import Conversation as Conversation
from headwater.query.turns import Turn as Turn
from headwater.store import UserLimits as UserLimits
