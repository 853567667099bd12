"""The user's own prices: `prices.json` in the data folder, a list of `OwnPrice`."""

from pathlib import Path

import msgspec

from headwater.errors import HeadwaterError
from headwater.pricing import OwnPrice


def own_prices(path: Path) -> tuple[OwnPrice, ...]:
    """Read them; none where the file is missing. Raises HeadwaterError that names the field of a bad one."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[OwnPrice, ...])
    except FileNotFoundError:
        return ()
    except msgspec.MsgspecError as error:
        raise HeadwaterError(f"own prices in {path.name!r} cannot be read: {error}") from error
