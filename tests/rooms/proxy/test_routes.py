import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.access import RESERVED_NAMES, Upstream
from headwater.errors import BadRequest
from headwater.proxy.wire.routes import UPSTREAMS, base_of, routed, split

_OWN = Upstream(name="own", base_url="https://host.example:8443/base/v1/")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (b"/openai/v1/chat/completions", ("openai", b"/v1/chat/completions", "")),
        (b"/openai/v1/models?limit=2&a=/b/../c", ("openai", b"/v1/models?limit=2&a=/b/../c", "")),
        (b"/p/hw_key/anthropic/v1/messages", ("anthropic", b"/v1/messages", "hw_key")),
        (b"/api/v1/chat/completions", ("openai", b"/v1/chat/completions", "")),
        (b"/p/hw_key/api/v1/models", ("openai", b"/v1/models", "hw_key")),
        (b"/my-vllm.2_x/", ("my-vllm.2_x", b"/", "")),
        (b"http://other.example/openai/v1/models", ("openai", b"/v1/models", "")),
        (b"/gemini/v1beta/models/m:generateContent", ("gemini", b"/v1beta/models/m:generateContent", "")),
        (b"/own/models/org%2Fname/%C3%A9%25", ("own", b"/models/org%2Fname/%C3%A9%25", "")),
        (b"/own/\xc3\xa9?q=\xff", ("own", b"/\xc3\xa9?q=\xff", "")),
    ],
)
def test_a_path_names_its_upstream_and_goes_on_as_it_came(url: bytes, expected: tuple[str, bytes, str]) -> None:
    assert split(url) == expected


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_the_paths_of_pages_are_no_upstreams(name: str) -> None:
    assert split(f"/{name}/x".encode()) is None


@pytest.mark.parametrize(
    "url",
    [
        b"",
        b"*",
        b"/",
        b"//",
        b"/openai",
        b"/openai?/v1",
        b"//openai/v1",
        b"/open%61i/v1",
        b"/../v1/x",
        b"/api/v1",
        b"/api/headwater/v1/traces",
        b"/p/hw_key",
        b"/p//openai/v1",
        b"/p/hw_key/traces/x",
        b"/-x/v1",
        b"ftp://h/openai/v1",
        b"host.example:443",
    ],
)
def test_what_names_no_upstream_is_left_to_the_pages(url: bytes) -> None:
    assert split(url) is None


@pytest.mark.parametrize(
    "rest",
    [
        b"v1/../x",
        b"..",
        b"../x",
        b"./x",
        b"v1/.",
        b"v1/%2e%2E/x",
        b"v1/.%2e/x",
        b"..%2fx",
        b"v1/..%5cx",
        b"..\\x",
        b"a\\..\\..\\x",
        b"%2e/x",
        b"x%",
        b"x%2",
        b"%zz",
        b"a%00b",
        b"a b",
        b"a\tb",
        b"a\x7fb",
        b"a#b",
        b"v1?a b",
        b"a\r\nb",
        b"v1?key=hw_abc",
        b"v1?x=1&key=hw_abc",
        b"v1?key=sk-prysm-abc",
    ],
)
def test_a_path_that_could_be_read_as_another_is_refused(rest: bytes) -> None:
    for url in (b"/openai/" + rest, b"/p/hw_key/openai/" + rest, b"/openai/" + b"long/" * 60 + rest):
        with pytest.raises(BadRequest):
            split(url)


def test_leading_slashes_cannot_make_a_host_of_the_path() -> None:
    assert split(b"/openai///evil.example/x//y") == ("openai", b"/evil.example/x//y", "")


@given(st.binary(max_size=40))
def test_no_path_leaves_its_upstream(rest: bytes) -> None:
    try:
        found = split(b"/own/" + rest)
    except BadRequest:
        return
    assert found is not None
    target = routed(found, _OWN).target
    assert target.startswith(b"/base/v1/")
    assert not target[len("/base/v1") :].startswith(b"//")
    path = target.partition(b"?")[0].replace(b"%2e", b".").replace(b"%2E", b".")
    assert not {b"..", b"."} & set(path.replace(b"\\", b"/").split(b"/"))


def test_a_route_joins_the_base_path_and_the_rest() -> None:
    found = split(b"/p/hw_key/own/chat/completions?x=1")
    assert found is not None
    route = routed(found, _OWN)
    assert (route.target, route.key, route.upstream) == (b"/base/v1/chat/completions?x=1", "hw_key", _OWN)
    assert route.base == (True, "host.example", 8443, b"host.example:8443", b"/base/v1")


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://api.openai.com", (True, "api.openai.com", 443, b"api.openai.com", b"")),
        ("http://API.example:80/", (False, "api.example", 80, b"api.example", b"")),
        ("http://10.0.0.7:8000/v1", (False, "10.0.0.7", 8000, b"10.0.0.7:8000", b"/v1")),
        ("https://[fd00::1]:8443", (True, "fd00::1", 8443, b"[fd00::1]:8443", b"")),
    ],
)
def test_a_base_url_is_taken_apart(base_url: str, expected: tuple[bool, str, int, bytes, bytes]) -> None:
    assert base_of(base_url) == expected


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "host",
        "ftp://host",
        "https://",
        "https://user:pass@host",
        "https://host?x=1",
        "https://host#x",
        "https://host:99999",
        "https://host:x",
        "https://h\u00f6st",
        "https://[fd00::1",
        "https://ho st",
        "https://h/\r\nx",
    ],
)
def test_what_is_no_base_url_is_refused(base_url: str) -> None:
    with pytest.raises(BadRequest, match="no base URL"):
        base_of(base_url)


def test_every_built_in_upstream_is_reached_over_tls_at_a_name_of_its_own() -> None:
    for name, upstream in UPSTREAMS.items():
        assert base_of(upstream.base_url).is_tls
        assert name == upstream.name
        assert not upstream.is_private_ok
