"""The desk for re-pricings: wishes of people, in the ledger that the loader looks into."""

import threading

from headwater.errors import NotFound
from headwater.loader import Ledger, Repricing
from headwater.query import show_time
from headwater.server.folder import DataFolder
from headwater.web import RepricingShown


class RepriceDesk:
    """Takes wishes and tells how far they are; opens the ledger when it is first asked."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._ledger: Ledger | None = None

    def ask(self, project: str, since_ns: int, until_ns: int, asked_by: str) -> RepricingShown:
        """Ask for a stretch (Unix nanoseconds). Raises BadRequest while another of the project is under way."""
        return self.one(project, self._open().repricings.ask(project, since_ns, until_ns, asked_by))

    def all(self, project: str) -> tuple[RepricingShown, ...]:
        """The last wishes of a project, newest first."""
        return tuple(_shown(wish) for wish in self._open().repricings.of_project(project))

    def one(self, project: str, wish_id: int) -> RepricingShown:
        """A wish as it stands. Raises NotFound."""
        wish = self._open().repricings.one(wish_id)
        if wish is None or wish.project != project:
            raise NotFound(f"no re-pricing {wish_id} was asked for in this project")
        return _shown(wish)

    def stop(self, project: str, wish_id: int) -> RepricingShown:
        """Do no more of a wish; what is priced stays so. Raises NotFound."""
        self.one(project, wish_id)
        self._open().repricings.stop(wish_id)
        return self.one(project, wish_id)

    def _open(self) -> Ledger:
        with self._lock:
            if self._ledger is None:
                self._ledger = Ledger(self._folder.ledger)
            return self._ledger


def _shown(wish: Repricing) -> RepricingShown:
    return RepricingShown(
        id=wish.id,
        start=show_time(wish.since_ns) if wish.since_ns else None,
        end=show_time(wish.until_ns),
        state=wish.state,
        total=wish.total,
        seen=wish.seen,
        changed=wish.changed,
        asked=show_time(wish.asked_ns),
        ended=show_time(wish.ended_ns) if wish.ended_ns else None,
        asked_by=wish.asked_by,
        problem=wish.problem,
    )
