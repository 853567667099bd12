"""Credentials: address and key of this server in a file of its user, where programs on this machine look for them."""

import socket
from pathlib import Path

import msgspec

from headwater.access import Catalog
from headwater.credentials_file import Credentials, credentials_from
from headwater.errors import HeadwaterError
from headwater.server.folder import write_private


def keep_credentials(path: Path, data: Path, url: str, catalog: Catalog) -> str:
    """Write the file where it is missing, unreadable or of this data folder; return in a line what is so now.

    A key that the catalog still takes is kept. Another folder's file is left alone as long as that folder is there.
    """
    found = read_credentials(path)
    if found is not None and not _is_free(found, data):
        whose = found.data or "another server"
        left = f"programs on this machine go on sending to {whose}: {path} is theirs"
        return f"{left}; delete it and start again to change that"
    try:
        key = found.key if found is not None and _is_good(found, data, catalog) else _new_key(catalog)
        wanted = Credentials(url=url, key=key, data=str(data))
        if wanted != found or path.stat().st_mode & 0o077:
            _write(path, wanted)
    except (OSError, HeadwaterError) as error:
        return f"no credentials for programs on this machine: {path} cannot be written ({error})"
    return f"programs on this machine find address and key in {path}"


def read_credentials(path: Path) -> Credentials | None:
    """What the file holds; None where it is missing or cannot be used."""
    try:
        found = credentials_from(path.read_bytes())
    except (OSError, HeadwaterError):
        return None
    return found if found.url and found.key else None


def _is_free(found: Credentials, data: Path) -> bool:
    """Whether this server may write over it: its own, or that of a data folder that is gone."""
    return bool(found.data) and (found.data == str(data) or not Path(found.data).exists())


def _is_good(found: Credentials, data: Path, catalog: Catalog) -> bool:
    return found.data == str(data) and catalog.authenticate(found.key) is not None


def _new_key(catalog: Catalog) -> str:
    name = f"credentials.json on {socket.gethostname()[:60] or 'this machine'}"
    return catalog.create_key(catalog.projects()[0].id, name).key


def _write(path: Path, credentials: Credentials) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    write_private(path, msgspec.json.format(msgspec.json.encode(credentials)) + b"\n")
