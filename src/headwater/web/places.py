"""Places: the pages that the side bar leads to, in their groups, and the key that goes to each after `g`."""

from collections.abc import Iterable

import msgspec

HEALTH = "/server/health"
"""Where the health page is; `/health` itself is for probes."""


class Place(msgspec.Struct, frozen=True):
    """An entry of the side bar. `icon` is a name of `parts/icons.html`; `key` goes there after `g`."""

    name: str
    path: str
    icon: str
    key: str
    is_current: bool = False


class Group(msgspec.Struct, frozen=True):
    """Entries that answer one kind of question; the first group needs no name."""

    name: str
    places: tuple[Place, ...]


GROUPS: tuple[Group, ...] = (
    Group("", (Place("Overview", "/overview", "overview", "o"),)),
    Group(
        "Explore",
        (
            Place("Traces", "/traces", "traces", "t"),
            Place("Calls", "/calls", "call", "c"),
            Place("Sessions", "/sessions", "sessions", "s"),
            Place("Users", "/users", "users", "u"),
        ),
    ),
    Group(
        "Compare",
        (
            Place("Models", "/models", "models", "m"),
            Place("Tools & agents", "/tools", "tool", "a"),
            Place("Scores", "/scores", "scores", "r"),
            Place("Errors", "/errors", "warn", "e"),
        ),
    ),
    Group("Ask", (Place("Query", "/query", "query", "q"),)),
    Group(
        "Run",
        (
            Place("Prices", "/prices", "prices", "p"),
            Place("Alerts", "/alerts", "alerts", "l"),
            Place("Health", HEALTH, "health", "h"),
            Place("Settings", "/settings", "settings", ","),
        ),
    ),
)


def groups_at(path: str) -> tuple[Group, ...]:
    """Return the groups with the place that `path` belongs to marked."""
    return tuple(Group(group.name, tuple(_marked(group.places, path))) for group in GROUPS)


def is_place(path: str) -> bool:
    """Whether an address is one of the side bar's, which every project has."""
    return any(place.path == path for group in GROUPS for place in group.places)


def _marked(places: Iterable[Place], path: str) -> Iterable[Place]:
    for place in places:
        is_current = path == place.path or path.startswith(place.path + "/")
        yield msgspec.structs.replace(place, is_current=is_current)
