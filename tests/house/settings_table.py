"""The tables of docs/settings.md and docs/sdk.md, made from the Settings structs; `make docs` writes them there."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from headwater.sdk import SdkSettings
from tests.house.tree import TREE, rooms

DOCUMENT = TREE / "docs" / "settings.md"
SDK_DOCUMENT = TREE / "docs" / "sdk.md"
_MARK = "<!-- Below: written by `make docs` from the structs themselves. -->"
_SDK_MARK = "<!-- Below: written by `make docs` from the struct itself. -->"
# What runs in a user's program is told in a document of its own, and is set by other names.
_CLIENT_SIDE = {"outbox", "sdk"}
# Found out, not set.
_NOT_SET = {"problems"}
_NAMED_IN_DOCSTRING = re.compile(r"\s*\(env HEADWATER_\w+\)")


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a table."""

    variable: str
    default: str
    meaning: str


def structs() -> Iterator[type[msgspec.Struct]]:
    """Every Settings struct that the door of a room of the server shows; the one that holds the others first."""
    served = [room for room in rooms() if room.name not in _CLIENT_SIDE]
    for room in sorted(served, key=lambda room: (room.name != "server", room.name)):
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
            default=_shown(_default_of(field)),
            meaning=meanings.get(field.name, ""),
        )


def written() -> str:
    """The whole document as it should be."""
    head = DOCUMENT.read_text().partition(_MARK)[0]
    return head + _MARK + "\n" + "".join(_table(struct) for struct in structs())


def sdk_written() -> str:
    """The whole document of the SDK as it should be."""
    head = SDK_DOCUMENT.read_text().partition(_SDK_MARK)[0]
    titles = "| argument | variable | default | what it does |\n|---|---|---|---|\n"
    rows = "".join(
        f"| `{argument}` | {line.variable} | {line.default} | {line.meaning} |\n" for argument, line in sdk()
    )
    return f"{head}{_SDK_MARK}\n\n{titles}{rows}"


def sdk() -> Iterator[tuple[str, Setting]]:
    """The settings of the SDK, by the argument of `init`; without a variable where only an argument can be given."""
    meanings = _meanings_in_docstring(SdkSettings)
    for field in msgspec.structs.fields(SdkSettings):
        if field.name in _NOT_SET:
            continue
        default = _default_of(field)
        is_argument_only = default is None
        yield (
            field.name,
            Setting(
                variable="" if is_argument_only else f"`HEADWATER_{field.name.upper()}`",
                default="none" if is_argument_only or default in ({}, ()) else _shown(default),
                meaning=meanings.get(field.name, ""),
            ),
        )


def _meanings_in_docstring(struct: type[msgspec.Struct]) -> dict[str, str]:
    """The lines "`name`, `other`  meaning" of a struct's docstring."""
    meanings: dict[str, str] = {}
    for names, text in re.findall(r"^\s*(`\w+`(?:, `\w+`)*)\s{2,}(.*)$", struct.__doc__ or "", re.MULTILINE):
        sentence = text[:1].upper() + text[1:]
        meanings.update(dict.fromkeys(re.findall(r"\w+", names), sentence))
    return meanings


def _table(struct: type[msgspec.Struct]) -> str:
    rows = "".join(f"| `{line.variable}` | {line.default} | {line.meaning} |\n" for line in settings_of(struct))
    title = struct.__name__.removesuffix("Settings").lower() or "server"
    return f"\n## {title}\n\n| variable | default | what it does |\n|---|---|---|\n{rows}"


def _default_of(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


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
    SDK_DOCUMENT.write_text(sdk_written())
