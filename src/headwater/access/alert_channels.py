"""Channels: where notices of alerts go. What of an address is secret is encrypted, and never shown again."""

import re
from typing import Any
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, func, select, update
from sqlalchemy.exc import IntegrityError

from headwater import clock, ids
from headwater.access import tables
from headwater.access.alert_nouns import Address, Channel, ChannelKind
from headwater.access.engine import reading, writing, writing_alone
from headwater.access.vault import Vault
from headwater.errors import BadRequest, NotFound

_MOST = 50
_MOST_RECIPIENTS = 20
_KINDS = ("webhook", "slack", "email")
_URL = re.compile(r"[!-~]{1,2000}")
_MAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_SECRET = re.compile(r"[!-~]{0,200}")


class AlertChannels:
    """The channels of all projects. Blocking; a project goes by its id."""

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self._vault = vault

    def all(self, project_id: str) -> list[Channel]:
        """The channels of a project, by name."""
        columns = tables.alert_channels.c
        wanted = select(tables.alert_channels).where(columns.project_id == project_id).order_by(columns.name)
        with reading(self._engine) as connection:
            return [_channel(row) for row in connection.execute(wanted)]

    def add(self, project_id: str, name: str, kind: ChannelKind, address: Address) -> Channel:
        """Keep a channel. Raises BadRequest that names the field, HeadwaterError without a key to encrypt it with."""
        name, address = _checked_name(name), checked_address(kind, address)
        channel = Channel(
            id=ids.short_id(),
            project_id=project_id,
            name=name,
            kind=kind,
            shown=_shown(kind, address),
            created_ns=clock.now_ns(),
        )
        sealed = self._vault.seal(msgspec.json.encode(address).decode())
        try:
            with writing_alone(self._engine) as connection:
                _check_room(connection, project_id)
                values = msgspec.structs.asdict(channel) | {"sealed": sealed}
                connection.execute(tables.alert_channels.insert().values(values))
        except IntegrityError:
            raise BadRequest(f"name: a channel {name!r} is there already; choose another name") from None
        return channel

    def opened(self, channel_id: str, project_id: str = "") -> tuple[Channel, Address]:
        """A channel, of one project or of any (""), with its address. Raises NotFound, HeadwaterError where it cannot
        be decrypted."""
        columns = tables.alert_channels.c
        wanted = select(tables.alert_channels).where(columns.id == channel_id)
        wanted = wanted.where(columns.project_id == project_id) if project_id else wanted
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None:
            raise NotFound(f"no channel with the id {channel_id[:40]!r} in this project")
        return _channel(row), msgspec.json.decode(self._vault.unseal(row.sealed), type=Address)

    def remove(self, project_id: str, channel_id: str) -> Channel:
        """Forget a channel; alerts that told it tell it no more. Raises NotFound."""
        columns = tables.alert_channels.c
        is_it = (columns.project_id == project_id, columns.id == channel_id)
        with writing(self._engine) as connection:
            row = connection.execute(select(tables.alert_channels).where(*is_it)).one_or_none()
            if row is None:
                raise NotFound(f"no channel with the id {channel_id[:40]!r} in this project")
            connection.execute(delete(tables.alert_channels).where(*is_it))
        return _channel(row)

    def seal_again(self, connection: Connection) -> int:
        """Encrypt every address again, with the vault's first key; return how many."""
        columns = tables.alert_channels.c
        rows = connection.execute(select(columns.id, columns.sealed)).all()
        for row in rows:
            sealed = self._vault.seal(self._vault.unseal(row.sealed))
            connection.execute(update(tables.alert_channels).where(columns.id == row.id).values(sealed=sealed))
        return len(rows)


def checked_address(kind: ChannelKind, address: Address) -> Address:
    """The address as it is kept. Raises BadRequest that names the field and what to write there, and no secret."""
    if kind not in _KINDS:
        raise BadRequest(f"kind: {str(kind)[:40]!r} is none of {', '.join(_KINDS)}")
    if kind == "email":
        return Address(to=_recipients(address.to))
    if not _SECRET.fullmatch(address.secret):
        raise BadRequest("secret: write up to 200 visible ASCII characters without spaces")
    _check_url(address.url)
    return Address(url=address.url, secret=address.secret if kind == "webhook" else "")


def _recipients(given: tuple[str, ...]) -> tuple[str, ...]:
    to = tuple(dict.fromkeys(each.strip() for each in given if each.strip()))
    for each in to:
        if not _MAIL.fullmatch(each):
            raise BadRequest(f"to: {each[:80]!r} is no e-mail address; write name@example.com")
    if not 1 <= len(to) <= _MOST_RECIPIENTS:
        raise BadRequest(f"to: write 1 to {_MOST_RECIPIENTS} e-mail addresses")
    return to


def _check_url(given: str) -> None:
    try:
        url = urlsplit(given if _URL.fullmatch(given) else "")
        is_good = url.scheme in ("http", "https") and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        is_good, url = False, urlsplit("")
    if not is_good or "@" in url.netloc:
        raise BadRequest("url: write an address such as https://hooks.example.com/services/…, without user and spaces")


def _shown(kind: ChannelKind, address: Address) -> str:
    """The host and the last characters: what lies between opens the way to somebody's channel."""
    if kind == "email":
        return ", ".join(address.to)[:300]
    url = urlsplit(address.url)
    place = f"{url.scheme}://{url.hostname}{f':{url.port}' if url.port else ''}"
    return f"{place}/…{address.url[-4:]}" if len(url.path) > 12 or url.query else f"{place}/…"


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80 or not name.isprintable():
        raise BadRequest("name: write 1 to 80 characters")
    return name


def _check_room(connection: Connection, project_id: str) -> None:
    columns = tables.alert_channels.c
    count = connection.execute(select(func.count()).where(columns.project_id == project_id)).scalar_one()
    if count >= _MOST:
        raise BadRequest(f"name: a project keeps at most {_MOST} channels; delete one that nobody needs")


def _channel(row: Row[Any]) -> Channel:
    return Channel(**{name: getattr(row, name) for name in Channel.__struct_fields__})
