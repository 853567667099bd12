"""Secrets: how a key looks, and how any secret rests."""

import hashlib
import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import unquote

from headwater import ids
from headwater.errors import BadRequest

KeyFormat = Literal["headwater", "pulse", "prysm"]
KEY_FORMATS: Mapping[KeyFormat, str] = {"headwater": "hw_", "pulse": "pulse_sk_", "prysm": "sk-prysm-"}
"""How the keys begin that are minted here: ours, and those that other products' clients look at before they send."""

KEY_MARKS = tuple(KEY_FORMATS.values())
"""How a key begins of which it is known, by its look alone, that it is a project's and no provider's."""


def format_of(prefix: str) -> KeyFormat | None:
    """The format of a key by its beginning; None for one that others made."""
    return next((form for form, mark in KEY_FORMATS.items() if prefix.startswith(mark)), None)


_PROVIDER_MARKS = ("sk-ant-", "sk-proj-", "sk-svcacct-", "sk-admin-", "AIza", "gsk_", "xai-")
_KEY = re.compile(r"[!-~]{1,512}")
_LEAST_CHARS = 16
_LEAST_DIFFERENT = 8
_SHOWN_CHARS = 4
_MOST_SHOWN_OF_ANY = 6


def new_key(form: KeyFormat = "headwater") -> str:
    """A new key: its format's mark, such as `hw_`, and 43 URL-safe characters holding 256 random bits."""
    return KEY_FORMATS[form] + ids.secret()


def checked_key(presented: str) -> str:
    """A key that others made, without blanks around it. Raises BadRequest, which does not show it, for one that must
    not open a project: too weak, a provider's, or nothing that a header can carry.

    Headers are percent-decoded before a key is looked for in them, so what rests is the decoded key.
    """
    key = unquote(presented.strip())
    if not _KEY.fullmatch(key):
        raise BadRequest("the key is empty, too long or holds blanks: give the key alone, without a word before it")
    if key.startswith(_PROVIDER_MARKS):
        raise BadRequest("this is a provider's key: store it with `headwater credentials set`, and take over the other")
    if len(key) < _LEAST_CHARS or len(set(key)) < _LEAST_DIFFERENT:
        raise BadRequest(
            f"the key can be guessed: it has fewer than {_LEAST_CHARS} characters, or fewer than {_LEAST_DIFFERENT} "
            f"different ones; make one with `headwater keys create` and put it in the place of this one"
        )
    return key


def prefix_of(key: str) -> str:
    """The part of a key that may be shown: enough to recognise it.

    Of one of our formats the mark and 4 characters, 24 bits of 256; of any other an eighth, and no more than 6.
    """
    mark = next((mark for mark in KEY_MARKS if key.startswith(mark)), "")
    rest = len(key) - len(mark)
    shown = min(_SHOWN_CHARS if mark else _MOST_SHOWN_OF_ANY, rest // 8)
    return key[: len(mark) + shown]


def digest_of(secret: str) -> str:
    """How a secret rests: SHA-256 as hex.

    Ours are 256 random bits, so a slow password hash would add nothing. Keys that were taken over are others' random
    keys: `checked_key` refuses what a person would make up in a hurry. Who still takes over a sentence of his own has
    a key that somebody with a copy of the catalog could guess; a slow hash would delay him a little, and every request
    with an unknown key would cost the server as much, which is a way to stop it.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
