"""A program whose functions are marked: of every sort, ending in every way. `mark` is given to it."""

import asyncio
import contextlib
import functools
import inspect
import json
import sys
import traceback
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

mark: Callable[[Any], Any] = globals()["mark"]


class Odd:
    """An object that refuses everything that one may try on it."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(f"nobody may read {name}")

    def __repr__(self) -> str:
        raise RuntimeError("nobody may print this")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("nobody may compare this")

    def __hash__(self) -> int:
        raise RuntimeError("nobody may hash this")

    def __bool__(self) -> bool:
        raise RuntimeError("nobody may ask for the truth of this")

    def __len__(self) -> int:
        raise RuntimeError("nobody may measure this")


class Failed(Exception):
    """An error that cannot be printed."""

    def __str__(self) -> str:
        raise RuntimeError("nobody may print this either")


@mark
def plain(first: int, *rest: int, key: str = "x", **more: Any) -> tuple[Any, ...]:
    """Return what was given."""
    return first, rest, key, more


@mark
def failing(number: int) -> None:
    """Raise on the way."""
    try:
        raise LookupError(number)
    except LookupError as error:
        raise ValueError("worse", number) from error


@mark
def unprintable(thing: Any) -> Any:
    """Raise what cannot be printed, having taken what cannot be looked at."""
    raise Failed(thing)


@mark
def handed_back(thing: Any) -> Any:
    """Return the very thing."""
    return thing


@mark
def stepping(count: int) -> Generator[int, str, str]:
    """Yield numbers, take words, return them."""
    taken: list[str] = []
    try:
        for number in range(count):
            word = yield number
            taken.append(word)
    except KeyError as error:
        yield -1
        return f"caught {error}"
    finally:
        taken.append("over")
    return ",".join(map(str, taken))


@mark
async def awaited(seconds: float) -> str:
    """Wait, then answer."""
    await asyncio.sleep(seconds)
    return "waited"


@mark
async def async_stepping(count: int) -> AsyncGenerator[int, str]:
    """Yield numbers, with waits between."""
    for number in range(count):
        await asyncio.sleep(0)
        yield number


@mark
class Worker:
    """A class whose methods are marked."""

    def __init__(self, name: str) -> None:
        self.name = name

    def work(self, times: int) -> str:
        """Do something."""
        return self.name * times

    @classmethod
    def make(cls, name: str) -> "Worker":
        """Make one."""
        return cls(name)

    @staticmethod
    def twice(number: int) -> int:
        """Double."""
        return number * 2

    @property
    def length(self) -> int:
        """How long the name is."""
        return len(self.name)


def say(what: str, value: Any) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps({what: value}, default=repr) + "\n")


def described(function: Any) -> Any:
    """What frameworks look at before they call a function."""
    tests = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction, inspect.isfunction)
    names = (function.__name__, function.__qualname__, function.__module__, function.__doc__)
    return [*names, str(inspect.signature(function)), function.__annotations__, *(test(function) for test in tests)]


def failure(act: Callable[[], Any]) -> Any:
    """The exception of an act: its chain, and the functions of this program that it came through."""
    try:
        return act()
    except BaseException as error:  # noqa: BLE001 - which one it is, is what is compared
        frames = [frame.name for frame in traceback.extract_tb(error.__traceback__) if frame.filename == __file__]
        cause, context = type(error.__cause__).__name__, type(error.__context__).__name__
        return [type(error).__name__, len(error.args), frames, cause, context, getattr(error, "__notes__", None)]


def step_through() -> None:
    """Generators: sent to, thrown into, closed, left."""
    steps = stepping(3)
    say("steps", [next(steps), steps.send("a"), steps.send("b")])
    say("returned", failure(lambda: steps.send("c")))
    steps = stepping(3)
    say("thrown into", [next(steps), steps.throw(KeyError("k")), failure(lambda: next(steps))])
    steps = stepping(3)
    say("closed", [next(steps), steps.close(), failure(lambda: next(steps))])
    say("delegated", list(delegated()))


def delegated() -> Generator[Any, Any, None]:
    """A generator that gives its turn to a marked one."""
    inner: Generator[Any, Any, Any] = stepping(2)
    result = yield from inner
    yield result


async def wait_through() -> None:
    """Coroutines and async generators: together, cancelled, timed out, left."""
    say("together", await asyncio.gather(*(awaited(0) for _ in range(3))))
    task = asyncio.create_task(awaited(60))
    await asyncio.sleep(0)
    task.cancel()
    say("cancelled", [type(found).__name__ for found in await asyncio.gather(task, return_exceptions=True)])
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.01):
            await awaited(60)
            say("timed out", False)
    say("async steps", [number async for number in async_stepping(3)])
    steps = async_stepping(3)
    say("left after", await anext(steps))
    await steps.aclose()
    say("closed", [number async for number in steps])


def main() -> None:
    """Call everything."""
    for function in (plain, failing, stepping, awaited, async_stepping, Worker.work, Worker.make, Worker.twice):
        say("described", described(function))
    say("plain", plain(1, 2, 3, key="y", other=[4]))
    say("wrong arguments", failure(plain))
    say("failing", failure(lambda: failing(7)))
    odd = Odd()
    say("odd", handed_back(odd) is odd)
    say("unprintable", failure(lambda: unprintable(odd)))
    endless: list[Any] = []
    endless.append(endless)
    say("endless", handed_back(endless) is endless)
    say("partial", functools.partial(plain, 1)(2))
    say("class", [Worker("ab").work(2), Worker.make("c").name, Worker.twice(4), Worker("abc").length])
    say("class is", [Worker.__name__, Worker.__doc__, isinstance(Worker("x"), Worker)])
    say("exits", failure(lambda: mark(sys.exit)(3)))
    step_through()
    asyncio.run(wait_through())


if __name__ == "__main__":
    main()
