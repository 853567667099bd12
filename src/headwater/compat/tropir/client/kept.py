"""Kept: the answer to a step that was told.

2.1.4 answered with a response in plain code and with a coroutine in async code, 2.4 with True. This is all three: a
response that says 200, that may be awaited, gathered or made a task, and that is true.
"""

from collections.abc import Coroutine
from typing import Any, NoReturn


class Kept(Coroutine[Any, Any, "Kept"]):
    """Taken: it will be sent. That is no word of its arrival, which the program does not wait for."""

    status_code = 200
    ok = True
    text = "{}"

    def json(self) -> dict[str, Any]:
        """What Tropir's server answers with."""
        return {}

    def raise_for_status(self) -> None:
        """There is nothing to raise."""

    def __bool__(self) -> bool:
        return True

    def __await__(self) -> Any:
        return self
        yield

    def send(self, value: Any) -> NoReturn:
        """Be done, as a coroutine that never waits."""
        raise StopIteration(self)

    def throw(self, *error: Any) -> NoReturn:
        """Raise what is thrown in: a task was cancelled before it began."""
        raise error[0]

    def close(self) -> None:
        """There is nothing to close."""
