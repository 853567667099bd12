"""What the SDK may be told. By argument of `init`, by environment, by the credentials file, by default: in this order.

The environment's names are the fields' in capitals behind HEADWATER_. Only an argument that is wrong raises; what is
wrong elsewhere is left out and named in `problems`, because a program must start whatever its environment holds.
"""

import os
from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

import msgspec

from headwater.credentials_file import credentials_from, credentials_path
from headwater.errors import HeadwaterError
from headwater.event import Told

Content = Literal["full", "off"]
Compression = Literal["auto", "gzip", "none"]
Redact = Callable[[Told], Told | None]
Headers = Mapping[str, str] | Callable[[], Mapping[str, str]]
"""Headers, or what is asked for them before each request, in the outbox's thread: for tokens that expire."""

DEFAULT_URL = "http://127.0.0.1:3000"

_SECRET = ("key", "headers")


class SdkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All that can be set.

    `url`                where the server listens, without a path of its own.
    `key`                an ingest key of the project; empty where the server asks for none.
    `headers`            more headers for every request to the server (environment: a=b,c=d); or a function.
    `service_name`       what the program is called.
    `environment`        where it runs: production, staging, ...
    `release`            in which version it runs.
    `enabled`            False: nothing is hooked, recorded or sent.
    `sample_rate`        the share of traces to keep, 0 to 1, decided by trace id.
    `content`            "full", or "off": no messages, arguments, results and documents, only names and numbers.
    `masks`              the names of the masks that all text goes through; () or "off" for none.
    `redact`             a function of yours: a span or log in, the one to send out, or None to send nothing.
    `text_limit`         characters kept of one text; what is longer is cut with a mark.
    `call_limit_bytes`   bytes kept of one request and of one answer.
    `queue_bytes`        memory that waiting records may take; beyond it the oldest are dropped, and counted.
    `flush_interval_s`   seconds between two sendings.
    `timeout_s`          seconds that one request to the server may take.
    `exit_timeout_s`     seconds that the end of the program may wait for what is not sent yet.
    `retry_for_s`        seconds that a record is sent again and again while the server cannot be reached.
    `compression`        "auto" (gzip, except to this machine), "gzip" or "none".
    `spool`              a folder for what could not be sent before the program ended; empty for none.
    """

    url: str = DEFAULT_URL
    key: str = ""
    headers: Headers = {}
    service_name: str = ""
    environment: str = ""
    release: str = ""
    enabled: bool = True
    sample_rate: float = 1.0
    content: Content = "full"
    masks: tuple[str, ...] = ("secrets",)
    redact: Redact | None = None
    text_limit: int = 256 * 1024
    call_limit_bytes: int = 8 * 1024 * 1024
    queue_bytes: int = 32 * 1024 * 1024
    flush_interval_s: float = 1.0
    timeout_s: float = 10.0
    exit_timeout_s: float = 5.0
    retry_for_s: float = 600.0
    compression: Compression = "auto"
    spool: str = ""
    problems: tuple[str, ...] = ()


class _Wrong(Exception):
    """What is wrong with a value, as the end of a sentence that begins with its name."""


def is_raising() -> bool:
    """Whether failures of ours are to be raised: HEADWATER_RAISE=1, for tests."""
    return os.environ.get("HEADWATER_RAISE", "") not in ("", "0")


def settings_from(arguments: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> SdkSettings:
    """Put the settings together; an argument that is None was not given.

    Raises HeadwaterError for an argument that cannot be, naming it and what it may be.
    """
    environ = os.environ if environment is None else environment
    found, problems = _from_environment(environ)
    for name, value in arguments.items():
        if value is None:
            continue
        try:
            found[name] = _READERS[name](value)
        except _Wrong as wrong:
            shown = "..." if name in _SECRET else repr(value)
            raise HeadwaterError(f"init({name}={shown}): {name} {wrong}") from None
    if not found.get("service_name") and environ.get("OTEL_SERVICE_NAME"):
        found["service_name"] = environ["OTEL_SERVICE_NAME"]
    _add_credentials(found, environ)
    return SdkSettings(**found, problems=tuple(problems))


def _from_environment(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    found: dict[str, Any] = {}
    problems: list[str] = []
    for name, read in _READERS.items():
        variable = f"HEADWATER_{name.upper()}"
        text = environ.get(variable, "").strip()
        if not text or name == "redact":
            continue
        try:
            found[name] = read(text)
        except _Wrong as wrong:
            problems.append(f"{variable} {wrong}; it is not used")
    return found, problems


def _add_credentials(found: dict[str, Any], environ: Mapping[str, str]) -> None:
    """Use the file for what nobody set. Its key goes to its own address only."""
    if "url" in found and "key" in found:
        return
    try:
        with open(credentials_path(environ), "rb") as file:
            credentials = credentials_from(file.read(64 * 1024))
        url = _url(credentials.url)
    except (OSError, ValueError, HeadwaterError, _Wrong):
        return
    if found.setdefault("url", url) == url:
        found.setdefault("key", credentials.key)


def _url(value: Any) -> str:
    url = value.strip().rstrip("/") if isinstance(value, str) else ""
    scheme, _, rest = url.partition("://")
    if scheme.lower() not in ("http", "https") or not rest.split("/")[0]:
        raise _Wrong(f"is an address such as {DEFAULT_URL!r}")
    return url


def _text(value: Any) -> str:
    if not isinstance(value, str) or any(ord(letter) < 32 for letter in value):
        raise _Wrong("is a text of one line")
    return value


def _headers(value: Any) -> Headers:
    if callable(value):
        return cast(Callable[[], Mapping[str, str]], value)
    if isinstance(value, str):
        pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
        value = {name.strip(): text.strip() for name, equals, text in pairs if equals}
    if not isinstance(value, Mapping):
        raise _Wrong("is a mapping of header names to texts, or a function that gives one")
    return {_text(name): _text(text) for name, text in value.items()}  # pyright: ignore[reportUnknownVariableType]


_YES = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _boolean(value: Any) -> bool:
    found = value if isinstance(value, bool) else _YES.get(str(value).lower())
    if found is None:
        raise _Wrong("is true or false (in the environment 1 or 0)")
    return found


def _redact(value: Any) -> Redact:
    if not callable(value):
        raise _Wrong("is a function that takes a span or log and returns one, or None")
    return cast(Redact, value)


def _masks(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = () if value.lower() in ("off", "none") else [name.strip() for name in value.split(",") if name.strip()]
    try:
        return tuple(_text(name) for name in value)
    except TypeError:
        raise _Wrong('is a sequence of names of masks, or "off"') from None


def _number(least: float, most: float, meaning: str) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not least <= number <= most:
            raise _Wrong(f"is {meaning}")
        return number

    return read


def _whole(least: int, meaning: str) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError):
            number = least - 1
        if number < least:
            raise _Wrong(f"is {meaning}")
        return number

    return read


def _one_of(*words: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in words:
            raise _Wrong(f"is one of {', '.join(map(repr, words))}")
        return value

    return read


_seconds = _number(0, 1e6, "a number of seconds, 0 or more")

_READERS: dict[str, Callable[[Any], Any]] = {
    "url": _url,
    "key": _text,
    "headers": _headers,
    "service_name": _text,
    "environment": _text,
    "release": _text,
    "enabled": _boolean,
    "sample_rate": _number(0, 1, "a share of traces between 0 (none) and 1 (all)"),
    "content": _one_of("full", "off"),
    "masks": _masks,
    "redact": _redact,
    "text_limit": _whole(1, "a number of characters, 1 or more"),
    "call_limit_bytes": _whole(1, "a number of bytes, 1 or more"),
    "queue_bytes": _whole(1, "a number of bytes, 1 or more"),
    "flush_interval_s": _number(0.01, 1e6, "a number of seconds, 0.01 or more"),
    "timeout_s": _number(0.01, 1e6, "a number of seconds, 0.01 or more"),
    "exit_timeout_s": _seconds,
    "retry_for_s": _seconds,
    "compression": _one_of("auto", "gzip", "none"),
    "spool": _text,
}
