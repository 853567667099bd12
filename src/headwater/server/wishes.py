"""Wishes: what people ask of the loader on pages, written into its ledger, which it reads within a second; and what
they look at to ask it."""

import threading

import msgspec

from headwater.clock import now_ns
from headwater.errors import BadRequest, HeadwaterError, NotFound, TooLarge
from headwater.event import KEY_ID_HEADER, Envelope, envelope_from
from headwater.journal import kept_since_ns, survey, writer_names
from headwater.loader import Ledger, Quarantined
from headwater.loader import Reload as Wish
from headwater.otlp import Inflater
from headwater.query import show_time
from headwater.server.folder import DataFolder
from headwater.web import Held, HeldPage, Kept, Preview, Projects, Reload, Reloads

_LOOKED_AT_BYTES = 64 * 1024
_SHOWN_BYTES = 16 * 1024
_HEX_BYTES = 1024
_LINE = 16
_STEP_BYTES = 1024
_BODY_BYTES = 2**31 - 1
_COUNT_S = 1.5


class WishDesk:
    """The loader's ledger and the journals, as pages need them. `keep_s` is how long journals keep what is loaded."""

    def __init__(self, folder: DataFolder, keep_s: int) -> None:
        self._folder = folder
        self._keep_s = keep_s
        self._ledger: Ledger | None = None
        self._lock = threading.Lock()

    def quarantine(self, projects: Projects, limit: int, before: int = 0) -> HeldPage:
        """What is set aside, newest first, past one."""
        found = self._open().quarantined(limit + 1, before, projects)
        following = found[limit - 1].id if len(found) > limit else None
        total = self._open().quarantine_size(projects)
        return HeldPage(items=tuple(_held(each) for each in found[:limit]), total=total, next=following)

    def preview(self, projects: Projects, held_id: int) -> Preview:
        """Look at one. Raises NotFound."""
        found = self._find(projects, held_id)
        body = self._open().quarantined_body(held_id, _LOOKED_AT_BYTES) or b""
        encoding, shown, is_whole = _inflated(body, found)
        held = _held(found)
        is_cut = not is_whole or len(shown) > _SHOWN_BYTES or found.size_bytes > len(body)
        shown = shown[:_SHOWN_BYTES]
        return Preview(
            held=held,
            head=_head_text(found.head),
            text=shown.decode("utf-8", "replace"),
            hex="\n".join(_hex_lines(shown[:_HEX_BYTES])),
            shown_bytes=len(shown),
            is_cut=is_cut,
            is_text=_is_text(shown),
            encoding=encoding,
        )

    def body(self, projects: Projects, held_id: int) -> bytes:
        """The bytes of one's body as they came. Raises NotFound."""
        self._find(projects, held_id)
        body = self._open().quarantined_body(held_id, _BODY_BYTES)
        if body is None:
            raise _gone(held_id)
        return body

    def discard(self, projects: Projects, held_id: int) -> int:
        """Give one up; return its items, which count as dropped. Raises NotFound."""
        items = self._open().discard(self._find(projects, held_id).position)
        if items is None:
            raise _gone(held_id)
        return items

    def try_again(self, projects: Projects, held_id: int, asked_by: str) -> Reload:
        """Ask that one (0: all) is loaded again. Raises NotFound, and BadRequest where there is nothing to try."""
        if held_id:
            self._find(projects, held_id)
        elif not self._open().quarantine_size():
            raise BadRequest("the quarantine is empty: there is nothing to try again")
        return self.reload(self._open().ask_again(held_id, asked_by))

    def load_again(self, start_ns: int, end_ns: int, asked_by: str) -> Reload:
        """Ask that what was received in a stretch is loaded again. Raises BadRequest for one that ends before it
        begins."""
        if end_ns <= start_ns:
            raise BadRequest("end: it is not after the start; give a later end, or leave it out for now")
        return self.reload(self._open().ask_reload("journal", start_ns, end_ns, asked_by=asked_by))

    def reload(self, reload_id: int) -> Reload:
        """One wish as it stands. Raises NotFound."""
        found = self._open().reload(reload_id)
        if found is None:
            raise NotFound(f"nobody asked for a loading {reload_id}, or it is long done")
        return _reload(found)

    def reloads(self, limit: int, before: int = 0) -> Reloads:
        """Wishes, the newest first, past one."""
        found = self._open().reloads(limit + 1, before)
        following = found[limit - 1].id if len(found) > limit else None
        return Reloads(items=tuple(_reload(each) for each in found[:limit]), next=following)

    def kept(self, start_ns: int, end_ns: int) -> Kept:
        """How much the journals keep of a stretch."""
        journal = self._folder.journal
        writers = writer_names(journal)
        share_s = _COUNT_S / max(1, len(writers))
        found = [survey(journal, writer, start_ns, end_ns, share_s) for writer in writers]
        oldest = [since for writer in writers if (since := kept_since_ns(journal, writer)) is not None]
        return Kept(
            envelopes=sum(each.records for each in found),
            size_bytes=sum(each.size_bytes for each in found),
            oldest=show_time(min(oldest)) if oldest else None,
            newest=show_time(now_ns()) if oldest else None,
            keep_s=self._keep_s,
            is_partial=any(each.is_partial for each in found),
        )

    def _find(self, projects: Projects, held_id: int) -> Quarantined:
        found = self._open().quarantined(1, projects=projects, only_id=held_id) if held_id > 0 else []
        if not found:
            raise _gone(held_id)
        return found[0]

    def _open(self) -> Ledger:
        with self._lock:
            self._ledger = self._ledger or Ledger(self._folder.ledger)
            return self._ledger


def _gone(held_id: int) -> NotFound:
    return NotFound(f"no envelope {held_id} in quarantine: it was loaded or discarded meanwhile, or never there")


def _envelope(head: bytes) -> Envelope | None:
    try:
        return envelope_from(head, b"")
    except HeadwaterError:
        return None


def _held(found: Quarantined) -> Held:
    envelope = _envelope(found.head)
    return Held(
        id=found.id,
        position=f"{found.position.writer}:{found.position.seq}",
        door=found.door,
        project=found.project,
        reason=found.reason,
        time=show_time(found.at_ns),
        size_bytes=found.size_bytes,
        received=show_time(envelope.received_ns) if envelope else None,
        key=envelope.headers.get(KEY_ID_HEADER, "") if envelope else "",
        items=envelope.items if envelope else 0,
        tries=found.tries,
        last_tried=show_time(found.tried_ns) if found.tried_ns else None,
    )


def _reload(wish: Wish) -> Reload:
    is_journal = wish.what == "journal"
    return Reload(
        id=wish.id,
        what=wish.what,
        state=wish.state,
        total=wish.total,
        done=wish.done,
        failed=wish.failed,
        asked=show_time(wish.asked_ns),
        asked_by=wish.asked_by,
        start=show_time(wish.since_ns) if is_journal and wish.since_ns else None,
        end=show_time(wish.until_ns) if is_journal else None,
        ended=show_time(wish.ended_ns) if wish.ended_ns else None,
        held=wish.only_id or None,
        problem=wish.problem,
    )


def _inflated(body: bytes, found: Quarantined) -> tuple[str, bytes, bool]:
    """What a body was inflated from ("" for nothing), what it then is, as far as can be told, and whether that is all.

    In small steps, so that a few bytes that stand for gigabytes take no more than what is shown.
    """
    envelope = _envelope(found.head)
    encoding = envelope.headers.get("content-encoding", "") if envelope else ""
    if encoding in ("", "identity"):
        return "", body, True
    try:
        inflater = Inflater(encoding, _SHOWN_BYTES * 64)
    except HeadwaterError:
        return "", body, True
    told = bytearray()
    for start in range(0, len(body), _STEP_BYTES):
        try:
            told += inflater.feed(body[start : start + _STEP_BYTES])
        except TooLarge:
            return encoding, bytes(told), False
        except HeadwaterError:
            break
        if len(told) > _SHOWN_BYTES:
            return encoding, bytes(told), False
    return (encoding, bytes(told), True) if told else ("", body, True)


def _head_text(head: bytes) -> str:
    try:
        return msgspec.json.format(head, indent=2).decode()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return head[:4096].decode("utf-8", "replace")


def _is_text(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    strange = sum(1 for character in text if character == "\ufffd" or (character < " " and character not in "\t\r\n"))
    return strange * 20 <= len(text)


def _hex_lines(data: bytes) -> list[str]:
    lines: list[str] = []
    for start in range(0, len(data), _LINE):
        piece = data[start : start + _LINE]
        plain = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in piece)
        lines.append(f"{start:06x}  {piece.hex(' '):<47}  {plain}")
    return lines
