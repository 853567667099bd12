"""Bounded copies of what a program holds, made without running any of its code."""

import collections
import dataclasses
import datetime
import decimal
import enum
import pathlib
import uuid
from typing import Any, NamedTuple

import msgspec
import pydantic
import pytest

from headwater.capture import snapshot


class Hostile:
    """Every way to look at it raises."""

    def __repr__(self) -> str:
        raise AssertionError("its repr was called")

    __str__ = __repr__

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"its attribute {name} was asked for")

    def __len__(self) -> int:
        raise AssertionError("its length was asked for")

    def __iter__(self) -> Any:
        raise AssertionError("it was iterated")


class HostileDict(dict[str, int]):
    """A mapping with methods of its own."""

    def items(self) -> Any:
        raise AssertionError("its own method was called")

    __iter__ = __len__ = items


class HostileList(list[int]):
    """A list with methods of its own."""

    def __iter__(self) -> Any:
        raise AssertionError("its own method was called")

    __len__ = __getitem__ = __iter__  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]


class HostileText(str):
    """A text with methods of its own."""

    def __str__(self) -> str:
        raise AssertionError("its own method was called")

    __repr__ = __str__


class Colour(enum.Enum):
    RED = "red"


class Word(enum.StrEnum):
    YES = "yes"


class Point(NamedTuple):
    x: int
    y: int


class Struct(msgspec.Struct):
    name: str
    inner: Any = None


class Model(pydantic.BaseModel):
    name: str
    password: pydantic.SecretStr


@dataclasses.dataclass
class Plain:
    name: str
    inner: Any = None

    @property
    def derived(self) -> str:
        raise AssertionError("its property was called")


@dataclasses.dataclass(slots=True)
class Slotted:
    name: str


_EXAMPLES: list[tuple[Any, Any]] = [
    (None, None),
    ("text", "text"),
    (True, True),
    (1.5, 1.5),
    (2**62, 2**62),
    (10**30, "<int of 100 bits>"),
    (b"bytes", "<bytes of 5>"),
    ([1, (2, 3)], [1, [2, 3]]),
    ({"a": {1: None}}, {"a": {"1": None}}),
    ({Hostile: 1}, {"<type>": 1}),
    (frozenset({1}), [1]),
    (Point(1, 2), {"x": 1, "y": 2}),
    (Struct("n", [1]), {"name": "n", "inner": [1]}),
    (Plain("n", Slotted("m")), {"name": "n", "inner": {"name": "m"}}),
    (Model(name="n", password=pydantic.SecretStr("p")), {"name": "n", "password": "<pydantic.types.SecretStr>"}),
    (collections.OrderedDict(a=1), {"a": 1}),
    (collections.Counter("aa"), {"a": 2}),
    (HostileDict(a=1), {"a": 1}),
    (HostileList([1, 2]), [1, 2]),
    (HostileText("said"), "said"),
    ({HostileText("key"): 1}, {"key": 1}),
    (Word.YES, "yes"),
    (datetime.date(2026, 11, 21), "2026-11-21"),
    (decimal.Decimal("1.10"), "1.10"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (pathlib.PurePosixPath("a/b"), "a/b"),
    (len, "<builtins.builtin_function_or_method>"),
    (object(), "<builtins.object>"),
]


@pytest.mark.parametrize(("value", "expected"), _EXAMPLES)
def test_a_value_becomes_plain_json(value: Any, expected: Any):
    assert snapshot(value)[0] == expected


def test_nothing_of_a_strange_object_is_called():
    assert snapshot([Hostile()])[0] == [f"<{__name__}.Hostile>"]
    assert snapshot(Colour.RED)[0] == f"<{__name__}.Colour>"


def test_a_text_is_kept_and_not_copied():
    text = "long " * 1000
    copied, size = snapshot({"a": text})
    assert copied["a"] is text
    assert size >= 5000


def test_containers_are_cut_with_a_mark():
    assert snapshot(list(range(500)))[0][199:] == [199, "… 300 more"]
    many = snapshot({str(number): number for number in range(500)})[0]
    assert (len(many), many["…"]) == (201, "300 more")


def test_a_value_is_bounded_in_all():
    copied, size = snapshot([[[number] * 100 for number in range(100)] for _ in range(100)])
    assert size < 200_000
    assert "more" in str(copied)


def test_what_contains_itself_ends():
    ring: list[Any] = []
    ring.append(ring)
    assert snapshot(ring)[0] == [[[[[["<list of 1>"]]]]]]


def test_a_text_too_long_for_the_limit_is_told_by_its_length():
    assert snapshot(["short", "x" * 5_000], limit_bytes=1_000)[0] == ["short", "<str of 5000>"]
    assert snapshot("x" * 5_000, limit_bytes=1_000)[0] == "<str of 5000>"
