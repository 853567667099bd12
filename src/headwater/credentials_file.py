"""The credentials file: where a server leaves its address and a key for the programs of its user, and what is in it.

The server writes it; the SDK and `headwater doctor` read it.
"""

import os
from collections.abc import Mapping

import msgspec

from headwater.errors import HeadwaterError


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the file. `data` is the data folder of the server that wrote it; empty where a person did."""

    url: str = ""
    key: str = ""
    data: str = ""


def credentials_path(environment: Mapping[str, str]) -> str:
    """Where the file is. Raises HeadwaterError where nobody can tell the user's home."""
    folder = environment.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    if folder.startswith("~"):
        raise HeadwaterError("no place for credentials: set HOME, or HEADWATER_CREDENTIALS=0")
    return os.path.join(folder, "headwater", "credentials.json")


def credentials_from(content: bytes) -> Credentials:
    """Read the file's content. Raises HeadwaterError."""
    try:
        return msgspec.json.decode(content, type=Credentials)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise HeadwaterError(str(error)) from error
