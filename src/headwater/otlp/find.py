"""One pass over a span's attributes: each known name is put under our field, the first name of its row winning."""

from typing import Any, NamedTuple

from headwater.otlp.names import FIELD_OF, INDEXED, METADATA, PARAMETERS
from headwater.otlp.raw import Attributes

_GROUPS = (*INDEXED, *METADATA, *PARAMETERS)
_NAMES_MAX = 20_000


class _Sorted(NamedTuple):
    """Where an attribute belongs: its field and place in that field's row, its group and its name in that."""

    field: str
    place: int
    group: str
    rest: str


class Found:
    """A span's attributes, sorted.

    `fields` holds the value of each field of `names.FIELDS` that is there; `groups` the attributes that spread one
    structure over many names, by prefix, the prefix taken off.
    """

    __slots__ = ("attributes", "fields", "groups")

    def __init__(self, attributes: Attributes) -> None:
        self.attributes = attributes
        self.fields: dict[str, Any] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self._sort()

    def _sort(self) -> None:
        fields, places = self.fields, dict[str, int]()
        for name, value in self.attributes.items():
            field, place, group, rest = _KNOWN.get(name) or _sorted(name)
            if field and place < places.get(field, 99) and _is_told(value):
                fields[field] = value
                places[field] = place
            if group:
                self.groups.setdefault(group, {})[rest] = value


def _is_told(value: Any) -> bool:
    return value != "null" if value else value.__class__ in _NUMBERS


def _sorted(name: str) -> _Sorted:
    """Sort a name and remember it: a sender's names repeat in every span, but for those that hold numbers or ids."""
    field, place = FIELD_OF.get(name, ("", 0))
    group = next((prefix for prefix in _GROUPS if name.startswith(prefix)), "")
    found = _Sorted(field, place, group, name[len(group) :])
    if len(_KNOWN) < _NAMES_MAX:
        _KNOWN[name] = found
    return found


_KNOWN: dict[str, _Sorted] = {}
_NUMBERS = (bool, int, float)
