"""What JSON and other people's objects hold, taken as what it should be: anything else is as good as nothing."""

from collections.abc import Mapping
from typing import Any, cast


def fields(value: Any) -> Mapping[str, Any]:
    """A mapping, empty where the value is none."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Any]:
    """A list, empty where the value is none."""
    return list(cast("list[Any]", value)) if isinstance(value, list | tuple) else []
