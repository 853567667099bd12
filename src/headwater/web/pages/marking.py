"""Marking: what the bar over marked rows needs, and the views and sets that a list can be seen through."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from headwater.access import SavedSet, SavedView
from headwater.web.asked import Explored, query_pairs
from headwater.web.choosing import MOST_CHOSEN, Thing
from headwater.web.desk import Desk, Visitor
from headwater.web.pages.filtering import Chip
from headwater.web.pages.tools import Sum
from headwater.web.rendering import Here

FILES: Mapping[str, str] = {"csv": "CSV", "jsonl": "JSON Lines", "parquet": "Parquet"}


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed into the bar and could not be done, and why."""

    fields: Mapping[str, str] = {}
    marks: frozenset[str] = frozenset()
    wrong: str = ""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The saved views of a list and the saved sets of the project."""

    views: Sequence[SavedView] = ()
    sets: Sequence[SavedSet] = ()

    def set_name(self, set_id: str) -> str:
        """What a set is called, its id where it is not there."""
        return next((each.name for each in self.sets if each.id == set_id), set_id)


async def kept_of(desk: Desk, visitor: Visitor, thing: Thing) -> Kept:
    """Ask for what is saved."""
    saved, person = desk.ports.catalog.saved, visitor.person.id if visitor.person else ""
    return await desk.asker.ask(
        lambda: Kept(views=saved.views.all(visitor.project, thing, person), sets=saved.sets.all(visitor.project))
    )


async def default_address(desk: Desk, visitor: Visitor, here: Here, thing: Thing) -> str:
    """Where a list that is opened without a word of what is wanted leads for this person; "" for the list itself."""
    person, views = visitor.person, desk.ports.catalog.saved.views
    if person is None:
        return ""
    view = await desk.asker.ask(lambda: views.default(visitor.project, person.id, thing))
    return "" if view is None else view_address(here, view)


def view_address(here: Here, view: SavedView) -> str:
    """The address that a view stands for."""
    address = here.link(f"/{view.page}")
    return f"{address}{'&' if '?' in address else '?'}{view.query}" if view.query else address


def marking(
    asked: Explored, here: Here, thing: Thing, kept: Kept, summed: Sum | None, typed: Typed | None, cursor: str | None
) -> dict[str, Any]:
    """Return what the templates of the bar and of the menu of views need."""
    own = query_pairs(asked, project=None)
    at = [*own, ("cursor", cursor)] if cursor else own
    return {
        "typed": typed or Typed(),
        "do_link": here.link_pairs(f"/{thing}/do", at),
        "kept_sets": kept.sets,
        "set_id": asked.set,
        "set_name": kept.set_name(asked.set) if asked.set else "",
        "files": FILES,
        "matching": summed if summed is not None and summed.count <= MOST_CHOSEN else None,
        "most_chosen": MOST_CHOSEN,
        "views": [(view, view_address(here, view), _is_shown(view, own)) for view in kept.views],
        "view_query": [(name, value) for name, value in own],
    }


def named_sets(chips: Sequence[Chip], kept: Kept) -> list[Chip]:
    """Chips in which a set goes by its name."""
    return [
        msgspec.structs.replace(chip, shown=kept.set_name(chip.value)) if chip.key == "set" else chip for chip in chips
    ]


def _is_shown(view: SavedView, pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether a list shows just what a view does."""
    return sorted(parse_qsl(view.query)) == sorted(pairs)
