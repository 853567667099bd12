"""What is kept of an exception: words and line numbers, never the object or its frames, which would hold the user's
memory. The text is made off the caller's thread, as the lines of source are read only then.
"""

import linecache
from types import TracebackType
from typing import NamedTuple

from headwater.event import Failure

_MAX_MESSAGE = 8_192
_MAX_FRAMES = 64
_MAX_CAUSES = 4


class Raised(NamedTuple):
    """An exception in words. `type` is its class with its module, `places` are (file, line, function), the outermost
    first. `before` is the exception that it came from, and `link` says how.
    """

    type: str
    message: str
    places: tuple[tuple[str, int, str], ...] = ()
    before: "Raised | None" = None
    link: str = ""

    def stacktrace(self) -> str:
        """The traceback as Python prints it, as far as it was kept."""
        lines = [self.before.stacktrace(), f"\n{self.link}\n\n"] if self.before is not None else []
        if self.places:
            lines.append("Traceback (most recent call last):\n")
        for file, line, function in self.places:
            lines.append(f'  File "{file}", line {line}, in {function}\n')
            source = linecache.getline(file, line).strip()
            lines += [f"    {source}\n"] if source else []
        return "".join([*lines, f"{self.type}: {self.message}\n" if self.message else f"{self.type}\n"])

    def failure(self, http_status: int | None = None) -> Failure:
        """The failure of a span that it ended. Off the caller's thread, as files are read for the traceback."""
        return Failure(type=self.type, message=self.message, http_status=http_status, stacktrace=self.stacktrace())


_CAUSE = "The above exception was the direct cause of the following exception:"
_CONTEXT = "During handling of the above exception, another exception occurred:"


def raised_from(error: BaseException) -> Raised:
    """Keep an exception's words. Never raises, whatever the exception's own methods do."""
    return _raised(error, _MAX_CAUSES)


def _raised(error: BaseException, causes: int) -> Raised:
    before, link = error.__cause__, _CAUSE
    if before is None and not error.__suppress_context__:
        before, link = error.__context__, _CONTEXT
    return Raised(
        type=_type_of(error),
        message=_message_of(error),
        places=_places(error.__traceback__),
        before=_raised(before, causes - 1) if before is not None and causes else None,
        link=link if before is not None and causes else "",
    )


def _type_of(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _message_of(error: BaseException) -> str:
    try:
        return str(error)[:_MAX_MESSAGE]
    except Exception:  # noqa: BLE001 - it is the user's own method that may do anything
        return ""


def _places(traceback: TracebackType | None) -> tuple[tuple[str, int, str], ...]:
    """The innermost places: they are the ones that say what happened."""
    found: list[tuple[str, int, str]] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        found.append((code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    return tuple(found[-_MAX_FRAMES:])
