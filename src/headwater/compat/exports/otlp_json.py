"""OTLP/JSON: requests as they were sent, one a record."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.compat.exports.told import Item, Whole
from headwater.compat.forms import list_in, object_in
from headwater.errors import BadRequest

_SIGNALS = (("resourceSpans", "scopeSpans", "spans", "traces"), ("resourceLogs", "scopeLogs", "logRecords", "logs"))


def read(record: Mapping[str, Any]) -> list[Item | Whole]:
    """Read a request of traces or logs; metrics are no calls, and are passed over."""
    found: list[Item | Whole] = []
    for groups, scopes, items, signal in _SIGNALS:
        resources = list_in(record.get(groups))
        count = sum(
            len(list_in(object_in(scope).get(items)))
            for resource in resources
            for scope in list_in(object_in(resource).get(scopes))
        )
        if count:
            body = msgspec.json.encode({groups: resources})
            found.append(Whole(signal="traces" if signal == "traces" else "logs", body=body, items=count))
    if not found and "resourceMetrics" not in record:
        raise BadRequest("it has neither 'resourceSpans' nor 'resourceLogs' with anything in them")
    return found
