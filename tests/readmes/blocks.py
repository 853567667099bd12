"""The code blocks of the five products' READMEs, taken from the files themselves."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent / "data"
_FENCE = re.compile(r"^```(\w*)[^\S\n]*\n(.*?)^```[^\S\n]*$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block: `number` counts the blocks of its README from 0, `language` is what the fence says."""

    readme: str
    number: int
    language: str
    code: str

    @property
    def name(self) -> str:
        """How it is called in a table: `prysm 3`."""
        return f"{self.readme} {self.number}"


def readmes() -> list[str]:
    """The names of the READMEs."""
    return sorted(path.stem for path in _FOLDER.glob("*.md"))


@cache
def text_of(readme: str) -> str:
    """The README itself."""
    return (_FOLDER / f"{readme}.md").read_text()


def digest_of(readme: str) -> str:
    """The beginning of the README's SHA-256."""
    return sha256((_FOLDER / f"{readme}.md").read_bytes()).hexdigest()[:16]


def blocks_of(readme: str) -> tuple[Block, ...]:
    """Every block of a README, in its order."""
    return tuple(Block(readme, number, *found) for number, found in enumerate(_FENCE.findall(text_of(readme))))


def all_blocks() -> list[Block]:
    """Every block of every README."""
    return [block for readme in readmes() for block in blocks_of(readme)]


def python_blocks() -> list[Block]:
    """Those that are Python."""
    return [block for block in all_blocks() if block.language == "python"]
