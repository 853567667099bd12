"""Again: a recorded call as the request that its provider would take for it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from headwater.provider import Again, Told, request_again
from headwater.query.traced import SpanShown

_SECRET_NAME = re.compile(
    r"api[-_]?key|secret|passw|authorization|credential|headers?$|access[-_]?token|bearer|cookie", re.IGNORECASE
)


def asked_again(span: SpanShown) -> Again | None:
    """The request of a span; None for one that is no call, or of a kind that cannot be put together again."""
    if span.kind != "call":
        return None
    return request_again(
        Told(
            provider=span.provider,
            operation=span.operation,
            model=span.request_model or span.model,
            input=span.input or (),
            tools=span.tools or (),
            parameters=_public(span.parameters),
        )
    )


def _public(value: Any) -> Any:
    """A value without the fields that are named like secrets, however deep they lie."""
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value).items()
        return {name: _public(each) for name, each in fields if not _SECRET_NAME.search(name)}
    return [_public(each) for each in cast("Sequence[Any]", value)] if isinstance(value, list | tuple) else value
