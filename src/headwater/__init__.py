"""Headwater: see what your LLM programs ask, what comes back, how long it takes and what it costs.

    import headwater

    headwater.instrument()  # every OpenAI and Anthropic client of this process is recorded


    @headwater.span
    def answer(question): ...

Importing this is light: each name is loaded when it is first used; no server library, no vendor's SDK ever is.
"""

# Type checkers take a variable of this name for true; importing the one of `typing` costs more than all the rest here.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from headwater.errors import HeadwaterError as HeadwaterError
    from headwater.outbox import Flushed as Flushed
    from headwater.sdk import SdkSettings as SdkSettings
    from headwater.sdk import Step as Step
    from headwater.sdk import aflush as aflush
    from headwater.sdk import carry as carry
    from headwater.sdk import continue_from as continue_from
    from headwater.sdk import current as current
    from headwater.sdk import defaults as defaults
    from headwater.sdk import flush as flush
    from headwater.sdk import headers as headers
    from headwater.sdk import init as init
    from headwater.sdk import log as log
    from headwater.sdk import score as score
    from headwater.sdk import session as session
    from headwater.sdk import shutdown as shutdown
    from headwater.sdk import span as span
    from headwater.sdk.instrument import instrument as instrument
    from headwater.sdk.instrument import observe as observe
    from headwater.sdk.instrument import uninstrument as uninstrument

__version__ = "0.1.0"

# What each name is loaded from.
_ROOMS = {
    "Flushed": "headwater.outbox",
    "HeadwaterError": "headwater.errors",
    "SdkSettings": "headwater.sdk",
    "Step": "headwater.sdk",
    "aflush": "headwater.sdk",
    "carry": "headwater.sdk",
    "continue_from": "headwater.sdk",
    "current": "headwater.sdk",
    "defaults": "headwater.sdk",
    "flush": "headwater.sdk",
    "headers": "headwater.sdk",
    "init": "headwater.sdk",
    "instrument": "headwater.sdk.instrument",
    "log": "headwater.sdk",
    "observe": "headwater.sdk.instrument",
    "score": "headwater.sdk",
    "session": "headwater.sdk",
    "shutdown": "headwater.sdk",
    "span": "headwater.sdk",
    "uninstrument": "headwater.sdk.instrument",
}

__all__ = [
    "Flushed",
    "HeadwaterError",
    "SdkSettings",
    "Step",
    "__version__",
    "aflush",
    "carry",
    "continue_from",
    "current",
    "defaults",
    "flush",
    "headers",
    "init",
    "instrument",
    "log",
    "observe",
    "score",
    "session",
    "shutdown",
    "span",
    "uninstrument",
]


def __getattr__(name: str) -> "Any":
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # what `import headwater` itself can do without

    found = getattr(importlib.import_module(room), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
