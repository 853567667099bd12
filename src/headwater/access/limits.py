"""Limits: which make sense, and where they rest, as statements on an open transaction."""

import math
from typing import Any, get_args

import msgspec
from sqlalchemy import Connection, Row, delete, select

from headwater import clock
from headwater.access import tables
from headwater.access.nouns import Limit, Measure, Per, Window
from headwater.errors import BadRequest, NotFound

_MOST = 1e15
_WINDOWS = tuple(window for window in get_args(Window) if window)


_UNITS = {
    "requests": "{:,.0f} requests",
    "tokens": "{:,.0f} tokens",
    "cost_usd": "{:,.2f} USD",
    "concurrent": "{:,.0f} at one moment",
}


def limit_in_words(limit: Limit, key: str = "") -> str:
    """Such as `60 requests a minute, each user, key 3fa8…`; `key` is what to call its key, its id when not given."""
    window = f" {'an' if limit.window == 'hour' else 'a'} {limit.window}" if limit.window else ""
    whose = [
        f"each {limit.per}" if limit.per != "all" else "",
        f"key {key or limit.key_id}" if limit.key_id else "",
    ]
    return ", ".join(filter(None, (_UNITS[limit.measure].format(limit.amount) + window, *whose)))


def _check(limit: Limit) -> None:
    """Raise BadRequest for a limit that can mean nothing; its text names the field and what to write there."""
    for field, value, allowed in (("measure", limit.measure, Measure), ("per", limit.per, Per)):
        if value not in get_args(allowed):
            raise BadRequest(f"{field} {value!r} is none of {', '.join(get_args(allowed))}: choose one of them")
    if limit.measure == "concurrent" and limit.window:
        raise BadRequest(f"window {limit.window!r}: concurrent calls are counted in no window; leave --per out")
    if limit.measure != "concurrent" and limit.window not in _WINDOWS:
        raise BadRequest(f"window {limit.window!r} of {limit.measure}: choose --per {' or '.join(_WINDOWS)}")
    if not (math.isfinite(limit.amount) and 0 < limit.amount <= _MOST):
        raise BadRequest(f"amount {limit.amount:g} is no limit: give more than 0; `headwater keys revoke` ends a key")
    if limit.measure != "cost_usd" and limit.amount != int(limit.amount):
        raise BadRequest(f"amount {limit.amount:g}: {limit.measure} are whole; give a number without a fraction")


def add_limit(connection: Connection, limit: Limit) -> None:
    """Keep a limit. The caller has seen to it that there is no other of its kind.

    Raises BadRequest for one that can mean nothing, NotFound for a key that is not a good one of the project.
    """
    _check(limit)
    columns = tables.keys.c
    key = select(columns.id).where(
        columns.id == limit.key_id, columns.project_id == limit.project_id, columns.revoked_ns.is_(None)
    )
    if limit.key_id and connection.execute(key).first() is None:
        raise NotFound(f"no good key with the id {limit.key_id!r} is in this project; `headwater keys list` shows them")
    fields = msgspec.structs.asdict(limit)
    connection.execute(tables.limits.insert().values(created_ns=clock.now_ns(), **fields))


def limits_of(connection: Connection, project_id: str) -> list[Limit]:
    """The limits of a project and of its keys, the oldest first."""
    columns = tables.limits.c
    wanted = select(tables.limits).where(columns.project_id == project_id).order_by(columns.created_ns, columns.id)
    return [_limit(row) for row in connection.execute(wanted)]


def remove_limit(connection: Connection, limit_id: str) -> None:
    """Forget a limit. Raises NotFound."""
    if not connection.execute(delete(tables.limits).where(tables.limits.c.id == limit_id)).rowcount:
        raise NotFound(f"no limit with the id {limit_id!r}; `headwater limits list` shows those there are")


def _limit(row: Row[Any]) -> Limit:
    return Limit(
        id=row.id,
        project_id=row.project_id,
        key_id=row.key_id,
        per=row.per,
        measure=row.measure,
        window=row.window,
        amount=row.amount,
    )
