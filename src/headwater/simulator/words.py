"""Words of a text, what they have in common, and how many tokens they make."""

import re
import zlib

CHARACTERS_PER_TOKEN = 4
_STEM = 5
_ARGUMENTS_PIECE = 12
_WORD = re.compile(r"[a-z]{3,}")
_PIECE = re.compile(r"\s*\S+\s*$|\s*\S+")
_SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?]?")
_COMMON_WORDS = """
    the and for you are was were that this with have has had not but can could would should will shall may might
    must what when where which who whom how why all any some our your their his her its they them from into onto
    over out about there here then than too very please does did done use used using get gets got one two more most
    just also only tell say says give need want like know let make made see look answer question reply ask user
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def tokens_of(text: str) -> int:
    """About how many tokens a text makes."""
    return (len(text) + CHARACTERS_PER_TOKEN - 1) // CHARACTERS_PER_TOKEN


def stems(text: str) -> set[str]:
    """The beginnings of the words that mean something, so that "shipping" is also "shipped"."""
    return {word[:_STEM] for word in _WORD.findall(text.lower().replace("_", " ")) if word not in _COMMON}


def sentences(text: str) -> list[str]:
    """The sentences of a text, a line being the end of one too."""
    return [found for each in _SENTENCE.findall(text) if (found := each.strip(' -*#\t"'))]


def pieces(text: str) -> list[str]:
    """The text as a stream brings it: a word at a time, each with the space before it."""
    return _PIECE.findall(text) or ([text] if text else [])


def argument_pieces(text: str) -> list[str]:
    """A tool's arguments as a stream brings them: a few characters at a time, wherever a word ends."""
    return [text[start : start + _ARGUMENTS_PIECE] for start in range(0, len(text), _ARGUMENTS_PIECE)]


def number_of(text: str) -> int:
    """A number that is the same for the same text, in every process."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def cut_to(text: str, max_tokens: int) -> str:
    """The beginning of a text that makes no more tokens than allowed."""
    return text[: max_tokens * CHARACTERS_PER_TOKEN].rstrip()
