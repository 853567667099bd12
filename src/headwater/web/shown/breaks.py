"""Breaks: why a prompt was not read from the provider's cache, in words."""

from collections.abc import Callable, Mapping

from headwater.query import Break
from headwater.web.shown.numbers import duration, exact, exact_cost

_CAUSES: Mapping[str, Callable[[Break], str]] = {
    "model": lambda broke: f"the model changed: the turn before was of {broke.before_model or 'another one'}",
    "tools": lambda broke: f"the tools on offer changed from the {_place(broke)} on",
    "system": lambda _: "the system message changed",
    "message": lambda broke: f"the {_place(broke)} message changed, so all after it was read anew",
    "expired": lambda broke: f"it had expired: {duration(broke.gap_ms)} had passed",
    "provider": lambda _: "nothing changed that can be seen here, the provider did not find it",
}
CAUSE_NAMES: Mapping[str, str] = {
    "model": "Model changed",
    "tools": "Tools changed",
    "system": "System message changed",
    "message": "Message changed",
    "expired": "Expired",
    "provider": "Not found by the provider",
}
"""The causes as they are listed."""

REMEDIES: Mapping[str, str] = {
    "model": "A cache is of one model; stay with one within a conversation.",
    "tools": "Send the same tools in the same order with every turn.",
    "system": "Keep times, names and counters out of the system message, or put them at the end of the prompt.",
    "message": "Add to a conversation at its end only; shortening or rewriting what was said breaks the prefix.",
    "expired": "Ask within five minutes, or have the cache kept for an hour.",
    "provider": "Check cache marks and parameters such as tool_choice; some providers only try to read a cache.",
}
"""What to do about each."""


def why(broke: Break) -> str:
    """Say why a prefix was not read, as the end of a sentence."""
    return _CAUSES[broke.cause](broke)


def lost(broke: Break) -> str:
    """Say what a break cost."""
    tokens = f"{exact(broke.missed_tokens)} of {exact(broke.cached_tokens)} tokens that the provider had in its cache"
    if broke.lost_usd is None:
        return f"{tokens} were not read from it; what that cost is unknown, as a price is"
    return f"{tokens} were not read from it, which cost {exact_cost(round(broke.lost_usd, 9))} more"


def _place(broke: Break) -> str:
    at = (broke.at or 0) + 1
    ending = "th" if at % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(at % 10, "th")
    return f"{at:,}{ending}"
