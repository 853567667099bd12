"""Functions wrapped so that something of ours surrounds each run: plain, async, generators, async generators.

The wrapper is of the same sort as what it wraps, so that frameworks which look (`inspect.isgeneratorfunction`) find
what they look for. A generator's surroundings are entered before and left after every single step, because between two
steps the program is elsewhere.
"""

import functools
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from typing import Any, Protocol

_GENERATOR = 0x20
_COROUTINE = 0x80
_ITERABLE_COROUTINE = 0x100
_ASYNC_GENERATOR = 0x200

Args = tuple[Any, ...]
Kwargs = dict[str, Any]


class Surrounding(Protocol):
    """What is around one run of a function. None of these may raise."""

    def enter(self) -> None:
        """Begin to be around the lines that follow."""
        ...

    def leave(self) -> None:
        """Be around them no more; `enter` may follow."""
        ...

    def returned(self, value: Any) -> None:
        """The function returned a value."""
        ...

    def yielded(self, value: Any) -> None:
        """The generator yielded a value."""
        ...

    def end(self, error: BaseException | None = None) -> None:
        """The run is over."""
        ...


Begin = Callable[[Args, Kwargs], Surrounding]


def wrapped(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    """Surround each run of a function; its name, documentation and signature stay as they are."""
    inner: Any = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    code = getattr(inner, "__code__", None) or getattr(getattr(inner, "__func__", None), "__code__", None)
    flags: int = getattr(code, "co_flags", 0)
    for flag, wrap in _SORTS:
        if flags & flag:
            return functools.update_wrapper(wrap(function, begin), function)
    return functools.update_wrapper(_plain(function, begin), function)


def _plain(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        around = begin(args, kwargs)
        around.enter()
        try:
            value = function(*args, **kwargs)
        except BaseException as error:
            around.leave()
            around.end(error)
            raise
        around.leave()
        around.returned(value)
        around.end()
        return value

    return run


def _async(function: Callable[..., Coroutine[Any, Any, Any]], begin: Begin) -> Callable[..., Any]:
    async def run(*args: Any, **kwargs: Any) -> Any:
        around = begin(args, kwargs)
        around.enter()
        try:
            value = await function(*args, **kwargs)
        except BaseException as error:
            around.leave()
            around.end(error)
            raise
        around.leave()
        around.returned(value)
        around.end()
        return value

    return run


def _generator(function: Callable[..., Generator[Any, Any, Any]], begin: Begin) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        around = begin(args, kwargs)
        try:
            inner = function(*args, **kwargs)
            value = yield from _steps(inner, around)
        except BaseException as error:
            around.end(error)
            raise
        around.returned(value)
        around.end()
        return value

    return run


def _steps(inner: Generator[Any, Any, Any], around: Surrounding) -> Generator[Any, Any, Any]:
    """`yield from inner`, with the surroundings entered around each step of it."""
    step: Callable[[], Any] = functools.partial(next, inner)
    while True:
        around.enter()
        try:
            value = step()
        except StopIteration as stop:
            return stop.value
        finally:
            around.leave()
        around.yielded(value)
        try:
            sent = yield value
        except GeneratorExit:
            around.enter()
            try:
                inner.close()
            finally:
                around.leave()
            raise
        except BaseException as error:  # noqa: BLE001 - it is thrown on, into the user's generator
            step = functools.partial(inner.throw, error)
        else:
            step = functools.partial(inner.send, sent)


def _async_generator(function: Callable[..., AsyncGenerator[Any, Any]], begin: Begin) -> Callable[..., Any]:
    async def run(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        around = begin(args, kwargs)
        try:
            inner = function(*args, **kwargs)
            step: Callable[[], Any] = inner.__anext__
            while True:
                around.enter()
                try:
                    value = await step()
                except StopAsyncIteration:
                    break
                finally:
                    around.leave()
                around.yielded(value)
                try:
                    sent = yield value
                except GeneratorExit:
                    await _closed(inner, around)
                    raise
                except BaseException as error:  # noqa: BLE001 - it is thrown on, into the user's generator
                    step = functools.partial(inner.athrow, error)
                else:
                    step = functools.partial(inner.asend, sent)
        except BaseException as error:
            around.end(error)
            raise
        around.end()

    return run


async def _closed(inner: AsyncGenerator[Any, Any], around: Surrounding) -> None:
    around.enter()
    try:
        await inner.aclose()
    finally:
        around.leave()


_SORTS: tuple[tuple[int, Callable[[Any, Begin], Callable[..., Any]]], ...] = (
    (_ASYNC_GENERATOR, _async_generator),
    (_COROUTINE | _ITERABLE_COROUTINE, _async),
    (_GENERATOR, _generator),
)
