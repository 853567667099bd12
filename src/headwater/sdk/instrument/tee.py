"""The tee: what stands in for `response.stream`. It passes every chunk on, tells of it, and knows when nobody reads on.

A body can end in four ways: read to its end, closed, broken off by an error, or forgotten with whoever held it. The
first of them that is seen counts.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from headwater.capture import End
from headwater.sdk.guest import report
from headwater.sdk.instrument.calling import Calling, how_ended

_classes: dict[type[Any], type[Any]] = {}


class _Tee:
    """What both kinds share. `_keep` is the exchange's `chunk`, let go of at the end, because the program may hold the
    response for long."""

    def __init__(self, inner: Any, calling: Calling, answer: int) -> None:
        self._inner = inner
        self._calling: Calling | None = calling
        self._answer = answer
        self._keep: Callable[[bytes], None] = calling.exchange.chunk

    def _over(self, how: End, error: BaseException | None = None) -> None:
        """The body ends. The garbage collector may be the caller, in any thread, at any line of the program."""
        calling, self._calling, self._keep = self._calling, None, _ignore
        if calling is None:
            return
        try:
            # Until the vendor's `request` is back, an error is for it to handle, and another attempt may follow.
            if error is not None and calling.is_returned:
                calling.exchange.failed(error)
            calling.body_over(self._answer, how)
        except Exception as ours:  # noqa: BLE001 - nothing of ours leaves
            report(ours, "ending a stream")

    def _lost(self, error: Exception) -> None:
        """Telling a chunk failed: the rest passes untold."""
        self._keep = _ignore
        report(error, "telling a chunk")

    def __getattr__(self, name: str) -> Any:
        if name == "_inner":  # a tee that was never finished being made
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __del__(self) -> None:
        if getattr(self, "_calling", None) is not None:
            self._over("abandoned")


def _ignore(data: bytes) -> None:
    """Keep nothing."""


class _SyncTee(_Tee):
    def __iter__(self) -> Iterator[bytes]:
        how: End = "abandoned"
        try:
            for data in self._inner:
                try:
                    self._keep(data)
                except Exception as error:  # noqa: BLE001 - nothing of ours leaves
                    self._lost(error)
                yield data
            how = "complete"
        except GeneratorExit:
            raise
        except BaseException as error:
            self._over(how_ended(error), error)
            raise
        finally:
            self._over(how)

    def close(self) -> None:
        """Close the connection's side, as the program asked."""
        self._over("closed")
        self._inner.close()


class _AsyncTee(_Tee):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        how: End = "abandoned"
        try:
            async for data in self._inner:
                try:
                    self._keep(data)
                except Exception as error:  # noqa: BLE001 - nothing of ours leaves
                    self._lost(error)
                yield data
            how = "complete"
        except GeneratorExit:
            raise
        except BaseException as error:
            self._over(how_ended(error), error)
            raise
        finally:
            self._over(how)

    async def aclose(self) -> None:
        """Close the connection's side, as the program asked."""
        self._over("closed")
        await self._inner.aclose()


_KINDS: dict[str, type[_Tee]] = {"SyncByteStream": _SyncTee, "AsyncByteStream": _AsyncTee}


def tee(response: Any, calling: Calling, answer: int, kind: str) -> None:
    """Put a tee in the place of the response's stream. `kind` is the name of the HTTP library's base class for it.

    Where a stream has no such base, or the body is there already, the body is taken as it is or not at all.
    """
    stream = response.stream
    body = getattr(response, "_content", None)
    if isinstance(body, bytes):
        _tell_whole(calling, answer, body)
        return
    streams: type[Any] = stream.__class__
    made = _classes.get(streams) or _class_for(streams, kind)
    if made is None:
        calling.body_over(answer, "complete")
        return
    response.stream = made(stream, calling, answer)


def _tell_whole(calling: Calling, answer: int, body: bytes) -> None:
    calling.exchange.chunk(body)
    calling.body_over(answer, "complete")


def _class_for(streams: type[Any], kind: str) -> type[Any] | None:
    """The tee for one sort of streams, one of theirs: the HTTP libraries check that. None where it has no such base, or
    is a tee already."""
    base = next((kin for kin in streams.__mro__ if kin.__name__ == kind), None)
    if base is None or issubclass(streams, _Tee):
        return None
    tee_class: type[Any] = type("Tee", (_KINDS[kind], base), {})
    return _classes.setdefault(streams, tee_class)
