"""Server-sent events: bytes in, events out. Any split of the bytes gives the same events.

Lines end with \\r\\n, \\n or \\r; data may take several lines; comments and unknown fields are skipped; an event ends
with an empty line (https://html.spec.whatwg.org/multipage/server-sent-events.html, section 9.2.6). Unlike there, what
stands after the last empty line is given at the end too, since a cut stream's last event may be whole.
"""

from typing import Any, NamedTuple

from headwater.provider.narrow import decoded, is_object

_DONE = "[DONE]"
_BOM = b"\xef\xbb\xbf"


class Event(NamedTuple):
    """One event: its name ("" where none was given) and its data."""

    name: str
    data: str


class Splitter:
    """Cuts a byte stream into events. Bytes are decoded a whole line at a time, so no character is ever torn."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._name = ""
        self._data: list[str] = []
        self._is_start = True
        self._is_held = False

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; return the events that they complete."""
        self._rest.append(chunk)
        if b"\n" not in chunk and b"\r" not in chunk and not self._is_held:
            return []
        buffered = self._buffered()
        # A final \r may be the first half of \r\n, so it waits for the next byte.
        self._is_held = buffered.endswith(b"\r")
        held = b"\r" if self._is_held else b""
        lines = _lines(buffered[: len(buffered) - len(held)])
        self._rest = [lines.pop() + held]
        return self._take(lines)

    def end(self) -> list[Event]:
        """The stream is over: return what stood unfinished."""
        return self._take([*_lines(self._buffered()), b""])

    def _buffered(self) -> bytes:
        buffered = b"".join(self._rest)
        self._rest = []
        if self._is_start:
            self._is_start = False
            return buffered.removeprefix(_BOM)
        return buffered

    def _take(self, lines: list[bytes]) -> list[Event]:
        found: list[Event] = []
        for line in lines:
            if line:
                self._line(line.decode("utf-8", "replace"))
            elif self._data:
                found.append(Event(self._name, "\n".join(self._data)))
                self._data = []
            if not line:
                self._name = ""
        return found

    def _line(self, line: str) -> None:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value


def _lines(data: bytes) -> list[bytes]:
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return data.split(b"\n")


def is_last(event: Event) -> bool:
    """Whether an event is the closing `[DONE]`."""
    return event.data == _DONE


def payload_of(event: Event) -> dict[str, Any] | None:
    """The JSON object that an event carries, None for the closing `[DONE]` and for all that is no object.

    An event's name stands in for a `type` that its object lacks.
    """
    if event.data == _DONE:
        return None
    payload = decoded(event.data)
    if not is_object(payload):
        return None
    if event.name and "type" not in payload:
        return {**payload, "type": event.name}
    return payload
