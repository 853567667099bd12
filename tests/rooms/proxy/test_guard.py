import asyncio
import socket
from typing import Any

import pytest

from headwater.access import Upstream
from headwater.proxy.wire.guard import Refused, check_address, resolve, target_of

_PRIVATE = [
    "10.0.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "::1",
    "fd00::1",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1",
]
_NEVER = [
    "0.0.0.0",  # noqa: S104 - an address to refuse, not to listen on
    "0.1.2.3",
    "169.254.169.254",
    "169.254.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.51.100.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "fd00:ec2::254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "2001::1",
    "2001:db8::1",
    "3fff::1",
    "100::1",
    "::127.0.0.1",
    "::7f00:1",
    "5f00::1",
    "4000::1",
]
_PUBLIC = [
    "8.8.8.8",
    "162.159.140.245",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::6810:1",
    "2a00:1450::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]
_NO_ADDRESS = [
    "",
    *["localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "8.8.8.8.", "8.8.8.256", "[::1]"],
]


@pytest.mark.parametrize("address", _PUBLIC)
def test_a_public_address_is_fit(address: str) -> None:
    check_address(address)
    check_address(address, is_private_ok=True)


@pytest.mark.parametrize("address", _PRIVATE)
def test_a_private_address_is_refused_unless_it_is_allowed(address: str) -> None:
    with pytest.raises(Refused, match="private"):
        check_address(address)
    check_address(address, is_private_ok=True)


@pytest.mark.parametrize("address", _NEVER)
def test_a_reserved_address_is_refused_whatever_is_allowed(address: str) -> None:
    for is_private_ok in (False, True):
        with pytest.raises(Refused, match="reserved"):
            check_address(address, is_private_ok=is_private_ok)


@pytest.mark.parametrize("address", _NO_ADDRESS)
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="no IP address"):
        check_address(address, is_private_ok=True)


class _Names(asyncio.SelectorEventLoop):
    """An event loop that knows these names, as the system's resolver would."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        super().__init__()
        self.names = names

    async def getaddrinfo(self, host: Any, port: Any, **kwargs: int) -> list[Any]:  # type: ignore[override]
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                kwargs["type"],
                kwargs["proto"],
                "",
                (address, port),
            )
            for address in self.names[host]
        ]


def _resolved(names: dict[str, list[str]], host: str, is_private_ok: bool = False) -> list[str]:
    loop = _Names(names)
    try:
        found = loop.run_until_complete(resolve(loop, host, 443, is_private_ok))
    finally:
        loop.close()
    return [address[0] for _, address in found]


def test_every_address_of_a_name_is_given_to_connect_to() -> None:
    assert _resolved({"api.example": ["8.8.8.8", "2606:4700::1"]}, "api.example") == ["8.8.8.8", "2606:4700::1"]


def test_one_private_address_among_many_refuses_the_name() -> None:
    names = {"rebound.example": ["8.8.8.8", "2606:4700::1", "10.0.0.1"]}
    with pytest.raises(Refused, match=r"10\.0\.0\.1"):
        _resolved(names, "rebound.example")
    assert _resolved(names, "rebound.example", is_private_ok=True) == names["rebound.example"]


def test_a_name_that_leads_to_metadata_is_refused_even_where_private_ones_are_allowed() -> None:
    with pytest.raises(Refused):
        _resolved({"inside.example": ["10.0.0.1", "169.254.169.254"]}, "inside.example", is_private_ok=True)


def test_a_name_that_nobody_knows_is_an_error_of_the_network() -> None:
    with pytest.raises(OSError, match="unknown"):
        _resolved({}, "nowhere.example")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost"])
async def test_loopback_is_refused(host: str) -> None:
    with pytest.raises(Refused, match="private"):
        await resolve(asyncio.get_running_loop(), host, 80, False)


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.0.0.1.", "a.0X7F", "1.2.3.256"]
)
async def test_an_address_in_another_spelling_is_refused_whatever_is_allowed(host: str) -> None:
    with pytest.raises(Refused, match="no host name"):
        await resolve(asyncio.get_running_loop(), host, 80, True)


@pytest.mark.parametrize("host", ["a" * 300 + ".example", "a..example", "\udcff.example"])
async def test_what_is_no_host_name_is_refused(host: str) -> None:
    with pytest.raises(Refused, match="no host name"):
        await resolve(asyncio.get_running_loop(), host, 80, False)


async def test_loopback_is_resolved_where_it_is_allowed() -> None:
    found = await resolve(asyncio.get_running_loop(), "127.0.0.1", 80, True)
    assert found == [(socket.AF_INET, ("127.0.0.1", 80))]


_KNOWN = [
    Upstream(name="openai", base_url="https://api.openai.com"),
    Upstream(name="own", base_url="http://10.0.0.7:8000/v1", is_private_ok=True),
]
_ALLOWED = ["https://*.openai.azure.com", "https://gateway.example:8443", "http://plain.example"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.openai.com", _KNOWN[0]),
        ("HTTPS://API.OPENAI.COM:443/", Upstream(name="openai", base_url="HTTPS://API.OPENAI.COM:443/")),
        ("http://10.0.0.7:8000", Upstream(name="own", base_url="http://10.0.0.7:8000", is_private_ok=True)),
        (
            "https://a.openai.azure.com/openai",
            Upstream(name="a.openai.azure.com", base_url="https://a.openai.azure.com/openai"),
        ),
        (
            "https://gateway.example:8443/v1",
            Upstream(name="gateway.example", base_url="https://gateway.example:8443/v1", is_private_ok=True),
        ),
        (
            "http://plain.example",
            Upstream(name="plain.example", base_url="http://plain.example", is_private_ok=True),
        ),
    ],
)
def test_a_caller_may_name_a_known_upstream_or_an_allowed_origin(url: str, expected: Upstream) -> None:
    assert target_of(url, _KNOWN, _ALLOWED) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "https://evil.example",
        "http://api.openai.com",
        "https://api.openai.com:8443",
        "https://api.openai.com.",
        "https://api.openai.com@evil.example",
        "https://evil.example/api.openai.com",
        "https://evil.example#api.openai.com",
        "https://openai.azure.com",
        "https://evilopenai.azure.com",
        "https://a.openai.azure.com.evil.example",
        "https://gateway.example",
        "https://plain.example",
        "https://evil.example\\@gateway.example:8443",
        "ftp://plain.example",
        "https://169.254.169.254",
        "http://10.0.0.7:8001",
        "https://api.openai.com\r\n",
        "https://\u0430pi.openai.com",
    ],
)
def test_no_other_target_is_allowed(url: str) -> None:
    with pytest.raises(Refused):
        target_of(url, _KNOWN, _ALLOWED)
