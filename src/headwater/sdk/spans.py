"""`headwater.span`: one word to record a step of a program, around lines or around a function."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar, cast, overload

from headwater.sdk import context
from headwater.sdk.guest import guest
from headwater.sdk.steps import Step, StepKind, begun
from headwater.sdk.wrapping import Args, Kwargs, wrapped

F = TypeVar("F", bound=Callable[..., Any])

_VARARGS = 0x04
_KINDS = frozenset({"agent", "tool", "chain", "retrieval", "reranker", "guardrail", "evaluator", "span"})


class Spanning:
    """What `headwater.span(...)` gives: a context manager, plain and async, and a decorator."""

    __slots__ = ("_attributes", "_input", "_is_capturing", "_kind", "_name", "_steps")

    def __init__(self, name: str, kind: StepKind, given: Any, is_capturing: bool, attributes: dict[str, Any]) -> None:
        self._name = name
        self._kind: StepKind = kind if kind in _KINDS else "span"
        self._input = given
        self._is_capturing = is_capturing
        self._attributes = attributes
        self._steps: list[Step] = []

    def __enter__(self) -> Step:
        step = self._begun(self._name)
        self._steps.append(step)
        step.enter()
        return step

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        step = self._steps.pop()
        step.leave()
        step.end(error)

    async def __aenter__(self) -> Step:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, decorated: F) -> F:
        """Record every run of a function, or of the public methods of a class."""
        if isinstance(decorated, type):
            self._decorate_methods(decorated)
            return cast(F, decorated)
        return cast(F, self._decorated(decorated, self._name or getattr(decorated, "__qualname__", "function")))

    def _decorate_methods(self, decorated: type) -> None:
        for name, method in tuple(vars(decorated).items()):
            if not name.startswith("_") and (_is_function(method) or isinstance(method, staticmethod | classmethod)):
                called = f"{self._name or decorated.__qualname__}.{name}"
                setattr(decorated, name, self._decorated(method, called))

    def _decorated(self, function: Any, name: str) -> Any:
        if isinstance(function, staticmethod):
            return staticmethod(self._decorated(cast(Any, function).__func__, name))
        if isinstance(function, classmethod):
            return classmethod(self._decorated(cast(Any, function).__func__, name))
        naming = _Naming(function)

        def begin(args: Args, kwargs: Kwargs) -> Step | _Silent:
            step = self._begun(name)
            if not self._is_capturing:
                return _Silent(step)
            if step.is_recorded and (args or kwargs):
                naming.tell(step, args, kwargs)
            return step

        return wrapped(function, begin)

    def _begun(self, name: str) -> Step:
        step = begun(name or "span", self._kind)
        if step.is_recorded:
            if self._input is not None:
                step.input(self._input)
            if self._attributes:
                step.set(self._attributes)
        return step


class _NoCode:
    """What stands for the code of a function that is not written in Python: it names no arguments."""

    co_varnames = ()
    co_argcount = co_kwonlyargcount = co_flags = 0


class _Naming:
    """The names of a function's arguments, without `self` and `cls`."""

    __slots__ = ("names", "receiver", "rest")

    def __init__(self, function: Callable[..., Any]) -> None:
        code = cast(Any, function).__code__ if hasattr(function, "__code__") else _NoCode
        names: list[str] = list(code.co_varnames)
        self.names = names[: code.co_argcount]
        self.rest = names[code.co_argcount + code.co_kwonlyargcount] if code.co_flags & _VARARGS else "args"
        self.receiver = names[0] if code.co_argcount and names[0] in ("self", "cls") else ""

    @guest
    def tell(self, step: Step, args: Args, kwargs: Kwargs) -> None:
        named: dict[str, Any] = dict(zip(self.names, args, strict=False))
        named.pop(self.receiver, None)
        if len(args) > len(self.names):
            named[self.rest] = args[len(self.names) :]
        named.update(kwargs)
        if named:
            step.input(named)


class _Silent:
    """A step that takes over neither what its function returned nor what it yielded."""

    __slots__ = ("end", "enter", "leave")

    def __init__(self, step: Step) -> None:
        self.enter, self.leave, self.end = step.enter, step.leave, step.end

    def returned(self, value: Any) -> None:
        """It stays with the program."""

    def yielded(self, value: Any) -> None:
        """It stays with the program."""


def _is_function(value: object) -> bool:
    return type(value).__name__ == "function"


@overload
def span(decorated: F, /) -> F: ...
@overload
def span(
    name: str = "", /, *, kind: StepKind = "span", input: Any = None, capture: bool = True, **attributes: Any
) -> Spanning: ...
def span(
    decorated: Any = "", /, *, kind: StepKind = "span", input: Any = None, capture: bool = True, **attributes: Any
) -> Any:
    """Record a step.

    As a decorator, bare or with arguments, of functions of every sort and of classes (whose public methods then are
    recorded), where the arguments become the input and what is returned or yielded the output; and as a context
    manager, `with headwater.span("search", kind="retrieval", input=query) as span:`, plain and async.

    `kind` is one of agent, tool, chain, retrieval, reranker, guardrail, evaluator, span. `capture=False` keeps the
    arguments and results of a decorated function out. `attributes` are the span's own. Never raises.
    """
    if isinstance(decorated, str):
        return Spanning(decorated, kind, input, capture, attributes)
    return Spanning("", kind, input, capture, attributes)(decorated)


def current() -> Step | None:
    """The innermost span of ours that is open here, to add to it; None outside of any."""
    step = context.step_here.get()
    return None if step is None or step.is_ended else step
