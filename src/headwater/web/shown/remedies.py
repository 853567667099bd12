"""Remedies: what the catalog advises somebody at a terminal, said to somebody at a page.

A refusal names a command or one of its options; here stands what to do on the page instead.
"""

import re

_AT_A_PAGE = (
    (re.compile(r"^base_url "), "the address "),
    (re.compile(r"confirm that it is meant with --private"), "tick the box that allows it, if it is meant"),
    (re.compile(r"; `headwater limits list` shows it, remove it first"), "; remove it first"),
    (re.compile(r"leave --per out"), "leave the time out"),
    (re.compile(r"choose --per "), "choose a "),
    (re.compile(r"; `headwater keys revoke` ends a key"), "; revoke a key to end it"),
    (re.compile(r"make one with `headwater keys create`"), "create one"),
    (re.compile(r"`headwater keys create` makes another"), "create another"),
    (re.compile(r"store it with `headwater credentials set`"), "store it under Providers"),
    (re.compile(r"store a secret with `headwater credentials set`"), "store the secret once the provider is added"),
    (re.compile(r"remove it first with `headwater (credentials|upstreams) remove [^`]*`"), "remove it first"),
    (re.compile(r"[;:] `headwater [^`]*` (lists|shows) (those there are|them)"), ""),
)


def at_a_page(refusal: str) -> str:
    """Return a refusal with what to do on a page, as a sentence."""
    for command, instead in _AT_A_PAGE:
        refusal = command.sub(instead, refusal)
    return f"{refusal[:1].upper()}{refusal[1:]}."
