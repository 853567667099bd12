r"""Secrets, by the form in which they are written.

An ordinary text is passed in a few microseconds: a key holds a long run of letters and digits, which a search of two
steps finds, and only a text that has one is asked for each form of key. Every pattern begins with a literal, because
the engine skips to literals quickly, and looks behind it for the boundary.

Time stays in proportion to the text because an attempt either begins where a token begins, or is of bounded length,
or consumes what it matched; repeats of one token are possessive.
"""

import re
from typing import NamedTuple

_SHORTEST_RUN = 16
_RUN = b"x" * _SHORTEST_RUN
# Letters, digits, "-" and "_" become x, all other bytes a space.
_CLASSES = bytes(ord("x") if (byte < 128 and chr(byte).isalnum()) or chr(byte) in "-_" else 32 for byte in range(256))


def _at_start(prefix: str, inside: str = "A-Za-z0-9") -> str:
    r"""A literal of fixed width where a token begins, also after the escapes `\n`, `\u003d` and `%3D`."""
    behind = (rf"\\[bfnrt]{prefix}", rf"\\u[0-9A-Fa-f]{{4}}{prefix}", rf"%[0-9A-Fa-f]{{2}}{prefix}")
    escaped = "".join(f"|(?<={form})" for form in behind)
    return rf"{prefix}(?:(?<![{inside}]{prefix}){escaped})"


class _Form(NamedTuple):
    """A form of secret: a character that is rare, a literal that is rarer, and the pattern."""

    rare: str
    literal: str
    pattern: re.Pattern[str]
    marker: str


def _key(rare: str, literal: str, prefix: str, rest: str) -> _Form:
    return _Form(rare, literal, re.compile(_at_start(prefix) + rest), "[masked: api key]")


# Attempts begin at whole tokens only: this pattern is the one that reads a token without bound, for its dots.
_JWT = re.compile(_at_start("eyJ", "A-Za-z0-9_-") + r"[A-Za-z0-9_-]{14,}+(?:\.[A-Za-z0-9_-]*+){2,4}+")
# Without a digit near its beginning, `sk-` begins the name of a style sheet's class.
_HAS_DIGIT = "(?=[A-Za-z_-]{0,64}+[0-9])"

_FORMS = (
    _key("-", "sk-", "sk-", _HAS_DIGIT + "[A-Za-z0-9_-]{16,}+"),
    _key("-", "xox", "xox[abeprs]-", "[A-Za-z0-9-]{10,}+"),
    _key("-", "xai-", "xai-", "[A-Za-z0-9]{32,}+"),
    _key("_", "hw_", "hw_", "[A-Za-z0-9_-]{32,}+"),
    _key("_", "pulse_sk_", "pulse_sk_", "[A-Za-z0-9_-]{32,}+"),
    _key("_", "gh", "gh[oprsu]_", "[A-Za-z0-9]{30,}+"),
    _key("_", "github_pat_", "github_pat_", "[A-Za-z0-9_]{30,}+"),
    _key("_", "gsk_", "gsk_", "[A-Za-z0-9]{32,}+"),
    _key("_", "hf_", "hf_", "[A-Za-z0-9]{30,}+"),
    _key("_", "k_live_", "[rs]k_live_", "[A-Za-z0-9]{16,}+"),
    _key("K", "AKIA", "AKIA", "[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _key("S", "ASIA", "ASIA", "[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _key("z", "AIza", "AIza", "[A-Za-z0-9_-]{30,}+"),
    _Form("J", "eyJ", _JWT, "[masked: jwt]"),
)

_BEARER = re.compile(r"earer(?<=[Bb]earer)((?:\s|%20|\\t){1,3})(?=[A-Za-z._~+/=-]{0,64}+[0-9])[A-Za-z0-9._~+/=-]{16,}+")
_URL_PASSWORD = re.compile(r"""(://[^\s/?#@:"'<>\[\]\\]*+:)[^\s/?#@"'<>]++(?=@)""")
# A key as it should be, or, where its end is missing, as far as its lines go.
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:[^-]++|-(?!----))*+-----END [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----"
    r"|(?:(?:\s|\\[nr])*+[A-Za-z0-9+/=]{20,}+)++)"
)


def mask_secrets(text: str) -> str:
    """Replace keys, tokens, passwords in URLs and private keys by markers; the very same text where there is none."""
    if "@" in text and "://" in text:
        text = _URL_PASSWORD.sub(r"\1[masked: password]", text)
    if len(text) < _SHORTEST_RUN:
        return text
    if "K" in text and "PRIVATE KEY" in text:
        text = _PRIVATE_KEY.sub("[masked: private key]", text)
    if "earer" in text:
        text = _BEARER.sub(r"earer\1[masked: bearer token]", text)
    return _mask_keys(text) if _has_long_run(text) else text


def _has_long_run(text: str) -> bool:
    return _RUN in text.encode("utf-8", "surrogatepass").translate(_CLASSES)


def _mask_keys(text: str) -> str:
    for rare, literal, pattern, marker in _FORMS:
        if rare in text and literal in text:
            text = pattern.sub(marker, text)
    return text
