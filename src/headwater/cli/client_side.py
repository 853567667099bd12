"""The doctor's look at a program's side: address and key as an SDK here would find them, and whether they work.

It needs nothing of the server's packages, so that it runs wherever the SDK does.
"""

import json
import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from socket import gaierror
from typing import Any
from urllib.parse import urlsplit

import msgspec

from headwater.clock import now_ns
from headwater.credentials_file import Credentials, credentials_from, credentials_path
from headwater.errors import HeadwaterError

Finding = tuple[bool, str]
"""Whether it is well, and what to say."""

_TIMEOUT_S = 5.0
_CLOCK_S = 5.0
_ANSWER_MAX = 1024 * 1024
_STATE_PATH = "/api/headwater/v1/health"
_SCHEMES = {"http": HTTPConnection, "https": HTTPSConnection}


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where an SDK would send, with which key, and who said so."""

    url: str
    key: str
    origin: str


class _Answer(msgspec.Struct, frozen=True):
    """What a server says; `date` is the header of that name."""

    status: int
    date: str
    body: bytes


class _Failed(Exception):
    """Why a server cannot be reached, with the remedy."""


def process_environment() -> Mapping[str, str]:
    """What this process was started with, for what is no setting of the server."""
    return os.environ  # noqa: TID251 - see above


def client_findings(environment: Mapping[str, str], is_server_here: bool = False) -> Iterator[Finding]:
    """Look at the credentials, then at the server that they lead to. A machine that only serves is well without any."""
    path = Path(credentials_path(environment))
    yield from _file_findings(path)
    way = way_of(environment, path)
    if way is None:
        remedy = "set HEADWATER_URL and HEADWATER_KEY, or start `headwater serve` on this machine"
        yield is_server_here, f"no address for SDKs here: {remedy}"
        return
    yield True, f"SDKs here send to {way.url} ({way.origin})"
    yield from _server_findings(way)


def _file_findings(path: Path) -> Iterator[Finding]:
    try:
        mode = path.stat().st_mode & 0o777
        found = credentials_from(path.read_bytes())
    except FileNotFoundError:
        yield True, f"no credentials file {path}"
        return
    except OSError as error:
        yield False, f"{path} cannot be read ({error.strerror}): make it yours, with mode 0600"
        return
    except HeadwaterError as error:
        yield False, f"{path} cannot be understood ({error}): delete it, the next `headwater serve` writes it again"
        return
    if not (found.url and found.key):
        yield False, f"{path} lacks its url or key: delete it, the next `headwater serve` writes it again"
    elif mode & 0o077:
        yield False, f"{path} can be read by others (mode {mode:04o}): chmod 600 {path}"
    else:
        yield True, f"credentials file {path}, mode {mode:04o}"


def way_of(environment: Mapping[str, str], path: Path) -> Way | None:
    """As the SDK decides: the environment before the file, and the file's key for the file's address only."""
    try:
        found = credentials_from(path.read_bytes())
    except (OSError, HeadwaterError):
        found = Credentials()
    url, key = environment.get("HEADWATER_URL", "").strip(), environment.get("HEADWATER_KEY", "").strip()
    origin = "HEADWATER_URL" if url else str(path)
    url = (url or found.url).rstrip("/")
    if not url:
        return None
    key = key or (found.key if url == found.url.rstrip("/") else "")
    return Way(url=url, key=key, origin=origin)


def _server_findings(way: Way) -> Iterator[Finding]:
    before_ns = now_ns()
    try:
        answer = _get(way.url, "/health", {})
    except _Failed as failed:
        yield False, str(failed)
        return
    between_ns = (before_ns + now_ns()) // 2
    if answer.status != 200 or _member(answer.body, "service") != "headwater":
        yield False, f"something else than headwater answers at {way.url} (status {answer.status}): check the address"
        return
    yield True, f"{way.url} can be reached"
    yield from _clock_findings(answer.date, between_ns)
    yield from _key_findings(way)


def _clock_findings(date: str, here_ns: int) -> Iterator[Finding]:
    try:
        there_s = parsedate_to_datetime(date).timestamp()
    except ValueError:
        return
    # The header's second began up to a second ago.
    ahead_s = here_ns / 1e9 - there_s - 0.5
    if abs(ahead_s) <= _CLOCK_S:
        yield True, "the clocks of this machine and the server agree"
    else:
        side = "ahead of" if ahead_s > 0 else "behind"
        apart = f"this machine's clock is {abs(ahead_s):.0f} s {side} the server's"
        yield False, f"{apart}: traces show at wrong times; set it by NTP"


def _key_findings(way: Way) -> Iterator[Finding]:
    if not way.key:
        yield False, f"no key for {way.url}: set HEADWATER_KEY to one that `headwater keys create` prints there"
        return
    try:
        answer = _get(way.url, _STATE_PATH, {"x-headwater-key": way.key})
    except _Failed as failed:
        yield False, str(failed)
        return
    if answer.status == 401:
        remedy = (
            "make one with `headwater keys create`, or delete the credentials file and start `headwater serve` anew"
        )
        yield False, f"{way.url} refuses the key {way.key[:7]}…: {remedy}"
    elif answer.status != 200:
        yield False, f"{way.url} answers {answer.status} to a request with the key: see its log"
    else:
        yield True, f"the key {way.key[:7]}… is accepted"
        yield _version_finding(_member(answer.body, "versions"))


def _version_finding(versions: Any) -> Finding:
    there = str(versions.get("headwater", "")) if isinstance(versions, dict) else ""  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  # JSON of any shape
    here = own_version()
    if here == there:
        return True, f"version {here} here and there"
    return (
        True,
        f"version {here} here, {there or 'unknown'} at the server: they understand each other, upgrade at leisure",
    )


def own_version() -> str:
    """The version that is installed here."""
    try:
        return version("headwater")
    except PackageNotFoundError:
        return "unknown"


def _get(url: str, path: str, headers: Mapping[str, str]) -> _Answer:
    """Ask once, by what the SDK sends with. Raises _Failed with the remedy."""
    connection = _connection(url)
    try:
        connection.request("GET", urlsplit(url).path.rstrip("/") + path, headers=dict(headers))
        answer = connection.getresponse()
        return _Answer(answer.status, answer.getheader("date", ""), answer.read(_ANSWER_MAX))
    except (OSError, HTTPException) as error:
        raise _Failed(next(why(error, url) for kind, why in _WHY if isinstance(error, kind))) from error
    finally:
        connection.close()


def _connection(url: str) -> HTTPConnection:
    try:
        parsed = urlsplit(url)
        host = parsed.netloc.rpartition("@")[2]
        if host:
            return _SCHEMES[parsed.scheme](host, timeout=_TIMEOUT_S)
    except (KeyError, ValueError, HTTPException):
        pass
    raise _Failed(f"{url!r} is no address: write it as http://host:port")


def _why_tls(error: Exception, url: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {url} is not trusted ({error.verify_message}): set SSL_CERT_FILE to the file of the"
            " authority that signed it, or use the name that it is for"
        )
    if "WRONG_VERSION_NUMBER" in str(error) or "RECORD_LAYER_FAILURE" in str(error):
        return f"what answers at {url} does not speak TLS: write http://, or the port of the TLS proxy"
    return f"TLS with {url} fails ({error}): look at the proxy in front of the server"


def _why_none(error: Exception, url: str) -> str:
    reason = getattr(error, "strerror", None) or error
    return f"no connection to {url} ({reason}): start `headwater serve` there, or check the port and firewalls"


# What went wrong on the way, in words; the narrower kinds first.
_WHY: tuple[tuple[type[Exception], Callable[[Exception, str], str]], ...] = (
    (
        gaierror,
        lambda error, url: (
            f"the name {urlsplit(url).hostname!r} cannot be resolved: check the address {url} and this machine's DNS"
        ),
    ),
    (
        TimeoutError,
        lambda error, url: (
            f"{url} did not answer within {_TIMEOUT_S:g} s: check the address, and firewalls between here and there"
        ),
    ),
    (ssl.SSLError, _why_tls),
    (
        HTTPException,
        lambda error, url: f"what answers at {url} does not speak HTTP ({error}): if it speaks TLS, write https://",
    ),
    (OSError, _why_none),
)


def _member(body: bytes, name: str) -> Any:
    try:
        return json.loads(body)[name]
    except (ValueError, KeyError, TypeError):
        return None
