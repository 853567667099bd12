"""What can be set about the proxy."""

from typing import Literal

import msgspec


class ProxySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where calls go, how long anything waits, and how much of a call is kept."""

    upstreams: dict[str, str] = {}
    """Upstreams by name, as JSON: {"my-vllm": "http://10.0.0.7:8000"} answers under /my-vllm; a built-in name moves
    that provider. Private addresses are allowed here, as whoever runs the server wrote them
    (env HEADWATER_PROXY_UPSTREAMS)."""

    target_urls: tuple[str, ...] = ()
    """Origins that a caller may choose by x-headwater-target-url besides the known upstreams', as a JSON list; *. may
    stand for the first labels of a host, and one that is spelled out may be private
    (env HEADWATER_PROXY_TARGET_URLS)."""

    durability: Literal["relaxed", "strict"] = "relaxed"
    """strict: the end of an answer waits until its record is on disk; relaxed: the record is on its way there within
    milliseconds after the last byte, and no call waits (env HEADWATER_PROXY_DURABILITY)."""

    when_journal_fails: Literal["forward", "refuse"] = "forward"
    """What becomes of calls while the journal cannot be written: forwarded, and the lost records counted, or refused
    with 503 (env HEADWATER_PROXY_WHEN_JOURNAL_FAILS)."""

    when_client_leaves: Literal["cancel", "drain"] = "cancel"
    """cancel: the upstream's answer is broken off at once; drain: it is read to its end, for its exact usage
    (env HEADWATER_PROXY_WHEN_CLIENT_LEAVES)."""

    is_usage_injected: bool = True
    """Ask for usage in chat streams that do not ask for it, and hide the answer to that from the client
    (env HEADWATER_PROXY_IS_USAGE_INJECTED)."""

    connect_timeout_s: float = 10.0
    """Seconds for a connection to the upstream, TLS included (env HEADWATER_PROXY_CONNECT_TIMEOUT_S)."""

    answer_timeout_s: float = 600.0
    """Seconds that the upstream may be silent: reasoning models are, for minutes
    (env HEADWATER_PROXY_ANSWER_TIMEOUT_S)."""

    client_timeout_s: float = 60.0
    """Seconds that a client may take between two pieces of its request, or to take a piece of its answer
    (env HEADWATER_PROXY_CLIENT_TIMEOUT_S)."""

    idle_timeout_s: float = 30.0
    """Seconds that a connection to an upstream is kept for the next call (env HEADWATER_PROXY_IDLE_TIMEOUT_S)."""

    drain_s: float = 30.0
    """Seconds that a stopping server lets calls under way finish (env HEADWATER_PROXY_DRAIN_S)."""

    head_limit_bytes: int = 64 * 1024
    """Bytes of a request's or an answer's head; past it 431 or 502 (env HEADWATER_PROXY_HEAD_LIMIT_BYTES)."""

    text_limit_bytes: int = 8 * 1024 * 1024
    """Bytes kept of each text body; of the rest, size and end (env HEADWATER_PROXY_TEXT_LIMIT_BYTES)."""

    binary_limit_bytes: int = 64 * 1024
    """Bytes kept of uploads, sound and pictures; of longer ones, size and hash
    (env HEADWATER_PROXY_BINARY_LIMIT_BYTES)."""

    kept_bytes: int = 192 * 1024 * 1024
    """Bytes of all calls under way that are held for their records; past it bodies are told by size alone
    (env HEADWATER_PROXY_KEPT_BYTES)."""

    ca_file: str = ""
    """Certificates to trust besides the system's, a PEM file (env HEADWATER_PROXY_CA_FILE)."""
