"""Transport: one request to a server of Layer's wire, and its answer; through the program's own HTTP session if it
has one.

Without one the standard library speaks. It keeps no connection, so that threads and forks share nothing, follows no
redirection, so that a token goes nowhere else, and tries again as Layer's documentation says.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlencode

from headwater import clock

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

RETRIED = frozenset({408, 425, 502, 503, 504})
"""The statuses after which a request is sent again, by Layer's README."""

_RETRIES = 3
_BACKOFF_S = 0.5
_BUSY = 429
_ANSWER_MAX = 16 * 1024 * 1024

_log = logging.getLogger("headwater.compat.layer_sdk")


class HttpSession(Protocol):
    """What is asked of a session that a program brings: a `requests.Session` or what behaves like one."""

    def get(self, url: str, *, headers: Mapping[str, str], timeout: Any) -> Any: ...
    def post(self, url: str, *, data: Any, headers: Mapping[str, str], timeout: Any) -> Any: ...


class Answer(NamedTuple):
    """What a server said. `retry_after_s` is None where it said nothing of that."""

    status: int
    body: bytes
    retry_after_s: float | None = None

    @property
    def text(self) -> str:
        """The body, whatever bytes it has."""
        return self.body.decode("utf-8", "replace")


class Unanswered(Exception):
    """No answer came, for the reason that the text gives."""


class Transport(Protocol):
    """Sends a request: `data` is a body of bytes, the fields of a form, or None for a GET. Raises Unanswered."""

    def send(
        self, url: str, headers: Mapping[str, str], data: bytes | dict[str, str] | None, is_patient: bool = True
    ) -> Answer: ...


def transport(http_session: HttpSession | None, timeout_s: float) -> Transport:
    """The transport over a program's session, or over the standard library."""
    return OwnTransport(timeout_s) if http_session is None else GivenTransport(http_session, timeout_s)


class GivenTransport:
    """Over a session of the program's, with its retries, proxies and certificates."""

    def __init__(self, http_session: HttpSession, timeout_s: float) -> None:
        self._session = http_session
        self._timeout_s = timeout_s

    def send(
        self, url: str, headers: Mapping[str, str], data: bytes | dict[str, str] | None, is_patient: bool = True
    ) -> Answer:
        """Send it once: what is tried again, and how often, is the session's own."""
        try:
            if data is None:
                response = self._session.get(url, headers=dict(headers), timeout=self._timeout_s)
            else:
                response = self._session.post(url, data=data, headers=dict(headers), timeout=self._timeout_s)
            return Answer(response.status_code, response.content)
        except Exception as error:
            # The session's library is not ours to import, so its errors have no type here.
            raise Unanswered(f"{type(error).__name__}: {error}") from error


class OwnTransport:
    """Over the standard library. `timeout_s` is for connecting and for each piece of an answer."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s

    def send(
        self, url: str, headers: Mapping[str, str], data: bytes | dict[str, str] | None, is_patient: bool = True
    ) -> Answer:
        """Send it, and again at most three times: after no answer, a status of RETRIED, or a 429 that says when.

        With `is_patient` false it is sent once.
        """
        body = urlencode(data).encode() if isinstance(data, dict) else data
        for pause_s in (*_pauses(), None) if is_patient else (None,):
            try:
                answer = self._once(url, headers, body)
            except OSError as error:
                if pause_s is None:
                    raise Unanswered(str(error)) from error
                _log.debug("no answer; trying again in %g s", pause_s)
                clock.sleep(pause_s)
                continue
            wait_s = self._wait_s(answer, pause_s)
            if wait_s is None:
                return answer
            _log.debug("answered %d; trying again in %g s", answer.status, wait_s)
            clock.sleep(wait_s)
        raise AssertionError  # pragma: no cover - the last round returns or raises

    def _wait_s(self, answer: Answer, pause_s: float | None) -> float | None:
        """Seconds until the next attempt; None to take this answer.

        A server may ask for more than a program should stand still for: then its answer is the last.
        """
        told_s = answer.retry_after_s
        if pause_s is None or (told_s is not None and told_s > self._timeout_s):
            return None
        if answer.status in RETRIED:
            return pause_s if told_s is None else told_s
        return told_s if answer.status == _BUSY else None

    def _once(self, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Raises OSError where no whole answer comes, and Unanswered for what HTTP has no form for."""
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import Request

        try:
            # Only addresses that `init` has found to be of HTTP come here.
            request = Request(url, data=body, headers=dict(headers))  # noqa: S310
            try:
                with _opener().open(request, timeout=self._timeout_s) as response:
                    return _answer(response)
            except HTTPError as refused:
                with refused:
                    return _answer(refused)
        except (TypeError, ValueError) as error:
            raise Unanswered(f"it cannot be sent: {error}") from error
        except HTTPException as error:
            raise OSError(f"{type(error).__name__}: {error}") from error


def _answer(response: Any) -> Answer:
    told = str(response.headers.get("retry-after") or "").strip()
    return Answer(response.status, response.read(_ANSWER_MAX), float(told) if told.isdecimal() else None)


def _pauses() -> Iterator[float]:
    """0, 1, 2 seconds: exponential, the first attempt again at once."""
    for retry in range(_RETRIES):
        yield _BACKOFF_S * 2**retry if retry else 0.0


def _opener() -> "OpenerDirector":
    """Made anew for each request, since a program may change its proxies in the environment; microseconds."""
    from urllib.request import HTTPRedirectHandler, build_opener

    class _Stay(HTTPRedirectHandler):
        def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> None:
            return None

    return build_opener(_Stay)
