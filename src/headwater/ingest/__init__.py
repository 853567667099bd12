"""Ingest: the corridor's entrance. Who is it, is it well formed, append.

In:  OTLP over HTTP and gRPC, the side calls of Langfuse's SDK.   Out: envelopes in the journal, and an answer.
Rule 1: a 2xx is given after fsync, or a 503 with Retry-After is given; there is no third way.
Rule 2: bytes are kept as they came; decoding here only serves the answer.
Rule 3: every body is bounded after decompression, and all bodies together are bounded.
"""

from headwater.ingest.asgi import Disconnected as Disconnected
from headwater.ingest.asgi import answer as answer
from headwater.ingest.asgi import headers_of as headers_of
from headwater.ingest.asgi import read_body as read_body
from headwater.ingest.counters import Counted as Counted
from headwater.ingest.counters import Counters as Counters
from headwater.ingest.gate import Gate as Gate
from headwater.ingest.gate import admitted as admitted
from headwater.ingest.grpc_door import start_grpc as start_grpc
from headwater.ingest.intake import Intake as Intake
from headwater.ingest.kept import kept_headers as kept_headers
from headwater.ingest.langfuse import LANGFUSE_PATHS as LANGFUSE_PATHS
from headwater.ingest.langfuse import LangfuseSideCalls as LangfuseSideCalls
from headwater.ingest.otlp_http import OTLP_PATHS as OTLP_PATHS
from headwater.ingest.otlp_http import OtlpHttp as OtlpHttp
from headwater.ingest.settings import IngestSettings as IngestSettings
