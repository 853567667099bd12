"""Edits: what people do to traces goes into the journal as all else does, and is waited for a moment."""

import threading

from headwater.clock import monotonic_s, now_ns, sleep
from headwater.event import EDIT_DOOR, Edit, Envelope, edit_body
from headwater.ingest import Intake
from headwater.journal import Position
from headwater.loader import Ledger
from headwater.server.folder import DataFolder

_LOADED_S = 2.0
_LOOK_S = 0.03


class Editor:
    """Appends edits for pages and API."""

    def __init__(self, folder: DataFolder, intake: Intake) -> None:
        self._folder = folder
        self._intake = intake
        self._ledger: Ledger | None = None
        self._lock = threading.Lock()

    def edit(self, project: str, edits: tuple[Edit, ...]) -> bool:
        """Make edits durable, then wait at most two seconds for the loader; return whether it was done with them.

        Blocking. Raises Unavailable where the journal cannot take one: those before it are durable.
        """
        position: Position | None = None
        for edit in edits:
            position = self._intake.accept_blocking(
                Envelope(
                    door=EDIT_DOOR,
                    project=project,
                    received_ns=now_ns(),
                    items=len(edit.targets),
                    body=edit_body(edit),
                )
            )
        return position is None or self._is_loaded(position)

    def _is_loaded(self, position: Position) -> bool:
        """Whether the loader has passed a position, within the time that somebody likes to wait for a page."""
        deadline_s = monotonic_s() + _LOADED_S
        while self._opened().positions().get(position.writer, 0) < position.seq:
            if monotonic_s() > deadline_s:
                return False
            sleep(_LOOK_S)
        return True

    def _opened(self) -> Ledger:
        with self._lock:
            self._ledger = self._ledger or Ledger(self._folder.ledger)
            return self._ledger
