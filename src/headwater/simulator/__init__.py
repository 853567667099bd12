"""Simulator: a provider of models that is none, for trying things, for tests and for measurements.

In:  requests as OpenAI's and Anthropic's clients send them.   Out: answers, streams and errors as those vendors give.
Rule 1: the same request has the same answer, ids and times apart; nothing is asked of any network.
Rule 2: surfaces read and tell the shapes of a wire; what is answered is decided in one place, whichever surface asks.
Rule 3: an answer takes less than a millisecond of work; whoever wants it slow says so.
"""

from headwater.simulator.app import App as App
from headwater.simulator.app import Counts as Counts
from headwater.simulator.server import Simulator as Simulator
from headwater.simulator.server import serve as serve
from headwater.simulator.settings import Behaviour as Behaviour
