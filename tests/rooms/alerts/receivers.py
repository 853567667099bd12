"""Receivers of notices: real HTTP and SMTP servers on loopback, in threads, that keep what they are sent."""

import ssl
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import msgspec


class Received(msgspec.Struct, frozen=True):
    """A request: its path, its headers in lower case, and its body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return msgspec.json.decode(self.body)


class HttpReceiver:
    """Keeps requests; answers `statuses` one after the other, the last of them for ever."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.statuses = [200]
        self.drip_s = 0.0
        self.url = ""

    def next_status(self) -> int:
        """The status of the next answer."""
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    def await_count(self, count: int, timeout_s: float = 20.0) -> list[Received]:
        """What came, once so much of it came."""
        deadline = time.monotonic() + timeout_s
        while len(self.received) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(self.received) >= count, f"{len(self.received)} of {count} came"
        return self.received


@contextmanager
def http_receiver() -> Generator[HttpReceiver]:
    """Serve until the block ends."""
    receiver = HttpReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.next_status()
            receiver.received.append(Received(self.path, headers, body))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", receiver.url + "/elsewhere")
            self.end_headers()
            for _ in range(int(20 * bool(receiver.drip_s))):
                self.wfile.write(b".")
                self.wfile.flush()
                time.sleep(receiver.drip_s)
            self.wfile.write(b"thank you")

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


class SmtpReceiver(msgspec.Struct, kw_only=True):
    """Keeps mails, and who logged in; `refused` says what is answered to a recipient in the place of 250."""

    port: int = 0
    mails: list[str] = []
    logins: list[str] = []
    encrypted: list[bool] = []
    refused: str = ""


class _Mailed(StreamRequestHandler):
    """One conversation with a mail server."""

    server: "_MailServer"  # pyright: ignore[reportIncompatibleVariableOverride]  # nothing else starts one

    def handle(self) -> None:
        """Answer line by line until the caller says goodbye."""
        self.is_encrypted = False
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            answer = {
                "EHLO": self._greet,
                "STARTTLS": self._encrypt,
                "AUTH": self._log_in,
                "RCPT": self._take_recipient,
                "DATA": self._take_mail,
            }.get(word)
            if answer is None:
                self._say("221 bye" if word == "QUIT" else "250 ok")
            else:
                answer(line)

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def _greet(self, line: str) -> None:
        offer = "AUTH PLAIN" if self.is_encrypted or self.server.certificate is None else "STARTTLS"
        self._say(f"250-here\r\n250 {offer}")

    def _encrypt(self, line: str) -> None:
        self._say("220 go on")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self.server.certificate))
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
        self.is_encrypted = True

    def _log_in(self, line: str) -> None:
        self.server.receiver.logins.append(line.split()[-1])
        self._say("235 welcome")

    def _take_recipient(self, line: str) -> None:
        self._say(self.server.receiver.refused or "250 ok")

    def _take_mail(self, line: str) -> None:
        self._say("354 go on")
        lines: list[str] = []
        while (each := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            lines.append(each)
        self.server.receiver.mails.append("\n".join(lines))
        self.server.receiver.encrypted.append(self.is_encrypted)
        self._say("250 taken")


class _MailServer(ThreadingTCPServer):
    """A mail server on a free port; with a certificate it offers STARTTLS."""

    daemon_threads = True

    def __init__(self, certificate: Path | None) -> None:
        super().__init__(("127.0.0.1", 0), _Mailed)
        self.certificate = certificate
        self.receiver = SmtpReceiver(port=int(self.server_address[1]))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller who leaves is no error."""


@contextmanager
def smtp_receiver(certificate: Path | None = None) -> Generator[SmtpReceiver]:
    """Serve until the block ends; with a certificate (PEM with its key) STARTTLS is offered."""
    server = _MailServer(certificate)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server.receiver
    finally:
        server.shutdown()
        server.server_close()


def make_certificate(path: Path) -> Path:
    """A certificate for localhost with its key, in one PEM file; it vouches for itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    )
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    made = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    kept = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + kept)
    return path
