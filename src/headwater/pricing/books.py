"""Price books of all projects, of which any number of threads may ask while own prices change."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from headwater.pricing.book import PriceBook
from headwater.pricing.priced import OwnPrice


class _Held(NamedTuple):
    own: tuple[OwnPrice, ...]
    mark: str
    shared: PriceBook
    of_projects: Mapping[str, PriceBook]


class PriceBooks:
    """A book for each project; those without prices of their own share one."""

    def __init__(self, own: Sequence[OwnPrice] = ()) -> None:
        """Raises BadRequest for a price that cannot be meant."""
        self._held = _held(tuple(own))

    @property
    def own(self) -> tuple[OwnPrice, ...]:
        """The own prices that hold now."""
        return self._held.own

    @property
    def mark(self) -> str:
        """A short name of just these own prices: others have another."""
        return self._held.mark

    def of(self, project: str) -> PriceBook:
        """The book of a project, by its id."""
        held = self._held
        return held.of_projects.get(project, held.shared)

    def replace(self, own: Sequence[OwnPrice]) -> bool:
        """Take other own prices, all at once; return whether anything is other than before.

        Raises BadRequest, and changes nothing, for a price that cannot be meant.
        """
        if tuple(own) == self._held.own:
            return False
        self._held = _held(tuple(own))
        return True


def _held(own: tuple[OwnPrice, ...]) -> _Held:
    projects = {price.project for price in own if price.project}
    return _Held(
        own=own,
        mark=blake2b(msgspec.json.encode(own), digest_size=8).hexdigest(),
        shared=PriceBook([price for price in own if not price.project]),
        of_projects={
            project: PriceBook([price for price in own if price.project in ("", project)]) for project in projects
        },
    )
