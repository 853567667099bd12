"""Alerts: conditions on series of calls, when they fire, and whom that is told.

In:  rules from the catalog, and values that the query room is asked for.   Out: firings and notices, noted in the
catalog and then sent; and when a rule would have fired over days past.
Rule 1: what fires is decided by pure functions, the same for what is now and for what would have been.
Rule 2: nothing here is on the path of a request or of loading; a channel that hangs holds up no other.
Rule 3: what is to be told is noted before it is sent, and stays until a channel took it or every try is used up.
"""

from headwater.alerts.asking import RANGES as RANGES
from headwater.alerts.asking import WouldHave as WouldHave
from headwater.alerts.asking import would_have_fired as would_have_fired
from headwater.alerts.conditions import checked as checked
from headwater.alerts.conditions import in_words as in_words
from headwater.alerts.conditions import is_unusual as is_unusual
from headwater.alerts.conditions import measure_of as measure_of
from headwater.alerts.conditions import step_s as step_s
from headwater.alerts.looks import Look as Look
from headwater.alerts.looks import ends_needed as ends_needed
from headwater.alerts.looks import looks_of as looks_of
from headwater.alerts.measures import COMPARISONS as COMPARISONS
from headwater.alerts.measures import MEASURES as MEASURES
from headwater.alerts.measures import SEVERITIES as SEVERITIES
from headwater.alerts.measures import WINDOW_NAMES as WINDOW_NAMES
from headwater.alerts.measures import WINDOWS as WINDOWS
from headwater.alerts.measures import Measure as Measure
from headwater.alerts.notices import Notice as Notice
from headwater.alerts.notices import notice_of as notice_of
from headwater.alerts.phases import Stretch as Stretch
from headwater.alerts.phases import stretches_of as stretches_of
from headwater.alerts.post import Post as Post
from headwater.alerts.post import Trial as Trial
from headwater.alerts.post import Tried as Tried
from headwater.alerts.sending import Answered as Answered
from headwater.alerts.sending import Sender as Sender
from headwater.alerts.sending import signature as signature
from headwater.alerts.settings import AlertsSettings as AlertsSettings
from headwater.alerts.settings import SmtpSettings as SmtpSettings
from headwater.alerts.watch import Watch as Watch
