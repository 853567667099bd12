"""Calling: one logical request under way, between the wrapper around it, the response hook and the tee."""

from contextvars import ContextVar
from typing import Any, Literal

from headwater.capture import End, Exchange, Scope
from headwater.sdk import otel
from headwater.sdk.client import record
from headwater.sdk.context import scope_here
from headwater.sdk.guest import report
from headwater.sdk.instrument.own import Introduction

_JSON_OPENINGS = (b"{", b"[")
_RETRIES = b"x-stainless-retry-count"
_TYPE, _ENCODING = b"content-type", b"content-encoding"


class Calling:
    """What the wrapper, the hook and the tee of one request tell each other.

    The body of the last answer ends the exchange. While the vendor's `request` runs, an answer that ends may be
    followed by another attempt, so the wrapper decides; afterwards the tee does. `answer` counts the answers: a tee of
    an earlier one has no say. `how` is the end of the last body, "" while it is still to be read. `introduction` is
    for our own server, None where the request goes elsewhere.
    """

    __slots__ = (
        "_context",
        "_outer",
        "_outer_scope",
        "_scope",
        "answer",
        "exchange",
        "how",
        "introduction",
        "is_returned",
    )

    def __init__(self, exchange: Exchange, scope: Scope) -> None:
        self.exchange = exchange
        self.answer = 0
        self.how: End | Literal[""] = ""
        self.is_returned = False
        self.introduction: Introduction | None = None
        self._scope = scope
        self._outer: Calling | None = None
        self._outer_scope: Scope | None = None
        self._context: Any = None

    def enter(self) -> None:
        """Become the current request, and its scope the scope of what begins while the vendor's code runs."""
        if otel.is_loaded():
            self._context = otel.attach(self._scope)
        self._outer, self._outer_scope = current.get(), scope_here.get()
        current.set(self)
        scope_here.set(self._scope)

    def leave(self) -> None:
        """Undo what is still ours to undo. Never raises."""
        try:
            if current.get() is self:
                current.set(self._outer)
            if scope_here.get() is self._scope:
                scope_here.set(self._outer_scope)
            if self._context is not None:
                otel.release(self._scope, self._context)
        except Exception as error:  # noqa: BLE001 - nothing of ours leaves
            report(error, "leaving a call")
        # A stream may be read long after.
        self._outer = self._outer_scope = self._context = None

    def answered(self, response: Any) -> int:
        """The headers of an answer are there: tell the exchange, and say the answer's number (0: it is not ours).

        Without the vendors' own header a response counts as ours when it came from the exchange's host: a middleware
        may use the same HTTP client for something else.
        """
        request, exchange = response.request, self.exchange
        attempt = _attempt_of(request.headers)
        if not attempt and request.url.host != exchange.host:
            return 0
        self.answer += 1
        self.how = ""
        self._keep_request(request)
        content_type, encoding = _form_of(response.headers)
        exchange.answered(response.status_code, content_type, encoding, attempt or self.answer)
        return self.answer

    def _keep_request(self, request: Any) -> None:
        """Take what was sent, and where to: clouds that resell a model name it in the path.

        An upload that is streamed is not read: the JSON that stands beside it is all that is told.
        """
        exchange = self.exchange
        exchange.path = request.url.path
        try:
            content = request.content
        except Exception:  # noqa: BLE001 - the HTTP library's own error, which is not ours to import
            content = None
        if content is not None:
            exchange.request = content
        if content is None or not content.startswith(_JSON_OPENINGS):
            exchange.request_type = request.headers.get("content-type", "")

    def body_over(self, answer: int, how: End) -> None:
        """The body of an answer is at its end, or nobody will read on."""
        if answer != self.answer:
            return
        self.how = how
        if self.is_returned:
            self.end(how)

    def returned(self) -> None:
        """The vendor's `request` gave its result. A body that is still to be read ends the exchange later."""
        try:
            self.is_returned = True
            if self.how or not self.answer:
                self.end(self.how or "complete")
        except Exception as error:  # noqa: BLE001 - nothing of ours leaves
            report(error, "ending a call")

    def failed(self, error: BaseException) -> None:
        """The vendor's `request` raised: after its last attempt, or because the program was interrupted."""
        try:
            self.is_returned = True
            request = getattr(error, "request", None)
            if not self.answer and request is not None:
                self._keep_request(request)
                self.exchange.tried(_attempt_of(request.headers) or 1)
            self.exchange.failed(error)
            self.end(self.how or how_ended(error))
        except Exception as ours:  # noqa: BLE001 - nothing of ours leaves, and theirs is on its way
            report(ours, "telling a failure")

    def end(self, how: End) -> None:
        """Give the exchange away, once."""
        if self.exchange.ended(how):
            record(self.exchange)


def _attempt_of(headers: Any) -> int:
    """The number of an attempt from the vendors' header that counts retries, one of the last; 0 where it is missing."""
    for _, name, value in reversed(_listed(headers)):
        if name == _RETRIES:
            return int(value) + 1 if value.isdigit() else 0
    return 0


def _form_of(headers: Any) -> tuple[str, str]:
    """Content type and content encoding of an answer."""
    found = {_TYPE: b"", _ENCODING: b""}
    for _, name, value in _listed(headers):
        if name in found:
            found[name] = value
    return found[_TYPE].decode("latin-1"), found[_ENCODING].decode("latin-1")


def _listed(headers: Any) -> list[tuple[bytes, bytes, bytes]]:
    """Headers as (name, name in lower case, value), by the list that the HTTP libraries keep of them.

    A look by name decodes each of them first, and the public list is a copy: either costs more than all else here.
    """
    try:
        return headers._list
    except AttributeError:
        return [(name, name.lower(), value) for name, value in headers.raw]


def how_ended(error: BaseException) -> End:
    """A failure cuts an exchange; a cancelled task or an interrupted program abandons it."""
    return "cut" if isinstance(error, Exception) else "abandoned"


current: ContextVar[Calling | None] = ContextVar("headwater_calling", default=None)
"""The request of this thread or task, while the vendor's code for it runs."""
