"""The tables of docs/settings.md, made from the Settings structs; `make docs` writes them into the document."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator

import msgspec

from tests.house.tree import TREE, rooms

DOCUMENT = TREE / "docs" / "settings.md"
_MARK = "<!-- Below: written by `make docs` from the structs themselves. -->"
_NAMED_IN_DOCSTRING = re.compile(r"\s*\(env HEADWATER_\w+\)")


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a table."""

    variable: str
    default: str
    meaning: str


def structs() -> Iterator[type[msgspec.Struct]]:
    """Every Settings struct that a room's door shows; the server's own, which holds the others, first."""
    for room in sorted(rooms(), key=lambda room: (room.name != "server", room.name)):
        door = importlib.import_module(f"headwater.{room.name}")
        for name, struct in vars(door).items():
            if name.endswith("Settings") and isinstance(struct, type) and issubclass(struct, msgspec.Struct):
                yield struct


def settings_of(struct: type[msgspec.Struct]) -> Iterator[Setting]:
    """The settings of one struct, in its order. A field that holds another room's struct is no setting."""
    room = re.sub(r"(?<!^)(?=[A-Z])", "_", struct.__name__.removesuffix("Settings")).upper()
    meanings = _meanings_of(struct)
    for field in msgspec.structs.fields(struct):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            continue
        yield Setting(
            variable="_".join(filter(None, ("HEADWATER", room, field.name.upper()))),
            default=_shown(field.default),
            meaning=meanings.get(field.name, ""),
        )


def written() -> str:
    """The whole document as it should be."""
    head = DOCUMENT.read_text().partition(_MARK)[0]
    return head + _MARK + "\n" + "".join(_table(struct) for struct in structs())


def _table(struct: type[msgspec.Struct]) -> str:
    rows = "".join(f"| `{line.variable}` | {line.default} | {line.meaning} |\n" for line in settings_of(struct))
    title = struct.__name__.removesuffix("Settings").lower() or "server"
    return f"\n## {title}\n\n| variable | default | what it does |\n|---|---|---|\n{rows}"


def _shown(default: object) -> str:
    if isinstance(default, int) and not isinstance(default, bool) and default >= 1024 and default % 1024 == 0:
        power = next(power for power in (30, 20, 10) if default % 2**power == 0)
        return f"`{default}` ({default >> power} {'KMG'[power // 10 - 1]}iB)"
    return "empty" if default == "" else f"`{msgspec.json.encode(default).decode()}`"


def _meanings_of(struct: type[msgspec.Struct]) -> dict[str, str]:
    """The string below each field, on one line."""
    body = ast.parse(inspect.getsource(struct)).body[0]
    if not isinstance(body, ast.ClassDef):
        return {}
    meanings: dict[str, str] = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            text = _NAMED_IN_DOCSTRING.sub("", str(below.value.value))
            meanings[ast.unparse(field.target)] = " ".join(text.split())
    return meanings


if __name__ == "__main__":
    DOCUMENT.write_text(written())
