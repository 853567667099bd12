"""`import headwater`: the names that a program is given, and that nothing else is."""

import subprocess
import sys

import pytest

import headwater

_NAMES = [
    "Flushed",
    "HeadwaterError",
    "SdkSettings",
    "Step",
    "__version__",
    "aflush",
    "carry",
    "continue_from",
    "current",
    "defaults",
    "flush",
    "headers",
    "init",
    "instrument",
    "log",
    "observe",
    "score",
    "session",
    "shutdown",
    "span",
    "uninstrument",
]


def test_these_are_the_names():
    assert headwater.__all__ == _NAMES
    assert set(_NAMES) <= set(dir(headwater))


@pytest.mark.parametrize("name", _NAMES)
def test_each_name_is_there_and_explained(name: str):
    assert getattr(headwater, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'headwater' has no attribute 'trace'"):
        _ = headwater.trace  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]


@pytest.mark.parametrize("order", ["instrument, span, observe", "span, observe, instrument"])
def test_the_names_are_functions_in_whichever_order_they_are_asked_for(order: str):
    """One of them is called as the package is that it comes from."""
    program = f"from headwater import {order}; import headwater; headwater.init(enabled=False); headwater.instrument()"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
