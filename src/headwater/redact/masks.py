"""Masks: the built-in ones by name, and how they are put on a text or a value."""

from collections.abc import Callable, Sequence
from typing import Any

from headwater.errors import HeadwaterError
from headwater.redact.personal import mask_cards, mask_emails, mask_ibans, mask_phones
from headwater.redact.secrets import mask_secrets
from headwater.redact.walking import each_text

# In the order in which they are put on: the digits of a card or an account number may look like a telephone's.
_BUILT_IN: dict[str, Callable[[str], str]] = {
    "secrets": mask_secrets,
    "email": mask_emails,
    "card": mask_cards,
    "iban": mask_ibans,
    "phone": mask_phones,
}


class Masks:
    """The masks that a program asked for.

    `secrets` are keys of model providers, clouds and code hosts, keys of headwater, tokens behind the word Bearer,
    passwords in URLs, JSON web tokens and private keys. `email`, `phone` (written with a plus sign, with a leading
    zero, or as in North America), `card` (where the Luhn digit is right) and `iban` (where length and check digits
    are right) are about people.

    Raises HeadwaterError for a name that no mask has.
    """

    __slots__ = ("_masks", "names")

    def __init__(self, names: Sequence[str]) -> None:
        for name in names:
            if name not in _BUILT_IN:
                known = ", ".join(sorted(_BUILT_IN))
                raise HeadwaterError(f"no mask is called {name!r}: the built-in masks are {known}")
        self.names = tuple(names)
        self._masks = tuple(mask for name, mask in _BUILT_IN.items() if name in self.names)

    def text(self, text: str) -> str:
        """The text with what the masks find replaced by a marker; the very same text where they find nothing."""
        for mask in self._masks:
            text = mask(text)
        return text

    def value(self, value: Any) -> Any:
        """A JSON value with all its texts masked, keys of objects excepted; the very same object if none changed."""
        return each_text(value, self.text)
