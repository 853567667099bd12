"""What an edge remembers between Layer's requests. Nothing depends on it but how well a span is described."""

import asyncio
from collections import OrderedDict

import msgspec

from headwater.access import Catalog
from headwater.clock import monotonic_s
from headwater.errors import HeadwaterError

_SESSIONS = 20_000
_UNKNOWN = 10_000
_ASK_AGAIN_S = 10.0


class Known(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a session's creation said of every action that follows."""

    service: str = ""
    environment: str = ""
    user: str = ""


class Sessions:
    """The sessions created last, by project and id."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], Known] = OrderedDict()

    def keep(self, project: str, session: str, known: Known) -> None:
        """Remember a session; the one longest unused is forgotten for it."""
        self._known[project, session] = known
        self._known.move_to_end((project, session))
        while len(self._known) > _SESSIONS:
            self._known.popitem(last=False)

    def of(self, project: str, session: str) -> Known:
        """What is known of a session."""
        found = self._known.get((project, session))
        if found is None:
            return Known()
        self._known.move_to_end((project, session))
        return found


class Applications:
    """Names of applications by id. One that the catalog does not know is asked for again after some seconds."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._names: dict[tuple[str, str], str] = {}
        self._unknown_s: dict[tuple[str, str], float] = {}

    async def name(self, project: str, application: str) -> str:
        """The name of an application; the id itself for one that was made elsewhere, and while nobody can tell."""
        key, now_s = (project, application), monotonic_s()
        if key not in self._names and now_s - self._unknown_s.get(key, -_ASK_AGAIN_S) >= _ASK_AGAIN_S:
            try:
                listed = await asyncio.to_thread(self._catalog.applications, project)
            except HeadwaterError:
                return application
            self._names.update({(project, each.id): each.name for each in listed})
            if len(self._unknown_s) >= _UNKNOWN:
                self._unknown_s.clear()
            self._unknown_s[key] = now_s
        return self._names.get(key, application)
