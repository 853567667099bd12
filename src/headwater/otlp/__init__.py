"""OTLP: other people's spans, understood.

In:  the body of an OTLP request, its content type.   Out: `Span`s and `LogEvent`s; and what to answer.
Rule 1: what the edge accepted is what the loader decodes: both have one idea of a span that cannot be kept.
Rule 2: attribute names are known here and nowhere else (names.py, as tables); message shapes are the provider room's.
Rule 3: raw attributes are always kept; hostile bytes raise BadRequest and nothing else.
"""

from headwater.otlp.answer import encode_error as encode_error
from headwater.otlp.answer import encode_success as encode_success
from headwater.otlp.bodies import CHECKS as CHECKS
from headwater.otlp.bodies import check_logs as check_logs
from headwater.otlp.bodies import check_metrics as check_metrics
from headwater.otlp.bodies import check_traces as check_traces
from headwater.otlp.bodies import decode_logs as decode_logs
from headwater.otlp.bodies import decode_traces as decode_traces
from headwater.otlp.compression import Inflater as Inflater
from headwater.otlp.compression import inflate as inflate
from headwater.otlp.encoding import JSON as JSON
from headwater.otlp.encoding import PROTOBUF as PROTOBUF
from headwater.otlp.encoding import is_json as is_json
from headwater.otlp.log import log_events_of as log_events_of
from headwater.otlp.meaning import Meaning as Meaning
from headwater.otlp.meaning import meaning_of as meaning_of
from headwater.otlp.protobuf import assert_fast_protobuf as assert_fast_protobuf
from headwater.otlp.raw import Checked as Checked
from headwater.otlp.raw import Emitter as Emitter
from headwater.otlp.raw import RawSpan as RawSpan
from headwater.otlp.scores import scores_of as scores_of
from headwater.otlp.span import is_log_span as is_log_span
from headwater.otlp.span import span_from as span_from
from headwater.otlp.span import spans_of as spans_of
from headwater.otlp.times import in_nanoseconds as in_nanoseconds
from headwater.otlp.times import moment_ns as moment_ns
