"""Forms: what a page's form sends, and what the next page says of it.

A form is answered with 303 to a page that says what happened, once; what cannot be done is answered with the page it
came from, the words typed and the reason beside them.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headwater.errors import BadRequest

SAID_COOKIE = "headwater_said"
_LONGEST_BYTES = 1 << 20
_MOST_FIELDS = 2_000
_LONGEST_SAID = 400
_SAID_S = 30


class Form(msgspec.Struct, frozen=True):
    """The fields of a form, in the order in which they came; a name may stand several times."""

    pairs: tuple[tuple[str, str], ...]

    def one(self, name: str, default: str = "") -> str:
        """Return the last value of a field without the spaces around it."""
        return self.as_typed.get(name, default).strip()

    def many(self, name: str) -> tuple[str, ...]:
        """Return all values of a field."""
        return tuple(value for given, value in self.pairs if given == name)

    @property
    def as_typed(self) -> Mapping[str, str]:
        """Each field's last value, to fill the form again."""
        return dict(self.pairs)


async def read_form(request: Request) -> Form:
    """Read a form of at most 1 MiB; raises BadRequest."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_BYTES:
            raise BadRequest("the form is longer than 1 MiB; shorten what is in it")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise BadRequest(f"the form cannot be read: {error}") from error
    return Form(tuple(pairs))


def said(address: str, words: str) -> Response:
    """Return a 303 to one of our addresses, whose page says these words once."""
    response = RedirectResponse(address, status_code=303)
    response.set_cookie(SAID_COOKIE, quote(words[:_LONGEST_SAID]), max_age=_SAID_S, httponly=True, samesite="lax")
    return response


def heard(request: Request) -> str:
    """Return what the page before left to say."""
    return unquote(request.cookies.get(SAID_COOKIE, ""))[:_LONGEST_SAID]
