"""Sending: one notice to one channel, and what the channel answered.

Rule 1: what is connected to is the address that was checked, and no redirect is followed: nobody reaches our own
network through a webhook.
Rule 2: everything has a time limit, also a channel that answers one byte at a time.
"""

import hmac
import http.client
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit

import msgspec

from headwater import clock
from headwater.access import Address, Channel
from headwater.alerts.notices import Notice, mail_of, slack_body
from headwater.alerts.settings import AlertsSettings, SmtpSettings
from headwater.errors import BadRequest

CheckAddress = Callable[[str], None]
"""Raises BadRequest for an IP address that no webhook may go to."""

_ANSWER_BYTES = 300
_PATIENCE = 3
_PASSING = (408, 425, 429)


class Answered(msgspec.Struct, frozen=True):
    """What became of a try: whether it arrived, and if not, whether another try can help; `text` is for people."""

    is_good: bool
    text: str
    may_try_again: bool = False


class Sender:
    """Sends notices. Safe from any thread; `check_address` is asked about each address before it is connected to."""

    def __init__(self, settings: AlertsSettings, smtp: SmtpSettings, check_address: CheckAddress) -> None:
        self._settings = settings
        self._smtp = smtp
        self._check_address = check_address

    def send(self, channel: Channel, address: Address, notice: Notice) -> Answered:
        """Send a notice; never raises for what a channel does."""
        ways = {"webhook": self._to_webhook, "slack": self._to_slack, "email": self._by_mail}
        try:
            return ways[channel.kind](address, notice)
        except BadRequest as error:
            return Answered(is_good=False, text=str(error))
        except (OSError, http.client.HTTPException, smtplib.SMTPException, UnicodeError) as error:
            return _failed(error)

    def _to_webhook(self, address: Address, notice: Notice) -> Answered:
        body = msgspec.json.encode(notice)
        headers = {"x-headwater-delivery": notice.id}
        if address.secret:
            headers["x-headwater-signature"] = signature(address.secret, clock.now_ns() // 1_000_000_000, body)
        return self._post(address.url, body, headers)

    def _to_slack(self, address: Address, notice: Notice) -> Answered:
        return self._post(address.url, slack_body(notice), {})

    def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        given = {"content-type": "application/json", "user-agent": "headwater", "connection": "close", **headers}
        place = urlsplit(url)
        connection = self._connection(place)
        with _deadline(connection, _PATIENCE * self._settings.timeout_s):
            try:
                path = f"{place.path or '/'}{f'?{place.query}' if place.query else ''}"
                connection.request("POST", path, body, given)
                answer = connection.getresponse()
                said = answer.read(_ANSWER_BYTES).decode("utf-8", "replace")
            finally:
                connection.close()
        text = " ".join(f"{answer.status} {answer.reason} {_printable(said)}".split())
        if 300 <= answer.status < 400:
            text += " (redirects are not followed)"
        may = answer.status >= 500 or answer.status in _PASSING
        return Answered(200 <= answer.status < 300, text[:_ANSWER_BYTES], may)

    def _connection(self, place: SplitResult) -> "_Pinned":
        host, is_tls = place.hostname or "", place.scheme == "https"
        port = place.port or (443 if is_tls else 80)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        for *_, sockaddr in found:
            self._check_address(str(sockaddr[0]))
        return _Pinned(host, port, found, self._settings.timeout_s, ssl.create_default_context() if is_tls else None)

    def _by_mail(self, address: Address, notice: Notice) -> Answered:
        smtp = self._smtp
        if not smtp.host:
            return Answered(is_good=False, text="no mail server is set: HEADWATER_SMTP_HOST names one")
        mail = mail_of(notice, smtp.sender, address.to)
        trust = ssl.create_default_context()
        if smtp.ca_file:
            trust.load_verify_locations(smtp.ca_file)
        # A name of its own would be looked up, which can take as long as all else.
        name, timeout_s = smtp.sender.rpartition("@")[2].strip("> "), self._settings.timeout_s
        if smtp.security == "tls":
            server = smtplib.SMTP_SSL(smtp.host, smtp.port, name, timeout=timeout_s, context=trust)
        else:
            server = smtplib.SMTP(smtp.host, smtp.port, name, timeout=timeout_s)
        with server:
            if smtp.security == "starttls":
                server.starttls(context=trust)
            if smtp.user:
                server.login(smtp.user, smtp.password)
            refused = server.send_message(mail)
        if refused:
            return Answered(is_good=True, text=f"sent, but refused for {', '.join(refused)}"[:_ANSWER_BYTES])
        return Answered(is_good=True, text=f"the mail server took it for {', '.join(address.to)}"[:_ANSWER_BYTES])


def signature(secret: str, at_s: int, body: bytes) -> str:
    """The header that shows a receiver that a body is ours and fresh: HMAC-SHA256 over time, dot and body."""
    digest = hmac.digest(secret.encode(), f"{at_s}.".encode() + body, "sha256").hex()
    return f"t={at_s},v1={digest}"


class _Pinned(http.client.HTTPConnection):
    """A connection to one of the addresses that were checked; the name is not asked for again."""

    def __init__(self, host: str, port: int, found: list[Any], timeout_s: float, trust: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=timeout_s)
        self.default_port = 443 if trust else 80
        self.opened: socket.socket | None = None
        self._found = found
        self._trust = trust
        self._timeout_s = timeout_s

    def connect(self) -> None:
        """Connect to the first address that takes it. Raises OSError."""
        trouble: OSError | None = None
        for family, kind, proto, _, sockaddr in self._found:
            plain = socket.socket(family, kind, proto)
            try:
                plain.settimeout(self._timeout_s)
                plain.connect(sockaddr)
                self.opened = plain
                self.sock = self._trust.wrap_socket(plain, server_hostname=self.host) if self._trust else plain
            except OSError as error:
                plain.close()
                trouble = error
            else:
                return
        raise trouble or OSError(f"no address of {self.host!r}")


@contextmanager
def _deadline(connection: "_Pinned", within_s: float) -> Generator[None]:
    """Break a connection off that takes longer, whatever it still sends."""

    def break_off() -> None:
        opened = connection.sock or connection.opened
        with suppress(OSError):
            if opened is not None:
                opened.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(within_s, break_off)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _failed(error: Exception) -> Answered:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return Answered(
            is_good=False, text=f"the mail server refused every recipient: {', '.join(error.recipients)}"[:300]
        )
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        text = f"the mail server said {error.smtp_code} {_printable(str(said))}"
        return Answered(is_good=False, text=text[:_ANSWER_BYTES], may_try_again=error.smtp_code < 500)
    text = f"no answer: {_printable(str(error)) or type(error).__name__}"
    return Answered(is_good=False, text=text[:_ANSWER_BYTES], may_try_again=not isinstance(error, UnicodeError))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
