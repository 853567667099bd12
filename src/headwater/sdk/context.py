"""Where the program is: a context variable holding an immutable `Scope`, and one for the span that set it.

A token of a context variable is never used: entering sets a scope, leaving sets the one before if the current one is
still ours. So nothing raises when a generator, a task or a thread leaves in another context than it entered.
"""

import os
from contextvars import ContextVar
from random import Random
from typing import Any

from headwater.capture import Scope
from headwater.sdk import otel

scope_here: ContextVar[Scope | None] = ContextVar("headwater_scope", default=None)
# The innermost open span of ours (a `Step`), for `headwater.current()`.
step_here: ContextVar[Any] = ContextVar("headwater_step", default=None)

_root = Scope()
_random = Random(os.urandom(32))  # noqa: S311 - ids must differ, not be secret


def _reseed() -> None:
    _random.seed(os.urandom(32))


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reseed)


def current_scope() -> Scope:
    """The scope around this line. Where OpenTelemetry's innermost span is not one of ours, that span is the parent."""
    scope = own_scope()
    return otel.around(scope) if otel.is_loaded() else scope


def own_scope() -> Scope:
    """The scope around this line as Headwater alone knows it."""
    return scope_here.get() or _root


def root_scope() -> Scope:
    """The scope of whoever has entered none."""
    return _root


def set_root_scope(scope: Scope) -> None:
    """Make this the scope of every thread and task of the process that has entered none."""
    global _root
    _root = scope


def new_ids(scope: Scope) -> tuple[int, int]:
    """The ids of a span that begins in a scope: (trace id, 128 bits; span id, 64 bits). Never 0."""
    return scope.trace_id or _random.getrandbits(128) or 1, _random.getrandbits(64) or 1


def is_within_rate(trace_id: int, sample_rate: float) -> bool:
    """Whether a trace is one of the share to keep. By its id alone, so that every process says the same."""
    return (trace_id & 0xFFFF_FFFF_FFFF_FFFF) < int(sample_rate * 2**64)
