"""Reading: forms in which other products' clients write times, spans of time, ids and numbers.

Nothing here raises: what cannot be read is None, or "" for a text.
"""

from typing import Any

from headwater.compat.forms import count_in as count_in
from headwater.compat.forms import duration_in as duration_in
from headwater.compat.forms import list_in as list_in
from headwater.compat.forms import merged as merged
from headwater.compat.forms import metadata_in as metadata_in
from headwater.compat.forms import number_in as number_in
from headwater.compat.forms import object_in as object_in
from headwater.compat.forms import span_id_from as span_id_from
from headwater.compat.forms import text_in as text_in
from headwater.compat.forms import trace_id_from as trace_id_from
from headwater.otlp import in_nanoseconds, moment_ns

_SIZES = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3), (2**63, 1))


def moment_in(value: Any) -> int | None:
    """A moment in Unix nanoseconds: ISO 8601, or a number (or a text of one) of seconds, milli-, micro- or nanoseconds,
    which are told apart by their size. None for one that 63 bits cannot hold: after the year 2262."""
    moment = _moment(value)
    return moment if moment is not None and 0 < moment < 2**63 else None


def _moment(value: Any) -> int | None:
    number = number_in(value)
    if number is None:
        return moment_ns(value) if isinstance(value, str) else None
    if isinstance(number, int):
        return in_nanoseconds(number)
    factor = next((factor for bound, factor in _SIZES if 0 < number < bound), 0)
    # To a millionth of its unit, which is as much as a float of this size can hold of seconds.
    return round(number * 10**6) * factor // 10**6
