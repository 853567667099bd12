"""What is about people, by its form: addresses, and numbers of cards, accounts and telephones.

Patterns of numbers begin with the characters that are rare in a text and look behind them for the boundary. A candidate
is of bounded length and a check decides; after one that fails, the search goes on at its second character, so that a
number beside it is not missed.
"""

import re
from collections.abc import Callable

# An address begins where a token begins, so that each token is read once.
_EMAIL = re.compile(r"(?<![\w.%+'-])[\w.%+'-]++@(?:[\w-]{1,63}+\.)+[^\W\d_]{2,24}+")

_DIGITS = frozenset("0123456789")
_NO_DIGITS = bytes(byte for byte in range(256) if chr(byte) not in _DIGITS)
_FEWEST_DIGITS = 8
# Thirteen to nineteen digits: as one, in fours, or as American Express and Diners print them.
_CARD = re.compile(
    r"[2-6](?<![0-9.][2-6])(?:[0-9]{12,18}"
    r"|[0-9]{3}([ -])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?:\1[0-9]{1,3})?"
    r"|[0-9]{3}([ -])[0-9]{6}\2[0-9]{4,5})(?![0-9])"
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

_IBAN = re.compile(r"[0-9](?<=(?<![A-Za-z0-9])[A-Za-z]{2}[0-9])[0-9](?:[ -]?[A-Za-z0-9]){11,30}+")
# How many characters an account number has in which countries, from the registry of ISO 13616.
_COUNTRIES = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
_LENGTHS = {country: length for length, countries in _COUNTRIES.items() for country in countries.split()}

_PHONE = re.compile(
    # +49 (0)30 1234-5678
    r"(?:\+(?<![0-9A-Za-z+]\+)|00(?<![0-9A-Za-z./-]00))[1-9](?:[ ./()-]{0,2}[0-9]){7,14}(?![0-9])"
    # (555) 234-5678
    r"|\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[ .-][0-9]{4}(?![0-9])"
    r"|[2-9](?<![0-9A-Za-z./-][2-9])[0-9]{2}([ .-])[2-9][0-9]{2}\1[0-9]{4}(?![0-9])"
    # 06 12 34 56 78, where a date has fewer digits
    r"|0(?<![0-9A-Za-z./-]0)[1-9][0-9]{0,3}([ ./-])[0-9]{2,8}(?:\2[0-9]{2,4}){0,4}(?![0-9])"
)
_TRUNK_DIGITS = range(9, 13)


def mask_emails(text: str) -> str:
    """Replace e-mail addresses by a marker."""
    return _EMAIL.sub("[masked: email]", text) if "@" in text else text


def mask_cards(text: str) -> str:
    """Replace numbers of payment cards by a marker; the last digit must be right by Luhn's formula."""
    return _replaced(text, _CARD, _card, "[masked: card number]")


def mask_ibans(text: str) -> str:
    """Replace international bank account numbers by a marker; length and check digits must be right."""
    return _replaced(text, _IBAN, _iban, "[masked: iban]")


def mask_phones(text: str) -> str:
    """Replace telephone numbers by a marker: written internationally, with a leading zero, or as in North America."""
    return _replaced(text, _PHONE, _phone, "[masked: phone number]")


def _replaced(
    text: str, pattern: re.Pattern[str], found: Callable[[re.Match[str]], tuple[int, int] | None], marker: str
) -> str:
    # No number of these kinds has fewer digits, and to count them costs a fraction of the search.
    if len(text.encode("utf-8", "surrogatepass").translate(None, _NO_DIGITS)) < _FEWEST_DIGITS:
        return text
    pieces: list[str] = []
    kept_from = search_from = 0
    while match := pattern.search(text, search_from):
        place = found(match)
        if place is None:
            search_from = match.start() + 1
            continue
        pieces += (text[kept_from : place[0]], marker)
        kept_from = search_from = place[1]
    return "".join((*pieces, text[kept_from:])) if pieces else text


def _card(match: re.Match[str]) -> tuple[int, int] | None:
    number, start = match.group(), match.start()
    if _is_right_by_luhn(number):
        return start, match.end()
    # What follows a card of sixteen digits in fours may be its security code.
    shorter = number[:19]
    if match.group(1) and len(number) > len(shorter) and _is_right_by_luhn(shorter):
        return start, start + len(shorter)
    return None


def _is_right_by_luhn(number: str) -> bool:
    digits = [int(character) for character in reversed(number) if character in _DIGITS]
    return (sum(digits[::2]) + sum(_DOUBLED[digit] for digit in digits[1::2])) % 10 == 0


def _iban(match: re.Match[str]) -> tuple[int, int] | None:
    text, start = match.string, match.start() - 2
    length = _LENGTHS.get(text[start : start + 2].upper())
    if length is None:
        return None
    characters: list[str] = []
    for at in range(start, match.end()):
        if text[at] not in " -":
            characters.append(text[at].upper())
        if len(characters) == length:
            is_whole = at + 1 == len(text) or not text[at + 1].isalnum()
            return (start, at + 1) if is_whole and _is_right_by_mod_97("".join(characters)) else None
    return None


def _is_right_by_mod_97(number: str) -> bool:
    return int("".join(str(int(character, 36)) for character in number[4:] + number[:4])) % 97 == 1


def _phone(match: re.Match[str]) -> tuple[int, int] | None:
    number = match.group()
    is_trunk = number[0] == "0" and number[1] != "0"
    if is_trunk and sum(character in _DIGITS for character in number) not in _TRUNK_DIGITS:
        return None
    return match.span()
