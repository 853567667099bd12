"""Upstreams: what may be one, and where custom ones rest, as statements on an open transaction.

One that belongs to no project (`project_id` "") is every project's.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, get_args
from urllib.parse import SplitResult, urlsplit

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, select

from headwater import clock
from headwater.access import tables
from headwater.access.nouns import CredentialHeader, Upstream
from headwater.access.reserved import RESERVED_NAMES
from headwater.errors import BadRequest, NotFound

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_PROVIDER = re.compile(r"([a-z0-9][a-z0-9._-]{0,39})?")
_URL = re.compile(r"[!-~]{1,500}")
_HOST_NAME = re.compile(r"[a-z0-9_]([a-z0-9._-]{0,250}[a-z0-9_])?")
# Segments that name something: none empty, none `.` or `..`, no encoded dot or slash that could become one.
_PATH = re.compile(r"(/(?!\.\.?(/|$))([\w.~!$&'()*+,;=:@-]|%(?!2[eEfF]|5[cC])[0-9A-Fa-f]{2})+)*/?", re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}


def check_name(name: str) -> None:
    """Raise BadRequest for what cannot be an upstream's name."""
    if not _NAME.fullmatch(name):
        raise BadRequest(
            f"{name[:60]!r} is no name of an upstream: take 1 to 40 lower-case letters, digits and hyphens, "
            "a hyphen not first"
        )
    if name in RESERVED_NAMES:
        raise BadRequest(f"paths of headwater's own begin with {name!r}: choose another name for the upstream")


def checked(upstream: Upstream) -> Upstream:
    """The upstream with its base URL in one form. Raises BadRequest that names the field and what to write there."""
    check_name(upstream.name)
    if not _PROVIDER.fullmatch(upstream.provider):
        raise BadRequest(f"provider {upstream.provider[:60]!r} is no provider's name, such as 'openai' or 'groq'")
    if upstream.credential not in (headers := get_args(CredentialHeader)):
        raise BadRequest(f"credential {upstream.credential!r} is none of {', '.join(headers)}: choose one of them")
    return msgspec.structs.replace(upstream, base_url=_base_url(upstream.base_url, upstream.is_private_ok))


def add_upstream(connection: Connection, project_id: str, upstream: Upstream) -> None:
    """Keep an upstream. The caller has seen to it that no other has its name in the project.

    Raises BadRequest while a secret is stored for that name: it was meant for another address.
    """
    meant = _secrets_meant_for(project_id, upstream.name)
    if connection.execute(select(tables.provider_credentials.c.id).where(meant)).first() is not None:
        raise BadRequest(
            f"a secret is stored for {upstream.name!r} and would go to {upstream.base_url} from here on: remove it "
            f"first with `headwater credentials remove {upstream.name}`"
        )
    fields = msgspec.structs.asdict(upstream)
    connection.execute(tables.upstreams.insert().values(project_id=project_id, created_ns=clock.now_ns(), **fields))


def upstreams_of(connection: Connection, project_id: str) -> list[Upstream]:
    """The upstreams of a project alone, or those of every project (""), by name."""
    columns = tables.upstreams.c
    wanted = select(tables.upstreams).where(columns.project_id == project_id).order_by(columns.name)
    return [_upstream(row) for row in connection.execute(wanted)]


def upstreams_for(connection: Connection, project_id: str) -> Mapping[str, Upstream]:
    """The upstreams that a project can use, by name; its own goes before a shared one."""
    shared, own = (upstreams_of(connection, owner) for owner in ("", project_id))
    return {upstream.name: upstream for upstream in (*shared, *own)}


def remove_upstream(connection: Connection, project_id: str, name: str) -> None:
    """Forget an upstream, and the secrets stored for it: whatever has its name next must not get them."""
    columns = tables.upstreams.c
    gone = delete(tables.upstreams).where(columns.project_id == project_id, columns.name == name)
    if not connection.execute(gone).rowcount:
        raise NotFound(f"no upstream {name!r} was added here; `headwater upstreams list` shows those there are")
    connection.execute(delete(tables.provider_credentials).where(_secrets_meant_for(project_id, name)))


def _secrets_meant_for(project_id: str, name: str) -> ColumnElement[bool]:
    """The secrets that go to that upstream; of a shared one, those of projects that have none of that name."""
    secrets, upstreams = tables.provider_credentials.c, tables.upstreams.c
    if project_id:
        return and_(secrets.upstream == name, secrets.project_id == project_id)
    having_their_own = select(upstreams.project_id).where(upstreams.name == name)
    return and_(secrets.upstream == name, secrets.project_id.not_in(having_their_own))


def _upstream(row: Row[Any]) -> Upstream:
    return Upstream(
        name=row.name,
        base_url=row.base_url,
        provider=row.provider,
        credential=row.credential,
        is_private_ok=row.is_private_ok,
        is_usage_injected=row.is_usage_injected,
    )


def _base_url(given: str, is_private_ok: bool) -> str:
    """In one form: lower-case scheme and host, no default port, no slash at the end."""
    url = _split(given)
    host = str(url.hostname)
    if not is_private_ok and _is_private(host):
        raise BadRequest(f"base_url {given!r} is a private address: confirm that it is meant with --private")
    port = "" if url.port in (None, _DEFAULT_PORTS[url.scheme]) else f":{url.port}"
    return f"{url.scheme}://{f'[{host}]' if ':' in host else host}{port}{url.path.rstrip('/')}"


def _split(given: str) -> SplitResult:
    try:
        url = urlsplit(given if _URL.fullmatch(given) else "")
        is_port = url.port is None or url.port > 0
    except ValueError as error:
        raise BadRequest(f"base_url {given[:100]!r} cannot be read: {str(error).lower()}") from None
    asked_for = (
        (url.scheme in _DEFAULT_PORTS, "begin it with http:// or https://, and write no spaces"),
        ("@" not in url.netloc, "leave user and password out, and store a secret with `headwater credentials set`"),
        (_is_host(url.hostname or "") and is_port, "name a host, and a port where it is not the usual one"),
        ("?" not in given and "#" not in given, "leave out what follows the path"),
        (_PATH.fullmatch(url.path), "leave `//`, `.`, `..` and encoded slashes out of its path"),
    )
    for is_so, remedy in asked_for:
        if not is_so:
            shown = given if "@" not in given else "…" + given.rpartition("@")[2]
            raise BadRequest(f"base_url {shown[:100]!r} cannot be an upstream's: {remedy}")
    return url


def _is_host(host: str) -> bool:
    return bool(_HOST_NAME.fullmatch(host)) or (_address(host) is not None and "%" not in host)


def _is_private(host: str) -> bool:
    """Whether the host is not out on the internet, as far as its name tells: what a name resolves to is looked at when
    the proxy connects."""
    address = _address(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    address = getattr(address, "ipv4_mapped", None) or address
    return not address.is_global or address.is_multicast


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
