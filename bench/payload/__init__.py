"""Payload: OTLP bodies as LLM programs send them, cheap enough to make that making them does not count.

In:  a seed.   Out: protobuf bodies whose ids, times and texts are new each time.
Rule 1: a template is built once with marks where something must change; filling it overwrites the marks in place.
Rule 2: texts are drawn from many megabytes of English-like words, so that they compress and tokenise like text.
"""

from bench.payload.fill import Filled as Filled
from bench.payload.fill import Filler as Filler
from bench.payload.fill import Template as Template
from bench.payload.fill import trace_id_of as trace_id_of
from bench.payload.history import AgentTrace as AgentTrace
from bench.payload.history import agent_trace as agent_trace
from bench.payload.shape import ENVIRONMENTS as ENVIRONMENTS
from bench.payload.shape import MODELS as MODELS
from bench.payload.shape import SERVICES as SERVICES
from bench.payload.shape import TOOLS as TOOLS
from bench.payload.shape import templates as templates
from bench.payload.text import text_pool as text_pool
