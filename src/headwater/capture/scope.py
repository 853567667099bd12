"""Scope: where a program is when it begins something, and what that inherits."""

from collections.abc import Mapping

import msgspec


class Scope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a new span is a child of and what it takes over. Immutable: a change is another scope.

    Ids are integers (128 and 64 bits), 0 outside of any span: they become text off the caller's thread.
    """

    trace_id: int = 0
    span_id: int = 0
    is_sampled: bool = True
    session_id: str = ""
    user_id: str = ""
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] = {}
