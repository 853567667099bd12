import contextlib
import gzip
import zlib
from collections.abc import Callable

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import BadRequest, TooLarge
from headwater.otlp import Inflater, inflate

_MIB = 1 << 20


def _raw_deflate(data: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-15)
    return squeezer.compress(data) + squeezer.flush()


def _two_members(data: bytes) -> bytes:
    half = len(data) // 2
    return gzip.compress(data[:half]) + gzip.compress(data[half:])


_Squeeze = Callable[[bytes], bytes]
_SQUEEZED: dict[str, tuple[str, _Squeeze]] = {
    "identity": ("identity", bytes),
    "gzip": ("gzip", gzip.compress),
    "members": ("gzip", _two_members),
    "padded": ("x-gzip", lambda data: gzip.compress(data) + bytes(7)),
    "zlib": ("deflate", zlib.compress),
    "raw deflate": ("deflate", _raw_deflate),
    "zstd": ("zstd", zstd.compress),
    "zstd frames": ("zstd", lambda data: zstd.compress(data) + zstd.compress(b"")),
}


@pytest.mark.parametrize("form", _SQUEEZED)
@given(data=st.binary(max_size=3000), sizes=st.lists(st.integers(1, 50), max_size=60))
def test_any_split_gives_the_same_bytes(form: str, data: bytes, sizes: list[int]) -> None:
    encoding, squeeze = _SQUEEZED[form]
    wire, chunks = squeeze(data), list[bytes]()
    for size in sizes:
        chunks.append(wire[:size])
        wire = wire[size:]
    assert inflate([*chunks, wire], encoding, _MIB) == data


@pytest.mark.parametrize("form", [form for form in _SQUEEZED if form not in ("identity", "padded", "zstd frames")])
def test_a_cut_body_is_refused(form: str) -> None:
    encoding, squeeze = _SQUEEZED[form]
    wire = squeeze(b"the whole of it" * 20)
    with pytest.raises(BadRequest, match="send it whole"):
        inflate(wire[:-3], encoding, _MIB)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd"])
@given(wire=st.binary(min_size=2, max_size=200))
def test_random_bytes_raise_nothing_but_a_bad_request(encoding: str, wire: bytes) -> None:
    with contextlib.suppress(BadRequest):
        assert isinstance(inflate(wire, encoding, _MIB), bytes)


@pytest.mark.parametrize(("encoding", "squeeze"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_a_small_body_that_holds_a_large_one_stops_at_the_limit(encoding: str, squeeze: _Squeeze) -> None:
    inflater = Inflater(encoding, 1000)
    with pytest.raises(TooLarge, match="larger than 1000 bytes"):
        inflater.feed(squeeze(bytes(50 * _MIB)))


def test_a_body_of_just_the_limit_passes() -> None:
    assert len(inflate(gzip.compress(bytes(1000)), "gzip", 1000)) == 1000


def test_an_empty_body_is_empty_in_every_encoding() -> None:
    assert [inflate(b"", encoding, 10) for encoding in ("identity", "gzip", "deflate", "zstd")] == [b""] * 4


def test_thousands_of_empty_members_are_refused() -> None:
    with pytest.raises(BadRequest, match="members"):
        inflate(gzip.compress(b"") * 5000, "gzip", _MIB)


def test_what_follows_a_member_must_be_one_too() -> None:
    with pytest.raises(BadRequest, match="not valid gzip"):
        inflate(gzip.compress(b"x") + b"and more", "gzip", _MIB)


def test_an_unknown_encoding_is_named() -> None:
    with pytest.raises(BadRequest, match="'br'"):
        Inflater("br", 10)
