"""Cursors: where the next page of a list begins, as text that a client hands back untouched.

A cursor holds the order it belongs to, the sort value of the last item shown, and the ids that break ties, so a page
after it is the same whatever arrives meanwhile.
"""

import base64
import binascii

import msgspec

from headwater.errors import BadRequest

_INT64_MAX = 2**63 - 1


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """After this item of this order. `value` is the item's sort value, `ids` what breaks ties."""

    order: str
    value: int
    ids: tuple[str, ...]


def write_cursor(cursor: Cursor) -> str:
    """Return the cursor as URL-safe text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).rstrip(b"=").decode()


def read_cursor(text: str, order: str, id_count: int) -> Cursor:
    """Read a cursor of this order; raises BadRequest where it is none or belongs to another order."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(raw, type=Cursor)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise BadRequest(f"cursor: cannot read {text[:80]!r}; send the next of an earlier page, or none") from error
    if cursor.order != order:
        raise BadRequest(f"cursor: is of the order {cursor.order[:40]!r}, not {order!r}; start without a cursor")
    if len(cursor.ids) != id_count or not -_INT64_MAX <= cursor.value <= _INT64_MAX:
        raise BadRequest(f"cursor: {text[:80]!r} is not of this list; start without a cursor")
    return cursor
