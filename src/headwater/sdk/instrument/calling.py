"""Calling: one logical request under way, between the wrapper around it, the response hook and the tee."""

from contextvars import ContextVar
from functools import partial
from typing import Any, Literal

from headwater.capture import End, Exchange, Headers
from headwater.sdk.client import record
from headwater.sdk.guest import report

_JSON_OPENINGS = (b"{", b"[")


class Calling:
    """What the wrapper, the hook and the tee of one request tell each other.

    The body of the last answer ends the exchange. While the vendor's `request` runs, an answer that ends may be
    followed by another attempt, so the wrapper decides; afterwards the tee does. `answer` counts the answers: a tee of
    an earlier one has no say. `how` is the end of the last body, "" while it is still to be read.
    """

    __slots__ = ("answer", "exchange", "how", "is_returned")

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.answer = 0
        self.how: End | Literal[""] = ""
        self.is_returned = False

    def answered(self, response: Any) -> int:
        """The headers of an answer are there: tell the exchange, and say the answer's number (0: it is not ours).

        Without the vendors' own header a response counts as ours when it came from the exchange's host: a middleware
        may use the same HTTP client for something else.
        """
        request = response.request
        if request.url.host != self.exchange.host and not _attempt_of(request.headers):
            return 0
        self.answer += 1
        self.how = ""
        self._keep_request(request)
        # Headers are looked up by another thread: that costs more than all else here.
        later = partial(_headers_of, response.headers, request.headers, self.answer)
        self.exchange.answered(response.status_code, "", "", self.answer, later)
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


def _headers_of(answered: Any, asked: Any, answer: int) -> Headers:
    return (
        answered.get("content-type", ""),
        answered.get("content-encoding", ""),
        _attempt_of(asked) or answer,
    )


def _attempt_of(headers: Any) -> int:
    """The number of an attempt from the vendors' header that counts retries; 0 where it does not say."""
    retries = headers.get("x-stainless-retry-count")
    return int(retries) + 1 if retries and retries.isdecimal() else 0


def how_ended(error: BaseException) -> End:
    """A failure cuts an exchange; a cancelled task or an interrupted program abandons it."""
    return "cut" if isinstance(error, Exception) else "abandoned"


current: ContextVar[Calling | None] = ContextVar("headwater_calling", default=None)
"""The request of this thread or task, while the vendor's code for it runs."""
