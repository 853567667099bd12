"""A body is the same bytes however it was framed, cut and compressed, or it is refused."""
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false
# lz4 is not typed.

import gzip
import io
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import pairwise

import lz4.frame
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from headwater.store.front.bodies import BodyRefused, read_body

_COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "lz4": lz4.frame.compress,
    "zstd": zstd.compress,
}
_MANY = 1 << 30


def _chunked(body: bytes, cuts: list[int]) -> bytes:
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    pieces = [body[start:end] for start, end in pairwise(edges) if start < end]
    return b"".join(b"%x;note=1\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nTrailer: x\r\n\r\n"


def _read(body: bytes, headers: Mapping[str, str], limit: int = _MANY) -> bytes:
    return b"".join(read_body(io.BytesIO(body), headers, limit))


@given(
    body=st.binary(max_size=5000),
    cuts=st.lists(st.integers(0, 10_000), max_size=8),
    encoding=st.sampled_from(list(_COMPRESS)),
)
def test_any_cut_and_any_compression_give_the_same_bytes(body: bytes, cuts: list[int], encoding: str) -> None:
    sent = _COMPRESS[encoding](body)
    headers = {"Content-Encoding": encoding}
    assert _read(sent + b"next request", {**headers, "Content-Length": str(len(sent))}) == body
    assert _read(_chunked(sent, cuts) + b"next request", {**headers, "Transfer-Encoding": "chunked"}) == body


@pytest.mark.parametrize("encoding", ["gzip", "lz4", "zstd"])
def test_frames_that_follow_each_other_are_one_body(encoding: str) -> None:
    sent = _COMPRESS[encoding](b"one ") + _COMPRESS[encoding](b"two")
    assert _read(sent, {"Content-Encoding": encoding, "Content-Length": str(len(sent))}) == b"one two"


@given(
    body=st.binary(max_size=300),
    headers=st.dictionaries(
        st.sampled_from(["Content-Encoding", "Transfer-Encoding", "Content-Length"]),
        st.sampled_from([*_COMPRESS, "chunked", "br", "-1", "1e3", "²", "", "7", "299"]),
    ),
)
def test_random_bytes_are_read_or_refused(body: bytes, headers: dict[str, str]) -> None:
    with suppress(BodyRefused):
        assert isinstance(_read(body, headers), bytes)


@pytest.mark.parametrize("encoding", list(_COMPRESS))
def test_the_limit_is_that_of_the_plain_bytes(encoding: str) -> None:
    sent = _COMPRESS[encoding](b"x" * 100_000)
    headers = {"Content-Encoding": encoding, "Content-Length": str(len(sent))}
    assert len(_read(sent, headers, 100_000)) == 100_000
    with pytest.raises(BodyRefused) as raised:
        _read(sent, headers, 99_999)
    assert raised.value.status == 413


def test_a_body_that_ends_early_is_refused() -> None:
    with pytest.raises(BodyRefused, match="3 bytes early"):
        _read(b"1234567", {"Content-Length": "10"})
